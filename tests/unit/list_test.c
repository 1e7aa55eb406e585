/* SPDX-License-Identifier: BSD-2-Clause */
/* list.h against an array. */
#include <string.h>
#include <tessera/lib/list.h>
#include "tap.h"

enum { N = 32 };
struct item {
	int id;
	struct list_head node;
	struct slist_node snode;
};

static void check_same(struct list_head *h, const int *model, unsigned n)
{
	struct item *it;
	unsigned i = 0;

	list_for_each_entry (it, h, node) {
		REQUIRE(i < n && it->id == model[i]);
		i++;
	}
	CHECK(i == n);
	list_for_each_entry_reverse(it, h, node) REQUIRE(i > 0 && it->id == model[--i]);
	CHECK(i == 0 && list_empty(h) == (n == 0) && list_is_singular(h) == (n == 1));
	if (n)
		CHECK(list_first_entry(h, struct item, node)->id == model[0] &&
		      list_last_entry(h, struct item, node)->id == model[n - 1]);
	else
		CHECK(list_first_entry_or_null(h, struct item, node) == NULL);
}

static void test_random(void)
{
	struct item items[N];
	int model[N];
	bool in[N] = {false};
	unsigned n = 0, k;
	LIST_HEAD(head);

	for (int i = 0; i < N; i++)
		items[i].id = i;
	for (unsigned round = 0; round < 20000; round++) {
		k = (unsigned)rnd(N);
		if (!in[k]) {
			if (rnd(2)) {
				list_add(&head, &items[k].node);
				memmove(model + 1, model, n * sizeof(*model));
				model[0] = (int)k;
			} else {
				list_add_tail(&head, &items[k].node);
				model[n] = (int)k;
			}
			n++;
			in[k] = true;
		} else {
			unsigned at = 0, how = (unsigned)rnd(4);

			while (model[at] != (int)k)
				at++;
			memmove(model + at, model + at + 1, (n - at - 1) * sizeof(*model));
			if (how == 0) {
				list_move(&head, &items[k].node);
				memmove(model + 1, model, (n - 1) * sizeof(*model));
				model[0] = (int)k;
			} else if (how == 1) {
				list_move_tail(&head, &items[k].node);
				model[n - 1] = (int)k;
			} else {
				if (how == 2)
					list_del(&items[k].node);
				else
					list_del_init(&items[k].node);
				n--;
				in[k] = false;
			}
		}
		check_same(&head, model, n);
	}
}

static void test_splice_and_safe(void)
{
	struct item items[8], *it, *tmp;
	int expect[8] = {0, 1, 2, 3, 4, 5, 6, 7};
	LIST_HEAD(a);
	LIST_HEAD(b);

	for (int i = 0; i < 8; i++) {
		items[i].id = i;
		list_add_tail(i < 4 ? &a : &b, &items[i].node);
	}
	list_splice_tail_init(&a, &b);
	check_same(&a, expect, 8);
	check_same(&b, expect, 0);
	list_splice_tail_init(&a, &b);
	list_splice_tail_init(&b, &a);
	check_same(&b, expect, 8);
	list_for_each_entry_safe (it, tmp, &b, node) {
		list_del(&it->node);
		memset(it, 0xaa, sizeof(*it));
	}
	CHECK(list_empty(&b));
}

static void test_single(void)
{
	struct slist_head h;
	struct item items[5];
	unsigned n = 0;

	slist_init(&h);
	CHECK(slist_empty(&h) && slist_pop(&h) == NULL);
	for (unsigned i = 0; i < 5; i++)
		slist_push(&h, &items[i].snode);
	slist_for_each(pos, &h) CHECK(pos == &items[4 - n++].snode);
	CHECK(n == 5);
	for (unsigned i = 5; i--;)
		CHECK(slist_pop(&h) == &items[i].snode);
	CHECK(slist_empty(&h));
}

static const struct tap_test tests[] = {
	{"random operations against an array", test_random},
	{"splice, safe walk", test_splice_and_safe},
	{"single lists", test_single},
};
TAP_MAIN(tests)
