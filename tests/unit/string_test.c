/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/string.c against the host's libc, at all alignments; and str_*. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <string.h>
#include "tap.h"

void *lib_memcpy(void *restrict dst, const void *restrict src, size_t n);
void *lib_memmove(void *dst, const void *src, size_t n);
void *lib_memset(void *dst, int c, size_t n);
int lib_memcmp(const void *a, const void *b, size_t n);
void *lib_memchr(const void *s, int c, size_t n);
void *lib_memrchr(const void *s, int c, size_t n);
size_t lib_strlen(const char *s);
size_t lib_strnlen(const char *s, size_t max);
int lib_strcmp(const char *a, const char *b);
int lib_strncmp(const char *a, const char *b, size_t n);
char *lib_strchr(const char *s, int c);
char *lib_strrchr(const char *s, int c);
char *lib_strstr(const char *haystack, const char *needle);
size_t lib_strspn(const char *s, const char *accept);
size_t lib_strcspn(const char *s, const char *reject);
ssize_t str_copy(char *dst, const char *src, size_t size);
ssize_t str_append(char *dst, const char *src, size_t size);
bool str_starts(const char *s, const char *prefix);
bool mem_is(const void *s, int c, size_t n);
int str_to_u64(const char *s, unsigned base, uint64_t *value, const char **end);
int str_to_size(const char *s, uint64_t *bytes);

enum { AREA = 512 };

static void test_copy(void)
{
	unsigned char src[AREA], a[AREA], b[AREA];

	for (unsigned round = 0; round < 20000; round++) {
		size_t from = rnd(64), to = rnd(64), n = rnd(4) ? rnd(80) : rnd(AREA - 64);

		prng_fill(&tap_prng, src, sizeof(src));
		prng_fill(&tap_prng, a, sizeof(a));
		memcpy(b, a, sizeof(a));
		memcpy(a + to, src + from, n);
		CHECK(lib_memcpy(b + to, src + from, n) == b + to);
		CHECK(memcmp(a, b, AREA) == 0);
		memmove(a + to, a + from, n);
		CHECK(lib_memmove(b + to, b + from, n) == b + to);
		CHECK(memcmp(a, b, AREA) == 0);
		memset(a + from, (int)n, n);
		CHECK(lib_memset(b + from, (int)n, n) == b + from);
		CHECK(memcmp(a, b, AREA) == 0);
	}
}

