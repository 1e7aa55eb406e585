/* SPDX-License-Identifier: BSD-2-Clause */
/* Heapsort (Williams 1964), and binary search. */
#include <tessera/lib/sort.h>
#include <tessera/lib/string.h>

static void swap(unsigned char *a, unsigned char *b, size_t n)
{
	unsigned char tmp[32];

	for (size_t part; n; n -= part, a += part, b += part) {
		part = MIN(n, sizeof(tmp));
		memcpy(tmp, a, part);
		memcpy(a, b, part);
		memcpy(b, tmp, part);
	}
}

void sort(void *base, size_t n, size_t elem_size, sort_cmp_fn *cmp, void *arg)
{
	unsigned char *a = base;
	size_t start = n / 2, end = n, root, child;

	while (end > 1) {
		if (start) {
			start--; /* making the heap */
		} else {
			end--; /* the largest goes to the end */
			swap(a, a + end * elem_size, elem_size);
		}
		for (root = start; (child = 2 * root + 1) < end; root = child) {
			if (child + 1 < end &&
			    cmp(a + child * elem_size, a + (child + 1) * elem_size, arg) < 0)
				child++;
			if (cmp(a + root * elem_size, a + child * elem_size, arg) >= 0)
				break;
			swap(a + root * elem_size, a + child * elem_size, elem_size);
		}
	}
}

size_t sort_lower_bound(const void *base, size_t n, size_t elem_size, const void *key,
			sort_cmp_fn *cmp, void *arg)
{
	size_t lo = 0, mid;

	while (lo < n) {
		mid = lo + (n - lo) / 2;
		if (cmp((const unsigned char *)base + mid * elem_size, key, arg) < 0)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}
