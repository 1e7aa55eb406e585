/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing ranges: map, unmap, protect, advise, lock, name. Each operation first makes everything
 * that it needs, then commits without a way to fail: reverse map, publish the new table, mark the
 * old ranges dead, change the page tables, retire.
 */
#include <tessera/mm/slab.h>
#include "space.h"

/* What a change does to the part of a range inside its window. */
struct change {
	vaddr_t start, end;
	bool remove;
	int prot, advice;    /* -1: as it is */
	uint32_t set, clear; /* flags */
	bool name;
	uint64_t cookie;
};

/* A change under construction. */
struct build {
	struct range_table *t;
	struct range **fresh, **old;
	unsigned nfresh, nold;
};

static void build_free(struct build *b)
{
	kfree(b->fresh);
	kfree(b->old);
}

static void build_abort(struct build *b)
{
	while (b->nfresh)
		range_abort(b->fresh[--b->nfresh]);
	kfree(b->t);
	build_free(b);
	*b = (struct build){0};
}

static bool build_init(struct build *b, uint32_t ranges, uint32_t touched)
{
	*b = (struct build){.t = table_new(ranges)};
	b->fresh = kmalloc(((size_t)touched * 3 + 3) * sizeof(b->fresh[0]));
	b->old = kmalloc(((size_t)touched + 3) * sizeof(b->old[0]));
	if (b->t && b->fresh && b->old)
		return true;
	build_abort(b);
	return false;
}

/* Can b follow a in one record? */
static bool mergeable(const struct range *a, const struct range *b)
{
	const struct range_rec *x = &a->rec, *y = &b->rec;

	return x->end == y->start && a->pmo == b->pmo && x->prot == y->prot &&
	       x->maxprot == y->maxprot && x->kind == y->kind && x->advice == y->advice &&
	       !((x->flags ^ y->flags) & ~(uint32_t)RANGE_HAS_PRIV) && x->cookie == y->cookie &&
	       !(x->flags & RANGE_GROWSDOWN) && (!a->pmo || x->off + (x->end - x->start) == y->off);
}

static bool is_fresh(const struct build *b, const struct range *r)
{
	for (unsigned i = b->nfresh; i-- > 0;)
		if (b->fresh[i] == r)
			return true;
	return false;
}

/*
 * Append r, merging it with the last one. r is either from the old table or the newest of
 * b->fresh. False: no memory.
 */
static bool push(struct build *b, struct range *r, bool fresh)
{
	struct range *last = b->t->n ? b->t->r[b->t->n - 1] : NULL, *m;

	if (!last || !mergeable(last, r) || (!fresh && !is_fresh(b, last))) {
		b->t->r[b->t->n++] = r;
		return true;
	}
	m = range_part(last, last->rec.start, last->rec.end);
	if (!m)
		return false;
	m->rec.end = r->rec.end;
	if (fresh) {
		range_abort(b->fresh[--b->nfresh]);
	} else {
		b->old[b->nold++] = r;
	}
	if (is_fresh(b, last)) {
		for (unsigned i = 0; i < b->nfresh; i++)
			if (b->fresh[i] == last)
				b->fresh[i] = b->fresh[--b->nfresh];
		range_abort(last);
	} else {
		b->old[b->nold++] = last;
	}
	b->fresh[b->nfresh++] = m;
	b->t->r[b->t->n - 1] = m;
	return true;
}

static bool push_part(struct build *b, struct range *r, vaddr_t start, vaddr_t end,
		      const struct change *c)
{
	struct range *p;

	if (start >= end)
		return true;
	p = range_part(r, start, end);
	if (!p)
		return false;
	if (c) {
		if (c->prot >= 0)
			p->rec.prot = (uint8_t)c->prot;
		if (c->advice >= 0)
			p->rec.advice = (uint8_t)c->advice;
		if (c->name)
			p->rec.cookie = c->cookie;
		p->rec.flags = (p->rec.flags | c->set) & ~c->clear;
	}
	b->fresh[b->nfresh++] = p;
	return push(b, p, true);
}

