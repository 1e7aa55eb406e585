/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot page tables: image at its link address with final rights, direct map of the device
 * tree, identity map of the image's first 2 MiB for the moment the MMU comes on. early_map() runs
 * with the MMU off at the physical address, so nothing here may use absolute addresses (adrp is
 * relative); later boot_map() extends the direct map from the upper half. mm replaces these
 * tables.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <asm/boot.h>
#include <asm/sysreg.h>
#include <tessera/mm/page.h>

enum { BOOT_TABLES = 32, ENTRIES = 512, BLOCK = 2 << 20 };

/* zeroed by early_map(), not with .bss */
static pte_t boot_root[ENTRIES] __attribute__((section(".bss.boot_tables"), aligned(4096)));
pte_t boot_idmap[ENTRIES] __attribute__((section(".bss.boot_tables"), aligned(4096)));
static pte_t boot_pool[BOOT_TABLES][ENTRIES]
	__attribute__((section(".bss.boot_tables"), aligned(4096)));
static unsigned pool_used __attribute__((section(".bss.boot_tables")));
paddr_t arch_image_phys __attribute__((section(".bss.boot_tables")));
bool arm_boot_el2 __attribute__((section(".bss.boot_tables")));

/* @delta throughout: from physical addresses of the image to those that are valid now. */
static pte_t *table_at(pte_t e, uintptr_t delta)
{
	return (pte_t *)((e & PTE_ADDR_MASK) + delta);
}

static pte_t *table_next(pte_t *entry, uintptr_t delta)
{
	if (!(*entry & PTE_VALID)) {
		if (pool_used == BOOT_TABLES)
			return NULL;
		*entry = arch_pte_table((paddr_t)((uintptr_t)boot_pool[pool_used++] - delta));
	}
	return table_at(*entry, delta);
}

/* Map one entry of @level (0: 4 KiB, 1: 2 MiB, 2: 1 GiB). An existing mapping stays. */
static bool map_one(pte_t *root, uintptr_t delta, vaddr_t va, paddr_t pa, unsigned level,
		    unsigned prot, enum mem_type mt)
{
	pte_t *t = root;

	for (unsigned l = 3; l > level; l--) {
		pte_t *e = &t[va >> (12 + 9 * l) & (ENTRIES - 1)];

		if ((*e & (PTE_VALID | PTE_TABLE)) == PTE_VALID)
			return true;
		t = table_next(e, delta);
		if (t == NULL)
			return false;
	}
	t += va >> (12 + 9 * level) & (ENTRIES - 1);
	if (!(*t & PTE_VALID))
		*t = arch_pte_leaf(pa, level, prot, mt);
	return true;
}

/* Is there a table already where an entry of @level would go? */
static bool has_table(pte_t *root, uintptr_t delta, vaddr_t va, unsigned level)
{
	pte_t *t = root;

	for (unsigned l = 3;; l--) {
		pte_t e = t[va >> (12 + 9 * l) & (ENTRIES - 1)];

		if ((e & (PTE_VALID | PTE_TABLE)) != (PTE_VALID | PTE_TABLE))
			return false;
		if (l == level)
			return true;
		t = table_at(e, delta);
	}
}

static bool map_range(pte_t *root, uintptr_t delta, vaddr_t va, paddr_t pa, uint64_t size,
		      unsigned prot, enum mem_type mt)
{
	while (size >= PAGE_SIZE) {
		unsigned level = 2;

		while (level > 0 &&
		       (((va | pa) & ((1UL << (12 + 9 * level)) - 1)) ||
			size < 1UL << (12 + 9 * level) || has_table(root, delta, va, level)))
			level--;
		if (!map_one(root, delta, va, pa, level, prot, mt))
			return false;
		va += 1UL << (12 + 9 * level);
		pa += 1UL << (12 + 9 * level);
		size -= 1UL << (12 + 9 * level);
	}
	return true;
}

bool boot_map(vaddr_t va, paddr_t pa, uint64_t size, unsigned prot, enum mem_type mt)
{
	bool ok = map_range(boot_root, ARCH_KERNEL_BASE - arch_image_phys, va, pa, size, prot, mt);

	arch_pt_sync();
	return ok;
}

paddr_t boot_root_phys(void)
{
	return (uintptr_t)boot_root - ARCH_KERNEL_BASE + arch_image_phys;
}

/* MMU off: @lo and @hi are physical addresses of linker symbols. */
static bool map_image(paddr_t image, const char *lo, const char *hi, unsigned prot)
{
	return map_range(boot_root, 0, (uintptr_t)lo - image + ARCH_KERNEL_BASE, (uintptr_t)lo,
			 (uintptr_t)(hi - lo), prot | VM_GLOBAL, MEM_NORMAL);
}

uint64_t early_map(paddr_t fdt, paddr_t image, bool el2)
{
	char *p;
	bool ok = true;

	for (p = boot_tables_start; p < kernel_bss_end; p += 8)
		*(volatile uint64_t *)p =
			0; /* volatile: not a call of memset, which wants caches */
	ok &= map_image(image, kernel_text_start, kernel_text_end, VM_READ | VM_EXEC);
	ok &= map_image(image, kernel_rodata_start, kernel_rodata_end, VM_READ);
	ok &= map_image(image, kernel_data_start, kernel_data_end, VM_READ | VM_WRITE);
	ok &= map_image(image, kernel_bss_start, kernel_bss_end, VM_READ | VM_WRITE);
	ok &= map_one(boot_idmap, 0, image, image, 1, VM_READ | VM_EXEC, MEM_NORMAL);
	/* a device tree is at most 2 MiB and may straddle a block boundary */
	if (fdt_in_reach(fdt))
		ok &= map_range(boot_root, 0, ARCH_DIRECT_BASE + fdt / BLOCK * BLOCK,
				fdt / BLOCK * BLOCK, 2 * BLOCK, VM_READ | VM_WRITE | VM_GLOBAL,
				MEM_NORMAL);
	arch_image_phys = image;
	arm_boot_el2 = el2;
	/*
	 * What was written with the caches off must not be hidden by lines that the loader left
	 * in them
	 */
	__asm__ volatile("dmb sy" : : : "memory");
	for (p = boot_tables_start; p < kernel_bss_end; p += 16)
		__asm__ volatile("dc ivac, %0" : : "r"(p) : "memory");
	__asm__ volatile("dsb sy" : : : "memory");
	while (!ok)
		__asm__ volatile("wfi"); /* the linker script bounds the image: not reached */
	return (uintptr_t)boot_root;
}
