/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables for the time until mm has built the final ones. Runs with translation off, at the
 * physical address: pc-relative code only, no pointers in data, no instrumentation. W^X holds from
 * here on: text RX, rodata R, data RW; the direct map is RW without X.
 */
#include <tessera/lib/types.h>
#include <arch/boot.h>
#include <arch/mmu.h>
#include "../kernel/riscv.h"

enum { EARLY_TABLES = 8 }; /* 2 MiB of image each; kernel.lds.S asserts the total */

static pte_t early_root[512] __aligned(4096);
static pte_t early_middle[512] __aligned(4096);
static pte_t early_leaf[EARLY_TABLES][512] __aligned(4096);
paddr_t arch_image_phys;

uint64_t riscv_early_map(paddr_t base);

/**
 * Build the boot tables.
 * @base: physical address of the image
 * Context: boot hart, translation off, on the boot stack. Returns the value for satp.
 */
uint64_t riscv_early_map(paddr_t base)
{
	paddr_t end = (uintptr_t)kernel_image_end, pa;
	unsigned i;

	arch_image_phys = base;
	for (i = 0; i < ARCH_DIRECT_SIZE >> 30; i++)
		early_root[ARCH_PT_KERNEL_INDEX + i] = ((uint64_t)i << 30 >> 12) << PTE_PPN_SHIFT |
						       PTE_V | PTE_R | PTE_W | PTE_A | PTE_D |
						       PTE_G;
	early_root[(ARCH_KERNEL_BASE >> 30) & 511] = arch_pte_table((uintptr_t)early_middle);
	for (i = 0; i < EARLY_TABLES; i++)
		early_middle[((ARCH_KERNEL_BASE >> 21) & 511) + i] =
			arch_pte_table((uintptr_t)early_leaf[i]);
	for (pa = base, i = 0; pa < end; pa += 4096, i++) {
		pte_t e = (pa >> 12) << PTE_PPN_SHIFT | PTE_V | PTE_R | PTE_A | PTE_G;

		if (pa < (uintptr_t)kernel_text_end)
			e |= PTE_X;
		else if (pa >= (uintptr_t)kernel_data_start)
			e |= PTE_W | PTE_D;
		early_leaf[i >> 9][i & 511] = e;
	}
	return SATP_SV39 | (uintptr_t)early_root >> 12;
}