static bool change_one(struct build *b, struct range *r, const struct change *c)
{
	b->old[b->nold++] = r;
	return push_part(b, r, r->rec.start, mm_min(c->start, r->rec.end), NULL) &&
	       (c->remove ||
		push_part(b, r, mm_max(c->start, r->rec.start), mm_min(c->end, r->rec.end), c)) &&
	       push_part(b, r, mm_max(c->end, r->rec.start), r->rec.end, NULL);
}

/*
 * Old table -> new table with the window changed, and @add (already in fresh) placed in order.
 * -ENOMEM or 0.
 */
static int build(struct space *s, struct build *b, const struct change *c, struct range *add)
{
	struct range_table *old = s->table;
	unsigned first = range_index(old, c->start), last = first;

	while (last < old->n && old->r[last]->rec.start < c->end)
		last++;
	if (old->n + 3 > mm_min(s->policy.ranges_max, RANGES_MAX) && !c->remove)
		return -ENOMEM;
	if (!build_init(b, old->n + 3 * (last - first) + 3, last - first)) {
		return -ENOMEM;
	}
	memcpy(b->t->r, old->r, first * sizeof(old->r[0]));
	b->t->n = first;
	for (unsigned i = first; i < last; i++)
		if (!change_one(b, old->r[i], c))
			return -ENOMEM;
	if (add) {
		b->fresh[b->nfresh++] = add;
		if (!push(b, add, true))
			return -ENOMEM;
	}
	for (unsigned i = last; i < old->n; i++)
		if (!push(b, old->r[i], false))
			return -ENOMEM;
	return 0;
}

/*
 * Make the change visible: new ranges in the reverse map, new table, old ranges dead. Page tables
 * are the caller's.
 */
static void commit(struct space *s, struct build *b)
{
	for (unsigned i = 0; i < b->nfresh; i++) {
		range_link(b->fresh[i]);
		range_count(s, b->fresh[i], 1);
	}
	table_publish(s, b->t);
	b->t = NULL;
	for (unsigned i = 0; i < b->nold; i++) {
		range_kill(b->old[i]);
		range_count(s, b->old[i], -1);
	}
}

static void retire(struct build *b)
{
	for (unsigned i = 0; i < b->nold; i++)
		range_retire(b->old[i]);
	build_free(b);
}

static bool any_in(struct space *s, vaddr_t start, vaddr_t end)
{
	struct range *r = range_find(s->table, start);

	return r && r->rec.start < end;
}

/* Is [start, end) covered by ranges without a hole? */
static bool covered(struct space *s, vaddr_t start, vaddr_t end)
{
	for (unsigned i = range_index(s->table, start); start < end; i++) {
		if (i >= s->table->n || s->table->r[i]->rec.start > start)
			return false;
		start = s->table->r[i]->rec.end;
	}
	return true;
}

static bool bad_window(vaddr_t start, uint64_t size)
{
	return (start | size) & (PAGE_SIZE - 1) || !size || start > ARCH_USER_END ||
	       size > ARCH_USER_END - start;
}

int update_unmap(struct space *s, vaddr_t start, vaddr_t end)
{
	struct change c = {.start = start, .end = end, .remove = true, .prot = -1, .advice = -1};
	struct build b = {0};
	int err;

	if (!any_in(s, start, end))
		return 0;
	err = build(s, &b, &c, NULL);
	if (err) {
		build_abort(&b);
		return err;
	}
	commit(s, &b);
	zap_range(s, start, end, true);
	retire(&b);
	return 0;
}

/* The record that a MAP asks for. */
static int map_record(struct space *s, const struct as_op *op, vaddr_t at, struct range_rec *rec,
		      struct pmo **pmo)
{
	unsigned max = op->maxprot ? op->maxprot : VM_READ | VM_WRITE | VM_EXEC;
	struct pmo *o = NULL;
	uint64_t first = op->off >> PAGE_SHIFT;

