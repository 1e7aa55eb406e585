/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sv39 page tables (Privileged Architecture 1.12, 4.4). The upper 256 GiB:
 *   ffffffc0_00000000 direct map, 128 GiB          ffffffe0_00000000 struct page array, 4 GiB
 *   ffffffe2_00000000 KASAN shadow, 32 GiB         ffffffea_00000000 kernel mappings, 64 GiB
 *   ffffffff_00000000 domain slots, 2 GiB          ffffffff_80000000 kernel image
 */
#ifndef ASM_MMU_H
#define ASM_MMU_H
#include <asm/csr.h>
#include <asm/mmu_layout.h>

#define ARCH_PT_LEVELS	     3
#define ARCH_PT_SHARED_ROOT  1
#define ARCH_PT_KERNEL_INDEX 256
#define ARCH_TLB_BROADCAST   0

#define ARCH_USER_MIN	 65536UL
#define ARCH_USER_END	 0x4000000000UL
#define ARCH_DIRECT_BASE 0xffffffc000000000UL
#define ARCH_DIRECT_SIZE 0x2000000000UL
#define ARCH_PAGES_BASE	 0xffffffe000000000UL
#define ARCH_VMAP_BASE	 0xffffffea00000000UL
#define ARCH_VMAP_SIZE	 0x1000000000UL
#define ARCH_DOMAIN_BASE 0xffffffff00000000UL

#define PTE_V	      0x001UL
#define PTE_R	      0x002UL
#define PTE_W	      0x004UL
#define PTE_X	      0x008UL
#define PTE_U	      0x010UL
#define PTE_G	      0x020UL
#define PTE_A	      0x040UL
#define PTE_D	      0x080UL
#define PTE_NONE      0x100UL /* software bit, V clear: present, but no access at all */
#define PTE_PPN_SHIFT 10
#define PTE_PPN_MASK  0x003ffffffffffc00UL
#define PTE_PBMT_NC   (1UL << 61)
#define PTE_PBMT_IO   (2UL << 61)

#ifndef __ASSEMBLY__
extern pte_t riscv_pte_memtype[4]; /* Svpbmt bits by enum mem_type, all 0 without Svpbmt */
extern unsigned riscv_asid_bits;

static inline pte_t arch_pte_prot_bits(unsigned prot)
{
	pte_t e = PTE_V | PTE_A;

	if (prot & (VM_READ | VM_WRITE))
		e |= PTE_R; /* W without R is reserved */
	if (prot & VM_WRITE)
		e |= PTE_W | PTE_D;
	if (prot & VM_EXEC)
		e |= PTE_X;
	if (prot & VM_USER)
		e |= PTE_U;
	if (prot & VM_GLOBAL)
		e |= PTE_G;
	if (!(e & (PTE_R | PTE_X))) /* would be a table: keep it from the hardware, which ignores
				       all bits when V is 0 */
		e = (e & ~PTE_V) | PTE_NONE | PTE_R;
	return e;
}
static inline pte_t arch_pte_leaf(paddr_t pa, unsigned level, unsigned prot, enum mem_type mt)
{
	(void)level;
	return (pa >> 12) << PTE_PPN_SHIFT | arch_pte_prot_bits(prot) | riscv_pte_memtype[mt];
}
static inline pte_t arch_pte_table(paddr_t pa)
{
	return (pa >> 12) << PTE_PPN_SHIFT | PTE_V;
}
static inline bool arch_pte_present(pte_t e)
{
	return e & (PTE_V | PTE_NONE);
}
static inline bool arch_pte_is_leaf(pte_t e, unsigned level)
{
	(void)level;
	return e & (PTE_R | PTE_X);
}
static inline paddr_t arch_pte_paddr(pte_t e, unsigned level)
{
	(void)level;
	return (e & PTE_PPN_MASK) >> PTE_PPN_SHIFT << 12;
}
static inline unsigned arch_pte_prot(pte_t e)
{
	if (e & PTE_NONE)
		return e & PTE_U ? VM_USER : 0;
	return (e & PTE_R ? VM_READ : 0) | (e & PTE_W ? VM_WRITE : 0) | (e & PTE_X ? VM_EXEC : 0) |
	       (e & PTE_U ? VM_USER : 0) | (e & PTE_G ? VM_GLOBAL : 0);
}
static inline pte_t arch_pte_set_prot(pte_t e, unsigned prot)
{
	return (e & ~(PTE_V | PTE_NONE | PTE_R | PTE_W | PTE_X | PTE_U | PTE_G | PTE_D)) |
	       arch_pte_prot_bits(prot);
}
static inline bool arch_pte_dirty(pte_t e)
{
	return e & PTE_D;
}
static inline bool arch_pte_young(pte_t e)
{
	return e & PTE_A;
}
static inline pte_t arch_pte_mkold(pte_t e)
{
	return e & ~PTE_A;
}
static inline pte_t arch_pte_mkclean(pte_t e)
{
	return e & ~PTE_D;
}
/* A hart may keep "not valid" in its TLB (4.2.1): new entries need a fence here; other harts see a
 * spurious fault. */
static inline void arch_pt_sync(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}
static inline unsigned arch_pt_max_leaf_level(void)
{
	return 2;
}
static inline unsigned arch_asid_bits(void)
{
	return riscv_asid_bits;
}
/* Address and flags of the leaf that maps va under the root that is loaded now; 0 if none. Never
 * faults. */
pte_t riscv_walk(vaddr_t va);
#endif
#endif
