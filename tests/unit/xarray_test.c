/* SPDX-License-Identifier: BSD-2-Clause */
/* Sparse array against a sorted table, with failing allocations, reservations and old nodes that readers still hold. */
#include <string.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/xarray.h>
#include "tap.h"

enum { N = 400 };
struct entry {
	uint64_t index;
	void *ptr;
	unsigned marks;
	bool reserved;
};
static struct entry model[N];
static unsigned count, live, fail_in;
static bool fail_all;

static void *node_alloc(void *ctx)
{
	(*(unsigned *)ctx)++;
	if (fail_all || (fail_in && --fail_in == 0))
		return NULL;
	live++;
	return malloc(sizeof(struct xa_node));
}

static void node_free(void *ctx, struct xa_node *n)
{
	live--;
	memset(n, 0xdd, sizeof(*n));
	free(n);
}

static const struct xa_ops ops = {node_alloc, node_free};
static unsigned calls;

static struct entry *find(uint64_t index)
{
	for (unsigned i = 0; i < count; i++)
		if (model[i].index == index)
			return &model[i];
	return NULL;
}

static struct entry *find_from(uint64_t index, uint64_t max, unsigned mark)
{
	struct entry *best = NULL;

	for (unsigned i = 0; i < count; i++) {
		struct entry *e = &model[i];

		if (e->reserved || e->index < index || e->index > max ||
		    (mark < XA_MARKS && !(e->marks >> mark & 1)))
			continue;
		if (!best || e->index < best->index)
			best = e;
	}
	return best;
}

static uint64_t some_index(void)
{
	static const uint64_t edges[] = {
		0,	    1,	       63, 64, 4095, 4096, 1ULL << 36, UINT64_MAX, UINT64_MAX - 63,
		1ULL << 63, 1ULL << 60};

	if (count && rnd(2))
		return model[rnd(count)].index + rnd(3) - 1;
	return rnd(4) ? rnd(1ULL << (1 + rnd(14))) : edges[rnd(sizeof(edges) / sizeof(edges[0]))];
}

static void *some_entry(void)
{
	return rnd(2) ? xa_value(rnd(XA_VALUE_MAX))
		      : (void *)(uintptr_t)((1 + rnd(1 << 20)) * 4096);
}

static void check_all(struct xarray *xa)
{
	uint64_t index, i, max;
	unsigned mark;
	struct entry *e;
	void *p;

	for (unsigned k = 0; k < 4; k++) {
		index = i = some_index();
		e = find(index);
		CHECK(xa_load(xa, index) == (e && !e->reserved ? e->ptr : NULL));
		mark = (unsigned)rnd(4);
		CHECK(mark == XA_PRESENT ||
		      xa_get_mark(xa, index, mark) == (e && e->marks >> mark & 1));
		max = rnd(2) ? UINT64_MAX : some_index();
		e = find_from(index, max, mark);
		p = xa_find(xa, &i, max, mark);
		CHECK(p == (e ? e->ptr : NULL) && i == (e ? e->index : index));
		i = index;
		e = index < max ? find_from(index + 1, max, mark) : NULL;
		p = xa_find_after(xa, &i, max, mark);
		CHECK(p == (e ? e->ptr : NULL) && i == (e ? e->index : index));
	}
}

static void do_store(struct xarray *xa, uint64_t index)
{
	struct entry *e = find(index);
	void *p = some_entry(), *old = &calls;
	int err;

	if (count == N && !e)
		return;
	fail_in = rnd(3) ? 0 : 1 + (unsigned)rnd(4);
	fail_all = e; /* replacing and after a reservation: needs no memory */
	err = rnd(4) || e ? xa_store(xa, index, p, &old) : xa_insert(xa, index, p);
	fail_all = false;
	if (err) {
		CHECK(err == -ENOMEM && !e && fail_in == 0);
		return;
	}
	fail_in = 0;
	if (!e) {
		model[count++] = (struct entry){.index = index, .ptr = p};
		return;
	}
	CHECK(old == (e->reserved ? NULL : e->ptr));
	e->ptr = p;
	e->reserved = false;
}

static void do_erase(struct xarray *xa, uint64_t index)
{
	struct entry *e = find(index);
	void *old = &calls;

	fail_all = true;
	if (rnd(2))
		old = xa_erase(xa, index);
	else
		CHECK(xa_store(xa, index, NULL, &old) == 0);
	fail_all = false;
	CHECK(old == (e && !e->reserved ? e->ptr : NULL));
	if (e)
		*e = model[--count];
}

static void do_mark(struct xarray *xa, uint64_t index)
{
	struct entry *e = find(index);
	unsigned mark = (unsigned)rnd(XA_MARKS);
	bool set = rnd(2);

	if (set)
		xa_set_mark(xa, index, mark);
	else
		xa_clear_mark(xa, index, mark);
	if (e && !e->reserved)
		e->marks = set ? e->marks | 1u << mark : e->marks & ~(1u << mark);
}

