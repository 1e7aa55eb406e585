/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mremap: shrink, grow in place, or move. While pages move neither the old nor the new range is
 * in the table, and the reverse map is held, so nobody can look for a page on its way.
 */
#include <tessera/mm/slab.h>
#include <tessera/mm/tlb.h>
#include "space.h"

/* Make sure that there are leaf tables over [start, end), so that moving cannot fail. */
static int tables_reserve(struct space *s, vaddr_t start, vaddr_t end)
{
	for (vaddr_t va = start; va < end;
	     va = mm_align_down(va, pt_entry_size(1)) + pt_entry_size(1)) {
		struct pt_pos pos;
		int err = pt_walk_lock(&s->pt, va, 0, true, &pos);

		if (err == -EEXIST || !err)
			pt_unlock(pos.table);
		if (err)
			return err;
	}
	return 0;
}

/* Move up to 512 entries of one leaf table from va to to. */
static void move_leaf(struct space *s, vaddr_t va, vaddr_t end, vaddr_t to)
{
	pte_t moved[PT_ENTRIES];
	unsigned n = (unsigned)((end - va) >> PAGE_SHIFT), any = 0;
	struct pt_pos pos;
	int err = pt_walk_lock(&s->pt, va, 0, false, &pos);

	if (err == -EEXIST) { /* a block: it is faulted in again at its new place */
		pt_store(pos.table, pos.pte, 0);
		tlb_flush_space(s, mm_align_down(va, pt_entry_size(pos.level)), end);
		pt_unlock(pos.table);
	}
	if (err)
		return;
	for (unsigned i = 0; i < n; i++) {
		moved[i] = pos.pte[i] ? pt_store(pos.table, &pos.pte[i], 0) : 0;
		any |= moved[i] != 0;
	}
	if (any)
		tlb_flush_space(s, va, end);
	pt_unlock(pos.table);
	for (unsigned i = 0; any && i < n; i++) {
		pfn_t pfn = arch_pte_paddr(moved[i], 0) >> PAGE_SHIFT;

		if (!moved[i])
			continue;
		/*
		 * the table was reserved, and only this thread, with the space's lock, could
		 * remove it
		 */
		VERIFY(!pt_walk_lock(&s->pt, to + ((vaddr_t)i << PAGE_SHIFT), 0, true, &pos));
		if (page_counted(pfn) && page_kind(pfn_to_page(pfn)) == PAGE_ANON &&
		    (page_state(pfn_to_page(pfn)) & PG_EXCL))
			pfn_to_page(pfn)->index = (to >> PAGE_SHIFT) + i;
		pt_store(pos.table, pos.pte, moved[i]);
		pt_unlock(pos.table);
	}
	arch_pt_sync();
}

static void move_pages(struct space *s, vaddr_t from, vaddr_t to, uint64_t size)
{
	for (vaddr_t va = from, end = from + size; va < end;) {
		vaddr_t next = mm_min(mm_align_down(va, pt_entry_size(1)) + pt_entry_size(1), end);

		move_leaf(s, va, next, to + (va - from));
		va = next;
	}
}

/*
 * Put range r, which is in the reverse map already, where nothing is; t has room for one more
 * than the table has.
 */
static void insert(struct space *s, struct range *r, struct range_table *t)
{
	struct range_table *old = s->table;
	unsigned i = range_index(old, r->rec.start);

	memcpy(t->r, old->r, i * sizeof(t->r[0]));
	t->r[i] = r;
	memcpy(t->r + i + 1, old->r + i, (old->n - i) * sizeof(t->r[0]));
	t->n = old->n + 1;
	range_count(s, r, 1);
	table_publish(s, t);
}

/* Replace range i of the table by fresh (or by nothing). */
static int replace_one(struct space *s, unsigned i, struct range *fresh)
{
	struct range_table *old = s->table, *t = table_new(old->n);
	struct range *gone = old->r[i];

	if (!t)
		return -ENOMEM;
	memcpy(t->r, old->r, i * sizeof(t->r[0]));
	t->n = i;
	if (fresh) {
		range_link(fresh);
		range_count(s, fresh, 1);
		t->r[t->n++] = fresh;
	}
	memcpy(t->r + t->n, old->r + i + 1, (old->n - i - 1) * sizeof(t->r[0]));
	t->n += old->n - i - 1;
	table_publish(s, t);
	range_kill(gone);
	range_count(s, gone, -1);
	return 0;
}

static int grow_in_place(struct space *s, struct range *r, uint64_t more)
{
	struct range *fresh = range_part(r, r->rec.start, r->rec.end);
	int err;

	if (!fresh)
		return -ENOMEM;
	fresh->rec.end += more;
	err = replace_one(s, range_index(s->table, r->rec.start), fresh);
	if (err)
		range_abort(fresh);
	else
		range_retire(r);
	return err;
}

