/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical page frames: the 32-byte descriptor of each, and conversions between frame numbers,
 * physical and direct-map addresses. Allocation is in <tessera/mm/alloc.h>.
 */
#ifndef TESSERA_MM_PAGE_H
#define TESSERA_MM_PAGE_H
#include <arch/mmu.h>
#include <tessera/lib/types.h>
#include <tessera/mm/prot.h>

typedef uint64_t pfn_t;

/** What a frame is used for: state bits 3:0. */
enum page_kind {
	PAGE_FREE,
	PAGE_DELEGATED,
	PAGE_ANON,
	PAGE_FILE,
	PAGE_SHM,
	PAGE_PT,
	PAGE_SLAB,
	PAGE_KOBJ,
	PAGE_STACK,
	PAGE_CONTIG,
	PAGE_RESERVED,
	PAGE_POISON,
};

enum page_zone { ZONE_DMA32, ZONE_NORMAL, ZONES };

/** Bits of page.state: kind[3:0] order[7:4] zone[9:8] flags[31:10]. */
enum page_state {
	PAGE_KIND_MASK = 0xf,
	PAGE_ORDER_SHIFT = 4,
	PAGE_ORDER_MASK = 0xf0,
	PAGE_ZONE_SHIFT = 8,
	PAGE_ZONE_MASK = 0x300,
	PG_ZEROED = 1 << 10, /* free, and all bytes are zero */
	PG_EXCL = 1 << 11,   /* anonymous: exactly one page table entry, writable without a copy */
	PG_DIRTY = 1 << 12,
	PG_WB = 1 << 13, /* being written back */
	PG_FILLING = 1 << 14,
	PG_UPTODATE = 1 << 15,
	PG_REF = 1 << 16,
	PG_REF2 = 1 << 17,
	PG_DETACHED = 1 << 18, /* left its object (truncated) */
	PG_STRAY = 1 << 19,    /* page table that is no longer linked */
	PG_ICLEAN = 1 << 20,   /* instruction caches are in step with the content */
	PG_RAMARK = 1 << 21,
	PG_ERROR = 1 << 22,
	PG_COMPOUND = 1 << 23, /* head of a block of more than one frame */
	PG_BUDDY = 1 << 24,    /* head of a block on a free list */
	PG_TAIL = 1 << 25,     /* inside an allocated block; aux is the distance to its head */
	PG_CACHED = 1 << 26,   /* free, in a per-CPU cache */
};

/** Descriptor of a frame. No pointers: services may be shown the array. */
struct page {
	uint32_t state; /* enum page_state; atomic */
	uint32_t refs;	/* atomic; 0 = free or frozen; page tables: 1 + entries in use */
	uint32_t obj;	/* FILE/SHM: object id; ANON with PG_EXCL, PT: space id; SLAB: cache id */
	uint16_t acct;	/* account charged, 0: none */
	uint16_t gen;	/* +1 at every free */
	uint64_t
		/* FILE/SHM: page index; ANON: va >> 12 when mapped; PT: va >> 12 of entry 0 */
		index;
	uint32_t link; /* free: next frame; PT: lock word */
	uint16_t pins; /* long-term pins */
	uint16_t aux;  /* PT: level; tail: distance to the head */
};
_Static_assert(sizeof(struct page) == 32, "struct page is 32 bytes");
_Static_assert(__builtin_offsetof(struct page, obj) == 8, "page.obj");
_Static_assert(__builtin_offsetof(struct page, index) == 16, "page.index");
_Static_assert(__builtin_offsetof(struct page, link) == 24, "page.link");
_Static_assert(__builtin_offsetof(struct page, aux) == 30, "page.aux");

enum {
	PAGE_SECTION_SHIFT = 27, /* 128 MiB of RAM: 1 MiB of descriptors */
	PAGE_SECTION_FRAMES = 1 << (PAGE_SECTION_SHIFT - PAGE_SHIFT),
	PAGE_ORDER_MAX = 10,
};

/** One past the highest frame that has RAM. */
extern pfn_t page_pfn_end;

