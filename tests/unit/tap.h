/* SPDX-License-Identifier: BSD-2-Clause */
/* Host tests: KTAP lines on stdout, a non-zero status when anything failed. Random inputs come from a seed that is printed. */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H
#include <stdio.h>
#include <stdlib.h>
#include <tessera/lib/random.h>

static unsigned tap_checks, tap_failures;
static struct prng tap_prng;

static inline uint64_t rnd(uint64_t n)
{
	return prng_below(&tap_prng, n);
}

static inline bool tap_check(bool ok, const char *what, const char *file, int line)
{
	tap_checks++;
	if (!ok && tap_failures++ < 20)
		printf("# %s:%d: failed: %s\n", file, line, what);
	return ok;
}
#define CHECK(c) tap_check((c), #c, __FILE__, __LINE__)
/* For what later checks stand on */
#define REQUIRE(c)              \
	do {                    \
		if (!CHECK(c))  \
			return; \
	} while (0)

struct tap_test {
	const char *name;
	void (*run)(void);
};

static inline int tap_main(const struct tap_test *tests, unsigned n)
{
	const char *env = getenv("UNIT_SEED");
	uint64_t seed = env ? strtoull(env, NULL, 0) : 0x7e55e7a;
	unsigned failed = 0;

	printf("KTAP version 1\n1..%u\n# UNIT_SEED=%llu\n", n, (unsigned long long)seed);
	for (unsigned i = 0; i < n; i++) {
		unsigned checks = tap_checks, before = tap_failures;
		bool ok;

		prng_seed(&tap_prng, seed + i);
		tests[i].run();
		ok = tap_failures == before &&
		     tap_checks != checks; /* a test without a check has not tested */
		failed += !ok;
		printf("%s %u %s (%u checks)\n", ok ? "ok" : "not ok", i + 1, tests[i].name,
		       tap_checks - checks);
	}
	printf("# %u passed, %u failed, 0 skipped\n", n - failed, failed);
	return failed != 0;
}
#define TAP_MAIN(tests)                                                       \
	int main(void)                                                        \
	{                                                                     \
		return tap_main((tests), sizeof(tests) / sizeof((tests)[0])); \
	}
#endif
