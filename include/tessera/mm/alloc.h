/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page allocator: buddy system per zone, per-CPU caches of single pages (dirty and zeroed), a
 * pool of zeroed pages that the idle loop fills, watermarks with reserve classes. Kernel start-up
 * of memory.
 */
#ifndef TESSERA_MM_ALLOC_H
#define TESSERA_MM_ALLOC_H
#include <tessera/mm/account.h>
#include <tessera/mm/page.h>

enum alloc_flags {
	ALLOC_ZERO = 1,	     /* content is all zero; else it is undefined */
	ALLOC_DMA32 = 2,     /* below 4 GiB */
	ALLOC_RECLAIM = 4,   /* may take half of the reserve */
	ALLOC_ATOMIC = 8,    /* may take all of the reserve */
	ALLOC_NOCHARGE = 16, /* kernel overhead that no account pays */
};

struct mm_stats {
	uint64_t ram_pages;	 /* handed to the allocator at boot */
	uint64_t reserved_pages; /* RAM that is not: image, archive, page array, boot tables */
	uint64_t free_pages;	 /* exact at rest, per-CPU caches included */
	uint64_t zeroed_pages;	 /* of the free ones */
	uint64_t allocs, frees, fails, zeroed_inline, zeroed_idle;
};

/**
 * Build the final kernel page tables and the page array from boot_info, and load them. Boot CPU,
 * once, interrupts off. Ends in boot_fail() when there is too little memory.
 */
void mm_boot_init(void);
/**
 * Start the page and slab allocators. Boot CPU, after mm_boot_init() and per-CPU set-up of CPU 0,
 * interrupts off.
 */
void mm_init(void);
/** On every other CPU before it allocates: load the kernel tables. Interrupts off. */
void mm_init_cpu(void);

/**
 * @n physically contiguous zeroed pages during boot, before mm_init(); never freed. Panics when
 * there are none.
 */
paddr_t boot_alloc_pages(size_t n);

/**
 * Allocate a block of 1 << @order frames with one reference, charged to @a (NULL: the root).
 * @kind is stored in the page and picks the class charged. Any context (interrupts too); never
 * waits. Returns the head, or NULL when memory or the account is used up.
 */
struct page *page_alloc(enum page_kind kind, unsigned order, unsigned flags, struct account *a);
/**
 * Give back a block whose references are all gone but the caller's. @p is its head. Any context.
 */
void page_free(struct page *p);

/**
 * Pages for the core's own data (kind KOBJ), as direct-map address; NULL when there are none. Any
 * context.
 */
void *kpages_alloc(unsigned order, unsigned flags);
void kpages_free(void *p);

/**
 * Zero one free page for the pool. True if there was something to do. Idle thread, interrupts on.
 */
bool mm_idle_work(void);
/** Give this CPU's cached pages back to the zones. Preemption off, any context. */
void page_cache_drain(void);
void mm_stats_get(struct mm_stats *s);
/** Free frames now, caches included. Any context. */
uint64_t page_free_count(void);

/**
 * Tests: the allocation after @countdown further ones fails, then every one until called with -1.
 */
void page_alloc_fail_after(int countdown);
#endif
