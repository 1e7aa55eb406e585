/* SPDX-License-Identifier: BSD-2-Clause */
/* Roots, TLB flushes and a table walk for fault reports (Intel SDM vol. 3, 4.5 and 4.10). Process-context identifiers if there. */
#include "../kernel/x86.h"

paddr_t x86_kernel_root;

static inline void invlpg(vaddr_t va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

enum { INVPCID_ADDRESS, INVPCID_CONTEXT };

static inline void invpcid(unsigned type, uint64_t pcid, vaddr_t va)
{
	struct {
		uint64_t pcid, va;
	} d = {pcid, va};

	__asm__ volatile("invpcid %0, %1" : : "m"(d), "r"((uint64_t)type) : "memory");
}

void arch_tlb_flush_page(unsigned asid, vaddr_t va)
{
	if (x86_asid_bits && asid)
		invpcid(INVPCID_ADDRESS, asid, va);
	else
		invlpg(va);
}

/* Writing CR4.PGE drops everything, global entries and all identifiers. */
void arch_tlb_flush_all(void)
{
	uint64_t cr4 = cr4_read();

	cr4_write(cr4 & ~(uint64_t)CR4_PGE);
	cr4_write(cr4);
}

void arch_tlb_flush_asid(unsigned asid)
{
	if (!asid)
		arch_tlb_flush_all();
	else if (x86_asid_bits)
		invpcid(INVPCID_CONTEXT, asid, 0);
	else
		cr3_write(cr3_read());
}

void arch_space_load(paddr_t root, unsigned asid)
{
	if (!root) {
		root = x86_kernel_root;
		asid = 0;
	}
	cr3_write(root | (x86_asid_bits && asid ? asid | CR3_NOFLUSH : 0));
}

void arch_kernel_root_load(paddr_t root)
{
	x86_kernel_root = root;
	cr3_write(root);
	arch_tlb_flush_all();
}

pte_t x86_walk(vaddr_t va)
{
	paddr_t table = cr3_read() & PTE_ADDR;
	pte_t all = PTE_W | PTE_U, any = 0;
	int level;

	if ((vaddr_t)((int64_t)(va << 16) >> 16) != va)
		return 0;
	for (level = ARCH_PT_LEVELS - 1; level >= 0 && table < ARCH_DIRECT_SIZE; level--) {
		const pte_t *t = (const pte_t *)(ARCH_DIRECT_BASE + table);
		pte_t e =
			__atomic_load_n(&t[va >> (PAGE_SHIFT + 9 * level) & 511], __ATOMIC_RELAXED);

		if (!(e & PTE_P))
			return 0;
		all &= e;
		any |= e & PTE_NX;
		if (arch_pte_is_leaf(e, (unsigned)level))
			return (e & ~(PTE_W | PTE_U)) | all | any;
		table = arch_pte_paddr(e, (unsigned)level);
	}
	return 0;
}
