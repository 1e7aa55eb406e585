/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ubsan.c: commit the error, see its report. Linked before the host's own handlers, which it replaces. */
#include <string.h>
#include <tessera/lib/printf.h>
#include <tessera/lib/types.h>
#include <tessera/lib/ubsan.h>
#include "tap.h"
#pragma GCC diagnostic ignored "-Wnull-dereference"

static char last[300];
static unsigned reports;

void ubsan_report(const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	vsnprintf(last, sizeof(last), what, ap);
	va_end(ap);
	reports++;
}

/* Values that the compiler cannot know */
static volatile int zero, one = 1, big = INT32_MAX, small = INT32_MIN, index_9 = 9, shift_40 = 40,
			  sink;
static volatile unsigned char no_bool = 7;
static int array[4];

static bool reported(const char *text)
{
	bool ok = reports == 1 && strstr(last, "ubsan_test.c:") && strstr(last, text);

	if (!ok)
		printf("# %u reports, last: %s; wanted: %s\n", reports, last, text);
	reports = 0;
	return ok;
}

static void test_arithmetic(void)
{
	sink = big + one;
	CHECK(reported("overflow: 2147483647 + 1 does not fit type 'int'"));
	sink = small - one;
	CHECK(reported("overflow: -2147483648 - 1 "));
	sink = big * (one + one);
	CHECK(reported(" * "));
	sink = -small;
	CHECK(reported("negation of -2147483648"));
	sink = one << shift_40;
	CHECK(reported("shift of 1 by 40"));
	sink = one << -one;
	CHECK(reported("shift of 1 by -1"));
	CHECK(big + zero == INT32_MAX && reports == 0);
}

static void test_memory(void)
{
	bool *b = (bool *)(uintptr_t)&no_bool;
	int *misaligned = (int *)(uintptr_t)((char *)array + one);

	sink = (int)(uintptr_t)&array[index_9 - 4 + zero]; /* one past is 4; 5 is out */
	CHECK(reported("index 5 out of bounds of type 'int"));
	sink = *b;
	CHECK(reported("load of value 7, which is none of type '"));
	sink = *misaligned;
	CHECK(reported("load of misaligned address"));
}

static const struct tap_test tests[] = {{"arithmetic", test_arithmetic}, {"memory", test_memory}};
TAP_MAIN(tests)
