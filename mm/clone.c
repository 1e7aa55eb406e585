/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fork: the child gets copies of the range records and of the entries of private pages, which
 * both spaces then share read-only with one more reference. The child is invisible until it is
 * complete. A pinned page is copied at once.
 */
#include <tessera/mm/tlb.h>
#include <tessera/mm/slab.h>
#include "space.h"

/*
 * Copy the entry e of the parent to ce of the child. False: no memory. *lost: the parent's entry
 * lost a right.
 */
static bool clone_entry(struct space *child, struct page *ctable, pte_t *e, pte_t *ce, bool *lost)
{
	pte_t v = *e;
	pfn_t pfn = arch_pte_paddr(v, 0) >> PAGE_SHIFT;
	struct page *p;

	if (!arch_pte_present(v) || !page_counted(pfn))
		return true;
	p = pfn_to_page(pfn);
	if (page_kind(p) != PAGE_ANON)
		return true; /* comes back by a fault */
	if (__atomic_load_n(&p->pins, __ATOMIC_ACQUIRE)) {
		struct page *n = page_alloc(PAGE_ANON, 0, 0, child->acct);

		if (!n)
			return false;
		memcpy(page_to_virt(n), page_to_virt(p), PAGE_SIZE);
		n->obj = child->id;
		n->index = p->index;
		page_flags_set(n, PG_EXCL);
		pt_store(ctable, ce,
			 arch_pte_leaf(page_to_phys(n), 0, arch_pte_prot(v), MEM_NORMAL));
		rss_add(child, n, 1);
		return true;
	}
	page_get(p);
	if (page_state(p) & PG_EXCL) {
		page_flags_clear(p, PG_EXCL);
		p->obj = 0;
	}
	while (arch_pte_prot(v) & VM_WRITE) {
		pte_t ro = arch_pte_set_prot(v, arch_pte_prot(v) & ~(unsigned)VM_WRITE);

		if (__atomic_compare_exchange_n(e, &v, ro, false, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED)) {
			*lost = true;
			v = ro;
		}
	}
	pt_store(ctable, ce, v);
	rss_add(child, p, 1);
	return true;
}

/* One leaf table's part [va, end) of a range. 0 or -ENOMEM. */
static int clone_leaf(struct space *parent, struct space *child, vaddr_t va, vaddr_t end)
{
	struct pt_pos pos, cpos;
	bool lost = false, ok = true;
	vaddr_t at = va;
	pte_t *ce;
	int err;

again:
	/*
	 * nobody else faults in the child, but a truncation may find it through the reverse map
	 * and remove an empty table
	 */
	err = pt_walk_lock(&child->pt, va, 0, true, &cpos);
	if (err)
		return err;
	pt_unlock(cpos.table);
	err = pt_walk_lock(&parent->pt, va, 0, false, &pos);
	if (err == -EEXIST)
		pt_unlock(pos.table);
	if (err)
		return 0;
	pt_lock(cpos.table);
	if (page_state(cpos.table) & PG_STRAY) {
		pt_unlock(cpos.table);
		pt_unlock(pos.table);
		goto again;
	}
	ce = cpos.pte;
	for (pte_t *e = pos.pte; at < end && ok; at += PAGE_SIZE, e++, ce++)
		ok = !*e || clone_entry(child, cpos.table, e, ce, &lost);
	if (lost)
		tlb_flush_space(parent, va, at);
	pt_unlock(cpos.table);
	pt_unlock(pos.table);
	return ok ? 0 : -ENOMEM;
}

static int clone_pages(struct space *parent, struct space *child, const struct range *r)
{
	vaddr_t va = r->rec.start, end = r->rec.end;

	if ((r->rec.flags & RANGE_SHARED) || r->rec.advice == ADVICE_WIPE ||
	    r->rec.kind == RANGE_GUARD)
		return 0;
	while (va < end) {
		struct pt_pos pos;
		int err = pt_walk_lock(&parent->pt, va, 0, false, &pos);
		uint64_t step = pt_entry_size(err ? pos.level : 1);
		vaddr_t next = mm_align_down(va, step) + step;

		if (err != -ENOENT)
			pt_unlock(pos.table);
		if (!err)
			err = clone_leaf(parent, child, va, mm_min(next, end));
		else
			err = 0;
		if (err)
			return err;
		va = next;
	}
	return 0;
}

static int clone_ranges(struct space *parent, struct space *child)
{
	struct range_table *old = parent->table, *t = table_new(old->n);
	int err = 0;

	if (!t)
		return -ENOMEM;
	for (unsigned i = 0; i < old->n && !err; i++) {
		struct range_rec rec = old->r[i]->rec;
		struct range *r;

		if (rec.advice == ADVICE_DONTFORK)
			continue;
		rec.flags &= ~(uint32_t)RANGE_LOCKED;
		r = range_new(child, &rec, old->r[i]->pmo);
		if (!r) {
			err = -ENOMEM;
			break;
		}
		range_link(r);
		range_count(child, r, 1);
		t->r[t->n++] = r;
	}
	table_publish(child, t); /* also when incomplete: destroying the child undoes it */
	for (unsigned i = 0; i < old->n && !err; i++)
		if (old->r[i]->rec.advice != ADVICE_DONTFORK)
			err = clone_pages(parent, child, old->r[i]);
	return err;
}

struct space *space_clone(struct space *parent, struct account *a)
{
	struct space *child = space_create(a);
	int err;

	if (!child)
		return NULL;
	mutex_lock(&parent->lock);
	child->policy = parent->policy;
	child->brk_start = parent->brk_start;
	child->brk = parent->brk;
	err = parent->dying ? -EFAULT : clone_ranges(parent, child);
	mutex_unlock(&parent->lock);
	if (err) {
		space_put(child);
		return NULL;
	}
	return child;
}
