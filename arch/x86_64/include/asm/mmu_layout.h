/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses that the linker script and assembly share with <asm/mmu.h>. */
#ifndef ASM_MMU_LAYOUT_H
#define ASM_MMU_LAYOUT_H
#define X86_IMAGE_PHYS	0x200000	/* PVH loaders put the image where the ELF file says */
#ifdef __LINKER__
#define ARCH_KERNEL_BASE	0xffffffff80000000
#elif defined(__ASSEMBLY__)
#define ARCH_KERNEL_BASE	0xffffffff80000000
#define ARCH_DIRECT_BASE	0xffff800000000000
#else
#define ARCH_KERNEL_BASE	0xffffffff80000000UL
#define ARCH_DIRECT_BASE	0xffff800000000000UL
#endif
#endif
