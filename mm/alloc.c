/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page allocation: per-CPU caches of single pages in front of the buddy zones, reserve classes,
 * accounts, poison. The caches are touched with interrupts off, so every entry point works in
 * every context.
 */
#include <arch/cache.h>
#include <arch/irq.h>
#include <tessera/mm/kasan.h>
#include <tessera/percpu/percpu.h>
#include <tessera/smp/smp.h>
#include "buddy.h"

enum { PCP_MAX = 62, PCP_BATCH = 31 };
enum { POISON_FREE = 0xaa };

struct pcp_list {
	uint32_t n;
	uint32_t pfn[PCP_MAX];
};
struct pcp {
	struct pcp_list dirty[ZONES], zeroed[ZONES];
	uint64_t allocs, frees, zeroed_idle;
};
PERCPU_DEFINE(struct pcp, page_pcp);

static int fail_countdown = -1;
static uint64_t alloc_fails, zeroed_inline;

void page_alloc_fail_after(int countdown)
{
	__atomic_store_n(&fail_countdown, countdown, __ATOMIC_RELAXED);
}

static bool fail_injected(void)
{
	int n = __atomic_load_n(&fail_countdown, __ATOMIC_RELAXED);

	if (likely(n < 0))
		return false;
	if (!n)
		return true;
	__atomic_fetch_sub(&fail_countdown, 1, __ATOMIC_RELAXED);
	return false;
}

static enum account_class class_of(enum page_kind kind)
{
	switch (kind) {
	case PAGE_ANON:
		return ACCT_ANON;
	case PAGE_FILE:
	case PAGE_SHM:
		return ACCT_FILE;
	case PAGE_PT:
		return ACCT_PT;
	default:
		return ACCT_KOBJ;
	}
}

static void poison_page(struct page *p, unsigned order)
{
	kasan_poison(page_to_virt(p), (size_t)PAGE_SIZE << order, KASAN_FREE_PAGE);
}

static void unpoison_page(struct page *p, unsigned order)
{
	kasan_unpoison(page_to_virt(p), (size_t)PAGE_SIZE << order);
}

/* The content of a free page must be what freeing left there. */
static void check_content(struct page *p, bool zeroed)
{
	const uint64_t *w = page_to_virt(p), want = zeroed ? 0 : 0xaaaaaaaaaaaaaaaaull;

	for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
		if (w[i] != want)
			panic("mm: free frame %#llx was written: %#llx at offset %#x",
			      (unsigned long long)page_to_pfn(p), (unsigned long long)w[i], i * 8);
}

static uint64_t reserve_for(const struct zone *z, unsigned flags)
{
	if (flags & ALLOC_ATOMIC)
		return 0;
	return flags & ALLOC_RECLAIM ? z->wm_min / 2 : z->wm_min;
}

/* Give the pool's zeroed pages back for larger blocks. Zone lock held. */
static void zeroed_to_buddy(struct zone *z)
{
	struct page *p;

	while ((p = zone_zeroed_take(z))) {
		if (IS_ENABLED(CONFIG_DEBUG_PAGE)) {
			unpoison_page(p, 0);
			memset(page_to_virt(p), POISON_FREE, PAGE_SIZE);
			poison_page(p, 0);
		}
		zone_free(z, page_to_pfn(p), 0);
	}
}

static void pcp_refill(struct zone *z, struct pcp_list *l, unsigned flags)
{
	struct page *p;

	spin_lock(&z->lock);
	while (l->n < PCP_BATCH && z->free > reserve_for(z, flags)) {
		p = zone_take(z, 0);
		if (!p)
			break;
		p->state |= PG_CACHED;
		l->pfn[l->n++] = (uint32_t)page_to_pfn(p);
	}
	spin_unlock_noresched(&z->lock);
}

static void zeroed_refill(struct zone *z, struct pcp_list *l, unsigned flags)
{
	struct page *p;

	if (!__atomic_load_n(&z->zeroed, __ATOMIC_RELAXED))
		return;
	spin_lock(&z->lock);
	while (l->n < PCP_BATCH && z->free > reserve_for(z, flags) && (p = zone_zeroed_take(z)))
		l->pfn[l->n++] = (uint32_t)page_to_pfn(p);
	spin_unlock_noresched(&z->lock);
}

