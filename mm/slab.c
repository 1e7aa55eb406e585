/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slab allocator. A slab is a block of pages cut into objects; its bookkeeping is in the struct
 * page of its head: link and the upper half of index chain slabs that have free objects, the
 * lower half holds the first free object and the number in use. Each CPU keeps a magazine of free
 * objects in front, used with interrupts off.
 */
#include <tessera/mm/kasan.h>
#include "slab.h"

static struct kmem_cache *caches[CACHES_MAX]; /* index 0 unused; by cache_lock, read freely */
static struct spinlock cache_lock = SPINLOCK_INIT(RANK_SLAB);

/* index of a slab's head: previous slab << 32 | in use << 16 | first free */
static uint32_t slab_prev(const struct page *s)
{
	return (uint32_t)(s->index >> 32);
}
static uint16_t slab_used(const struct page *s)
{
	return (uint16_t)(s->index >> 16);
}
static uint16_t slab_first(const struct page *s)
{
	return (uint16_t)s->index;
}

static void slab_set(struct page *s, uint32_t prev, uint16_t used, uint16_t first)
{
	s->index = (uint64_t)prev << 32 | (uint32_t)used << 16 | first;
}

static void partial_add(struct kmem_cache *c, struct page *s)
{
	slab_set(s, PFN_NONE, slab_used(s), slab_first(s));
	s->link = c->partial;
	if (c->partial != PFN_NONE) {
		struct page *n = pfn_to_page(c->partial);

		slab_set(n, (uint32_t)page_to_pfn(s), slab_used(n), slab_first(n));
	}
	c->partial = (uint32_t)page_to_pfn(s);
}

static void partial_del(struct kmem_cache *c, struct page *s)
{
	if (slab_prev(s) != PFN_NONE)
		pfn_to_page(slab_prev(s))->link = s->link;
	else
		c->partial = s->link;
	if (s->link != PFN_NONE) {
		struct page *n = pfn_to_page(s->link);

		slab_set(n, slab_prev(s), slab_used(n), slab_first(n));
	}
}

static void *obj_at(struct kmem_cache *c, struct page *s, unsigned i)
{
	return (char *)page_to_virt(s) + (size_t)i * c->stride;
}

static uint16_t *obj_next(struct kmem_cache *c, void *obj)
{
	return (uint16_t *)((char *)obj + c->free_at);
}

static bool debug_fill(const struct kmem_cache *c)
{
	return IS_ENABLED(CONFIG_DEBUG_PAGE) && !IS_ENABLED(CONFIG_KASAN) && !c->ctor &&
	       !(c->flags & SLAB_TYPE_STABLE);
}

static void fill_free(struct kmem_cache *c, void *obj)
{
	if (debug_fill(c)) {
		memset(obj, SLAB_POISON, c->size);
		memset((char *)obj + c->size, SLAB_RED_FREE, SLAB_RED_BYTES);
	}
}

static void check_red(struct kmem_cache *c, void *obj, uint8_t want)
{
	const uint8_t *red = (uint8_t *)obj + c->size;

	for (unsigned i = 0; debug_fill(c) && i < SLAB_RED_BYTES; i++)
		if (red[i] != want)
			panic("mm: slab %s: write beyond object %p at offset %u", c->name, obj,
			      c->size + i);
}

static void check_free(struct kmem_cache *c, void *obj)
{
	const uint8_t *b = obj;

	for (unsigned i = 0; debug_fill(c) && i < c->size; i++)
		if (b[i] != SLAB_POISON)
			panic("mm: slab %s: object %p was written at offset %u after it was freed",
			      c->name, obj, i);
	check_red(c, obj, SLAB_RED_FREE);
}

/* A new slab with all objects free, not on any list; NULL when there is no memory. */
static struct page *slab_new(struct kmem_cache *c)
{
	unsigned order = c->order;
	struct page *s = page_alloc(PAGE_SLAB, order, 0, NULL);

