/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Red-black tree (Guibas, Sedgewick 1978; the cases follow Cormen, Leiserson, Rivest, Stein, chapter 13). The colour is bit 0 of the
 * parent word, black = 1; absent children are black.
 */
#include <tessera/lib/rbtree.h>

enum { RED = 0, BLACK = 1 };

static inline bool is_red(const struct rb_node *n)
{
	return n && !(n->parent_color & BLACK);
}
static inline void set_color(struct rb_node *n, unsigned c)
{
	n->parent_color = (n->parent_color & ~(uintptr_t)1) | c;
}
static inline void set_parent(struct rb_node *n, struct rb_node *p)
{
	n->parent_color = (uintptr_t)p | (n->parent_color & 1);
}

/* Where the parent @p (NULL: the root) points at @n */
static inline struct rb_node **link_of(struct rb_root *r, struct rb_node *n, struct rb_node *p)
{
	return !p ? &r->node : p->left == n ? &p->left : &p->right;
}

/* @n's right (left) child takes its place. The subtree holds what it held, so only two values are made anew */
static void rotate_left(struct rb_root *r, struct rb_node *n, rb_update_fn *update)
{
	struct rb_node *up = n->right, *p = rb_parent(n);

	*link_of(r, n, p) = up;
	n->right = up->left;
	if (n->right)
		set_parent(n->right, n);
	up->left = n;
	set_parent(up, p);
	set_parent(n, up);
	if (update) {
		update(n);
		update(up);
	}
}

static void rotate_right(struct rb_root *r, struct rb_node *n, rb_update_fn *update)
{
	struct rb_node *up = n->left, *p = rb_parent(n);

	*link_of(r, n, p) = up;
	n->left = up->right;
	if (n->left)
		set_parent(n->left, n);
	up->right = n;
	set_parent(up, p);
	set_parent(n, up);
	if (update) {
		update(n);
		update(up);
	}
}

void rb_propagate(struct rb_node *n, rb_update_fn *update)
{
	while (n && update(n))
		n = rb_parent(n);
}

static void insert_fixup(struct rb_root *r, struct rb_node *n, rb_update_fn *update)
{
	struct rb_node *p, *g, *uncle;

	while ((p = rb_parent(n)) && is_red(p)) {
		g = rb_parent(p); /* there: a red node is never the root */
		uncle = p == g->left ? g->right : g->left;
		if (is_red(uncle)) {
			set_color(p, BLACK);
			set_color(uncle, BLACK);
			set_color(g, RED);
			n = g;
			continue;
		}
		if (p == g->left) {
			if (n == p->right) {
				rotate_left(r, p, update);
				p = n;
			}
			set_color(p, BLACK);
			set_color(g, RED);
			rotate_right(r, g, update);
		} else {
			if (n == p->left) {
				rotate_right(r, p, update);
				p = n;
			}
			set_color(p, BLACK);
			set_color(g, RED);
			rotate_left(r, g, update);
		}
		break;
	}
	set_color(r->node, BLACK);
}

static void insert(struct rb_root *r, struct rb_node *n, struct rb_node *parent,
		   struct rb_node **link, rb_update_fn *update)
{
	n->parent_color = (uintptr_t)parent | RED;
	n->left = NULL;
	n->right = NULL;
	*link = n;
	if (!parent || (parent == r->leftmost && parent->left == n))
		r->leftmost = n;
	if (update) {
		update(n); /* of a leaf: its own value, maybe no change */
		rb_propagate(parent, update);
	}
	insert_fixup(r, n, update);
}

