/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Radix tree of 64-slot nodes. What keeps lockless readers right (memory.md 2.2):
 *  - nodes are filled before they are published by a release store, which pairs with the acquire load of each step down;
 *  - shift and offset of a node never change after that;
 *  - a node that leaves the tree has no entries left, or, when the tree gets lower, a RETRY in slot 0 that sends the reader
 *    back to the head: so an entry that was erased is never seen again in an old node.
 */
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/lib/xarray.h>

/* Words with low bits 10 are internal: nodes, and these two, which are below any address. */
#define RETRY	 ((void *)(uintptr_t)2)
#define RESERVED ((void *)(uintptr_t)6)

static inline bool is_internal(const void *e)
{
	return ((uintptr_t)e & 3) == 2;
}
static inline bool is_node(const void *e)
{
	return is_internal(e) && (uintptr_t)e > 4095;
}
static inline struct xa_node *to_node(const void *e)
{
	return (struct xa_node *)((uintptr_t)e - 2);
}
static inline void *from_node(const struct xa_node *n)
{
	return (void *)((uintptr_t)n + 2);
}
static inline void *load(void *const *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
static inline void publish(void **p, void *v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}
static inline unsigned slot_of(const struct xa_node *n, uint64_t index)
{
	return index >> n->shift & (XA_SLOTS - 1);
}

/* Largest index below a node with @shift at the root */
static inline uint64_t max_index(unsigned shift)
{
	return shift + XA_BITS >= 64 ? UINT64_MAX : (1ULL << (shift + XA_BITS)) - 1;
}

void xa_init(struct xarray *xa, const struct xa_ops *ops, void *ctx)
{
	*xa = (struct xarray){.ops = ops, .ctx = ctx};
}

/* --- reading */

/* The slot of @index, as the tree is now; NULL: no node covers it. *@node: the leaf, NULL for the head */
static void *const *find_slot(const struct xarray *xa, uint64_t index, struct xa_node **node)
{
	void *const *slot;
	void *e;

again:
	slot = &xa->head;
	*node = NULL;
	e = load(slot);
	if (!is_node(e))
		return index == 0 ? slot : NULL;
	if (index > max_index(to_node(e)->shift))
		return NULL;
	while (is_node(e)) {
		*node = to_node(e);
		slot = &(*node)->slots[slot_of(*node, index)];
		if ((*node)->shift == 0)
			break;
		e = load(slot);
		if (e == RETRY)
			goto again;
	}
	return (*node)->shift == 0 ? slot : NULL;
}

void *xa_load_slot(const struct xarray *xa, uint64_t index, void *const **slot)
{
	struct xa_node *node;
	void *e;

	do {
		*slot = find_slot(xa, index, &node);
		e = *slot ? load(*slot) : NULL;
		/* the head may have become a node since */
	} while (e == RETRY || (is_node(e)));
	return is_internal(e) ? NULL : e;
}

void *xa_load(const struct xarray *xa, uint64_t index)
{
	void *const *slot;

	return xa_load_slot(xa, index, &slot);
}

static bool marked(const struct xarray *xa, const struct xa_node *n, unsigned slot,
		   enum xa_mark mark)
{
	if (mark == XA_PRESENT)
		return true;
	if (!n)
		return READ_ONCE(xa->head_marks) >> mark & 1;
	return READ_ONCE(n->marks[mark]) >> slot & 1;
}

/*
 * First entry at or above *@index. One descent per step: at each level the slots from the index's own on are looked at; an
 * empty or unmarked one moves the index to the begin of the next slot, and past the last one the descent starts again.
 */
void *xa_find(const struct xarray *xa, uint64_t *index, uint64_t max, enum xa_mark mark)
{
	uint64_t i = *index, step;
	struct xa_node *n;
	unsigned slot;
	void *e;

restart:
	if (i > max)
		return NULL;
	e = load(&xa->head);
	if (!is_node(e)) {
		if (i == 0 && e && !is_internal(e) && marked(xa, NULL, 0, mark)) {
			*index = 0;
			return e;
		}
		return NULL;
	}
	n = to_node(e);
	if (i > max_index(n->shift))
		return NULL;
	for (;;) {
		for (slot = slot_of(n, i); slot < XA_SLOTS; slot++) {
			e = load(&n->slots[slot]);
			if (e == RETRY)
				goto restart;
			if (e && e != RESERVED && marked(xa, n, slot, mark))
				break;
			step = 1ULL << n->shift;
			if (i > UINT64_MAX - step)
				return NULL;
			i = (i & ~(step - 1)) +
			    step; /* the next slot's first index, maybe in the next node */
			if (i > max)
				return NULL;
		}
		if (slot == XA_SLOTS)
			goto restart;
		if (!is_node(e)) {
			*index = i;
			return e;
		}
		n = to_node(e);
	}
}

void *xa_find_after(const struct xarray *xa, uint64_t *index, uint64_t max, enum xa_mark mark)
{
	uint64_t i = *index;
	void *e;

	if (i++ >= max)
		return NULL;
	e = xa_find(xa, &i, max, mark);
	if (e)
		*index = i;
	return e;
}

/* --- marks: an inner slot is marked when anything below it is */

static void marks_up(struct xa_node *n, unsigned slot, enum xa_mark mark)
{
	for (; n && !(n->marks[mark] >> slot & 1); slot = n->offset, n = n->parent)
		WRITE_ONCE(n->marks[mark], n->marks[mark] | 1ULL << slot);
}

static void marks_down(struct xa_node *n, unsigned slot, enum xa_mark mark)
{
	for (; n && n->marks[mark] >> slot & 1; slot = n->offset, n = n->parent) {
		WRITE_ONCE(n->marks[mark], n->marks[mark] & ~(1ULL << slot));
		if (n->marks[mark])
			break;
	}
}

/* The entry's place for a mark operation; false: no entry */
static bool find_entry(const struct xarray *xa, uint64_t index, struct xa_node **n)
{
	void *const *slot = find_slot(xa, index, n);
	void *e = slot ? load(slot) : NULL;

	return e && !is_internal(e);
}

void xa_set_mark(struct xarray *xa, uint64_t index, enum xa_mark mark)
{
	struct xa_node *n;

	if ((unsigned)mark >= XA_MARKS || !find_entry(xa, index, &n))
		return;
	if (n)
		marks_up(n, slot_of(n, index), mark);
	else
		WRITE_ONCE(xa->head_marks, xa->head_marks | 1u << mark);
}

void xa_clear_mark(struct xarray *xa, uint64_t index, enum xa_mark mark)
{
	struct xa_node *n;

	if ((unsigned)mark >= XA_MARKS || !find_entry(xa, index, &n))
		return;
	if (n)
		marks_down(n, slot_of(n, index), mark);
	else
		WRITE_ONCE(xa->head_marks, xa->head_marks & ~(1u << mark));
}

bool xa_get_mark(const struct xarray *xa, uint64_t index, enum xa_mark mark)
{
	struct xa_node *n;

	return (unsigned)mark < XA_MARKS && find_entry(xa, index, &n) &&
	       marked(xa, n, n ? slot_of(n, index) : 0, mark);
}

bool xa_marked(const struct xarray *xa, enum xa_mark mark)
{
	uint64_t index = 0;

	return xa_find(xa, &index, UINT64_MAX, mark) != NULL;
}

/* --- changing */

static struct xa_node *new_node(struct xarray *xa, unsigned shift, unsigned offset,
				struct xa_node *parent)
{
	struct xa_node *n = xa->ops->node_alloc(xa->ctx);

	if (!n)
		return NULL;
	memset(n, 0, sizeof(*n));
	n->parent = parent;
	n->shift = (uint8_t)shift;
	n->offset = (uint8_t)offset;
	return n;
}

/* Make the tree lower while only slot 0 of the root is used */
static void shrink(struct xarray *xa)
{
	struct xa_node *n;
	void *e;

	while (is_node(xa->head)) {
		n = to_node(xa->head);
		e = n->slots[0];
		if (n->count != 1 || !e)
			return;
		if (is_node(e)) {
			to_node(e)->parent = NULL;
		} else {
			xa->head_marks = 0;
			for (unsigned m = 0; m < XA_MARKS; m++)
				xa->head_marks |= (uint8_t)((n->marks[m] & 1) << m);
		}
		publish(&xa->head, e);
		publish(&n->slots[0], RETRY);
		xa->ops->node_free(xa->ctx, n);
	}
}

/* Free @n and the nodes above it that are empty, then make the tree lower */
static void prune(struct xarray *xa, struct xa_node *n)
{
	struct xa_node *parent;

	while (n && n->count == 0) {
		parent = n->parent;
		if (parent) {
			publish(&parent->slots[n->offset], NULL);
			parent->count--;
		} else {
			publish(&xa->head, NULL);
		}
		xa->ops->node_free(xa->ctx, n);
		n = parent;
	}
	shrink(xa);
}

/* Make the tree high enough for @index */
static int grow(struct xarray *xa, uint64_t index)
{
	struct xa_node *n;
	void *e;
	unsigned shift;

	for (;;) {
		e = xa->head;
		if (is_node(e) && index <= max_index(to_node(e)->shift))
			return 0;
		if (!is_node(e) && !e) { /* an empty tree: one root of the right height */
			for (shift = 0; index > max_index(shift); shift += XA_BITS)
				;
			n = new_node(xa, shift, 0, NULL);
			if (!n)
				return -ENOMEM;
			publish(&xa->head, from_node(n));
			return 0;
		}
		n = new_node(xa, is_node(e) ? to_node(e)->shift + (unsigned)XA_BITS : 0u, 0, NULL);
		if (!n)
			return -ENOMEM;
		n->slots[0] = e;
		n->count = 1;
		for (unsigned m = 0; m < XA_MARKS; m++)
			if (is_node(e) ? to_node(e)->marks[m] != 0 : xa->head_marks >> m & 1)
				n->marks[m] = 1;
		if (is_node(e))
			to_node(e)->parent = n;
		publish(&xa->head, from_node(n));
		xa->head_marks = 0;
	}
}

/* The leaf of @index, made where missing. On failure all that was made is gone again */
static int make_leaf(struct xarray *xa, uint64_t index, struct xa_node **leaf)
{
	struct xa_node *n, *child;
	unsigned slot;
	int err = grow(xa, index);

	if (err) {
		shrink(xa);
		return err;
	}
	n = to_node(xa->head);
	while (n->shift) {
		slot = slot_of(n, index);
		if (!n->slots[slot]) {
			child = new_node(xa, n->shift - XA_BITS, slot, n);
			if (!child) {
				prune(xa, n);
				return -ENOMEM;
			}
			publish(&n->slots[slot], from_node(child));
			n->count++;
		}
		n = to_node(n->slots[slot]);
	}
	*leaf = n;
	return 0;
}

/* Store an entry or RESERVED, not NULL */
static int store(struct xarray *xa, uint64_t index, void *entry, void **old)
{
	struct xa_node *n;
	void **slot;
	int err;

	if (index == 0 && !is_node(xa->head)) {
		*old = xa->head;
		publish(&xa->head, entry);
		return 0;
	}
	err = make_leaf(xa, index, &n);
	if (err)
		return err;
	slot = &n->slots[slot_of(n, index)];
	*old = *slot;
	if (!*old)
		n->count++;
	publish(slot, entry);
	return 0;
}

/* Empty the slot of @index, whatever is in it */
static void *clear(struct xarray *xa, uint64_t index)
{
	struct xa_node *n;
	void **slot = (void **)(uintptr_t)find_slot(xa, index, &n);
	void *old;

	if (!slot || !*slot)
		return NULL;
	old = *slot;
	if (!n) {
		WRITE_ONCE(xa->head_marks, 0);
		publish(&xa->head, NULL);
		return old;
	}
	for (unsigned m = 0; m < XA_MARKS; m++)
		marks_down(n, slot_of(n, index), m);
	publish(slot, NULL);
	n->count--;
	prune(xa, n);
	return old;
}

int xa_store(struct xarray *xa, uint64_t index, void *entry, void **old)
{
	void *prev = NULL;
	int err = 0;

	if (is_internal(entry))
		return -EINVAL;
	if (entry)
		err = store(xa, index, entry, &prev);
	else
		prev = clear(xa, index);
	if (!err && old)
		*old = prev == RESERVED ? NULL : prev;
	return err;
}

int xa_insert(struct xarray *xa, uint64_t index, void *entry)
{
	if (xa_load(xa, index))
		return -EEXIST;
	return entry ? xa_store(xa, index, entry, NULL) : -EINVAL;
}

void *xa_erase(struct xarray *xa, uint64_t index)
{
	void *old = clear(xa, index);

	return old == RESERVED ? NULL : old;
}

int xa_reserve(struct xarray *xa, uint64_t index)
{
	struct xa_node *n;
	void *const *slot = find_slot(xa, index, &n);
	void *old;

	if (slot && *slot)
		return 0;
	return store(xa, index, RESERVED, &old);
}

void xa_release(struct xarray *xa, uint64_t index)
{
	struct xa_node *n;
	void *const *slot = find_slot(xa, index, &n);

	if (slot && *slot == RESERVED)
		clear(xa, index);
}

void xa_destroy(struct xarray *xa)
{
	void *e = xa->head;
	struct xa_node *n, *parent;
	unsigned i = 0;

	publish(&xa->head, NULL);
	xa->head_marks = 0;
	if (!is_node(e))
		return;
	for (n = to_node(e); n;) {
		while (i < XA_SLOTS && !is_node(n->slots[i]))
			publish(&n->slots[i++], NULL);
		if (i < XA_SLOTS) {
			n = to_node(n->slots[i]);
			i = 0;
			continue;
		}
		parent = n->parent;
		i = n->offset;
		if (parent)
			publish(&parent->slots[i], NULL);
		xa->ops->node_free(xa->ctx, n);
		n = parent;
	}
}
