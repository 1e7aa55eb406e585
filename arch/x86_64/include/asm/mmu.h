/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 4-level page tables (Intel SDM vol. 3, 4.5). The upper 128 TiB:
 *   ffff8000_00000000 direct map, 1 TiB            ffffc000_00000000 struct page array, 8 GiB
 *   ffffd000_00000000 kernel mappings, 512 GiB     ffffec00_00000000 KASAN shadow, 16 TiB
 *   ffffffff_00000000 domain slots, 2 GiB          ffffffff_80000000 kernel image
 */
#ifndef ASM_MMU_H
#define ASM_MMU_H
#include <asm/cpureg.h>
#include <asm/mmu_layout.h>

#define ARCH_PT_LEVELS		4
#define ARCH_PT_SHARED_ROOT	1
#define ARCH_PT_KERNEL_INDEX	256
#define ARCH_TLB_BROADCAST	0

#define ARCH_USER_MIN		65536UL
#define ARCH_USER_END		0x00007ffffffff000UL	/* a page less: sysret after a syscall in the last bytes stays canonical */
#define ARCH_DIRECT_SIZE	0x0000010000000000UL
#define ARCH_PAGES_BASE		0xffffc00000000000UL
#define ARCH_VMAP_BASE		0xffffd00000000000UL
#define ARCH_VMAP_SIZE		0x0000008000000000UL
#define ARCH_DOMAIN_BASE	0xffffffff00000000UL

#define PTE_P	0x001UL
#define PTE_W	0x002UL
#define PTE_U	0x004UL
#define PTE_PWT	0x008UL
#define PTE_PCD	0x010UL
#define PTE_A	0x020UL
#define PTE_D	0x040UL
#define PTE_PS	0x080UL
#define PTE_G	0x100UL
#define PTE_NONE 0x200UL	/* software bit, P clear: present, but no access at all */
#define PTE_NX	(1UL << 63)
#define PTE_ADDR 0x000ffffffffff000UL

#ifndef __ASSEMBLY__
extern paddr_t x86_kernel_root;

/* PAT is set to WB, WC, UC-, UC (arch_cpu_init); without a PAT, WC is write-through */
static inline pte_t x86_pte_memtype(enum mem_type mt)
{
	return mt == MEM_NORMAL ? 0 : mt == MEM_WC ? PTE_PWT : PTE_PCD | PTE_PWT;
}
static inline pte_t arch_pte_prot_bits(unsigned prot)
{
	pte_t e = PTE_P | PTE_A;

	if (!(prot & (VM_READ | VM_WRITE | VM_EXEC)))
		e = PTE_NONE | PTE_A;	/* the hardware ignores all bits when P is 0 */
	if (prot & VM_WRITE)
		e |= PTE_W | PTE_D;
	if (!(prot & VM_EXEC))
		e |= PTE_NX;
	if (prot & VM_USER)
		e |= PTE_U;
	if ((prot & VM_GLOBAL) && (e & PTE_P))
		e |= PTE_G;
	return e;
}
static inline pte_t arch_pte_leaf(paddr_t pa, unsigned level, unsigned prot, enum mem_type mt)
{
	return pa | arch_pte_prot_bits(prot) | x86_pte_memtype(mt) | (level ? PTE_PS : 0);
}
static inline pte_t arch_pte_table(paddr_t pa)
{
	return pa | PTE_P | PTE_W | PTE_U | PTE_A;
}
static inline bool arch_pte_present(pte_t e)
{
	return e & (PTE_P | PTE_NONE);
}
static inline bool arch_pte_is_leaf(pte_t e, unsigned level)
{
	return !level || (e & PTE_PS);
}
static inline paddr_t arch_pte_paddr(pte_t e, unsigned level)
{
	(void)level;
	return e & PTE_ADDR;
}
static inline unsigned arch_pte_prot(pte_t e)
{
	if (!(e & PTE_P))
		return e & PTE_U ? VM_USER : 0;
	return VM_READ | (e & PTE_W ? VM_WRITE : 0) | (e & PTE_NX ? 0 : VM_EXEC) | (e & PTE_U ? VM_USER : 0) |
	       (e & PTE_G ? VM_GLOBAL : 0);
}
static inline pte_t arch_pte_set_prot(pte_t e, unsigned prot)
{
	return (e & ~(PTE_P | PTE_NONE | PTE_W | PTE_U | PTE_G | PTE_NX)) | arch_pte_prot_bits(prot);
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
/* The walker sees stores in order and nothing remembers "not present". */
static inline void arch_pt_sync(void)
{
	barrier();
}
extern unsigned x86_leaf_level, x86_asid_bits;
static inline unsigned arch_pt_max_leaf_level(void)
{
	return x86_leaf_level;
}
static inline unsigned arch_asid_bits(void)
{
	return x86_asid_bits;
}
/* The leaf entry that maps va under the root that is loaded now, rights reduced to those of all levels; 0 if none. Never faults. */
pte_t x86_walk(vaddr_t va);
#endif
#endif
