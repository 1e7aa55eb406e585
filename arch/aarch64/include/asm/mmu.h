/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMSAv8-64, 4 KiB granule, 48-bit addresses (Arm ARM D8). TTBR0: user, TTBR1: kernel. The kernel
 * half:
 *   ffff0000_00000000 direct map, 64 TiB           ffff4000_00000000 struct page array, 512 GiB
 *   ffff6000_00000000 KASAN shadow, 32 TiB         ffff8000_00000000 kernel mappings, 1 TiB
 *   ffff9000_00000000 domain slots, 2 GiB          ffffa000_00000000 the port's fixed mapping (console)
 *   ffffffff_80000000 kernel image
 * Accessed and dirty state are kept by software: AF set at install; a writable page carries DBM,
 * and AP[2] (read-only) while clean.
 */
#ifndef ASM_MMU_H
#define ASM_MMU_H
#include <asm/mmu_layout.h>

#define ARCH_PT_LEVELS	     4
#define ARCH_PT_SHARED_ROOT  0
#define ARCH_PT_KERNEL_INDEX 0
#define ARCH_TLB_BROADCAST   1

#define ARCH_USER_MIN	 65536UL
#define ARCH_USER_END	 0x1000000000000UL
#define ARCH_DIRECT_BASE 0xffff000000000000UL
#define ARCH_DIRECT_SIZE 0x400000000000UL
#define ARCH_PAGES_BASE	 0xffff400000000000UL
#define ARCH_VMAP_BASE	 0xffff800000000000UL
#define ARCH_VMAP_SIZE	 0x10000000000UL
#define ARCH_DOMAIN_BASE 0xffff900000000000UL
#define ARM_FIXMAP_BASE	 0xffffa00000000000UL

#define PTE_VALID      (1UL << 0)
#define PTE_TABLE      (1UL << 1) /* level 0: page; above: table, clear for a block */
#define PTE_ATTR_SHIFT 2	  /* MAIR index: enum mem_type */
#define PTE_ATTR_MASK  (7UL << 2)
#define PTE_USER       (1UL << 6) /* AP[1] */
#define PTE_RDONLY     (1UL << 7) /* AP[2] */
#define PTE_SHARED     (3UL << 8) /* inner shareable */
#define PTE_AF	       (1UL << 10)
#define PTE_NG	       (1UL << 11)
#define PTE_DBM	       (1UL << 51) /* here: writable, whether clean or dirty */
#define PTE_PXN	       (1UL << 53)
#define PTE_UXN	       (1UL << 54)
#define PTE_NONE       (1UL << 58) /* software bit, valid bit clear: present, but no access at all */
#define PTE_ADDR_MASK  0x0000fffffffff000UL
#define PTE_PROT_MASK \
	(PTE_VALID | PTE_USER | PTE_RDONLY | PTE_NG | PTE_DBM | PTE_PXN | PTE_UXN | PTE_NONE)

#ifndef __ASSEMBLY__
extern unsigned arm_asid_bits;

static inline pte_t arm_pte_prot_bits(unsigned prot)
{
	pte_t e = prot & (VM_READ | VM_WRITE | VM_EXEC) ? PTE_VALID : PTE_NONE;

	if (prot & VM_USER)
		e |= PTE_USER | PTE_PXN | (prot & VM_EXEC ? 0 : PTE_UXN);
	else
		e |= PTE_UXN | (prot & VM_EXEC ? 0 : PTE_PXN);
	e |= prot & VM_WRITE ? PTE_DBM : PTE_RDONLY;
	if (!(prot & VM_GLOBAL))
		e |= PTE_NG;
	return e;
}
static inline pte_t arch_pte_leaf(paddr_t pa, unsigned level, unsigned prot, enum mem_type mt)
{
	return (pa & PTE_ADDR_MASK) | (level == 0 ? PTE_TABLE : 0) | (pte_t)mt << PTE_ATTR_SHIFT |
	       PTE_SHARED | PTE_AF | arm_pte_prot_bits(prot);
}
static inline pte_t arch_pte_table(paddr_t pa)
{
	return (pa & PTE_ADDR_MASK) | PTE_TABLE | PTE_VALID;
}
static inline bool arch_pte_present(pte_t e)
{
	return e & (PTE_VALID | PTE_NONE);
}
static inline bool arch_pte_is_leaf(pte_t e, unsigned level)
{
	return arch_pte_present(e) && (level == 0 || !(e & PTE_TABLE));
}
static inline paddr_t arch_pte_paddr(pte_t e, unsigned level)
{
	(void)level;
	return e & PTE_ADDR_MASK;
}
static inline unsigned arch_pte_prot(pte_t e)
{
	unsigned prot = e & PTE_USER ? VM_USER : 0;

	if (!(e & PTE_NG))
		prot |= VM_GLOBAL;
	if (e & PTE_NONE)
		return prot;
	if (!(e & (e & PTE_USER ? PTE_UXN : PTE_PXN)))
		prot |= VM_EXEC;
	return prot | VM_READ | (e & PTE_DBM ? VM_WRITE : 0);
}
static inline pte_t arch_pte_set_prot(pte_t e, unsigned prot)
{
	return (e & ~PTE_PROT_MASK) | arm_pte_prot_bits(prot);
}
static inline bool arch_pte_dirty(pte_t e)
{
	return (e & (PTE_DBM | PTE_RDONLY)) == PTE_DBM;
}
static inline bool arch_pte_young(pte_t e)
{
	return e & PTE_AF;
}
static inline pte_t arch_pte_mkold(pte_t e)
{
	return e & ~PTE_AF;
}
static inline pte_t arch_pte_mkclean(pte_t e)
{
	return e | PTE_RDONLY;
}
/*
 * The walker reads memory through the caches, but only after the stores are done (D8.2.6); isb
 * for this CPU's own next fetch.
 */
static inline void arch_pt_sync(void)
{
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}
static inline unsigned arch_pt_max_leaf_level(void)
{
	return 2;
}
static inline unsigned arch_asid_bits(void)
{
	return arm_asid_bits;
}
#endif
#endif
