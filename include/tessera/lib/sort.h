/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorting in place without recursion, allocation or a bad worst case (heapsort); not stable. And search in a sorted array. */
#ifndef TESSERA_LIB_SORT_H
#define TESSERA_LIB_SORT_H
#include <tessera/lib/types.h>

/** Negative, 0, positive: *@a before, equal to, behind *@b. */
typedef int sort_cmp_fn(const void *a, const void *b, void *arg);

void sort(void *base, size_t n, size_t elem_size, sort_cmp_fn *cmp, void *arg);
/** First element that is not before *@key, as an index 0..@n. */
size_t sort_lower_bound(const void *base, size_t n, size_t elem_size, const void *key, sort_cmp_fn *cmp, void *arg);
#endif
