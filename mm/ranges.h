/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorted lists of frame ranges (ranges.c): needs nothing of the kernel, so host tests build it. */
#ifndef MM_RANGES_H
#define MM_RANGES_H
#include <tessera/lib/types.h>

enum { MM_RANGES_MAX = 160 };

/* Frames [start, end). */
struct pfn_range {
	uint64_t start, end;
};
/* Sorted, not overlapping, not touching. */
struct pfn_ranges {
	unsigned n;
	struct pfn_range r[MM_RANGES_MAX];
};

bool ranges_add(struct pfn_ranges *l, uint64_t start, uint64_t end);
bool ranges_remove(struct pfn_ranges *l, uint64_t start, uint64_t end);
uint64_t ranges_total(const struct pfn_ranges *l);
uint64_t ranges_take_top(struct pfn_ranges *l, uint64_t n, uint64_t limit, uint64_t align);
#endif
