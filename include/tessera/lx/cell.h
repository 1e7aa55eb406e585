/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Readiness cell: 16 bytes in a core-owned page, written by the owner of a pollable object side, read by poll,
 * select, epoll and PARK. Level mask plus two edge counters in one word, so one exchange publishes both.
 */
#ifndef TESSERA_LX_CELL_H
#define TESSERA_LX_CELL_H
#include <tessera/lib/types.h>

enum {
	CELL_IN = 0x1,
	CELL_PRI = 0x2,
	CELL_OUT = 0x4,
	CELL_ERR = 0x8,
	CELL_HUP = 0x10,
	CELL_RDNORM = 0x40,
	CELL_RDBAND = 0x80,
	CELL_WRNORM = 0x100,
	CELL_WRBAND = 0x200,
	CELL_MSG = 0x400,
	CELL_RDHUP = 0x2000,
	CELL_MASK = 0xffff,
	CELL_IN_EDGES = CELL_IN | CELL_PRI | CELL_RDHUP | CELL_ERR | CELL_HUP,
	CELL_OUT_EDGES = CELL_OUT | CELL_ERR | CELL_HUP,
	CELL_IN_SHIFT = 16,
	CELL_OUT_SHIFT = 40,
};
#define CELL_SEQ_MASK 0xffffffull /* both sequence numbers are 24 bits */

struct lx_cell {
	uint64_t word;	/* mask:16 | in_seq:24 | out_seq:24; written by the owner */
	uint32_t armed; /* events somebody waits for; written by the core */
	uint32_t tag;	/* the owner's own */
};
static_assert(sizeof(struct lx_cell) == 16, "lx_cell layout");

static inline uint64_t cell_word_next(uint64_t old, uint32_t mask, uint32_t edge)
{
	uint64_t in = (old >> CELL_IN_SHIFT) & CELL_SEQ_MASK,
		 out = (old >> CELL_OUT_SHIFT) & CELL_SEQ_MASK;

	if (edge & CELL_IN_EDGES)
		in = (in + 1) & CELL_SEQ_MASK;
	if (edge & CELL_OUT_EDGES)
		out = (out + 1) & CELL_SEQ_MASK;
	return (mask & CELL_MASK) | in << CELL_IN_SHIFT | out << CELL_OUT_SHIFT;
}
#endif
