/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generic page tables over the port's entry formats. Each table page has a lock in its struct
 * page and a count of its non-zero entries; a table that becomes empty may be unlinked under its
 * parent's lock, is marked PG_STRAY under its own and freed after a grace period. Table pages are
 * all zero when freed.
 */
#ifndef TESSERA_MM_PGTABLE_H
#define TESSERA_MM_PGTABLE_H
#include <arch/mmu.h>
#include <tessera/mm/account.h>
#include <tessera/mm/page.h>

enum { PT_ENTRIES = 512, PT_ENTRY_SHIFT = 9 };

struct pgtable {
	paddr_t root;
	uint32_t owner;	      /* space id, 0: kernel */
	struct account *acct; /* pays for tables; NULL: root account */
	uint32_t tables;      /* table pages, root included; atomic */
};

extern struct pgtable kernel_pgtable;

/** Bytes that one entry of @level maps. */
static inline uint64_t pt_entry_size(unsigned level)
{
	return 1ull << (PAGE_SHIFT + PT_ENTRY_SHIFT * level);
}

/** Index of @va in a table of @level. */
static inline unsigned pt_index(vaddr_t va, unsigned level)
{
	return (va >> (PAGE_SHIFT + PT_ENTRY_SHIFT * level)) & (PT_ENTRIES - 1);
}

/** What a walk found. */
struct pt_pos {
	struct page *table; /* the table, locked if the function says so */
	pte_t *pte;	    /* the entry */
	unsigned level;
};

/**
 * New empty table of a user space; the kernel half is shared where the port needs it. 0 or
 * -ENOMEM. Thread context.
 */
int pgtable_init(struct pgtable *pt, uint32_t owner, struct account *acct);
/**
 * Free all user tables. Nobody else uses them; leaf entries are cleared without touching their
 * pages. Thread context.
 */
void pgtable_destroy(struct pgtable *pt);

/**
 * Lock or unlock a table page. Interrupts must be on (a waiter answers TLB flushes); preemption
 * goes off.
 */
void pt_lock(struct page *table);
void pt_unlock(struct page *table);

/**
 * Find the entry for @va at @level and lock its table. With @alloc, missing tables are added;
 * else returns -ENOENT when one is missing, having taken the lock of the table with the absent
 * entry (so that a racing addition is ordered), with *pos at that absent entry and its lock
 * released. -EEXIST: a block mapping above @level covers @va; *pos is that entry, locked.
 * -ENOMEM. Thread context, interrupts on.
 */
int pt_walk_lock(struct pgtable *pt, vaddr_t va, unsigned level, bool alloc, struct pt_pos *pos);

/**
 * Store @v in @e, an entry of @table, and keep the table's count. The table is locked. Returns
 * the old value.
 */
pte_t pt_store(struct page *table, pte_t *e, pte_t v);
/** Value of the leaf entry for @va without a lock, 0 if there is none. In an epoch section. */
pte_t pt_peek(struct pgtable *pt, vaddr_t va);
/**
 * Unlink the tables over @va that are empty; they are chained on *list for pt_free_list(), which
 * is called after the TLBs have been flushed. No table lock held; interrupts on.
 */
void pt_prune(struct pgtable *pt, vaddr_t va, struct page **list);
/** Free unlinked tables after a grace period. Any context. */
void pt_free_list(struct page *list);

/**
 * Kernel mappings: map [@va, @va + @size) to @pa with the largest blocks that fit. Nothing may be
 * mapped there. A mapping both writable and executable, or of a page table frame as executable,
 * is refused with -EINVAL. -EEXIST, -ENOMEM. Thread context.
 */
int pt_map(struct pgtable *pt, vaddr_t va, paddr_t pa, uint64_t size, unsigned prot,
	   enum mem_type mt);
/** Make sure that [@va, @va + @size) has entries in the top-level table. 0 or -ENOMEM. */
int pt_prepare(struct pgtable *pt, vaddr_t va, uint64_t size);
/**
 * Clear [@va, @va + @size); blocks are split where needed. The caller flushes. 0 or -ENOMEM
 * (splitting). Thread context.
 */
int pt_unmap(struct pgtable *pt, vaddr_t va, uint64_t size);
/**
 * Change rights in [@va, @va + @size) of what is mapped; the caller flushes. -EINVAL for W+X of
 * the kernel, -ENOMEM.
 */
int pt_protect(struct pgtable *pt, vaddr_t va, uint64_t size, unsigned prot);
/** Look @va up: physical address, rights and level of the mapping, or -ENOENT. Any context. */
int pt_query(struct pgtable *pt, vaddr_t va, paddr_t *pa, unsigned *prot, unsigned *level);
/** Count kernel mappings that are both writable and executable; logs each. Thread context. */
unsigned pt_check_wx(void);
#endif