static struct page *pop(struct pcp_list *l)
{
	return l->n ? pfn_to_page(l->pfn[--l->n]) : NULL;
}

/* One page of zone zi; interrupts off. *zeroed tells what came. */
static struct page *pcp_take(unsigned zi, unsigned flags, bool *zeroed)
{
	struct pcp *c = this_cpu_ptr(page_pcp);
	struct zone *z = &mm_zones[zi];
	struct page *p;

	if (!z->managed)
		return NULL;
	*zeroed = flags & ALLOC_ZERO;
	if (flags & ALLOC_ZERO) {
		p = pop(&c->zeroed[zi]);
		if (p)
			return p;
		zeroed_refill(z, &c->zeroed[zi], flags);
		p = pop(&c->zeroed[zi]);
		if (p)
			return p;
		*zeroed = false;
	}
	p = pop(&c->dirty[zi]);
	if (!p) {
		pcp_refill(z, &c->dirty[zi], flags);
		p = pop(&c->dirty[zi]);
	}
	if (!p) {
		zeroed_refill(z, &c->zeroed[zi], flags);
		p = pop(&c->zeroed[zi]);
		*zeroed = p;
	}
	return p;
}

static struct page *block_take(unsigned zi, unsigned order, unsigned flags)
{
	struct zone *z = &mm_zones[zi];
	struct page *p = NULL;

	if (!z->managed)
		return NULL;
	spin_lock(&z->lock);
	if (z->free >= reserve_for(z, flags) + (1ull << order)) {
		p = zone_take(z, order);
		if (!p && z->zeroed) {
			zeroed_to_buddy(z);
			p = zone_take(z, order);
		}
	}
	spin_unlock_noresched(&z->lock);
	return p;
}

static struct page *take(unsigned order, unsigned flags, bool *zeroed)
{
	uintptr_t irq = arch_irq_save();
	struct page *p = NULL;

	*zeroed = false;
	for (int z = flags & ALLOC_DMA32 ? ZONE_DMA32 : ZONE_NORMAL; z >= 0 && !p; z--)
		p = order ? block_take((unsigned)z, order, flags)
			  : pcp_take((unsigned)z, flags, zeroed);
	if (p)
		this_cpu_ptr(page_pcp)->allocs++;
	arch_irq_restore(irq);
	return p;
}

static void drain_call(void *arg)
{
	page_cache_drain();
}

/* Get what other CPUs keep cached, if the caller may wait for them. */
static bool drain_everywhere(void)
{
	if (arch_irq_disabled() || thread_core()->preempt_count)
		return false;
	smp_call_mask(cpus_online_mask, drain_call, NULL);
	return true;
}

static void set_allocated(struct page *p, enum page_kind kind, unsigned order, uint16_t acct)
{
	uint32_t zone = page_state(p) & PAGE_ZONE_MASK;

	for (unsigned i = 1; i < 1u << order; i++) {
		p[i].state = (uint32_t)kind | zone | PG_TAIL;
		p[i].aux = (uint16_t)i;
		p[i].refs = 0;
	}
	p->obj = 0;
	p->acct = acct;
	p->index = 0;
	p->link = 0;
	p->pins = 0;
	p->aux = 0;
	p->state = (uint32_t)kind | order << PAGE_ORDER_SHIFT | zone | (order ? PG_COMPOUND : 0);
	__atomic_store_n(&p->refs, 1, __ATOMIC_RELEASE);
}

struct page *page_alloc(enum page_kind kind, unsigned order, unsigned flags, struct account *a)
{
	bool zeroed;
	struct page *p;