/** Direct-map address of physical address @pa, which must be RAM known at boot. Any context. */
static inline void *phys_to_virt(paddr_t pa)
{
	return (void *)(uintptr_t)(ARCH_DIRECT_BASE + pa);
}

/**
 * Physical address of direct-map address @p (not of the kernel image, not of vmap areas). Any
 * context.
 */
static inline paddr_t virt_to_phys(const void *p)
{
	return (paddr_t)((uintptr_t)p - ARCH_DIRECT_BASE);
}

/** Physical address of an object inside the kernel image (a static variable). Any context. */
paddr_t image_to_phys(const void *p);

/** Descriptor of frame @pfn, which must satisfy page_valid(). */
static inline struct page *pfn_to_page(pfn_t pfn)
{
	return (struct page *)(uintptr_t)ARCH_PAGES_BASE + pfn;
}

static inline pfn_t page_to_pfn(const struct page *p)
{
	return (pfn_t)(p - (const struct page *)(uintptr_t)ARCH_PAGES_BASE);
}

static inline struct page *phys_to_page(paddr_t pa)
{
	return pfn_to_page(pa >> PAGE_SHIFT);
}

static inline paddr_t page_to_phys(const struct page *p)
{
	return (paddr_t)page_to_pfn(p) << PAGE_SHIFT;
}

/** Direct-map address of a page. */
static inline void *page_to_virt(const struct page *p)
{
	return phys_to_virt(page_to_phys(p));
}

/** Descriptor of the frame at direct-map address @v. */
static inline struct page *virt_to_page(const void *v)
{
	return phys_to_page(virt_to_phys(v));
}

/** Does frame @pfn have a descriptor (its section holds RAM)? Any context. */
bool page_valid(pfn_t pfn);

/** Is @pfn RAM that the firmware gave to the system, reserved frames included? Any context. */
bool page_is_ram(pfn_t pfn);

static inline uint32_t page_state(const struct page *p)
{
	return __atomic_load_n(&p->state, __ATOMIC_RELAXED);
}

static inline enum page_kind page_kind(const struct page *p)
{
	return (enum page_kind)(page_state(p) & PAGE_KIND_MASK);
}

static inline unsigned page_order(const struct page *p)
{
	return (page_state(p) & PAGE_ORDER_MASK) >> PAGE_ORDER_SHIFT;
}

/** Set flags @set; returns the state before. Any context. */
static inline uint32_t page_flags_set(struct page *p, uint32_t set)
{
	return __atomic_fetch_or(&p->state, set, __ATOMIC_ACQ_REL);
}

/** Clear flags @clear; returns the state before. Any context. */
static inline uint32_t page_flags_clear(struct page *p, uint32_t clear)
{
	return __atomic_fetch_and(&p->state, ~clear, __ATOMIC_ACQ_REL);
}

/** Head of the allocated block that @p lies in. */
static inline struct page *page_head(struct page *p)
{
	return page_state(p) & PG_TAIL ? p - p->aux : p;
}

/** Take one more reference on a page that cannot vanish now. Any context. */
static inline void page_get(struct page *p)
{
	__atomic_fetch_add(&page_head(p)->refs, 1, __ATOMIC_RELAXED);
}

/** Take a reference unless the page is free or frozen; true if taken. Any context. */
static inline bool page_get_unless_zero(struct page *p)
{
	uint32_t n = __atomic_load_n(&p->refs, __ATOMIC_RELAXED);

	do {
		if (!n)
			return false;
	} while (!__atomic_compare_exchange_n(&p->refs, &n, n + 1, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}

/**
 * Freeze: 1 -> 0 references, so that no lookup can take the page any more; false if somebody else
 * holds it.
 */
static inline bool page_freeze(struct page *p)
{
	uint32_t one = 1;

	return __atomic_compare_exchange_n(&p->refs, &one, 0, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

/**
 * Drop a reference (of the head, if @p is inside a block); the last one frees the block. Any
 * context.
 */
void page_put(struct page *p);

/**
 * Bring instruction caches in step with the page before its first executable mapping. Thread
 * context.
 */
void page_icache_sync(struct page *p);
#endif