	*rec = (struct range_rec){.start = at,
				  .end = at + op->size,
				  .off = op->off,
				  .kind = op->kind,
				  .advice = op->advice,
				  .flags = op->rflags & ~(uint32_t)RANGE_HAS_PRIV,
				  .cookie = op->cookie,
				  .limit = op->limit};
	if (op->kind == RANGE_OBJ || op->kind == RANGE_DEVICE || op->kind == RANGE_SPECIAL) {
		if (!op->pmo || (op->off & (PAGE_SIZE - 1)) || op->off + op->size < op->off)
			return -EINVAL;
		o = op->pmo;
		if (pmo_flags_get(o) & PMO_NO_EXEC)
			max &= ~(unsigned)VM_EXEC;
		if (op->rflags & RANGE_SHARED) {
			max &= pmo_maxprot(o);
			if (pmo_flags_get(o) & PMO_SEAL_WRITE)
				max &= ~(unsigned)VM_WRITE;
		} else {
			max &= pmo_maxprot(o) | VM_WRITE; /* private writes go to copies */
		}
		if (pmo_kind(o) == PMO_SLICE &&
		    (first > pmo_size_pages(o) ||
		     op->size >> PAGE_SHIFT > pmo_size_pages(o) - first))
			return -EINVAL;
		o = pmo_resolve(o, &first);
		rec->off = first << PAGE_SHIFT;
		rec->kind = pmo_is_physical(o) ? RANGE_DEVICE : RANGE_OBJ;
	} else if (op->kind != RANGE_ANON && op->kind != RANGE_GUARD) {
		return -EOPNOTSUPP;
	}
	if (op->kind == RANGE_ANON && (op->rflags & RANGE_SHARED))
		return -EINVAL; /* shared memory is an object */
	if ((op->rflags & RANGE_GROWSDOWN) &&
	    (op->kind != RANGE_ANON || op->limit > at || (op->limit & (PAGE_SIZE - 1))))
		return -EINVAL;
	if (op->prot & ~max)
		return -EACCES;
	rec->prot = op->kind == RANGE_GUARD ? 0 : op->prot;
	rec->maxprot = (uint8_t)max;
	*pmo = o;
	return 0;
}

static int map_place(struct space *s, struct as_op *op, vaddr_t *at)
{
	if (!(op->flags & AS_FIXED))
		return gap_find(s, op->size, op->addr, op->flags, at) ? 0 : -ENOMEM;
	if (bad_window(op->addr, op->size) || op->addr < ARCH_USER_MIN)
		return -EINVAL;
	if ((op->flags & AS_NOREPLACE) && any_in(s, op->addr, op->addr + op->size))
		return -EEXIST;
	*at = op->addr;
	return 0;
}

static int limits_check(struct space *s, const struct range_rec *rec)
{
	uint64_t size = rec->end - rec->start;

	if (s->total_vm + size > s->policy.as_max)
		return -ENOMEM;
	if (!(rec->flags & RANGE_SHARED) && (rec->prot & VM_WRITE) &&
	    s->data_vm + size > s->policy.data_max)
		return -ENOMEM;
	return (rec->flags & RANGE_LOCKED) && s->locked_vm + size > s->policy.locked_max ? -EAGAIN
											 : 0;
}

int update_map(struct space *s, struct as_op *op)
{
	struct change c = {.remove = true, .prot = -1, .advice = -1};
	struct build b = {0};
	struct range_rec rec;
	struct range *r;
	struct pmo *pmo;
	vaddr_t at = 0;
	int err;

	if (!op->size || (op->size & (PAGE_SIZE - 1)))
		return -EINVAL;
	err = map_place(s, op, &at);
	if (!err)
		err = map_record(s, op, at, &rec, &pmo);
	if (!err)
		err = limits_check(s, &rec);
	if (!err && s->table->n + 3 > mm_min(s->policy.ranges_max, RANGES_MAX))
		err = -ENOMEM;
	if (err)
		return err;
	r = range_new(s, &rec, pmo);
	if (!r)
		return -ENOMEM;
	c.start = at;
	c.end = at + op->size;
	if (any_in(s, c.start, c.end)) {
		/*
		 * content is replaced: first a hole, then the new range, so that no fault can
		 * meet the zap
		 */
		s->seq++;
		err = update_unmap(s, c.start, c.end);
		s->seq++;
		if (err) {
			range_abort(r);
			return err;
		}
	}
	err = build(s, &b, &c, r);
	if (err) {
		if (!b.nfresh)
			range_abort(r);
		build_abort(&b);
		return err;
	}
	commit(s, &b);
	retire(&b);
	op->addr = at;
	return 0;
}