	if (order > PAGE_ORDER_MAX)
		return NULL;
	if (!a)
		a = &account_root;
	if (fail_injected())
		return NULL;
	if (!(flags & ALLOC_NOCHARGE) && account_charge(a, class_of(kind), 1ull << order))
		return NULL;
	p = take(order, flags, &zeroed);
	if (!p && drain_everywhere())
		p = take(order, flags, &zeroed);
	if (!p) {
		if (!(flags & ALLOC_NOCHARGE))
			account_uncharge(a, class_of(kind), 1ull << order);
		__atomic_fetch_add(&alloc_fails, 1, __ATOMIC_RELAXED);
		return NULL;
	}
	unpoison_page(p, order);
	if (IS_ENABLED(CONFIG_DEBUG_PAGE) && mm_buddy_up)
		for (unsigned i = 0; i < 1u << order; i++)
			if (p[i].gen || zeroed)
				check_content(p + i, zeroed);
	if ((flags & ALLOC_ZERO) && !zeroed) {
		memset(page_to_virt(p), 0, (size_t)PAGE_SIZE << order);
		__atomic_fetch_add(&zeroed_inline, 1, __ATOMIC_RELAXED);
	}
	set_allocated(p, kind, order, flags & ALLOC_NOCHARGE ? 0 : a->index);
	return p;
}

static void pcp_put(struct page *p, bool zeroed)
{
	struct pcp *c = this_cpu_ptr(page_pcp);
	unsigned zi = (page_state(p) & PAGE_ZONE_MASK) >> PAGE_ZONE_SHIFT;
	struct pcp_list *l = zeroed ? &c->zeroed[zi] : &c->dirty[zi];
	struct zone *z = &mm_zones[zi];

	p->state = PAGE_FREE | zi << PAGE_ZONE_SHIFT | PG_CACHED | (zeroed ? PG_ZEROED : 0);
	if (l->n == PCP_MAX) {
		spin_lock(&z->lock);
		for (unsigned i = 0; i < PCP_BATCH; i++) {
			if (zeroed)
				zone_zeroed_put(z, pop(l));
			else
				zone_free(z, l->pfn[--l->n], 0);
		}
		spin_unlock_noresched(&z->lock);
	}
	l->pfn[l->n++] = (uint32_t)page_to_pfn(p);
}

/* All-zero pages keep that property; others are filled with the poison pattern in debug builds. */
static void give_back(struct page *p, unsigned order, bool zeroed)
{
	uintptr_t irq;

	for (unsigned i = 0; i < 1u << order; i++)
		p[i].gen++;
	if (IS_ENABLED(CONFIG_DEBUG_PAGE)) {
		if (zeroed) {
			check_content(p, true);
		} else {
			/* a block of kmalloc has a red zone behind what was asked for */
			kasan_unpoison(page_to_virt(p), (size_t)PAGE_SIZE << order);
			memset(page_to_virt(p), POISON_FREE, (size_t)PAGE_SIZE << order);
		}
	}
	poison_page(p, order);
	irq = arch_irq_save();
	this_cpu_ptr(page_pcp)->frees++;
	if (!order) {
		pcp_put(p, zeroed);
	} else {
		struct zone *z = &mm_zones[(page_state(p) & PAGE_ZONE_MASK) >> PAGE_ZONE_SHIFT];

		spin_lock(&z->lock);
		for (unsigned i = 1; i < 1u << order; i++)
			p[i].state = PAGE_FREE | (page_state(p) & PAGE_ZONE_MASK);
		zone_free(z, page_to_pfn(p), order);
		spin_unlock_noresched(&z->lock);
	}
	arch_irq_restore(irq);
}

static void free_block(struct page *p, bool zeroed)
{
	enum page_kind kind = page_kind(p);
	unsigned order = page_order(p);

	if (kind == PAGE_FREE || kind >= PAGE_RESERVED || (page_state(p) & PG_TAIL))
		panic("mm: bad free of frame %#llx, state %#x", (unsigned long long)page_to_pfn(p),
		      page_state(p));
	if (p->acct)
		account_uncharge(account_by_index(p->acct), class_of(kind), 1ull << order);
	p->acct = 0;
	p->refs = 0;
	give_back(p, order, zeroed);
}

void page_free(struct page *p)
{
	if (p->refs != 1)
		panic("mm: free of frame %#llx with %u references, state %#x",
		      (unsigned long long)page_to_pfn(p), p->refs, page_state(p));
	free_block(p, false);
}

void page_put(struct page *p)
{
	uint32_t old;

	p = page_head(p);
	old = __atomic_fetch_sub(&p->refs, 1, __ATOMIC_ACQ_REL);
	if (unlikely(!old))
		panic("mm: references of frame %#llx below zero, state %#x",
		      (unsigned long long)page_to_pfn(p), page_state(p));
	if (old == 1)
		free_block(p, false);
}

