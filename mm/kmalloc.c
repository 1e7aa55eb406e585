/* SPDX-License-Identifier: BSD-2-Clause */
/* kmalloc: slab caches of fixed sizes up to half a page, whole pages above. */
#include <tessera/mm/kasan.h>
#include "slab.h"

static const uint16_t sizes[] = {16,  32,  48,	64,  96,   128,	 192,
				 256, 384, 512, 768, 1024, 1536, 2048};
static const char *const names[] = {"kmalloc-16",   "kmalloc-32",  "kmalloc-48",  "kmalloc-64",
				    "kmalloc-96",   "kmalloc-128", "kmalloc-192", "kmalloc-256",
				    "kmalloc-384",  "kmalloc-512", "kmalloc-768", "kmalloc-1024",
				    "kmalloc-1536", "kmalloc-2048"};
enum { NSIZES = sizeof(sizes) / sizeof(sizes[0]), SMALL_MAX = 2048 };

static struct kmem_cache size_cache[NSIZES];
static uint8_t size_index[SMALL_MAX / 16 + 1]; /* (size + 15) / 16 -> cache */

void slab_init(void)
{
	for (unsigned i = 0; i < NSIZES; i++) {
		unsigned align = sizes[i] & (sizes[i] - 1) ? 16 : sizes[i];

		if (IS_ENABLED(CONFIG_DEBUG_PAGE) || IS_ENABLED(CONFIG_KASAN))
			align = 16;
		VERIFY(!cache_setup(&size_cache[i], names[i], sizes[i], align, 0, NULL));
	}
	for (unsigned s = 0, i = 0; s <= SMALL_MAX / 16; s++) {
		while (sizes[i] < s * 16)
			i++;
		size_index[s] = (uint8_t)i;
	}
}

static unsigned order_of(size_t size)
{
	unsigned order = 0;

	while (order <= PAGE_ORDER_MAX && ((size_t)PAGE_SIZE << order) < size)
		order++;
	return order;
}

void *kmalloc(size_t size)
{
	struct page *p;
	void *o;

	if (size <= SMALL_MAX) {
		o = kmem_cache_alloc(&size_cache[size_index[(size + 15) / 16]]);
		if (o)
			kasan_kmalloc(o, size, kmalloc_usable(o));
		return o;
	}
	p = page_alloc(PAGE_KOBJ, order_of(size), 0, NULL);
	if (!p)
		return NULL;
	o = page_to_virt(p);
	kasan_kmalloc(o, size, (size_t)PAGE_SIZE << page_order(p));
	return o;
}

void *kzalloc(size_t size)
{
	void *p = kmalloc(size);

	return p ? memset(p, 0, size) : NULL;
}

void *kcalloc(size_t n, size_t size)
{
	size_t total;

	return __builtin_mul_overflow(n, size, &total) ? NULL : kzalloc(total);
}

size_t kmalloc_usable(const void *p)
{
	struct page *head = page_head(virt_to_page(p));
	struct kmem_cache *c = cache_of(head);

	return c ? c->size : (size_t)PAGE_SIZE << page_order(head);
}

void kfree(void *p)
{
	struct page *head;
	struct kmem_cache *c;

	if (!p)
		return;
	if ((uintptr_t)p < ARCH_DIRECT_BASE || !page_valid(virt_to_phys(p) >> PAGE_SHIFT))
		panic("mm: kfree of %p, which is not from kmalloc", p);
	head = page_head(virt_to_page(p));
	c = cache_of(head);
	if (c) {
		kmem_cache_free(c, p);
		return;
	}
	if (page_kind(head) != PAGE_KOBJ || p != page_to_virt(head))
		panic("mm: kfree of %p, which is not from kmalloc", p);
	page_free(head);
}
