/* SPDX-License-Identifier: BSD-2-Clause */
/* Bitmaps against an array of bool. */
#include <string.h>
#include <tessera/lib/bitmap.h>
#include "tap.h"

enum { BITS_MAX = 300 };

static size_t model_next(const bool *m, size_t n, size_t from, bool want)
{
	for (; from < n; from++)
		if (m[from] == want)
			return from;
	return n;
}

static size_t model_range(const bool *m, size_t nbits, size_t n, size_t align)
{
	for (size_t s = 0; s + n <= nbits; s += align)
		if (model_next(m, s + n, s, true) == s + n)
			return s;
	return nbits;
}

static void test_random(void)
{
	for (unsigned round = 0; round < 3000; round++) {
		size_t nbits = 1 + rnd(BITS_MAX), sum = 0, i, n;
		/* exact size: a word too many is seen */
		unsigned long *map = malloc(BITMAP_WORDS(nbits) * sizeof(*map));
		bool m[BITS_MAX] = {false};

		if (rnd(2)) {
			bitmap_zero(map, nbits);
		} else {
			bitmap_fill(map, nbits);
			memset(m, true, nbits);
		}
		for (unsigned k = 0; k < 12; k++) {
			i = rnd(nbits);
			n = rnd(nbits - i + 1);
			switch (rnd(5)) {
			case 0:
				bitmap_set(map, i);
				m[i] = true;
				break;
			case 1:
				bitmap_clear(map, i);
				m[i] = false;
				break;
			case 2:
				CHECK(bitmap_test_and_set(map, i) == m[i]);
				m[i] = true;
				break;
			case 3:
				bitmap_set_range(map, i, n);
				memset(m + i, true, n);
				break;
			case 4:
				bitmap_clear_range(map, i, n);
				memset(m + i, false, n);
				break;
			}
		}
		for (i = 0; i < nbits; i++) {
			CHECK(bitmap_test(map, i) == m[i]);
			sum += m[i];
		}
		if (nbits % 64) /* bits beyond the end are noise */
			map[nbits / 64] ^= (unsigned long)prng_next(&tap_prng) << (nbits % 64);
		for (i = 0; i <= nbits; i++) {
			CHECK(bitmap_next(map, nbits, i) == model_next(m, nbits, i, true));
			CHECK(bitmap_next_zero(map, nbits, i) == model_next(m, nbits, i, false));
		}
		CHECK(bitmap_weight(map, nbits) == sum && bitmap_empty(map, nbits) == (sum == 0));
		for (unsigned k = 0; k < 20; k++) {
			size_t align = 1ULL << rnd(6);

			n = 1 + rnd(nbits + 3);
			CHECK(bitmap_find_zero_range(map, nbits, n, align) ==
			      (n > nbits ? nbits : model_range(m, nbits, n, align)));
		}
		n = 0;
		bitmap_for_each(b, map, nbits) n += m[b];
		CHECK(n == sum);
		free(map);
	}
}

static const struct tap_test tests[] = {{"random against an array", test_random}};
TAP_MAIN(tests)
