/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB and root registers. All invalidations are broadcast to the inner shareable domain (Arm ARM
 * D8.14): dsb before, so that the walker sees the new entries, dsb after, so that all CPUs are
 * done.
 */
#include <arch/boot.h>
#include <arch/irq.h>
#include <arch/mmu.h>
#include <asm/boot.h>
#include <asm/sysreg.h>
#include <tessera/mm/page.h>

unsigned arm_asid_bits;
extern pte_t boot_idmap[];
extern char arm_ttbr1_replace[];
static pte_t empty_root[PAGE_SIZE / sizeof(pte_t)] __attribute__((aligned(PAGE_SIZE)));

#define TLBI(op, arg)                                                     \
	__asm__ volatile("dsb ishst\n\ttlbi " op ", %0\n\tdsb ish\n\tisb" \
			 :                                                \
			 : "r"((uint64_t)(arg))                           \
			 : "memory")

void arch_tlb_flush_page(unsigned asid, vaddr_t va)
{
	uint64_t page = va >> PAGE_SHIFT & ((1UL << 44) - 1);

	if (asid == 0)
		TLBI("vaae1is", page);
	else
		TLBI("vae1is", page | (uint64_t)asid << 48);
}

void arch_tlb_flush_asid(unsigned asid)
{
	if (asid == 0)
		arch_tlb_flush_all();
	else
		TLBI("aside1is", (uint64_t)asid << 48);
}

void arch_tlb_flush_all(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" : : : "memory");
}

void arch_space_load(paddr_t root, unsigned asid)
{
	uint64_t ttbr = root ? root : image_to_phys(empty_root);

	sysreg_write(ttbr0_el1, ttbr | (uint64_t)asid << 48);
	__asm__ volatile("isb" : : : "memory");
	if (root &&
	    asid == 0) /* without identifiers every switch flushes; others' entries are not meant */
		__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

/*
 * Two tables that map the same addresses by blocks of different sizes must not be live at once
 * (break-before-make, D8.14.1), so the switch runs from the identity map with no kernel half in
 * between. The port's fixed mapping goes along.
 */
void arch_kernel_root_load(paddr_t root)
{
	void (*replace)(uint64_t root, uint64_t empty);
	pte_t *fixmap = (pte_t *)phys_to_virt(root) + (ARM_FIXMAP_BASE >> 39 & 511);
	uintptr_t irq = arch_irq_save();

	if ((sysreg_read(ttbr1_el1) & PTE_ADDR_MASK) != root) {
		*fixmap =
			*((pte_t *)phys_to_virt(boot_root_phys()) + (ARM_FIXMAP_BASE >> 39 & 511));
		arch_pt_sync();
		sysreg_write(ttbr0_el1, image_to_phys(boot_idmap));
		__asm__ volatile("isb" : : : "memory");
		replace = (void (*)(uint64_t, uint64_t))(uintptr_t)image_to_phys(arm_ttbr1_replace);
		replace(root, image_to_phys(empty_root));
	}
	arch_space_load(0, 0);
	/* drop the identity map */
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
	arch_irq_restore(irq);
}
