/* SPDX-License-Identifier: BSD-2-Clause */
/* Hooks of the allocators for the address sanitizer (mm/kasan.c); empty when it is off. */
#ifndef TESSERA_MM_KASAN_H
#define TESSERA_MM_KASAN_H
#include <tessera/lib/types.h>

/** Shadow values: 0 all eight bytes valid, 1..7 that many valid, others name the reason. */
enum kasan_poison {
	KASAN_FREE_PAGE = 0xff,
	KASAN_REDZONE = 0xfc,
	KASAN_FREED = 0xfb,
	KASAN_VMAP_FREE = 0xf8,
	KASAN_SLAB_NEW = 0xfa,
};

struct kmem_cache;

#ifdef CONFIG_KASAN
void kasan_poison(const void *p, size_t n, uint8_t value); /* both multiples of 8 */
void kasan_unpoison(const void *p, size_t n);		   /* p multiple of 8 */
/** Map real shadow for kernel range [@va, @va + @n); boot only. */
void kasan_map_shadow(vaddr_t va, uint64_t n);
void kasan_init(void);
/** An object of @usable bytes was handed out for a request of @size: the rest is out of bounds. */
void kasan_kmalloc(const void *p, size_t size, size_t usable);
/** Is @p freed already (then it is reported, and true)? */
bool kasan_check_free(const void *p);
/** Keep a freed object back for a while; true: slab_release() follows later. */
bool kasan_quarantine(struct kmem_cache *c, void *p, size_t size);
/** Release all that is kept back. */
void kasan_quarantine_flush(void);
/** Tests: count the next reports in *@hits instead of stopping the machine; NULL ends it. */
void kasan_expect(unsigned *hits);
#else
static inline void kasan_poison(const void *p, size_t n, uint8_t value)
{
}
static inline void kasan_unpoison(const void *p, size_t n)
{
}
static inline void kasan_map_shadow(vaddr_t va, uint64_t n)
{
}
static inline void kasan_init(void)
{
}
static inline void kasan_kmalloc(const void *p, size_t size, size_t usable)
{
}
static inline bool kasan_check_free(const void *p)
{
	return false;
}
static inline bool kasan_quarantine(struct kmem_cache *c, void *p, size_t size)
{
	return false;
}
static inline void kasan_quarantine_flush(void)
{
}
#endif
#endif
