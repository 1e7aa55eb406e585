/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/printf.c against the host's libc: formats made at random, and buffers of every size. */
#include <string.h>
#include "tap.h"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-truncation"
#endif

int lib_snprintf(char *buf, size_t size, const char *fmt, ...);
int scnprintf(char *buf, size_t size, const char *fmt, ...);

static void number_format(char *fmt)
{
	static const char flags[] = "-+ #0", convs[] = "diuxXo";
	static const char *const lengths[] = {"hh", "h", "", "l", "ll", "z", "t", "j"};
	char *p = fmt;
	char conv = convs[rnd(6)];

	*p++ = '[';
	*p++ = '%';
	for (unsigned n = (unsigned)rnd(4); n; n--)
		*p++ = flags[rnd(5)];
	if (rnd(2))
		p += sprintf(p, "%u", (unsigned)rnd(30));
	if (rnd(2))
		p += sprintf(p, rnd(4) ? ".%u" : ".", (unsigned)rnd(30));
	p += sprintf(p, "%s%c]", lengths[rnd(8)], conv);
}

static void test_numbers(void)
{
	char fmt[40], a[128], b[128];
	int na, nb;

	for (unsigned round = 0; round < 300000; round++) {
		uint64_t v = rnd(8) ? prng_next(&tap_prng) >> rnd(64) : 0;

		number_format(fmt);
		if (rnd(2))
			v = -v;
		na = snprintf(a, sizeof(a), fmt, v);
		nb = lib_snprintf(b, sizeof(b), fmt, v);
		if (!CHECK(na == nb && strcmp(a, b) == 0))
			printf("# format %s of %#llx: libc %s, ours %s\n", fmt,
			       (unsigned long long)v, a, b);
	}
}

#define SAME(...)                                                    \
	do {                                                         \
		int na_ = snprintf(a, sizeof(a), __VA_ARGS__),       \
		    nb_ = lib_snprintf(b, sizeof(b), __VA_ARGS__);   \
		if (!CHECK(na_ == nb_ && strcmp(a, b) == 0))         \
			printf("# libc \"%s\" ours \"%s\"\n", a, b); \
	} while (0)

static void test_text(void)
{
	char a[300], b[300], big[4] = {'a', 'b', 'c', 'd'};

	SAME("plain");
	SAME("%s|%10s|%-10s|%.2s|%10.2s|%-10.2s|", "abc", "abc", "abc", "abc", "abc", "abc");
	SAME("%.4s|%.0s|%.*s|%*s|%-*s|%*s|", big, "x", 2, "abc", 7, "abc", 7, "abc", -7, "abc");
	SAME("%c%5c%-5c%%|", 'a', 'b', 'c');
	SAME("%p %20p %-20p|", (void *)0x1234, (void *)a, (void *)b);
	SAME("%d %s %u %c", -5, "mixed", 7u, 'z');
	SAME("%.*d|%.*d|%0*d", -3, 7, 3, 7, 6, -42);
	SAME("%d %d", INT32_MIN, INT32_MAX);
	SAME("%lld %lld", (long long)INT64_MIN, (long long)INT64_MAX);
	CHECK(lib_snprintf(b, sizeof(b), "%s", (char *)NULL) == 6 && strcmp(b, "(null)") == 0);
	CHECK(lib_snprintf(b, sizeof(b), "%p", NULL) == 3 && strcmp(b, "0x0") == 0);
	CHECK(lib_snprintf(b, sizeof(b), "a%qb%", 1) == 5 && strcmp(b, "a%qb%") == 0);
	CHECK(lib_snprintf(b, sizeof(b), "%99999999999d", 1) == 1 << 16);
}

static void test_sizes(void)
{
	char *buf;
	const char whole[] = "value 0x00001234 of thing";
	int n;

	for (size_t size = 0; size < sizeof(whole) + 3; size++) {
		buf = malloc(size ? size : 1);
		n = lib_snprintf(buf, size, "value %#010x of %s", 0x1234, "thing");
		CHECK(n == (int)sizeof(whole) - 1);
		if (size)
			CHECK(strlen(buf) ==
				      (size < sizeof(whole) ? size - 1 : sizeof(whole) - 1) &&
			      strncmp(buf, whole, strlen(buf)) == 0);
		n = scnprintf(buf, size, "value %#010x of %s", 0x1234, "thing");
		CHECK(n == (size == 0 ? 0 : (int)strlen(buf)));
		free(buf);
	}
}

static const struct tap_test tests[] = {
	{"numbers against libc", test_numbers},
	{"text against libc", test_text},
	{"buffers of every size", test_sizes},
};
TAP_MAIN(tests)
