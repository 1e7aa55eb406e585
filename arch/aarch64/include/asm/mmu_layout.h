/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses that the linker script and assembly share with <asm/mmu.h>. */
#ifndef ASM_MMU_LAYOUT_H
#define ASM_MMU_LAYOUT_H
#if defined(__LINKER__) || defined(__ASSEMBLY__)
#define ARCH_KERNEL_BASE 0xffffffff80000000
#else
#define ARCH_KERNEL_BASE 0xffffffff80000000UL
#endif
#endif
