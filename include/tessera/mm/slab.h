/* SPDX-License-Identifier: BSD-2-Clause */
/* Slab allocator: caches of objects of one size, and kmalloc on top. Any context, never waits. */
#ifndef TESSERA_MM_SLAB_H
#define TESSERA_MM_SLAB_H
#include <tessera/lib/types.h>

enum slab_flags {
	/* pages are never given back: an object pointer stays readable as that type for ever */
	SLAB_TYPE_STABLE = 1,
	SLAB_ZERO = 2, /* objects come zeroed */
};

struct kmem_cache;

/**
 * New cache of objects of @size bytes (1..4096), aligned to @align (a power of two up to 4096, 0:
 * 8). @name must outlive it. @ctor, if not NULL, runs on each object when its page is added, and
 * for type-stable caches the object keeps its content when free. Thread context. NULL when memory
 * is short or an argument is bad.
 */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, unsigned flags,
				     void (*ctor)(void *));
/** Destroy a cache that has no object in use (returns -EBUSY if it has). Thread context. */
int kmem_cache_destroy(struct kmem_cache *c);
/** One object, or NULL. Any context. */
void *kmem_cache_alloc(struct kmem_cache *c);
/**
 * Give @p back (NULL: nothing). A pointer that is not an object in use of @c is a panic. Any
 * context.
 */
void kmem_cache_free(struct kmem_cache *c, void *p);
/** Objects in use; exact when no CPU is allocating. */
size_t kmem_cache_used(const struct kmem_cache *c);

/**
 * At least @size bytes, aligned to 16 (to the size for powers of two), content undefined; NULL
 * when there are none. Sizes above 4096 come as whole pages. Any context.
 */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
/** @n objects of @size bytes, zeroed; NULL also when the product overflows. */
void *kcalloc(size_t n, size_t size);
/** Give back memory of kmalloc (NULL: nothing). Any context. */
void kfree(void *p);
/** Bytes usable at @p. */
size_t kmalloc_usable(const void *p);
#endif
