/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel virtual areas in the vmap window, each with a guard page below and above. Areas are kept
 * in address order; a search goes on where the last one ended. A freed area stays mapped until a
 * batch is purged: unmap all, flush all TLBs once, then free pages and addresses.
 */
#include <arch/thread.h>
#include <tessera/lib/list.h>
#include <tessera/mm/kasan.h>
#include <tessera/mm/slab.h>
#include <tessera/mm/tlb.h>
#include <tessera/mm/vmap.h>
#include <tessera/sync/spinlock.h>
#include "internal.h"

enum { LAZY_AREAS = 32, LAZY_PAGES = 1024, STACKS_KEPT = 16, HASH = 256 };

struct area {
	struct list_head link; /* all areas, by address */
	struct area *next_hash;
	struct area *next_lazy;
	vaddr_t start; /* first mapped address; guards are outside */
	uint64_t size;
	bool owns_pages;
};

static struct spinlock lock = SPINLOCK_INIT(RANK_PT_UPPER); /* all below */
static struct list_head areas = LIST_HEAD_INIT(areas);
static struct list_head *cursor = &areas; /* an area, or the head */
static struct area *by_start[HASH];
static struct area *lazy;
static unsigned lazy_areas, lazy_pages;
static void *stacks[STACKS_KEPT];
static unsigned nr_stacks;

static struct area **bucket(vaddr_t start)
{
	return &by_start[(start >> PAGE_SHIFT ^ start >> (PAGE_SHIFT + 8)) % HASH];
}

/* Space taken by an area: one guard page on each side, shared between neighbours. */
static vaddr_t area_end(struct list_head *l)
{
	struct area *a;

	if (l == &areas)
		return ARCH_VMAP_BASE;
	a = list_entry(l, struct area, link);
	return a->start + a->size;
}

static vaddr_t next_start(struct list_head *l)
{
	if (l->next == &areas)
		return ARCH_VMAP_BASE + ARCH_VMAP_SIZE - 1 - (PAGE_SIZE - 1);
	return list_entry(l->next, struct area, link)->start;
}

/* Place a between l and the next area if there is a gap; lock held. */
static bool fits(struct area *a, struct list_head *l, uint64_t align)
{
	vaddr_t at = mm_align_up(area_end(l) + PAGE_SIZE, align), limit = next_start(l);

	if (at >= limit || limit - at < a->size + PAGE_SIZE)
		return false;
	a->start = at;
	list_add(l, &a->link);
	cursor = &a->link;
	a->next_hash = *bucket(at);
	*bucket(at) = a;
	return true;
}

static bool place(struct area *a, uint64_t align)
{
	struct list_head *from, *l;
	bool ok = false;

	spin_lock(&lock);
	from = l = cursor;
	do {
		ok = fits(a, l, align);
		l = l->next;
	} while (!ok && l != from);
	spin_unlock(&lock);
	return ok;
}

/* Forget the area; its addresses may be reused at once. Lock held. */
static void unplace(struct area *a)
{
	struct area **h = bucket(a->start);

	while (*h != a)
		h = &(*h)->next_hash;
	*h = a->next_hash;
	if (cursor == &a->link)
		cursor = a->link.prev;
	list_del(&a->link);
}

static struct area *area_new(uint64_t size, uint64_t align, bool owns)
{
	struct area *a;

	if (!size || size > ARCH_VMAP_SIZE)
		return NULL;
	a = kzalloc(sizeof(*a));
	if (!a)
		return NULL;
	a->size = mm_align_up(size, PAGE_SIZE);
	a->owns_pages = owns;
	if (!place(a, align)) {
		kfree(a);
		return NULL;
	}
	return a;
}

/* Unmap [a->start, +size) and chain the pages it owns on *pages. */
static void area_unmap(struct area *a, struct page **pages)
{
	for (uint64_t off = 0; a->owns_pages && off < a->size; off += PAGE_SIZE) {
		paddr_t pa;
		struct page *p;

		if (pt_query(&kernel_pgtable, a->start + off, &pa, NULL, NULL))
			continue;
		p = phys_to_page(pa);
		p->index = *pages ? page_to_pfn(*pages) : PFN_NONE;
		*pages = p;
	}
	if (pt_unmap(&kernel_pgtable, a->start, a->size))
		panic("mm: vmap: cannot unmap %#llx", (unsigned long long)a->start);
	kasan_poison((void *)a->start, a->size, KASAN_VMAP_FREE);
}

static void free_pages(struct page *p)
{
	while (p) {
		struct page *next = p->index == PFN_NONE ? NULL : pfn_to_page(p->index);

		page_free(p);
		p = next;
	}
}

/* Really free what waits. Interrupts on. */
static void purge(void)
{
	struct area *list, *a;
	struct page *pages = NULL;

	spin_lock(&lock);
	list = lazy;
	lazy = NULL;
	lazy_areas = lazy_pages = 0;
	spin_unlock(&lock);
	if (!list)
		return;
	for (a = list; a; a = a->next_lazy)
		area_unmap(a, &pages);
	tlb_flush_kernel(ARCH_VMAP_BASE, ARCH_VMAP_BASE + (ARCH_VMAP_SIZE - PAGE_SIZE));
	free_pages(pages);
	while (list) {
		a = list;
		list = a->next_lazy;
		spin_lock(&lock);
		unplace(a);
		spin_unlock(&lock);
		kfree(a);
	}
}

