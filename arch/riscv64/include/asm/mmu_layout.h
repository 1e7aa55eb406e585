/* SPDX-License-Identifier: BSD-2-Clause */
/* The one address that the linker script and assembly share with <asm/mmu.h>. */
#ifndef ASM_MMU_LAYOUT_H
#define ASM_MMU_LAYOUT_H
#ifdef __LINKER__
#define ARCH_KERNEL_BASE 0xffffffff80000000
#else
#define ARCH_KERNEL_BASE 0xffffffff80000000UL
#endif
#endif
