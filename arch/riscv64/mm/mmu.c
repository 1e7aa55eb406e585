/* SPDX-License-Identifier: BSD-2-Clause */
/* Roots, TLB fences and a table walk for fault reports (Privileged
 * Architecture 4.1.11, 4.2.1, 4.3). */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <tessera/lib/types.h>
#include "../kernel/riscv.h"

pte_t riscv_pte_memtype[4];
unsigned riscv_asid_bits;
paddr_t riscv_kernel_root;

static inline void fence_all(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}
static inline void fence_va(vaddr_t va)
{
	__asm__ volatile("sfence.vma %0" : : "r"(va) : "memory");
}
static inline void fence_asid(unsigned long asid)
{
	__asm__ volatile("sfence.vma x0, %0" : : "r"(asid) : "memory");
}
static inline void fence_va_asid(vaddr_t va, unsigned long asid)
{
	__asm__ volatile("sfence.vma %0, %1" : : "r"(va), "r"(asid) : "memory");
}

void arch_tlb_flush_page(unsigned asid, vaddr_t va)
{
	if (asid)
		fence_va_asid(va, asid);
	else
		fence_va(va); /* all address spaces, global entries too */
}

void arch_tlb_flush_asid(unsigned asid)
{
	if (asid)
		fence_asid(asid);
	else
		fence_all();
}

void arch_tlb_flush_all(void)
{
	fence_all();
}

static uint64_t satp_value(paddr_t root, unsigned asid)
{
	return SATP_SV39 | (uint64_t)asid << SATP_ASID_SHIFT | root >> PAGE_SHIFT;
}

void arch_space_load(paddr_t root, unsigned asid)
{
	if (!root) {
		csr_write(satp, satp_value(riscv_kernel_root, 0));
		return;
	}
	csr_write(satp, satp_value(root, asid));
	if (!asid)
		fence_all();
}

void arch_kernel_root_load(paddr_t root)
{
	riscv_kernel_root = root;
	csr_write(satp, satp_value(root, 0));
	fence_all();
}

/** Count the ASID bits that satp of this hart keeps. Interrupts off. */
unsigned riscv_asid_probe(void)
{
	uint64_t satp = csr_read(satp), mask = SATP_ASID_MASK << SATP_ASID_SHIFT, got;

	csr_write(satp, satp | mask);
	got = csr_read(satp) & mask;
	csr_write(satp, satp);
	fence_all();
	return (unsigned)__builtin_popcountl(got >> SATP_ASID_SHIFT);
}

pte_t riscv_walk(vaddr_t va)
{
	paddr_t table = (csr_read(satp) & 0xfffffffffffUL) << PAGE_SHIFT;
	int level;

	if ((vaddr_t)((int64_t)(va << 25) >> 25) != va)
		return 0;
	for (level = ARCH_PT_LEVELS - 1; level >= 0; level--) {
		const pte_t *t = (const pte_t *)(ARCH_DIRECT_BASE + table);
		pte_t e =
			__atomic_load_n(&t[va >> (PAGE_SHIFT + 9 * level) & 511], __ATOMIC_RELAXED);

		if (!arch_pte_present(e) || arch_pte_is_leaf(e, (unsigned)level))
			return arch_pte_present(e) ? e : 0;
		table = arch_pte_paddr(e, (unsigned)level);
		if (table >= ARCH_DIRECT_SIZE)
			return 0;
	}
	return 0;
}
