/* SPDX-License-Identifier: BSD-2-Clause */
/* Divisions of 128 by 64 bits, by hand: the compiler would call its run-time library, which is not linked. */
#include <tessera/lib/math64.h>

/* @hi:@lo / @d, with @hi < @d; a bit of the quotient at a time */
static uint64_t div_128_64(uint64_t hi, uint64_t lo, uint64_t d)
{
	bool carry;

	for (unsigned i = 0; i < 64; i++) {
		carry = hi >> 63;
		hi = hi << 1 | lo >> 63;
		lo <<= 1;
		if (carry || hi >= d) {
			hi -= d;
			lo |= 1;
		}
	}
	return lo;
}

uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t d)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	if ((uint64_t)(product >> 64) >= d)
		return UINT64_MAX;
	return div_128_64((uint64_t)(product >> 64), (uint64_t)product, d);
}

struct mult_shift mult_shift_make(uint64_t from, uint64_t to)
{
	unsigned shift = 63;
	unsigned __int128 scaled;

	for (;; shift--) { /* at shift 0 the quotient is below 2^40 */
		scaled = (unsigned __int128)to << shift;
		if ((uint64_t)(scaled >> 64) < from) {
			uint64_t mult =
				div_128_64((uint64_t)(scaled >> 64), (uint64_t)scaled, from);

			if (mult >> 63 == 0)
				return (struct mult_shift){mult, shift};
		}
		if (shift == 0)
			return (struct mult_shift){0, 0}; /* from is 0 */
	}
}
