/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buddy allocator: per zone, orders 0..10. Free blocks are linked by frame number in the struct
 * pages (link next, index previous), so free memory itself is never touched. The zone's lock is a
 * leaf of the lock order, taken with interrupts off.
 */
#include <tessera/mm/kasan.h>
#include "buddy.h"

struct zone mm_zones[ZONES] = {
	[ZONE_DMA32] = {.lock = SPINLOCK_INIT(RANK_ZONE), .name = "dma32"},
	[ZONE_NORMAL] = {.lock = SPINLOCK_INIT(RANK_ZONE), .name = "normal"},
};

enum { ZONE_SPLIT = 1 << (32 - PAGE_SHIFT) };

void buddy_init(void)
{
	for (unsigned z = 0; z < ZONES; z++) {
		for (unsigned o = 0; o <= PAGE_ORDER_MAX; o++)
			mm_zones[z].head[o] = PFN_NONE;
		mm_zones[z].zeroed_head = PFN_NONE;
	}
}

static void list_push(struct zone *z, struct page *p, unsigned order)
{
	uint32_t pfn = (uint32_t)page_to_pfn(p), head = z->head[order];

	p->link = head;
	p->index = PFN_NONE;
	if (head != PFN_NONE)
		pfn_to_page(head)->index = pfn;
	z->head[order] = pfn;
	z->blocks[order]++;
}

static void list_remove(struct zone *z, struct page *p, unsigned order)
{
	if (p->index != PFN_NONE)
		pfn_to_page(p->index)->link = p->link;
	else
		z->head[order] = p->link;
	if (p->link != PFN_NONE)
		pfn_to_page(p->link)->index = p->index;
	z->blocks[order]--;
}

static uint32_t free_state(const struct zone *z, unsigned order)
{
	return PAGE_FREE | order << PAGE_ORDER_SHIFT | (uint32_t)(z - mm_zones) << PAGE_ZONE_SHIFT;
}

/* Block of exactly this order on the zone's free lists? */
static bool is_buddy(const struct zone *z, pfn_t pfn, unsigned order)
{
	return page_valid(pfn) && page_state(pfn_to_page(pfn)) == (free_state(z, order) | PG_BUDDY);
}

void zone_free(struct zone *z, pfn_t pfn, unsigned order)
{
	z->free += 1ull << order;
	pfn_to_page(pfn)->state = free_state(z, 0);
	while (order < PAGE_ORDER_MAX) {
		pfn_t other = pfn ^ (1ull << order);

		if (!is_buddy(z, other, order))
			break;
		list_remove(z, pfn_to_page(other), order);
		pfn_to_page(other)->state = free_state(z, 0);
		pfn &= ~(1ull << order);
		order++;
	}
	pfn_to_page(pfn)->state = free_state(z, order) | PG_BUDDY;
	list_push(z, pfn_to_page(pfn), order);
}

struct page *zone_take(struct zone *z, unsigned order)
{
	unsigned o = order;
	struct page *p;

	while (o <= PAGE_ORDER_MAX && z->head[o] == PFN_NONE)
		o++;
	if (o > PAGE_ORDER_MAX)
		return NULL;
	p = pfn_to_page(z->head[o]);
	VERIFY(page_state(p) == (free_state(z, o) | PG_BUDDY));
	list_remove(z, p, o);
	while (o > order) {
		struct page *upper = p + (1u << --o);

		upper->state = free_state(z, o) | PG_BUDDY;
		list_push(z, upper, o);
	}
	p->state = free_state(z, 0);
	z->free -= 1ull << order;
	return p;
}

void buddy_add_range(pfn_t start, pfn_t end)
{
	if (start < ZONE_SPLIT && end > ZONE_SPLIT) {
		buddy_add_range(start, ZONE_SPLIT);
		start = ZONE_SPLIT;
	}
	if (start < end) {
		struct zone *z = &mm_zones[start < ZONE_SPLIT ? ZONE_DMA32 : ZONE_NORMAL];

		for (pfn_t p = start; p < end; p++)
			*pfn_to_page(p) = (struct page){.state = free_state(z, 0)};
		z->managed += end - start;
		z->wm_min = mm_min(mm_max(z->managed / 128, 512), z->managed / 16);
		z->zero_target = mm_min(z->managed / 64, 2048);
		while (start < end) {
			unsigned o = start ? (unsigned)__builtin_ctzll(start) : PAGE_ORDER_MAX;

			o = o > PAGE_ORDER_MAX ? PAGE_ORDER_MAX : o;
			while (start + (1ull << o) > end)
				o--;
			kasan_poison(phys_to_virt(start << PAGE_SHIFT), (size_t)PAGE_SIZE << o,
				     KASAN_FREE_PAGE);
			zone_free(z, start, o);
			start += 1ull << o;
		}
	}
}

/* Zeroed pages of the zone's pool. */
void zone_zeroed_put(struct zone *z, struct page *p)
{
	p->state = free_state(z, 0) | PG_ZEROED | PG_CACHED;
	p->link = z->zeroed_head;
	z->zeroed_head = (uint32_t)page_to_pfn(p);
	z->zeroed++;
	z->free++;
}

struct page *zone_zeroed_take(struct zone *z)
{
	struct page *p;

	if (z->zeroed_head == PFN_NONE)
		return NULL;
	p = pfn_to_page(z->zeroed_head);
	z->zeroed_head = p->link;
	z->zeroed--;
	z->free--;
	return p;
}
