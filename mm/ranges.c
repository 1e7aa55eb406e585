/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorted lists of frame ranges: what firmware says is RAM, less what is in use. No dependencies,
 * so it runs on the host too.
 */
#include <tessera/lib/string.h>
#include "ranges.h"

/*
 * Add [start, end), merging with what overlaps or touches. False: no room in the list (the range
 * is not added).
 */
bool ranges_add(struct pfn_ranges *l, uint64_t start, uint64_t end)
{
	unsigned i = 0, j;

	if (start >= end)
		return true;
	while (i < l->n && l->r[i].end < start)
		i++;
	for (j = i; j < l->n && l->r[j].start <= end; j++) {
		start = MIN(start, l->r[j].start);
		end = MAX(end, l->r[j].end);
	}
	if (i == j) {
		if (l->n == MM_RANGES_MAX)
			return false;
		memmove(&l->r[i + 1], &l->r[i], (l->n - i) * sizeof(l->r[0]));
		l->n++;
	} else {
		memmove(&l->r[i + 1], &l->r[j], (l->n - j) * sizeof(l->r[0]));
		l->n -= j - i - 1;
	}
	l->r[i] = (struct pfn_range){start, end};
	return true;
}

/*
 * Take [start, end) out. False: a split needed room that is not there; then the upper part is
 * dropped, never too much kept.
 */
bool ranges_remove(struct pfn_ranges *l, uint64_t start, uint64_t end)
{
	bool ok = true;

	if (start >= end)
		return true;
	for (unsigned i = 0; i < l->n;) {
		struct pfn_range *r = &l->r[i];

		if (r->end <= start || r->start >= end) {
			i++;
		} else if (r->start >= start && r->end <= end) {
			memmove(r, r + 1, (l->n - i - 1) * sizeof(*r));
			l->n--;
		} else if (r->start < start && r->end > end) {
			if (l->n == MM_RANGES_MAX) {
				ok = false;
			} else {
				memmove(r + 2, r + 1, (l->n - i - 1) * sizeof(*r));
				r[1] = (struct pfn_range){end, r->end};
				l->n++;
			}
			r->end = start;
			i++;
		} else if (r->start < start) {
			r->end = start;
			i++;
		} else {
			r->start = end;
			i++;
		}
	}
	return ok;
}

uint64_t ranges_total(const struct pfn_ranges *l)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += l->r[i].end - l->r[i].start;
	return n;
}

/*
 * Take n contiguous frames, aligned, ending at or below limit, as high as possible. ~0: there are
 * none.
 */
uint64_t ranges_take_top(struct pfn_ranges *l, uint64_t n, uint64_t limit, uint64_t align)
{
	for (unsigned i = l->n; i-- > 0;) {
		struct pfn_range r = l->r[i];
		uint64_t end = MIN(r.end, limit), start;

		if (end <= r.start || end - r.start < n)
			continue;
		start = ALIGN_DOWN(end - n, align);
		if (start < r.start)
			continue;
		if (!ranges_remove(l, start, start + n))
			continue;
		return start;
	}
	return ~(uint64_t)0;
}
