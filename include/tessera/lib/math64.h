/* SPDX-License-Identifier: BSD-2-Clause */
/* 64-bit arithmetic with 128-bit intermediates, and the multiply-shift pairs that turn counter ticks into nanoseconds. */
#ifndef TESSERA_LIB_MATH64_H
#define TESSERA_LIB_MATH64_H
#include <tessera/lib/types.h>

/** @a * @b >> @shift (0..127), cut to 64 bits. */
static inline uint64_t mul_u64_shr(uint64_t a, uint64_t b, unsigned shift)
{
	return (uint64_t)((unsigned __int128)a * b >> shift);
}

/** A rate: out = in * mult >> shift. */
struct mult_shift { uint64_t mult; unsigned shift; };

/**
 * The most exact pair for @to / @from per second (e.g. from = ticks/s, to = 1000000000): mult has 63 significant bits or shift
 * is 63 at most. Both not zero, below 2^40. Relative error below 2^-50 for rates above 2^-12.
 */
struct mult_shift mult_shift_make(uint64_t from, uint64_t to);
/** Apply it; correct as long as the result fits into 64 bits. */
static inline uint64_t mult_shift_apply(struct mult_shift m, uint64_t in)
{
	return mul_u64_shr(in, m.mult, m.shift);
}
/** @a * @b / @d without overflow in between; UINT64_MAX when the quotient does not fit or @d is 0. */
uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t d);
#endif
