/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generic kernel address sanitizer: one shadow byte for eight bytes of kernel memory says how
 * many of them may be accessed. The compiler calls a function before every load and store
 * (outline mode), so accesses before the shadow exists, and to addresses without one, cost a
 * comparison. Objects that are freed stay poisoned in a quarantine for a while.
 */
#include <arch/boot.h>
#include <arch/thread.h>
#include <tessera/mm/kasan.h>
#include <tessera/sync/spinlock.h>
#include "slab.h"

enum { QUARANTINE = 128, GRANULE = 8 };

static bool ready;
static unsigned *expected; /* test in progress: reports are counted here */
static vaddr_t ram_end;

static struct {
	struct kmem_cache *c;
	void *p;
} quarantine[QUARANTINE];
static unsigned quarantine_at;
static struct spinlock quarantine_lock = SPINLOCK_INIT(RANK_SLAB);

static uint8_t *shadow_of(vaddr_t va)
{
	return (uint8_t *)((va >> 3) + CONFIG_KASAN_SHADOW_OFFSET);
}

static bool in_window(vaddr_t va, vaddr_t start, uint64_t size)
{
	return va - start < size;
}

static bool has_shadow(vaddr_t va)
{
	if (in_window(va, ARCH_DIRECT_BASE, ram_end))
		return page_is_ram((va - ARCH_DIRECT_BASE) >> PAGE_SHIFT);
	return in_window(va, ARCH_VMAP_BASE, ARCH_VMAP_SIZE) ||
	       in_window(va, (vaddr_t)kernel_image_start,
			 (uint64_t)(kernel_image_end - kernel_image_start));
}

static const char *reason(uint8_t s)
{
	switch (s) {
	case KASAN_FREED:
	case KASAN_FREE_PAGE:
	case KASAN_VMAP_FREE:
		return "use-after-free";
	case KASAN_REDZONE:
	case KASAN_SLAB_NEW:
		return "out-of-bounds";
	default:
		return s < GRANULE ? "out-of-bounds" : "wild-access";
	}
}

static void report(vaddr_t va, size_t size, bool write, uintptr_t pc)
{
	const uint8_t *s = shadow_of(va);

	if (expected) {
		(*expected)++;
		return;
	}
	ready = false;
	/* a partly valid granule: the reason is in the next one */
	if (*s < GRANULE && s[1] >= GRANULE && s[1] != KASAN_FREED)
		s++;
	panic("kasan: %s: %s of %zu bytes at %#llx by %#llx, shadow %02x", reason(*s),
	      write ? "write" : "read", size, (unsigned long long)va, (unsigned long long)pc, *s);
}

/* First and last granule decide for accesses of at most eight bytes; longer ones look at all. */
static bool granule_bad(vaddr_t last)
{
	int8_t s = (int8_t)*shadow_of(last);

	return s && (s < 0 || (int8_t)(last & 7) >= s);
}

static void check(vaddr_t va, size_t size, bool write, uintptr_t pc)
{
	if (!ready || !size || va < ARCH_USER_END || !has_shadow(va))
		return;
	for (vaddr_t at = va | 7; at < va + size - 1; at += GRANULE)
		if (granule_bad(at)) {
			report(va, size, write, pc);
			return;
		}
	if (granule_bad(va + size - 1))
		report(va, size, write, pc);
}

#define PC ((uintptr_t)__builtin_return_address(0))
#define KASAN_ACCESS(n)                              \
	void __asan_load##n##_noabort(uintptr_t a);  \
	void __asan_store##n##_noabort(uintptr_t a); \
	void __asan_load##n##_noabort(uintptr_t a)   \
	{                                            \
		check(a, n, false, PC);              \
	}                                            \
	void __asan_store##n##_noabort(uintptr_t a)  \
	{                                            \
		check(a, n, true, PC);               \
	}
KASAN_ACCESS(1)
KASAN_ACCESS(2)
KASAN_ACCESS(4)
KASAN_ACCESS(8)
KASAN_ACCESS(16)

void __asan_loadN_noabort(uintptr_t a, size_t n);
void __asan_storeN_noabort(uintptr_t a, size_t n);
void __asan_handle_no_return(void);

void __asan_loadN_noabort(uintptr_t a, size_t n)
{
	check(a, n, false, PC);
}
void __asan_storeN_noabort(uintptr_t a, size_t n)
{
	check(a, n, true, PC);
}
void __asan_handle_no_return(void)
{
}

static void shadow_set(vaddr_t va, uint64_t n, uint8_t value)
{
	uint8_t *s = shadow_of(va);

	/* not memset(): the library's is instrumented */
	for (uint64_t i = 0; i < n / GRANULE; i++)
		((volatile uint8_t *)s)[i] = value;
}