	if (!s)
		return NULL;
	if (c->flags & SLAB_ZERO)
		memset(page_to_virt(s), 0, (size_t)PAGE_SIZE << order);
	s->obj = c->id;
	slab_set(s, PFN_NONE, 0, 0);
	for (unsigned i = 0; i < c->per_slab; i++) {
		void *o = obj_at(c, s, i);

		if (c->ctor)
			c->ctor(o);
		fill_free(c, o);
		*obj_next(c, o) = i + 1 < c->per_slab ? (uint16_t)(i + 1) : SLAB_NONE;
	}
	kasan_poison(page_to_virt(s), (size_t)PAGE_SIZE << order, KASAN_SLAB_NEW);
	return s;
}

/* Fill the magazine half; interrupts off. */
static void refill(struct kmem_cache *c, struct magazine *m)
{
	spin_lock(&c->lock);
	while (m->n < MAG_SIZE / 2) {
		struct page *s;
		void *o;

		if (c->partial == PFN_NONE) {
			s = slab_new(c); /* the zone lock's rank is above */
			if (!s)
				break;
			c->slabs++;
			partial_add(c, s);
		}
		s = pfn_to_page(c->partial);
		o = obj_at(c, s, slab_first(s));
		slab_set(s, slab_prev(s), slab_used(s) + 1, *obj_next(c, o));
		if (slab_first(s) == SLAB_NONE)
			partial_del(c, s);
		c->in_slabs++;
		m->obj[m->n++] = o;
	}
	spin_unlock_noresched(&c->lock);
}

/* Give an object back to its slab; empty slabs go back to the pages, but for one. Lock held. */
static struct page *slab_put(struct kmem_cache *c, void *o)
{
	struct page *s = page_head(virt_to_page(o));
	unsigned i = (unsigned)(((char *)o - (char *)page_to_virt(s)) / c->stride);
	bool was_full = slab_first(s) == SLAB_NONE;

	*obj_next(c, o) = slab_first(s);
	slab_set(s, slab_prev(s), slab_used(s) - 1, (uint16_t)i);
	c->in_slabs--;
	if (was_full)
		partial_add(c, s);
	if (slab_used(s) || (c->flags & SLAB_TYPE_STABLE) ||
	    (c->partial == page_to_pfn(s) && s->link == PFN_NONE))
		return NULL;
	partial_del(c, s);
	c->slabs--;
	return s;
}

static void drain(struct kmem_cache *c, struct magazine *m, unsigned keep)
{
	spin_lock(&c->lock);
	while (m->n > keep) {
		struct page *empty = slab_put(c, m->obj[--m->n]);

		if (empty)
			page_free(empty);
	}
	spin_unlock_noresched(&c->lock);
}

void *kmem_cache_alloc(struct kmem_cache *c)
{
	uintptr_t irq = arch_irq_save();
	struct magazine *m = &c->mag[cpu_id()];
	void *o = NULL;

	if (unlikely(!m->n))
		refill(c, m);
	if (likely(m->n))
		o = m->obj[--m->n];
	arch_irq_restore(irq);
	if (unlikely(!o))
		return NULL;
	kasan_unpoison(o, c->size);
	if (debug_fill(c)) {
		check_free(c, o);
		memset(o, SLAB_NEW, c->size);
		memset((char *)o + c->size, SLAB_RED_USED, SLAB_RED_BYTES);
	}
	if (c->flags & SLAB_ZERO)
		memset(o, 0, c->size);
	return o;
}

struct kmem_cache *cache_of(const struct page *head)
{
	return page_kind(head) == PAGE_SLAB && head->obj < CACHES_MAX ? caches[head->obj] : NULL;
}

/* The checks that a bad pointer in kmem_cache_free cannot pass. */
static void check_owner(struct kmem_cache *c, void *o)
{
	struct page *s;

	if ((uintptr_t)o < ARCH_DIRECT_BASE || !page_valid(virt_to_phys(o) >> PAGE_SHIFT))
		panic("mm: slab %s: free of %p, which is no object", c->name, o);
	s = page_head(virt_to_page(o));
	if (page_kind(s) != PAGE_SLAB || s->obj != c->id ||
	    ((char *)o - (char *)page_to_virt(s)) % c->stride)
		panic("mm: slab %s: free of %p, which is no object of it", c->name, o);
	if (debug_fill(c) && mem_is((char *)o + c->size, SLAB_RED_FREE, SLAB_RED_BYTES))
		panic("mm: slab %s: double free of %p", c->name, o);
	check_red(c, o, SLAB_RED_USED);
}

