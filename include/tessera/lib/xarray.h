/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sparse array of pointers indexed by 64 bits: a 64-way radix tree with three marks per entry (memory.md 2.1). A single entry
 * at index 0 sits in the head, without a node. Changes need the owner's lock; look-ups and searches only need that nodes are
 * not reused while they run: in the core an epoch section, with a node free callback that defers.
 * Entries: pointers aligned to 4, or values of 63 bits made by xa_value(). NULL is "no entry".
 */
#ifndef TESSERA_LIB_XARRAY_H
#define TESSERA_LIB_XARRAY_H
#include <tessera/lib/types.h>

enum { XA_BITS = 6, XA_SLOTS = 64, XA_MARKS = 3 };
enum xa_mark { XA_MARK_0, XA_MARK_1, XA_MARK_2, XA_PRESENT /* for searches: any entry */ };

struct xa_node {
	void *reclaim[2];		/* for the free callback (room of a struct epoch_head) */
	struct xa_node *parent;
	uint8_t shift;			/* bits below this node's: 0 in a leaf */
	uint8_t offset;			/* slot in the parent */
	uint8_t count;			/* slots that are not NULL */
	uint64_t marks[XA_MARKS];	/* an inner slot is marked when anything below is */
	void *slots[XA_SLOTS];
};

struct xa_ops {
	/** Memory for one node (sizeof(struct xa_node), any content, 8-byte aligned), or NULL. Called under the owner's lock. */
	void *(*node_alloc)(void *ctx);
	/** Give a node back, once no look-up that is running can see it. */
	void (*node_free)(void *ctx, struct xa_node *node);
};

struct xarray {
	void *head;
	uint8_t head_marks;		/* of a single entry in the head */
	const struct xa_ops *ops;
	void *ctx;
};

#define XA_VALUE_MAX (UINT64_MAX >> 1)
static inline void *xa_value(uint64_t v) { return (void *)(uintptr_t)(v << 1 | 1); }
static inline bool xa_is_value(const void *entry) { return (uintptr_t)entry & 1; }
static inline uint64_t xa_to_value(const void *entry) { return (uintptr_t)entry >> 1; }

void xa_init(struct xarray *xa, const struct xa_ops *ops, void *ctx);
/** Frees all nodes; entries are the caller's. Owner's lock. */
void xa_destroy(struct xarray *xa);
static inline bool xa_empty(const struct xarray *xa) { return __atomic_load_n(&xa->head, __ATOMIC_RELAXED) == NULL; }

/** Entry at @index or NULL. Lockless. */
void *xa_load(const struct xarray *xa, uint64_t index);
/**
 * As xa_load, and *@slot is where it was read: re-reading *@slot (acquire) after taking a reference proves that the entry was
 * still there. Only while the look-up's section lasts. *@slot is NULL when no node covers @index.
 */
void *xa_load_slot(const struct xarray *xa, uint64_t index, void *const **slot);

/** Store @entry (NULL: erase); *@old, if @old is not NULL, is what was there. Marks are cleared on erase, kept on replacement.
 * 0; -ENOMEM (nothing changed; not when erasing, replacing or after xa_reserve); -EINVAL @entry has the bits of a node. Owner's lock. */
int __must_check xa_store(struct xarray *xa, uint64_t index, void *entry, void **old);
/** As xa_store, only where there is no entry: -EEXIST otherwise. */
int __must_check xa_insert(struct xarray *xa, uint64_t index, void *entry);
/** Take the entry out; returns it. Never fails. Owner's lock. */
void *xa_erase(struct xarray *xa, uint64_t index);
/** Make sure that a later xa_store at @index succeeds. 0, -ENOMEM. Reads as NULL until then. Owner's lock. */
int __must_check xa_reserve(struct xarray *xa, uint64_t index);
/** Undo xa_reserve where nothing was stored since. Owner's lock. */
void xa_release(struct xarray *xa, uint64_t index);

/** Marks of an entry that is there; without one, nothing happens and get says false. Set and clear: owner's lock. */
void xa_set_mark(struct xarray *xa, uint64_t index, enum xa_mark mark);
void xa_clear_mark(struct xarray *xa, uint64_t index, enum xa_mark mark);
bool xa_get_mark(const struct xarray *xa, uint64_t index, enum xa_mark mark);
/** Has any entry @mark? */
bool xa_marked(const struct xarray *xa, enum xa_mark mark);

/** First entry with index in [*@index, @max] that has @mark (XA_PRESENT: any); *@index becomes its index. NULL: none. Lockless. */
void *xa_find(const struct xarray *xa, uint64_t *index, uint64_t max, enum xa_mark mark);
/** As xa_find, for indices above *@index. */
void *xa_find_after(const struct xarray *xa, uint64_t *index, uint64_t max, enum xa_mark mark);

/* @index is a uint64_t, @entry a pointer, both of the caller. The current entry may be erased in the body (owner's lock). */
#define xa_for_each_range(xa, index, entry, first, last, mark) \
	for (index = (first), entry = xa_find((xa), &index, (last), (mark)); entry; \
	     entry = xa_find_after((xa), &index, (last), (mark)))
#define xa_for_each(xa, index, entry) xa_for_each_range(xa, index, entry, 0, UINT64_MAX, XA_PRESENT)
#define xa_for_each_marked(xa, index, entry, mark) xa_for_each_range(xa, index, entry, 0, UINT64_MAX, mark)
#endif