static void area_free(void *p, bool owns, const char *what)
{
	struct area *a;
	bool now;

	spin_lock(&lock);
	for (a = *bucket((vaddr_t)p); a && (a->start != (vaddr_t)p || a->owns_pages != owns);
	     a = a->next_hash)
		;
	for (struct area *l = lazy; a && l; l = l->next_lazy)
		if (l == a)
			a = NULL;
	if (!a)
		panic("mm: %s of %p, which is no such area", what, p);
	a->next_lazy = lazy;
	lazy = a;
	lazy_areas++;
	lazy_pages += a->size >> PAGE_SHIFT;
	now = lazy_areas >= LAZY_AREAS || lazy_pages >= LAZY_PAGES;
	spin_unlock(&lock);
	kasan_poison((void *)a->start, a->size, KASAN_VMAP_FREE);
	if (now)
		purge();
}

static void area_abort(struct area *a)
{
	struct page *pages = NULL;

	area_unmap(a, &pages);
	tlb_flush_kernel(a->start, a->start + a->size);
	free_pages(pages);
	spin_lock(&lock);
	unplace(a);
	spin_unlock(&lock);
	kfree(a);
}

static bool area_fill(struct area *a, enum page_kind kind, unsigned flags)
{
	kasan_map_shadow(a->start, a->size);
	for (uint64_t off = 0; off < a->size; off += PAGE_SIZE) {
		struct page *p = page_alloc(kind, 0, flags, NULL);

		if (!p)
			return false;
		if (pt_map(&kernel_pgtable, a->start + off, page_to_phys(p), PAGE_SIZE,
			   VM_READ | VM_WRITE | VM_GLOBAL, MEM_NORMAL)) {
			page_free(p);
			return false;
		}
	}
	kasan_unpoison((void *)a->start, a->size);
	return true;
}

static void *vmap_pages(uint64_t size, enum page_kind kind, unsigned flags)
{
	struct area *a = area_new(size, PAGE_SIZE, true);

	if (!a) {
		purge();
		a = area_new(size, PAGE_SIZE, true);
	}
	if (!a)
		return NULL;
	if (!area_fill(a, kind, flags)) {
		area_abort(a);
		return NULL;
	}
	return (void *)a->start;
}

void *vmalloc(size_t size)
{
	return vmap_pages(size, PAGE_KOBJ, ALLOC_ZERO);
}

void vfree(void *p)
{
	if (p)
		area_free(p, true, "vfree");
}

void *vmap_stack_alloc(void)
{
	void *s = NULL;

	spin_lock(&lock);
	if (nr_stacks)
		s = stacks[--nr_stacks];
	spin_unlock(&lock);
	if (s) {
		kasan_unpoison(s, THREAD_STACK_SIZE);
		return s;
	}
	return vmap_pages(THREAD_STACK_SIZE, PAGE_STACK, 0);
}

void vmap_stack_free(void *stack)
{
	if (!stack)
		return;
	spin_lock(&lock);
	if (nr_stacks < STACKS_KEPT) {
		stacks[nr_stacks++] = stack;
		kasan_poison(stack, THREAD_STACK_SIZE, KASAN_VMAP_FREE);
		stack = NULL;
	}
	spin_unlock(&lock);
	if (stack)
		area_free(stack, true, "vmap_stack_free");
}

bool vmap_is_guard(vaddr_t va)
{
	return va >= ARCH_VMAP_BASE && va - ARCH_VMAP_BASE < ARCH_VMAP_SIZE &&
	       pt_query(&kernel_pgtable, va & ~(vaddr_t)(PAGE_SIZE - 1), NULL, NULL, NULL);
}

void *vmap_phys(paddr_t pa, size_t size, enum mem_type mt)
{
	paddr_t first = pa & ~(paddr_t)(PAGE_SIZE - 1);
	uint64_t bytes;
	struct area *a;

	if (!size || pa + size < pa || pa + size > 1ull << 52)
		return NULL;
	bytes = mm_align_up(pa + size - first, PAGE_SIZE);
	a = area_new(bytes, PAGE_SIZE, false);
	if (!a)
		return NULL;
	kasan_map_shadow(a->start, a->size);
	if (pt_map(&kernel_pgtable, a->start, first, a->size, VM_READ | VM_WRITE | VM_GLOBAL, mt)) {
		area_abort(a);
		return NULL;
	}
	kasan_unpoison((void *)a->start, a->size);
	return (void *)(a->start + (pa - first));
}

void vunmap_phys(void *p)
{
	if (p)
		area_free((void *)((vaddr_t)p & ~(vaddr_t)(PAGE_SIZE - 1)), false, "vunmap_phys");
}