struct page *page_alloc_table(struct account *a)
{
	return page_alloc(PAGE_PT, 0, ALLOC_ZERO | ALLOC_RECLAIM, a);
}

void page_free_table(struct page *p)
{
	if (page_kind(p) != PAGE_PT || p->refs != 1)
		panic("mm: frame %#llx is not an empty table", (unsigned long long)page_to_pfn(p));
	free_block(p, true);
}

void *kpages_alloc(unsigned order, unsigned flags)
{
	struct page *p = page_alloc(PAGE_KOBJ, order, flags, NULL);

	return p ? page_to_virt(p) : NULL;
}

void kpages_free(void *p)
{
	if (p)
		page_free(virt_to_page(p));
}

void page_cache_drain(void)
{
	uintptr_t irq = arch_irq_save();
	struct pcp *c = this_cpu_ptr(page_pcp);

	for (unsigned zi = 0; zi < ZONES; zi++) {
		struct zone *z = &mm_zones[zi];
		struct page *p;

		spin_lock(&z->lock);
		while ((p = pop(&c->dirty[zi])))
			zone_free(z, page_to_pfn(p), 0);
		while ((p = pop(&c->zeroed[zi])))
			zone_zeroed_put(z, p);
		spin_unlock_noresched(&z->lock);
	}
	arch_irq_restore(irq);
}

static struct page *idle_take(struct zone *z)
{
	uintptr_t irq = spin_lock_irqsave(&z->lock);
	struct page *p = NULL;

	if (z->zeroed < z->zero_target && z->free - z->zeroed > 2 * z->wm_min)
		p = zone_take(z, 0);
	spin_unlock_irqrestore(&z->lock, irq);
	return p;
}

bool mm_idle_work(void)
{
	for (unsigned zi = ZONES; zi-- > 0;) {
		struct zone *z = &mm_zones[zi];
		struct page *p;
		uintptr_t irq;

		if (!z->managed || __atomic_load_n(&z->zeroed, __ATOMIC_RELAXED) >= z->zero_target)
			continue;
		p = idle_take(z);
		if (!p)
			continue;
		unpoison_page(p, 0);
		memset(page_to_virt(p), 0, PAGE_SIZE);
		poison_page(p, 0);
		irq = spin_lock_irqsave(&z->lock);
		zone_zeroed_put(z, p);
		this_cpu_ptr(page_pcp)->zeroed_idle++;
		spin_unlock_irqrestore(&z->lock, irq);
		return true;
	}
	return false;
}

uint64_t page_free_count(void)
{
	uint64_t n = 0;

	for (unsigned zi = 0; zi < ZONES; zi++) {
		n += mm_zones[zi].free;
		for (unsigned c = 0; c < cpus_online; c++)
			n += percpu_ptr(page_pcp, c)->dirty[zi].n +
			     percpu_ptr(page_pcp, c)->zeroed[zi].n;
	}
	return n;
}

void mm_stats_get(struct mm_stats *s)
{
	*s = (struct mm_stats){.free_pages = page_free_count()};
	for (unsigned zi = 0; zi < ZONES; zi++) {
		s->ram_pages += mm_zones[zi].managed;
		s->zeroed_pages += mm_zones[zi].zeroed;
	}
	s->reserved_pages = ranges_total(&mm_ram_ranges) - s->ram_pages;
	for (unsigned c = 0; c < cpus_online; c++) {
		struct pcp *p = percpu_ptr(page_pcp, c);

		s->allocs += p->allocs;
		s->frees += p->frees;
		s->zeroed_idle += p->zeroed_idle;
		for (unsigned zi = 0; zi < ZONES; zi++)
			s->zeroed_pages += p->zeroed[zi].n;
	}
	s->fails = __atomic_load_n(&alloc_fails, __ATOMIC_RELAXED);
	s->zeroed_inline = __atomic_load_n(&zeroed_inline, __ATOMIC_RELAXED);
}

void page_icache_sync(struct page *p)
{
	if (page_state(p) & PG_ICLEAN)
		return;
	arch_icache_sync(page_to_virt(p), PAGE_SIZE);
	page_flags_set(p, PG_ICLEAN);
}