/* The child of @p at @n's place (maybe NULL) has one black too few above it */
static void erase_fixup(struct rb_root *r, struct rb_node *n, struct rb_node *p,
			rb_update_fn *update)
{
	struct rb_node *s;

	while (p && !is_red(n)) {
		bool left = p->left == n;

		s = left ? p->right
			 : p->left; /* there: its side has at least one black more than n's */
		if (is_red(s)) {
			set_color(s, BLACK);
			set_color(p, RED);
			if (left) {
				rotate_left(r, p, update);
				s = p->right;
			} else {
				rotate_right(r, p, update);
				s = p->left;
			}
		}
		if (!is_red(s->left) && !is_red(s->right)) {
			set_color(s, RED);
			n = p;
			p = rb_parent(n);
			continue;
		}
		if (left) {
			if (!is_red(s->right)) {
				set_color(s->left, BLACK);
				set_color(s, RED);
				rotate_right(r, s, update);
				s = p->right;
			}
			set_color(s, p->parent_color & 1);
			set_color(p, BLACK);
			set_color(s->right, BLACK);
			rotate_left(r, p, update);
		} else {
			if (!is_red(s->left)) {
				set_color(s->right, BLACK);
				set_color(s, RED);
				rotate_left(r, s, update);
				s = p->left;
			}
			set_color(s, p->parent_color & 1);
			set_color(p, BLACK);
			set_color(s->left, BLACK);
			rotate_right(r, p, update);
		}
		return;
	}
	if (n)
		set_color(n, BLACK);
}

static void erase(struct rb_root *r, struct rb_node *n, rb_update_fn *update)
{
	struct rb_node *child, *p, *next;
	unsigned color;

	if (r->leftmost == n)
		r->leftmost = rb_next(n);
	if (n->left &&
	    n->right) { /* the next node, which has no left child, takes n's place and colour */
		for (next = n->right; next->left; next = next->left)
			;
		child = next->right;
		color = next->parent_color & 1;
		p = rb_parent(next);
		if (p == n) {
			p = next;
		} else {
			p->left = child;
			if (child)
				set_parent(child, p);
			next->right = n->right;
			set_parent(next->right, next);
		}
		next->left = n->left;
		set_parent(next->left, next);
		*link_of(r, n, rb_parent(n)) = next;
		next->parent_color = n->parent_color;
		if (update) {
			/* next's value is an old one: no early stop below it */
			for (struct rb_node *u = p; u != next; u = rb_parent(u))
				update(u);
			update(next);
			rb_propagate(rb_parent(next), update);
		}
	} else {
		child = n->left ? n->left : n->right;
		color = n->parent_color & 1;
		p = rb_parent(n);
		*link_of(r, n, p) = child;
		if (child)
			set_parent(child, p);
		if (update)
			rb_propagate(p, update);
	}
	if (color == BLACK)
		erase_fixup(r, child, p, update);
}

void rb_insert(struct rb_root *r, struct rb_node *n, struct rb_node *parent, struct rb_node **link)
{
	insert(r, n, parent, link, NULL);
}

void rb_erase(struct rb_root *r, struct rb_node *n)
{
	erase(r, n, NULL);
}

void rb_insert_augmented(struct rb_root *r, struct rb_node *n, struct rb_node *parent,
			 struct rb_node **link, rb_update_fn *update)
{
	insert(r, n, parent, link, update);
}

void rb_erase_augmented(struct rb_root *r, struct rb_node *n, rb_update_fn *update)
{
	erase(r, n, update);
}

struct rb_node *rb_last(const struct rb_root *r)
{
	struct rb_node *n = r->node;

	while (n && n->right)
		n = n->right;
	return n;
}

struct rb_node *rb_next(const struct rb_node *n)
{
	struct rb_node *p;

	if (n->right) {
		for (p = n->right; p->left; p = p->left)
			;
		return p;
	}
	for (p = rb_parent(n); p && n == p->right; p = rb_parent(p))
		n = p;
	return p;
}

struct rb_node *rb_prev(const struct rb_node *n)
{
	struct rb_node *p;

	if (n->left) {
		for (p = n->left; p->right; p = p->right)
			;
		return p;
	}
	for (p = rb_parent(n); p && n == p->left; p = rb_parent(p))
		n = p;
	return p;
}