/* Change records in place of content: protect, advise, lock, name. */
static int update_records(struct space *s, struct change *c, bool tables)
{
	struct build b = {0};
	int err = build(s, &b, c, NULL);

	if (err) {
		build_abort(&b);
		return err;
	}
	commit(s, &b);
	for (unsigned i = 0; tables && i < b.nfresh; i++) {
		vaddr_t start = mm_max(b.fresh[i]->rec.start, c->start),
			end = mm_min(b.fresh[i]->rec.end, c->end);

		if (start < end)
			protect_range(s, b.fresh[i], start, end);
	}
	retire(&b);
	return 0;
}

static int update_protect(struct space *s, const struct as_op *op)
{
	struct change c = {
		.start = op->addr, .end = op->addr + op->size, .prot = op->prot, .advice = -1};

	if (op->prot & ~(VM_READ | VM_WRITE | VM_EXEC))
		return -EINVAL;
	if (!covered(s, c.start, c.end))
		return -ENOMEM;
	for (unsigned i = range_index(s->table, c.start);
	     i < s->table->n && s->table->r[i]->rec.start < c.end; i++) {
		const struct range_rec *r = &s->table->r[i]->rec;

		if ((op->prot & ~r->maxprot) || (r->kind == RANGE_GUARD && op->prot))
			return -EACCES;
	}
	return update_records(s, &c, true);
}

static int update_flags(struct space *s, const struct as_op *op, struct change *c)
{
	if (!covered(s, c->start, c->end))
		return -ENOMEM;
	if (c->set & RANGE_LOCKED) {
		uint64_t more = 0;

		for (unsigned i = range_index(s->table, c->start); i < s->table->n; i++) {
			const struct range_rec *r = &s->table->r[i]->rec;

			if (r->start >= c->end)
				break;
			if (!(r->flags & RANGE_LOCKED))
				more += mm_min(r->end, c->end) - mm_max(r->start, c->start);
		}
		if (s->locked_vm + more > s->policy.locked_max)
			return -ENOMEM;
	}
	return update_records(s, c, false);
}

int __space_update(struct space *s, struct as_op *op, vaddr_t *pop_start, vaddr_t *pop_end)
{
	struct change c = {.prot = -1, .advice = -1};
	int err;

	*pop_start = *pop_end = 0;
	if (op->op != AS_MAP && bad_window(op->addr, op->size))
		return -EINVAL;
	c.start = op->addr;
	c.end = op->addr + op->size;
	switch (op->op) {
	case AS_MAP:
		err = update_map(s, op);
		break;
	case AS_UNMAP:
		return update_unmap(s, c.start, c.end);
	case AS_PROTECT:
		return update_protect(s, op);
	case AS_MOVE:
		return update_move(s, op);
	case AS_ADVISE:
		if (op->advice > ADVICE_WIPE)
			return -EINVAL;
		c.advice = op->advice;
		return update_flags(s, op, &c);
	case AS_LOCK:
		c.set = op->flags & AS_UNLOCK ? 0 : RANGE_LOCKED;
		c.clear = op->flags & AS_UNLOCK ? RANGE_LOCKED : 0;
		err = update_flags(s, op, &c);
		break;
	case AS_NAME:
		c.name = true;
		c.cookie = op->cookie;
		return update_flags(s, op, &c);
	default:
		return -EINVAL;
	}
	if (!err &&
	    ((op->flags & AS_POPULATE) || (op->op == AS_LOCK && !(op->flags & AS_UNLOCK)))) {
		*pop_start = op->addr;
		*pop_end = op->addr + op->size;
	}
	return err;
}
