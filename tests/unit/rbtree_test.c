/* SPDX-License-Identifier: BSD-2-Clause */
/* Red-black tree: its rules, order, cached leftmost and augmented values after every one of many random changes. */
#include <tessera/lib/rbtree.h>
#include "tap.h"

enum { N = 200 };
struct item {
	unsigned key;
	unsigned weight, max;
	bool in;
	struct rb_node node;
};
static struct item items[N];

static struct item *item_of(struct rb_node *n)
{
	return container_of(n, struct item, node);
}

/* max: largest weight of the subtree */
static unsigned max_of(struct rb_node *n)
{
	unsigned m = item_of(n)->weight;

	if (n->left && item_of(n->left)->max > m)
		m = item_of(n->left)->max;
	if (n->right && item_of(n->right)->max > m)
		m = item_of(n->right)->max;
	return m;
}

static bool update(struct rb_node *n)
{
	unsigned m = max_of(n);
	bool changed = item_of(n)->max != m;

	item_of(n)->max = m;
	return changed;
}

/* Black height, or -1 when a rule is broken */
static int check_subtree(struct rb_node *n, struct rb_node *parent, bool augmented)
{
	int l, r;
	bool red;

	if (!n)
		return 0;
	red = !(n->parent_color & 1);
	if (rb_parent(n) != parent || (red && parent && !(parent->parent_color & 1)))
		return -1;
	if (augmented && item_of(n)->max != max_of(n))
		return -1;
	l = check_subtree(n->left, n, augmented);
	r = check_subtree(n->right, n, augmented);
	return l < 0 || l != r ? -1 : l + !red;
}

static void check_tree(struct rb_root *t, unsigned count, bool augmented)
{
	struct rb_node *prev = NULL;
	unsigned n = 0;

	CHECK(check_subtree(t->node, NULL, augmented) >= 0);
	CHECK(!t->node || (t->node->parent_color & 1));
	rb_for_each(pos, t)
	{
		CHECK(rb_prev(pos) == prev);
		CHECK(item_of(pos)->in && (!prev || item_of(prev)->key <= item_of(pos)->key));
		prev = pos;
		n++;
	}
	CHECK(n == count && rb_last(t) == prev && rb_empty(t) == (count == 0));
}

static void insert(struct rb_root *t, struct item *it, bool augmented)
{
	struct rb_node **link = &t->node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = it->key < item_of(parent)->key ? &parent->left : &parent->right;
	}
	it->max = (unsigned)rnd(2) ? it->weight : 0; /* an old value must not matter */
	if (augmented)
		rb_insert_augmented(t, &it->node, parent, link, update);
	else
		rb_insert(t, &it->node, parent, link);
}

static void run(bool augmented)
{
	struct rb_root t = RB_ROOT;
	unsigned count = 0, fill = 0;

	for (unsigned i = 0; i < N; i++)
		items[i] = (struct item){0};
	for (unsigned round = 0; round < 6000; round++) {
		struct item *it = &items[rnd(N)];

		if (round % 500 == 0)
			fill = (unsigned)rnd(3); /* phases of growth, shrinking, balance */
		if (!it->in && fill != 1) {
			it->key = (unsigned)rnd(100);
			it->weight = (unsigned)rnd(50);
			insert(&t, it, augmented);
			it->in = true;
			count++;
		} else if (it->in && fill != 0) {
			if (augmented)
				rb_erase_augmented(&t, &it->node, update);
			else
				rb_erase(&t, &it->node);
			it->in = false;
			count--;
		} else if (it->in && augmented) {
			it->weight = (unsigned)rnd(50);
			rb_propagate(&it->node, update);
		}
		check_tree(&t, count, augmented);
	}
}

static void test_plain(void)
{
	run(false);
}
static void test_augmented(void)
{
	run(true);
}

static const struct tap_test tests[] = {{"plain", test_plain}, {"augmented", test_augmented}};
TAP_MAIN(tests)
