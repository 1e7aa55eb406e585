/* SPDX-License-Identifier: BSD-2-Clause */
/* Checked arithmetic for values from users, firmware, disks and wires: true means overflow, *res is then not to be used. */
#ifndef TESSERA_LIB_OVERFLOW_H
#define TESSERA_LIB_OVERFLOW_H
#include <tessera/lib/types.h>

static inline bool __must_check overflow_checked(bool overflow) { return overflow; }
#define check_add_overflow(a, b, res) overflow_checked(__builtin_add_overflow((a), (b), (res)))
#define check_sub_overflow(a, b, res) overflow_checked(__builtin_sub_overflow((a), (b), (res)))
#define check_mul_overflow(a, b, res) overflow_checked(__builtin_mul_overflow((a), (b), (res)))

/** Is [@off, @off + @len) inside [0, @size)? An empty range at the end is. */
static inline bool range_within(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}
/** Do [@a, @a + @alen) and [@b, @b + @blen) share a byte? Neither wraps. */
static inline bool range_overlaps(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	return alen && blen && (a < b ? b - a < alen : a - b < blen);
}
#endif