/* Exact-size heap blocks, so that a byte too many is seen */
static void test_copy_bounds(void)
{
	for (size_t n = 0; n < 200; n++) {
		unsigned char *s = malloc(n + 1), *d = malloc(n + 1);

		memset(s, 'x', n);
		for (size_t phase = 0; phase <= n && phase < 9; phase++) {
			lib_memcpy(d, s + phase, n - phase);
			lib_memmove(d + phase, s, n - phase);
			lib_memset(d + phase, 0, n - phase);
			CHECK(mem_is(d + phase, 0, n - phase));
		}
		free(s);
		free(d);
	}
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void test_compare(void)
{
	unsigned char a[AREA], b[AREA];

	for (unsigned round = 0; round < 20000; round++) {
		size_t x = rnd(16), y = rnd(16), n = rnd(100);
		int c = (int)rnd(4);

		for (size_t i = 0; i < AREA; i++)
			a[i] = b[(i + y - x) % AREA] = (unsigned char)rnd(3) + 253;
		if (n && rnd(2))
			b[y + rnd(n)]++;
		CHECK(sign(lib_memcmp(a + x, b + y, n)) == sign(memcmp(a + x, b + y, n)));
		CHECK(lib_memchr(a + x, 252 + c, n) == memchr(a + x, 252 + c, n));
		CHECK(lib_memrchr(a + x, 252 + c, n) == memrchr(a + x, 252 + c, n));
	}
}

static void test_strings(void)
{
	char a[40], b[40];

	for (unsigned round = 0; round < 50000; round++) {
		size_t la = rnd(sizeof(a)), lb = rnd(6), n = rnd(40);
		int c = rnd(3) ? (int)('a' + rnd(4)) : 0;

		for (size_t i = 0; i < la; i++)
			a[i] = (char)('a' + rnd(3));
		a[la] = '\0';
		for (size_t i = 0; i < lb; i++)
			b[i] = (char)(rnd(50) ? 'a' + rnd(3) : 200);
		b[lb] = '\0';
		CHECK(lib_strlen(a) == la);
		CHECK(lib_strnlen(a, n) == strnlen(a, n));
		CHECK(sign(lib_strcmp(a, b)) == sign(strcmp(a, b)));
		CHECK(sign(lib_strncmp(a, b, n)) == sign(strncmp(a, b, n)));
		CHECK(lib_strchr(a, c) == strchr(a, c));
		CHECK(lib_strrchr(a, c) == strrchr(a, c));
		CHECK(lib_strstr(a, b) == strstr(a, b));
		CHECK(lib_strspn(a, b) == strspn(a, b));
		CHECK(lib_strcspn(a, b) == strcspn(a, b));
		CHECK(str_starts(a, b) == (strncmp(a, b, lb) == 0));
	}
}

static void test_bounded_copy(void)
{
	char d[8];

	CHECK(str_copy(d, "abc", sizeof(d)) == 3 && strcmp(d, "abc") == 0);
	CHECK(str_append(d, "defg", sizeof(d)) == 7 && strcmp(d, "abcdefg") == 0);
	CHECK(str_append(d, "h", sizeof(d)) == -E2BIG && strcmp(d, "abcdefg") == 0);
	CHECK(str_copy(d, "12345678", sizeof(d)) == -E2BIG && strcmp(d, "1234567") == 0);
	CHECK(str_copy(d, "x", 0) == -E2BIG && strcmp(d, "1234567") == 0);
	CHECK(str_copy(d, "", 1) == 0 && d[0] == '\0');
	memset(d, 'z', sizeof(d));
	CHECK(str_append(d, "x", sizeof(d)) == -E2BIG);
}

static void test_numbers(void)
{
	char text[80];
	const char *end;
	char *libc_end;
	uint64_t v;

	for (unsigned round = 0; round < 20000; round++) {
		uint64_t x = prng_next(&tap_prng) >> rnd(64);
		static const char *const fmt[] = {"%#llx", "%llu", "%#llo", "%llxg"};
		unsigned k = (unsigned)rnd(4), base = k == 3 ? 16 : 0;

		snprintf(text, sizeof(text), fmt[k], (unsigned long long)x);
		CHECK(str_to_u64(text, base, &v, &end) == 0 && v == x);
		CHECK(strtoull(text, &libc_end, (int)base) == x && libc_end == end);
	}
	v = 77;
	CHECK(str_to_u64("", 0, &v, NULL) == -EINVAL && str_to_u64("x", 0, &v, NULL) == -EINVAL &&
	      str_to_u64("-1", 0, &v, NULL) == -EINVAL);
	CHECK(str_to_u64("18446744073709551616", 0, &v, NULL) == -ERANGE &&
	      str_to_u64("0x10000000000000000", 0, &v, NULL) == -ERANGE);
	CHECK(v == 77);
	CHECK(str_to_u64("18446744073709551615", 0, &v, NULL) == 0 && v == UINT64_MAX);
	CHECK(str_to_u64("0b101", 0, &v, &end) == 0 && v == 5 && !*end);
	CHECK(str_to_u64("0x", 0, &v, &end) == 0 && v == 0 && *end == 'x');
	CHECK(str_to_size("16M", &v) == 0 && v == 16 << 20);
	CHECK(str_to_size("0x2k", &v) == 0 && v == 2048);
	CHECK(str_to_size("3T", &v) == 0 && v == 3ULL << 40);
	CHECK(str_to_size("16777216T", &v) == -ERANGE && str_to_size("1MB", &v) == -EINVAL &&
	      str_to_size("1q", &v) == -EINVAL);
	CHECK(str_to_size("", &v) == -EINVAL && v == 3ULL << 40);
}

static const struct tap_test tests[] = {
	{"memcpy, memmove, memset against libc", test_copy}, {"no byte too many", test_copy_bounds},
	{"memcmp, memchr against libc", test_compare},	     {"str* against libc", test_strings},
	{"str_copy and str_append", test_bounded_copy},	     {"numbers", test_numbers},
};
TAP_MAIN(tests)
