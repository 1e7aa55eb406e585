/* SPDX-License-Identifier: BSD-2-Clause */
/* Zones, for buddy.c and alloc.c. */
#ifndef MM_BUDDY_H
#define MM_BUDDY_H
#include <tessera/sync/spinlock.h>
#include "internal.h"

struct zone {
	struct spinlock lock; /* all below */
	const char *name;
	uint64_t managed;
	uint64_t free; /* on the lists and in the zeroed pool, without per-CPU caches */
	uint64_t wm_min;
	uint64_t zero_target;
	uint64_t zeroed; /* length of the zeroed pool */
	uint32_t zeroed_head;
	uint32_t head[PAGE_ORDER_MAX + 1];
	uint64_t blocks[PAGE_ORDER_MAX + 1];
};
extern struct zone mm_zones[ZONES];

/* The zone's lock is held. */
void zone_free(struct zone *z, pfn_t pfn, unsigned order);
struct page *zone_take(struct zone *z, unsigned order);
void zone_zeroed_put(struct zone *z, struct page *p);
struct page *zone_zeroed_take(struct zone *z);
#endif
