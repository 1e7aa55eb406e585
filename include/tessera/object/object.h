/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base of all core objects (kernel/object.c): references and handles are counted apart. The last handle runs ->close, the last reference
 * runs ->destroy, from the reaper, in thread context, never recursively.
 */
#ifndef TESSERA_OBJECT_H
#define TESSERA_OBJECT_H
#include <tessera/lib/types.h>

struct object;
struct account;
struct object_type {
	const char *name;
	void (*close)(struct object *o);	/* last handle gone; thread context, may sleep; may be NULL */
	/* last reference gone; reaper thread, may sleep; frees the memory, after a grace period if lookups take no lock */
	void (*destroy)(struct object *o);
};
struct object {
	const struct object_type *type;
	uint32_t refs;			/* atomic; every handle holds one */
	uint32_t handles;		/* atomic */
	struct account *charge;		/* who pays; NULL: the core */
	struct object *reap_next;
};

/** Begin life with one reference and no handle. */
void object_init(struct object *o, const struct object_type *type, struct account *charge);
static inline void object_ref(struct object *o)
{
	(void)__atomic_fetch_add(&o->refs, 1, __ATOMIC_RELAXED);
}
/** For lookups in an epoch section: false if the object is being destroyed. */
bool object_ref_unless_zero(struct object *o);
/** Drop a reference. Any context, also under spinlocks of rank below RANK_WAITQ. */
void object_unref(struct object *o);
/** A new handle (the caller holds a reference or a handle): takes a reference too. */
void object_handle_get(struct object *o);
/** A handle is gone: last one runs ->close; drops its reference. Context: thread, may sleep. */
void object_handle_put(struct object *o);
/** Wait until all objects whose last reference is gone have been destroyed. Context: thread, may sleep. */
void object_reap_barrier(void);
#endif