/* Put a checked object into the magazine; the sanitizer's quarantine ends here too. */
void slab_release(struct kmem_cache *c, void *o)
{
	uintptr_t irq = arch_irq_save();
	struct magazine *m = &c->mag[cpu_id()];

	if (unlikely(m->n == MAG_SIZE))
		drain(c, m, MAG_SIZE / 2);
	m->obj[m->n++] = o;
	arch_irq_restore(irq);
}

void kmem_cache_free(struct kmem_cache *c, void *o)
{
	if (!o)
		return;
	if (kasan_check_free(o))
		return;
	check_owner(c, o);
	fill_free(c, o);
	if (!(c->flags & SLAB_TYPE_STABLE))
		kasan_poison(o, mm_align_up(c->size, 8), KASAN_FREED);
	if (kasan_quarantine(c, o, c->size))
		return;
	slab_release(c, o);
}

size_t kmem_cache_used(const struct kmem_cache *c)
{
	size_t n = c->in_slabs;

	for (unsigned i = 0; i < CPUS_MAX; i++)
		n -= c->mag[i].n;
	return n;
}

/* Order and number of objects: at least 8, or at most an eighth wasted. */
static void choose_order(struct kmem_cache *c)
{
	for (c->order = 0; c->order < 3; c->order++) {
		size_t bytes = (size_t)PAGE_SIZE << c->order, n = bytes / c->stride;

		if (n >= 8 || (n && bytes - n * c->stride <= bytes / 8))
			break;
	}
	c->per_slab = (uint16_t)(((size_t)PAGE_SIZE << c->order) / c->stride);
}

int cache_setup(struct kmem_cache *c, const char *name, size_t size, size_t align, unsigned flags,
		void (*ctor)(void *))
{
	unsigned id;

	if (!size || size > PAGE_SIZE || (align & (align - 1)) || align > PAGE_SIZE)
		return -EINVAL;
	align = mm_max(align, 8);
	*c = (struct kmem_cache){.lock = SPINLOCK_INIT(RANK_SLAB),
				 .name = name,
				 .size = (uint32_t)mm_align_up(size, 8),
				 .flags = flags,
				 .ctor = ctor,
				 .partial = PFN_NONE};
	c->stride = c->size;
	if (debug_fill(c) || IS_ENABLED(CONFIG_KASAN))
		c->stride += SLAB_RED_BYTES;
	c->free_at = 0;
	if (ctor || (flags & SLAB_TYPE_STABLE) || IS_ENABLED(CONFIG_DEBUG_PAGE) ||
	    IS_ENABLED(CONFIG_KASAN)) {
		c->free_at = c->stride;
		c->stride += 8;
	}
	c->stride = (uint32_t)mm_align_up(c->stride, align);
	choose_order(c);
	if (!c->per_slab)
		return -EINVAL;
	for (id = 1; id < CACHES_MAX && caches[id]; id++)
		;
	if (id == CACHES_MAX)
		return -ENOMEM;
	c->id = id;
	__atomic_store_n(&caches[id], c, __ATOMIC_RELEASE);
	return 0;
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align, unsigned flags,
				     void (*ctor)(void *))
{
	struct kmem_cache *c = kmalloc(sizeof(*c));
	uintptr_t irq;
	int err;

	if (!c)
		return NULL;
	irq = spin_lock_irqsave(&cache_lock);
	err = cache_setup(c, name, size, align, flags, ctor);
	spin_unlock_irqrestore(&cache_lock, irq);
	if (err) {
		kfree(c);
		return NULL;
	}
	return c;
}

int kmem_cache_destroy(struct kmem_cache *c)
{
	uintptr_t irq;

	if (!c)
		return 0;
	kasan_quarantine_flush();
	if (kmem_cache_used(c))
		return -EBUSY;
	irq = arch_irq_save();
	for (unsigned i = 0; i < CPUS_MAX; i++)
		drain(c, &c->mag[i], 0);
	while (c->partial != PFN_NONE) {
		struct page *s = pfn_to_page(c->partial);

		partial_del(c, s);
		page_free(s);
	}
	spin_lock(&cache_lock);
	caches[c->id] = NULL;
	spin_unlock_noresched(&cache_lock);
	arch_irq_restore(irq);
	kfree(c);
	return 0;
}
