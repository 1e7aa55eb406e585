/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks over user tables that many threads use at once. Downwards without a lock inside an epoch
 * section; the table that is changed is locked by the word in its struct page and must not be
 * stray. An absent upper entry is looked at under the lock of its table, so that whoever adds a
 * table there later sees everything that the looker did before.
 */
#include <tessera/sync/epoch.h>
#include <tessera/sync/lockrank.h>
#include <tessera/sync/spinlock.h>
#include "internal.h"

enum { PT_TOP = ARCH_PT_LEVELS - 1 };

void pt_lock(struct page *table)
{
	preempt_disable();
	lockrank_acquire(table, table->aux ? RANK_PT_UPPER : RANK_PT_LEAF, true);
	while (__atomic_exchange_n(&table->link, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&table->link, __ATOMIC_RELAXED))
			arch_cpu_relax();
}

void pt_unlock(struct page *table)
{
	lockrank_release(table, table->aux ? RANK_PT_UPPER : RANK_PT_LEAF);
	__atomic_store_n(&table->link, 0, __ATOMIC_RELEASE);
	preempt_enable();
}

pte_t pt_store(struct page *table, pte_t *e, pte_t v)
{
	pte_t old = __atomic_exchange_n(e, v, __ATOMIC_ACQ_REL);

	if (!old && v)
		table->refs++;
	else if (old && !v)
		table->refs--;
	return old;
}

static pte_t *entry_of(struct page *table, vaddr_t va, unsigned level)
{
	return (pte_t *)page_to_virt(table) + pt_index(va, level);
}

pte_t pt_peek(struct pgtable *pt, vaddr_t va)
{
	struct page *t = phys_to_page(pt->root);

	for (unsigned l = PT_TOP;; l--) {
		pte_t e = __atomic_load_n(entry_of(t, va, l), __ATOMIC_ACQUIRE);

		if (!l)
			return e;
		if (!arch_pte_present(e) || arch_pte_is_leaf(e, l))
			return 0;
		t = phys_to_page(arch_pte_paddr(e, l));
	}
}

/* Add a table below *e, an absent entry of locked t. */
static int table_add(struct pgtable *pt, struct page *t, pte_t *e, vaddr_t va, unsigned level)
{
	struct page *n = page_alloc_table(pt->acct);

	if (!n)
		return -ENOMEM;
	n->obj = pt->owner;
	n->aux = level;
	n->index = (va & ~(pt_entry_size(level + 1) - 1)) >> PAGE_SHIFT;
	pt_store(t, e, arch_pte_table(page_to_phys(n)));
	__atomic_fetch_add(&pt->tables, 1, __ATOMIC_RELAXED);
	arch_pt_sync();
	return 0;
}

/*
 * One look at an entry that was seen absent, or as a block, under the lock of its table. 0: go on
 * with *v; 1: start over; -errno: the walk ends, locked only for -EEXIST.
 */
static int settle(struct pgtable *pt, struct page *t, pte_t *e, vaddr_t va, unsigned level,
		  bool alloc, pte_t *v)
{
	int err = 0;

	pt_lock(t);
	if (page_state(t) & PG_STRAY) {
		pt_unlock(t);
		return 1;
	}
	if (!arch_pte_present(*e))
		err = alloc ? table_add(pt, t, e, va, level - 1) : -ENOENT;
	*v = *e;
	if (!err && arch_pte_is_leaf(*v, level))
		return -EEXIST;
	pt_unlock(t);
	return err;
}

int pt_walk_lock(struct pgtable *pt, vaddr_t va, unsigned level, bool alloc, struct pt_pos *pos)
{
	struct page *t;
	unsigned l;
	int err;

	epoch_enter();
again:
	t = phys_to_page(pt->root);
	for (l = PT_TOP; l > level; l--) {
		pte_t *e = entry_of(t, va, l), v = __atomic_load_n(e, __ATOMIC_ACQUIRE);

		if (!arch_pte_present(v) || arch_pte_is_leaf(v, l)) {
			err = settle(pt, t, e, va, l, alloc, &v);
			if (err == 1)
				goto again;
			if (err) {
				*pos = (struct pt_pos){t, e, l};
				epoch_exit();
				return err;
			}
		}
		t = phys_to_page(arch_pte_paddr(v, l));
	}
	pt_lock(t);
	if (page_state(t) & PG_STRAY) {
		pt_unlock(t);
		goto again;
	}
	*pos = (struct pt_pos){t, entry_of(t, va, level), level};
	epoch_exit();
	return 0;
}

/* Unlink the table of level - 1 over va if it is empty. Returns it, or NULL. */
static struct page *unlink_empty(struct pgtable *pt, vaddr_t va, unsigned level)
{
	struct page *t = phys_to_page(pt->root), *child = NULL;
	pte_t *e, v;

	for (unsigned l = PT_TOP; l > level; l--) {
		v = __atomic_load_n(entry_of(t, va, l), __ATOMIC_ACQUIRE);
		if (!arch_pte_present(v) || arch_pte_is_leaf(v, l))
			return NULL;
		t = phys_to_page(arch_pte_paddr(v, l));
	}
	pt_lock(t);
	e = entry_of(t, va, level);
	v = *e;
	if (!(page_state(t) & PG_STRAY) && arch_pte_present(v) && !arch_pte_is_leaf(v, level)) {
		child = phys_to_page(arch_pte_paddr(v, level));
		pt_lock(child);
		if (child->refs == 1) {
			pt_store(t, e, 0);
			page_flags_set(child, PG_STRAY);
			pt_unlock(child);
		} else {
			pt_unlock(child);
			child = NULL;
		}
	}
	pt_unlock(t);
	return child;
}

void pt_prune(struct pgtable *pt, vaddr_t va, struct page **list)
{
	epoch_enter();
	for (unsigned l = 1; l <= PT_TOP; l++) {
		struct page *p = unlink_empty(pt, va, l);

		if (!p)
			break;
		__atomic_fetch_sub(&pt->tables, 1, __ATOMIC_RELAXED);
		p->index = *list ? page_to_pfn(*list) : PFN_NONE;
		*list = p;
	}
	epoch_exit();
}

/*
 * Stray tables wait for a grace period in two chains through page->index: those that an epoch
 * callback is under way for, and those that came since.
 */
static struct spinlock stray_lock = SPINLOCK_INIT(RANK_PMO);
static struct page *stray_waiting, *stray_new;
static struct epoch_head stray_epoch;

static struct page *stray_next(struct page *p)
{
	return p->index == PFN_NONE ? NULL : pfn_to_page(p->index);
}

static void stray_free(struct epoch_head *h)
{
	struct page *p, *next;
	bool more;

	spin_lock(&stray_lock);
	p = stray_waiting;
	stray_waiting = stray_new;
	stray_new = NULL;
	more = stray_waiting != NULL;
	spin_unlock(&stray_lock);
	for (; p; p = next) {
		next = stray_next(p);
		page_free_table(p);
	}
	if (more)
		epoch_call(h, stray_free);
}

void pt_free_list(struct page *list)
{
	bool start = false;

	while (list) {
		struct page *p = list;

		list = stray_next(p);
		spin_lock(&stray_lock);
		p->index = stray_new ? page_to_pfn(stray_new) : PFN_NONE;
		stray_new = p;
		if (!stray_waiting) {
			stray_waiting = stray_new;
			stray_new = NULL;
			start = true;
		}
		spin_unlock(&stray_lock);
	}
	if (start)
		epoch_call(&stray_epoch, stray_free);
}
