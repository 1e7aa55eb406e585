/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readiness cells: pages of 256, a hash of subscribers. Owner: exchange the word, full barrier, load armed; subscriber: link, arm, full
 * barrier, load the word. One of the two sees the other, so no wake-up is lost.
 */
#include <tessera/ipc/cell.h>
#include <tessera/lib/bitmap.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include <tessera/mm/alloc.h>
#include <tessera/sync/spinlock.h>

enum { PER_PAGE = PAGE_SIZE / sizeof(struct lx_cell), PAGES = 256, BUCKETS = 256 };

static struct lx_cell *pages[PAGES];
static uint64_t used[PAGES][PER_PAGE / 64];
static unsigned nr_pages;
static struct spinlock alloc_lock = SPINLOCK_INIT(RANK_CELL);

static struct bucket {
	struct spinlock lock;
	struct list_head subs;
} buckets[BUCKETS];

static struct bucket *bucket_of(uint32_t cell)
{
	return &buckets[cell % BUCKETS];
}

void cells_init(void)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		spin_init(&buckets[i].lock, RANK_CELL);
		list_init(&buckets[i].subs);
	}
}

struct lx_cell *cell_of(uint32_t cell)
{
	uint32_t page = cell / PER_PAGE;

	if (!cell || page >= __atomic_load_n(&nr_pages, __ATOMIC_ACQUIRE))
		return NULL;
	return &pages[page][cell % PER_PAGE];
}

uint32_t core_cell_alloc(uint32_t mask)
{
	struct lx_cell *fresh = NULL;
	uint32_t got = 0;
	uintptr_t s;

again:
	s = spin_lock_irqsave(&alloc_lock);
	for (unsigned p = 0; p < nr_pages && !got; p++)
		for (unsigned w = 0; w < PER_PAGE / 64 && !got; w++) {
			unsigned b;

			if (used[p][w] == ~0ull)
				continue;
			b = (unsigned)__builtin_ctzll(~used[p][w]);
			used[p][w] |= 1ull << b;
			got = p * PER_PAGE + w * 64 + b;
		}
	if (!got && fresh && nr_pages < PAGES) {
		pages[nr_pages] = fresh;
		fresh = NULL;
		used[nr_pages][0] = nr_pages == 0 ? 3 : 1; /* number 0 means: always ready */
		got = nr_pages * PER_PAGE + (nr_pages == 0 ? 1 : 0);
		__atomic_store_n(&nr_pages, nr_pages + 1, __ATOMIC_RELEASE);
	}
	spin_unlock_irqrestore(&alloc_lock, s);
	if (!got && !fresh && nr_pages < PAGES) {
		fresh = kpages_alloc(0, ALLOC_ZERO);
		if (fresh)
			goto again;
	}
	if (fresh)
		kpages_free(fresh);
	if (got) { /* sequences go on from the last life, so that an old subscriber sees a change */
		struct lx_cell *c = cell_of(got);

		c->word = cell_word_next(c->word, mask, CELL_IN | CELL_OUT);
		c->armed = 0;
	}
	return got;
}

void core_cell_free(uint32_t cell)
{
	uintptr_t s;

	if (!cell_of(cell))
		return;
	cell_publish(cell, CELL_HUP, CELL_IN | CELL_OUT | CELL_HUP);
	s = spin_lock_irqsave(&alloc_lock);
	used[cell / PER_PAGE][cell % PER_PAGE / 64] &= ~(1ull << cell % 64);
	spin_unlock_irqrestore(&alloc_lock, s);
}

static void rearm(struct bucket *b, uint32_t cell)
{
	struct lx_cell *c = cell_of(cell);
	struct cell_sub *s;
	uint32_t armed = 0;

	list_for_each_entry (s, &b->subs, node)
		if (s->cell == cell)
			armed |= s->events;
	__atomic_store_n(&c->armed, armed, __ATOMIC_RELAXED);
}

void cell_subscribe(struct cell_sub *s, uint32_t cell, uint32_t events)
{
	struct bucket *b = bucket_of(cell);
	struct lx_cell *c = cell_of(cell);
	uintptr_t st;

	s->cell = cell;
	s->events = events;
	s->linked = c != NULL;
	if (!c)
		return;
	st = spin_lock_irqsave(&b->lock);
	list_add_tail(&b->subs, &s->node);
	__atomic_store_n(&c->armed, c->armed | events, __ATOMIC_RELAXED);
	spin_unlock_irqrestore(&b->lock, st);
	smp_mb(); /* pairs with the barrier in cell_publish() */
}

void cell_unsubscribe(struct cell_sub *s)
{
	struct bucket *b = bucket_of(s->cell);
	uintptr_t st;

	if (!s->linked)
		return;
	st = spin_lock_irqsave(&b->lock);
	list_del(&s->node);
	s->linked = false;
	rearm(b, s->cell);
	spin_unlock_irqrestore(&b->lock, st);
}

void cell_notify(uint32_t cell, uint32_t events)
{
	struct bucket *b = bucket_of(cell);
	struct cell_sub *s;
	uintptr_t st = spin_lock_irqsave(&b->lock);

	list_for_each_entry (s, &b->subs, node)
		if (s->cell == cell && (s->events & events))
			s->fire(s, events);
	spin_unlock_irqrestore(&b->lock, st);
}

void cell_publish(uint32_t cell, uint32_t mask, uint32_t edge)
{
	struct lx_cell *c = cell_of(cell);
	uint64_t old, next;

	if (!c)
		return;
	old = __atomic_load_n(&c->word, __ATOMIC_RELAXED);
	do {
		next = cell_word_next(old, mask, edge);
	} while (!__atomic_compare_exchange_n(&c->word, &old, next, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	if (!edge)
		return;
	smp_mb(); /* pairs with the barrier in cell_subscribe() */
	if (__atomic_load_n(&c->armed, __ATOMIC_RELAXED) & edge)
		cell_notify(cell, edge);
}
