/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of mm/ share with each other and with nobody else. */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/mm/alloc.h>
#include <tessera/mm/page.h>
#include <tessera/mm/pgtable.h>
#include "ranges.h"

enum { PFN_NONE = 0xffffffff };

/* boot.c: frames that nobody has yet; empty after mm_init() */
extern struct pfn_ranges mm_free_ranges, mm_ram_ranges;
extern bool mm_buddy_up;

/* buddy.c */
void buddy_init(void);
void buddy_add_range(pfn_t start, pfn_t end);
/* table pages: zeroed; freed only when all zero again */
struct page *page_alloc_table(struct account *a);
void page_free_table(struct page *p);

void slab_init(void);
void account_init(void);
void pmo_init(void);
void space_init(void);

static inline uint64_t mm_align_up(uint64_t v, uint64_t a)
{
	return (v + a - 1) & ~(a - 1);
}
static inline uint64_t mm_align_down(uint64_t v, uint64_t a)
{
	return v & ~(a - 1);
}
static inline uint64_t mm_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}
static inline uint64_t mm_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}
#endif