/*
 * Isolate [start, end) of a range in a record of its own, so that the rest of this file sees
 * whole ranges.
 */
static int isolate(struct space *s, vaddr_t start, vaddr_t end)
{
	vaddr_t cut[2] = {start, end};

	for (unsigned c = 0; c < 2; c++) {
		unsigned i = range_index(s->table, cut[c]);
		struct range_table *old = s->table, *t;
		struct range *r = i < old->n ? old->r[i] : NULL, *lo, *hi;

		if (!r || r->rec.start >= cut[c])
			continue;
		t = table_new(old->n + 1);
		lo = range_part(r, r->rec.start, cut[c]);
		hi = range_part(r, cut[c], r->rec.end);
		if (!t || !lo || !hi) {
			kfree(t);
			range_abort(lo);
			range_abort(hi);
			return -ENOMEM;
		}
		memcpy(t->r, old->r, i * sizeof(t->r[0]));
		t->r[i] = lo;
		t->r[i + 1] = hi;
		memcpy(t->r + i + 2, old->r + i + 1, (old->n - i - 1) * sizeof(t->r[0]));
		t->n = old->n + 1;
		range_link(lo);
		range_link(hi);
		table_publish(s, t);
		range_kill(r);
		range_retire(r);
	}
	return 0;
}

static int relocate(struct space *s, struct as_op *op, vaddr_t to, uint64_t size)
{
	struct range_table *t;
	struct range *r, *fresh;
	struct pmo *o;
	int err = isolate(s, op->addr, op->addr + size);

	if (err)
		return err;
	r = range_find(s->table, op->addr);
	o = r->pmo;
	t = table_new(s->table->n);
	fresh = range_part(r, r->rec.start, r->rec.end);
	if (fresh) {
		fresh->rec.start = to;
		fresh->rec.end = to + op->new_size;
	}
	err = t && fresh ? tables_reserve(s, to, to + size) : -ENOMEM;
	if (err)
		goto out_abort;
	s->seq++;
	err = replace_one(s, range_index(s->table, op->addr), NULL);
	if (err) {
		s->seq++;
		goto out_abort;
	}
	range_link(fresh); /* a truncation from now on looks at both places */
	if (o)
		mutex_lock(pmo_rmap_lock(o));
	move_pages(s, op->addr, to, size);
	if (o)
		mutex_unlock(pmo_rmap_lock(o));
	range_retire(r);
	insert(s, fresh, t);
	s->seq++;
	return 0;
out_abort:
	kfree(t);
	range_abort(fresh);
	return err;
}

int update_move(struct space *s, struct as_op *op)
{
	uint64_t size = op->size, new_size = op->new_size;
	struct range *r = range_find(s->table, op->addr);
	vaddr_t to;
	int err;

	if (!new_size || (new_size & (PAGE_SIZE - 1)) || new_size > ARCH_USER_END)
		return -EINVAL;
	if (!r || r->rec.start > op->addr || r->rec.end < op->addr + size)
		return -EFAULT; /* a hole, or more than one range */
	if (r->rec.flags & RANGE_GROWSDOWN)
		return -EINVAL;
	if (new_size < size) {
		err = update_unmap(s, op->addr + new_size, op->addr + size);
		if (err || !(op->flags & AS_FIXED))
			return err;
		size = new_size;
		r = range_find(s->table, op->addr);
	}
	if (new_size > size && s->total_vm + (new_size - size) > s->policy.as_max)
		return -ENOMEM;
	if (!(op->flags & AS_FIXED)) {
		if (new_size == size)
			return 0;
		if (r->rec.end == op->addr + size &&
		    op->addr + new_size <= ARCH_USER_END - PAGE_SIZE &&
		    gap_is_free(s, r->rec.end, op->addr + new_size))
			return grow_in_place(s, r, new_size - size);
		if (!(op->flags & AS_MAYMOVE) || !gap_find(s, new_size, 0, 0, &to))
			return -ENOMEM;
	} else {
		to = op->new_addr;
		if ((to & (PAGE_SIZE - 1)) || to < ARCH_USER_MIN || to > ARCH_USER_END - new_size ||
		    (to < op->addr + size && op->addr < to + new_size))
			return -EINVAL;
		s->seq++;
		err = update_unmap(s, to, to + new_size);
		s->seq++;
		if (err)
			return err;
	}
	err = relocate(s, op, to, size);
	if (err)
		return err;
	if (op->flags & AS_DONTUNMAP) {
		struct as_op again = {.op = AS_MAP,
				      .kind = RANGE_ANON,
				      .flags = AS_FIXED,
				      .addr = op->addr,
				      .size = size};
		const struct range_rec *n = &range_find(s->table, to)->rec;

		if (n->kind == RANGE_ANON) {
			again.prot = n->prot;
			again.rflags = n->flags;
			(void)update_map(s, &again);
		}
	}
	op->addr = to;
	return 0;
}