void kasan_poison(const void *p, size_t n, uint8_t value)
{
	if (ready && has_shadow((vaddr_t)p))
		shadow_set((vaddr_t)p, n, value);
}

void kasan_unpoison(const void *p, size_t n)
{
	if (!ready || !has_shadow((vaddr_t)p))
		return;
	shadow_set((vaddr_t)p, n, 0);
	if (n % GRANULE)
		*shadow_of((vaddr_t)p + n) = n % GRANULE;
}

static paddr_t shadow_page(void)
{
	struct page *p;

	if (!mm_buddy_up)
		return boot_alloc_pages(1);
	p = page_alloc(PAGE_KOBJ, 0, ALLOC_ZERO | ALLOC_RECLAIM, NULL);
	return p ? page_to_phys(p) : 0;
}

void kasan_map_shadow(vaddr_t va, uint64_t n)
{
	vaddr_t at = mm_align_down((vaddr_t)shadow_of(va), PAGE_SIZE),
		end = (vaddr_t)shadow_of(va + n - 1) + 1;
	bool vmap = in_window(va, ARCH_VMAP_BASE, ARCH_VMAP_SIZE);

	for (; at < end; at += PAGE_SIZE) {
		paddr_t pa;
		int err;

		if (!pt_query(&kernel_pgtable, at, NULL, NULL, NULL))
			continue;
		pa = shadow_page();
		err = pa ? pt_map(&kernel_pgtable, at, pa, PAGE_SIZE,
				  VM_READ | VM_WRITE | VM_GLOBAL, MEM_NORMAL)
			 : -ENOMEM;
		if (err && err != -EEXIST)
			panic("kasan: no memory for shadow");
		if (err)
			page_put(phys_to_page(pa)); /* another CPU was first */
		else if (vmap)
			for (unsigned i = 0; i < PAGE_SIZE; i++)
				((volatile uint8_t *)at)[i] = KASAN_VMAP_FREE;
	}
}

void kasan_init(void)
{
	uint64_t vmap_shadow = ARCH_VMAP_SIZE / GRANULE;

	for (unsigned i = 0; i < mm_ram_ranges.n; i++) {
		struct pfn_range r = mm_ram_ranges.r[i];

		kasan_map_shadow(ARCH_DIRECT_BASE + (r.start << PAGE_SHIFT), (r.end - r.start)
										     << PAGE_SHIFT);
	}
	ram_end = page_pfn_end << PAGE_SHIFT;
	kasan_map_shadow((vaddr_t)kernel_image_start,
			 (uint64_t)(kernel_image_end - kernel_image_start));
	if (pt_prepare(&kernel_pgtable, (vaddr_t)shadow_of(ARCH_VMAP_BASE), vmap_shadow))
		panic("kasan: no memory for shadow");
	ready = true;
	log_info("kasan: on, shadow at %#llx",
		 (unsigned long long)(uintptr_t)shadow_of(ARCH_DIRECT_BASE));
}

void kasan_kmalloc(const void *p, size_t size, size_t usable)
{
	size_t whole = mm_align_up(size, GRANULE);

	kasan_unpoison(p, size);
	if (usable > whole)
		kasan_poison((const char *)p + whole, usable - whole, KASAN_REDZONE);
}

bool kasan_check_free(const void *p)
{
	if (!ready || !has_shadow((vaddr_t)p) || *shadow_of((vaddr_t)p) != KASAN_FREED)
		return false;
	if (!expected)
		panic("kasan: double-free of %p", p);
	(*expected)++;
	return true;
}

bool kasan_quarantine(struct kmem_cache *c, void *p, size_t size)
{
	struct kmem_cache *old_cache;
	uintptr_t irq;
	void *old;

	if (c->flags & SLAB_TYPE_STABLE)
		return false;
	irq = spin_lock_irqsave(&quarantine_lock);
	old_cache = quarantine[quarantine_at].c;
	old = quarantine[quarantine_at].p;
	quarantine[quarantine_at].c = c;
	quarantine[quarantine_at].p = p;
	quarantine_at = (quarantine_at + 1) % QUARANTINE;
	spin_unlock_irqrestore(&quarantine_lock, irq);
	if (old)
		slab_release(old_cache, old);
	return true;
}

void kasan_quarantine_flush(void)
{
	for (unsigned i = 0; i < QUARANTINE; i++) {
		uintptr_t irq = spin_lock_irqsave(&quarantine_lock);
		struct kmem_cache *c = quarantine[i].c;
		void *p = quarantine[i].p;

		quarantine[i].p = NULL;
		spin_unlock_irqrestore(&quarantine_lock, irq);
		if (p)
			slab_release(c, p);
	}
}

void kasan_expect(unsigned *hits)
{
	expected = hits;
}
