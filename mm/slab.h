/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the slab allocator, for slab.c and kmalloc.c. */
#ifndef MM_SLAB_H
#define MM_SLAB_H
#include <tessera/mm/slab.h>
#include <tessera/percpu/percpu.h>
#include <tessera/sync/spinlock.h>
#include "internal.h"

enum { MAG_SIZE = 12, CACHES_MAX = 256, SLAB_NONE = 0xffff };
enum {
	SLAB_POISON = 0x6b,
	SLAB_NEW = 0x5a,
	SLAB_RED_FREE = 0xbb,
	SLAB_RED_USED = 0xcc,
	SLAB_RED_BYTES = 16
};

/* Free objects of one CPU; interrupts off. */
struct magazine {
	uint32_t n;
	void *obj[MAG_SIZE];
};

struct kmem_cache {
	struct spinlock lock; /* partial list, free objects inside slabs */
	const char *name;
	uint32_t id;
	uint32_t size;	  /* as asked for */
	uint32_t stride;  /* from object to object */
	uint32_t free_at; /* where in a free object the index of the next one is */
	uint32_t flags;
	uint16_t order, per_slab;
	uint32_t partial;	  /* first slab with a free object, by ->lock */
	uint64_t slabs, in_slabs; /* slabs, objects handed out to magazines; by ->lock */
	void (*ctor)(void *);
	struct magazine mag[CPUS_MAX];
};

int cache_setup(struct kmem_cache *c, const char *name, size_t size, size_t align, unsigned flags,
		void (*ctor)(void *));
/* The cache that the slab page belongs to, or NULL. */
struct kmem_cache *cache_of(const struct page *head);

/* Into this CPU's magazine, with no check. Any context. */
void slab_release(struct kmem_cache *c, void *o);
#endif
