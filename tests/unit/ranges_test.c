/* SPDX-License-Identifier: BSD-2-Clause */
/* mm/ranges.c, what boot makes of the firmware's memory map, against an array with one byte per frame. */
#include <string.h>
#include "../../mm/ranges.h"
#include "tap.h"

enum { FRAMES = 3000 };
static struct pfn_ranges l;
static uint8_t model[FRAMES];

static void verify(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < FRAMES; i++)
		n += model[i];
	REQUIRE(ranges_total(&l) == n);
	for (unsigned i = 0; i < l.n; i++) {
		REQUIRE(l.r[i].start < l.r[i].end && l.r[i].end <= FRAMES);
		REQUIRE(!i || l.r[i - 1].end < l.r[i].start);
		for (uint64_t f = l.r[i].start; f < l.r[i].end; f++)
			REQUIRE(model[f]);
	}
}

static void take(void)
{
	uint64_t n = 1 + rnd(30), limit = rnd(FRAMES + 100), align = 1ull << rnd(5);
	uint64_t at = ranges_take_top(&l, n, limit, align), best = ~0ull;

	for (uint64_t f = 0; f + n <= FRAMES && f + n <= limit; f += align) {
		uint64_t k = 0;

		while (k < n && model[f + k])
			k++;
		if (k == n)
			best = f;
	}
	CHECK(at == best);
	if (at != ~0ull)
		memset(model + at, 0, n);
}

static void test_random(void)
{
	for (unsigned round = 0; round < 30; round++) {
		memset(&l, 0, sizeof(l));
		memset(model, 0, sizeof(model));
		for (unsigned step = 0; step < 300; step++) {
			uint64_t a = rnd(FRAMES), len = rnd(rnd(8) ? 20 : 600), b = a + len > FRAMES ? FRAMES : a + len;
			unsigned what = (unsigned)rnd(8);

			if (what == 0)
				take();
			else if (what & 1 ? ranges_add(&l, a, b) : ranges_remove(&l, a, b))
				memset(model + a, what & 1, b - a);
			verify();
		}
	}
}

static void test_full(void)
{
	memset(&l, 0, sizeof(l));
	for (uint64_t i = 0; i < MM_RANGES_MAX; i++)
		CHECK(ranges_add(&l, 10 * i, 10 * i + 5));
	CHECK(!ranges_add(&l, 100000, 100001));
	CHECK(!ranges_remove(&l, 2, 3));	/* no room for the upper part: it is given up, not kept */
	CHECK(l.r[0].start == 0 && l.r[0].end == 2);
	CHECK(ranges_add(&l, 0, UINT64_MAX));
	CHECK(l.n == 1 && l.r[0].end == UINT64_MAX);
}

static const struct tap_test tests[] = {
	{ "random against an array", test_random }, { "a full list, the largest range", test_full },
};
TAP_MAIN(tests)
