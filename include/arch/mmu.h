/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Porting contract: page tables and TLB. Tables are 512 entries of 8 bytes, 4 KiB; level 0 is the leaf (4 KiB), 1 = 2 MiB,
 * 2 = 1 GiB, 3 = top of a 4-level tree. Walking, allocation and locking are generic (mm/pgtable.c); a port gives
 * formats and instructions. Constants from <asm/mmu.h>:
 *   ARCH_PT_LEVELS (3 or 4); ARCH_PT_SHARED_ROOT (1: user roots share the kernel half by copied top entries; 0: separate register)
 *   ARCH_PT_KERNEL_INDEX first top-level index of the kernel half (SHARED_ROOT)
 *   ARCH_USER_MIN (65536) ARCH_USER_END; ARCH_KERNEL_BASE (image); ARCH_DIRECT_BASE ARCH_DIRECT_SIZE; ARCH_PAGES_BASE (struct page array);
 *   ARCH_VMAP_BASE ARCH_VMAP_SIZE (kernel mappings: stacks, MMIO); ARCH_DOMAIN_BASE (8 x 256 MiB slots, 2 GiB aligned)
 *   ARCH_TLB_BROADCAST 1: the flushes reach all CPUs in hardware
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H
#include <tessera/lib/types.h>
#include <tessera/mm/prot.h>
typedef uint64_t pte_t;
#include <asm/mmu.h>

/* static inline in <asm/mmu.h>, on pte_t values: */
/* pte_t arch_pte_leaf(paddr_t pa, unsigned level, unsigned prot, enum mem_type mt)  accessed set; dirty set when VM_WRITE
 * pte_t arch_pte_table(paddr_t pa)
 * bool arch_pte_present(pte_t), arch_pte_is_leaf(pte_t, level); paddr_t arch_pte_paddr(pte_t, level)
 * unsigned arch_pte_prot(pte_t)   VM_* bits back
 * pte_t arch_pte_set_prot(pte_t, unsigned prot)     keeps address and memory type
 * bool arch_pte_dirty(pte_t), arch_pte_young(pte_t); pte_t arch_pte_mkold(pte_t), arch_pte_mkclean(pte_t)
 * void arch_pt_sync(void)         make preceding entry stores visible to the walker (dsb ishst+isb; nothing; sfence if the port needs it)
 * unsigned arch_pt_max_leaf_level(void)  1 or 2
 * unsigned arch_asid_bits(void)   0: none
 */
/* Local CPU unless ARCH_TLB_BROADCAST. asid 0 = kernel/global. */
void arch_tlb_flush_page(unsigned asid, vaddr_t va);
void arch_tlb_flush_asid(unsigned asid);
void arch_tlb_flush_all(void);
/* Load a user root on this CPU (root 0: no user half, e.g. for kernel threads). No flush when asid != 0. */
void arch_space_load(paddr_t root, unsigned asid);
/* Load the final kernel tables built by mm (SHARED_ROOT: a root with the kernel half). Every CPU. */
void arch_kernel_root_load(paddr_t root);
/* Is va a canonical user/kernel address */
static inline bool arch_user_va(vaddr_t va) { return va < ARCH_USER_END; }
#endif
