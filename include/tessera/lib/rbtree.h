/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Red-black tree, intrusive. The user descends by itself (no compare callback), then links the node where it ended:
 *	struct rb_node **link = &root->node, *parent = NULL;
 *	while (*link) { parent = *link; link = less(n, parent) ? &parent->left : &parent->right; }
 *	rb_insert(root, n, parent, link);
 * The smallest node is cached. Augmented trees give an update callback that recomputes a node's value from its own and its
 * children's and says whether it changed. No locking.
 */
#ifndef TESSERA_LIB_RBTREE_H
#define TESSERA_LIB_RBTREE_H
#include <tessera/lib/types.h>

struct rb_node {
	uintptr_t parent_color;		/* parent | 1 when black */
	struct rb_node *left, *right;
};
struct rb_root {
	struct rb_node *node;		/* the root, or NULL */
	struct rb_node *leftmost;	/* smallest, or NULL */
};
#define RB_ROOT ((struct rb_root){ NULL, NULL })

/** Recompute the augmented value of @n; true when it changed. */
typedef bool rb_update_fn(struct rb_node *n);

static inline bool rb_empty(const struct rb_root *r) { return r->node == NULL; }
static inline struct rb_node *rb_parent(const struct rb_node *n) { return (struct rb_node *)(n->parent_color & ~(uintptr_t)3); }
static inline struct rb_node *rb_first(const struct rb_root *r) { return r->leftmost; }
struct rb_node *rb_last(const struct rb_root *r);
struct rb_node *rb_next(const struct rb_node *n);
struct rb_node *rb_prev(const struct rb_node *n);

/** Link @n at *@link, whose owner is @parent (NULL for an empty tree), and rebalance. */
void rb_insert(struct rb_root *r, struct rb_node *n, struct rb_node *parent, struct rb_node **link);
/** Take @n, which is in @r, out. */
void rb_erase(struct rb_root *r, struct rb_node *n);
/** As rb_insert for augmented trees: the node's own value must be set before. */
void rb_insert_augmented(struct rb_root *r, struct rb_node *n, struct rb_node *parent, struct rb_node **link, rb_update_fn *update);
void rb_erase_augmented(struct rb_root *r, struct rb_node *n, rb_update_fn *update);
/** Recompute from @n up to the root, as long as values change: after a change of @n's own value. */
void rb_propagate(struct rb_node *n, rb_update_fn *update);

/** In-order walk; the current node must not be erased in the body. */
#define rb_for_each(pos, root) for (struct rb_node *pos = rb_first(root); pos; pos = rb_next(pos))
#endif