static void do_reserve(struct xarray *xa, uint64_t index)
{
	struct entry *e = find(index);
	int err;

	if (count == N)
		return;
	fail_in = rnd(3) ? 0 : 1 + (unsigned)rnd(3);
	err = xa_reserve(xa, index);
	CHECK(err == 0 || (err == -ENOMEM && !e && fail_in == 0));
	fail_in = 0;
	if (!err && !e)
		model[count++] = (struct entry){.index = index, .reserved = true};
}

static void do_release(struct xarray *xa, uint64_t index)
{
	struct entry *e = find(index);

	xa_release(xa, index);
	if (e && e->reserved)
		*e = model[--count];
}

static void test_random(void)
{
	struct xarray xa;

	xa_init(&xa, &ops, &calls);
	for (unsigned life = 0; life < 20; life++) {
		count = 0;
		for (unsigned round = 0; round < 2500; round++) {
			uint64_t index = some_index();
			unsigned grow = round / 500 % 2 ? 2 : 6;

			switch (rnd(10)) {
			case 0:
				do_mark(&xa, index);
				break;
			case 1:
				do_reserve(&xa, index);
				break;
			case 2:
				do_release(&xa, index);
				break;
			default:
				if (rnd(8) < grow)
					do_store(&xa, index);
				else
					do_erase(&xa, count ? model[rnd(count)].index : index);
			}
			check_all(&xa);
			CHECK(xa_empty(&xa) == (count == 0));
		}
		for (unsigned m = 0; m < XA_MARKS; m++)
			CHECK(xa_marked(&xa, m) == (find_from(0, UINT64_MAX, m) != NULL));
		if (life % 2) {
			while (count)
				do_erase(&xa, model[0].index);
		}
		xa_destroy(&xa);
		CHECK(live == 0 && xa_empty(&xa));
	}
}

static void test_iteration(void)
{
	struct xarray xa;
	uint64_t index;
	void *e;
	unsigned n = 0;

	xa_init(&xa, &ops, &calls);
	for (unsigned i = 0; i < 1000; i++)
		CHECK(xa_store(&xa, i * 7, xa_value(i), NULL) == 0);
	xa_for_each(&xa, index, e)
	{
		CHECK(index == n * 7 && xa_is_value(e) && xa_to_value(e) == n);
		if (n % 3 == 0)
			xa_set_mark(&xa, index, XA_MARK_1);
		n++;
	}
	CHECK(n == 1000);
	n = 0;
	xa_for_each_marked(&xa, index, e, XA_MARK_1)
	{
		CHECK(index == n * 21);
		xa_erase(&xa, index);
		n++;
	}
	CHECK(n == 334 && !xa_marked(&xa, XA_MARK_1));
	n = 0;
	xa_for_each_range(&xa, index, e, 100, 200, XA_PRESENT) n++;
	CHECK(n == 9); /* multiples of 7, not of 21, in 100..200 */
	CHECK(xa_store(&xa, 5, (void *)(uintptr_t)4098, NULL) == -EINVAL &&
	      xa_insert(&xa, 7, xa_value(1)) == -EEXIST);
	xa_destroy(&xa);
	CHECK(live == 0);
}

/* Nodes that readers hold: kept until the end of the test, as an epoch would */
static struct xa_node *kept[64];
static unsigned nr_kept;
static void node_keep(void *ctx, struct xa_node *n)
{
	kept[nr_kept++] = n;
}
static const struct xa_ops keep_ops = {node_alloc, node_keep};

/* memory.md 2.2: re-reading the slot must tell that an entry is gone, also when the node it was in has left the tree */
static void test_slot_recheck(void)
{
	struct xarray xa;
	void *const *slot;
	void *a = (void *)(uintptr_t)4096, *b = (void *)(uintptr_t)8192;

	xa_init(&xa, &keep_ops, &calls);
	for (unsigned far = 1; far < 8; far++) {
		uint64_t other = 1ULL << (far * 6);

		REQUIRE(xa_store(&xa, 0, a, NULL) == 0 && xa_store(&xa, other, b, NULL) == 0);
		CHECK(xa_load_slot(&xa, 0, &slot) == a && *slot == a);
		xa_erase(&xa, other); /* the tree gets lower: 0 moves to the head */
		CHECK(*slot != a && xa_load(&xa, 0) == a);
		CHECK(xa_load_slot(&xa, 0, &slot) == a && *slot == a);
		REQUIRE(xa_store(&xa, other, b, NULL) == 0); /* and back into a node */
		CHECK(*slot != a);
		CHECK(xa_load_slot(&xa, other, &slot) == b && *slot == b);
		xa_erase(&xa, 0);
		CHECK(*slot == b);
		xa_erase(&xa, other);
		CHECK(*slot != b && xa_empty(&xa));
		while (nr_kept) {
			live--;
			free(kept[--nr_kept]);
		}
	}
	CHECK(xa_load_slot(&xa, 99, &slot) == NULL && slot == NULL);
	CHECK(live == 0);
}

static const struct tap_test tests[] = {
	{"random against a table", test_random},
	{"iteration", test_iteration},
	{"slots of old nodes", test_slot_recheck},
};
TAP_MAIN(tests)
