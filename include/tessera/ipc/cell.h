/* SPDX-License-Identifier: BSD-2-Clause */
/* Readiness cells seen from the core: allocation, subscription, notification. */
#ifndef TESSERA_IPC_CELL_H
#define TESSERA_IPC_CELL_H
#include <tessera/lib/list.h>
#include <tessera/lx/cell.h>

struct cell_sub {
	struct list_head node; /* in the cell's bucket, by its lock */
	uint32_t cell, events;
	bool linked;
	void (*fire)(struct cell_sub *s,
		     uint32_t events); /* bucket lock held, interrupts off: wake, never sleep */
};

void cells_init(void);
/** Cell by number; NULL for 0 or a number that was never given out. */
struct lx_cell *cell_of(uint32_t cell);
/** Link s and arm its events; the caller then looks at the cell's word once more. */
void cell_subscribe(struct cell_sub *s, uint32_t cell, uint32_t events);
void cell_unsubscribe(struct cell_sub *s);
/** Call subscribers that want any of events. Any context. */
void cell_notify(uint32_t cell, uint32_t events);
/** Publish from the core itself. */
void cell_publish(uint32_t cell, uint32_t mask, uint32_t edge);
uint32_t core_cell_alloc(uint32_t mask);
void core_cell_free(uint32_t cell);
/** Whether word has an edge of events newer than seen, or a level bit of events. */
static inline bool cell_changed(uint64_t word, uint64_t seen, uint32_t events)
{
	if ((events & CELL_IN_EDGES) && ((word ^ seen) >> CELL_IN_SHIFT & CELL_SEQ_MASK))
		return true;
	return (events & CELL_OUT_EDGES) && ((word ^ seen) >> CELL_OUT_SHIFT & CELL_SEQ_MASK);
}
#endif
