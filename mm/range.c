/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges and the sorted table of them. A range is immutable: changes make new ranges and a new
 * table, publish the table, then mark the old ranges dead; both are freed after a grace period.
 */
#include <tessera/mm/slab.h>
#include "space.h"

struct range_table *table_new(uint32_t cap)
{
	struct range_table *t = kmalloc(sizeof(*t) + (size_t)cap * sizeof(t->r[0]));

	if (t) {
		t->n = 0;
		t->cap = cap;
	}
	return t;
}

static void table_free(struct epoch_head *h)
{
	kfree(container_of(h, struct range_table, epoch));
}

void table_free_later(struct range_table *t)
{
	if (t)
		epoch_call(&t->epoch, table_free);
}

void table_publish(struct space *s, struct range_table *t)
{
	struct range_table *old = s->table;

	epoch_publish(s->table, t);
	table_free_later(old);
}

unsigned range_index(struct range_table *t, vaddr_t va)
{
	unsigned lo = 0, hi = t->n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (t->r[mid]->rec.end > va)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

struct range *range_find(struct range_table *t, vaddr_t va)
{
	unsigned i = range_index(t, va);

	return i < t->n ? t->r[i] : NULL;
}

struct range *range_new(struct space *s, const struct range_rec *rec, struct pmo *pmo)
{
	struct range *r = kmalloc(sizeof(*r));

	if (!r)
		return NULL;
	r->rec = *rec;
	r->rec.dead = 0;
	r->rec.next = 0;
	r->rec.gen = s->gen++;
	r->rec.obj = pmo ? pmo_id(pmo) : 0;
	r->space = s;
	r->pmo = pmo ? pmo_get(pmo) : NULL;
	list_init(&r->rmap);
	return r;
}

/* A range like r for [start, end), which lies inside of it. */
struct range *range_part(struct range *r, vaddr_t start, vaddr_t end)
{
	struct range_rec rec = r->rec;

	if (r->pmo)
		rec.off += start - rec.start;
	rec.start = start;
	rec.end = end;
	return range_new(r->space, &rec, r->pmo);
}

static void range_free(struct epoch_head *h)
{
	struct range *r = container_of(h, struct range, epoch);

	if (r->pmo)
		pmo_put(r->pmo);
	kfree(r);
}

void range_abort(struct range *r)
{
	if (r)
		range_free(&r->epoch);
}

void range_link(struct range *r)
{
	if (!r->pmo)
		return;
	mutex_lock(pmo_rmap_lock(r->pmo));
	list_add_tail(pmo_rmap(r->pmo), &r->rmap);
	pmo_range_added(r->pmo, &r->rec, 1);
	mutex_unlock(pmo_rmap_lock(r->pmo));
}

void range_kill(struct range *r)
{
	__atomic_store_n(&r->rec.dead, 1, __ATOMIC_RELEASE);
}

void range_retire(struct range *r)
{
	if (r->pmo) {
		mutex_lock(pmo_rmap_lock(r->pmo));
		list_del_init(&r->rmap);
		pmo_range_added(r->pmo, &r->rec, -1);
		mutex_unlock(pmo_rmap_lock(r->pmo));
	}
	epoch_call(&r->epoch, range_free);
}

/* Add the range to the space's totals, or take it out. */
void range_count(struct space *s, const struct range *r, int sign)
{
	uint64_t n = (r->rec.end - r->rec.start) * (uint64_t)(int64_t)sign;

	s->total_vm += n;
	if (!(r->rec.flags & RANGE_SHARED) && (r->rec.prot & VM_WRITE))
		s->data_vm += n;
	if (r->rec.flags & RANGE_GROWSDOWN)
		s->stack_vm += n;
	if (r->rec.flags & RANGE_LOCKED)
		s->locked_vm += n;
}

/* Lowest address that r keeps others away from. */
static vaddr_t guarded_start(const struct space *s, const struct range *r)
{
	uint64_t gap = (uint64_t)s->policy.guard_gap << PAGE_SHIFT;

	if (!(r->rec.flags & RANGE_GROWSDOWN))
		return r->rec.start;
	return r->rec.start > gap ? r->rec.start - gap : 0;
}

bool gap_is_free(struct space *s, vaddr_t start, vaddr_t end)
{
	struct range *r = range_find(s->table, start);

	return !r || guarded_start(s, r) >= end;
}

/* Highest gap of size bytes with its end at or below top, at or above bottom. */
static bool search_down(struct space *s, uint64_t size, vaddr_t bottom, vaddr_t top, vaddr_t *out)
{
	struct range_table *t = s->table;
	unsigned i = range_index(t, top - 1);

	/* r[i] is the first range that ends above top - 1 */
	if (i < t->n)
		top = mm_min(top, guarded_start(s, t->r[i]));
	for (;;) {
		vaddr_t floor = i ? mm_max(t->r[i - 1]->rec.end, bottom) : bottom;

		if (top > floor && top - floor >= size) {
			*out = top - size;
			return true;
		}
		if (!i || t->r[i - 1]->rec.end <= bottom)
			return false;
		top = mm_min(top, guarded_start(s, t->r[--i]));
	}
}

bool gap_find(struct space *s, uint64_t size, vaddr_t hint, unsigned flags, vaddr_t *out)
{
	vaddr_t top = s->policy.mmap_top, bottom = s->policy.mmap_min;

	if (flags & AS_BELOW_4G)
		top = mm_min(top, 1ull << 31);
	if (!size || size > top || top <= bottom)
		return false;
	hint = mm_align_down(hint, PAGE_SIZE);
	if (hint >= bottom && hint < ARCH_USER_END && size <= ARCH_USER_END - hint &&
	    gap_is_free(s, hint, hint + size) &&
	    (!(flags & AS_BELOW_4G) || hint + size <= 1ull << 31)) {
		*out = hint;
		return true;
	}
	if (search_down(s, size, bottom, top, out))
		return true;
	/* above the usual window, where a small one is exhausted */
	return !(flags & AS_BELOW_4G) &&
	       search_down(s, size, bottom, ARCH_USER_END - PAGE_SIZE, out);
}
