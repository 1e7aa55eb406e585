/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and strings. Compilers call memcpy, memmove, memset and memcmp on their own, so these are always here; an architecture
 * may link faster ones instead, therefore they are weak. Words of 8 bytes, unrolled, whenever the alignments agree; the file is
 * built without loop pattern recognition, which would turn the loops into calls of themselves.
 */
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>

/* Words that alias what they copy */
typedef uint64_t __attribute__((may_alias)) word_t;

enum { WORD = sizeof(word_t), UNROLL = 8, SMALL = 16 };

static inline bool same_phase(const void *a, const void *b)
{
	return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

/* Two aligned words into the one that lies @shift bits into them (little-endian) */
static inline word_t merge(word_t lo, word_t hi, unsigned shift)
{
	return lo >> shift | hi << (64 - shift);
}

__weak void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (n >= SMALL) {
		while ((uintptr_t)d & (WORD - 1)) {
			*d++ = *s++;
			n--;
		}
		if (same_phase(d, s)) {
			for (; n >= WORD * UNROLL;
			     n -= WORD * UNROLL, d += WORD * UNROLL, s += WORD * UNROLL) {
				word_t *dw = (word_t *)d;
				const word_t *sw = (const word_t *)s;
				word_t a = sw[0], b = sw[1], c = sw[2], e = sw[3];
				word_t f = sw[4], g = sw[5], h = sw[6], i = sw[7];

				dw[0] = a;
				dw[1] = b;
				dw[2] = c;
				dw[3] = e;
				dw[4] = f;
				dw[5] = g;
				dw[6] = h;
				dw[7] = i;
			}
			for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
				*(word_t *)d = *(const word_t *)s;
		} else if (n >= 2 * WORD) {
			/* aligned loads only, and none of a word that holds no byte of the source */
			unsigned shift = ((uintptr_t)s & (WORD - 1)) * 8;
			const word_t *sw = (const word_t *)((uintptr_t)s & ~(uintptr_t)(WORD - 1));
			word_t lo = *sw++;

			for (; n >= 2 * WORD; n -= WORD, d += WORD, s += WORD) {
				word_t hi = *sw++;

				*(word_t *)d = merge(lo, hi, shift);
				lo = hi;
			}
		}
	}
	while (n--)
		*d++ = *s++;
	return dst;
}

__weak void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (d == s || n == 0)
		return dst;
	if ((uintptr_t)d - (uintptr_t)s >= n && (uintptr_t)s - (uintptr_t)d >= n)
		return memcpy(dst, src, n);
	if ((uintptr_t)d - (uintptr_t)s >=
	    n) { /* forward is safe: the destination does not begin inside the source */
		if (n >= SMALL && same_phase(d, s)) {
			for (; (uintptr_t)d & (WORD - 1); n--)
				*d++ = *s++;
			for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
				*(word_t *)d = *(const word_t *)s;
		}
		while (n--)
			*d++ = *s++;
		return dst;
	}
	d += n;
	s += n;
	if (n >= SMALL && same_phase(d, s)) {
		for (; (uintptr_t)d & (WORD - 1); n--)
			*--d = *--s;
		for (; n >= WORD; n -= WORD) {
			d -= WORD;
			s -= WORD;
			*(word_t *)d = *(const word_t *)s;
		}
	}
	while (n--)
		*--d = *--s;
	return dst;
}

__weak void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	word_t v = (unsigned char)c * 0x0101010101010101ULL;

	if (n >= SMALL) {
		for (; (uintptr_t)d & (WORD - 1); n--)
			*d++ = (unsigned char)c;
		for (; n >= WORD * UNROLL; n -= WORD * UNROLL, d += WORD * UNROLL) {
			word_t *dw = (word_t *)d;

			dw[0] = v;
			dw[1] = v;
			dw[2] = v;
			dw[3] = v;
			dw[4] = v;
			dw[5] = v;
			dw[6] = v;
			dw[7] = v;
		}
		for (; n >= WORD; n -= WORD, d += WORD)
			*(word_t *)d = v;
	}
	while (n--)
		*d++ = (unsigned char)c;
	return dst;
}

__weak int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	if (n >= SMALL && same_phase(p, q)) {
		for (; (uintptr_t)p & (WORD - 1); n--, p++, q++)
			if (*p != *q)
				return *p - *q;
		for (; n >= WORD && *(const word_t *)p == *(const word_t *)q; n -= WORD)
			p += WORD, q += WORD;
	}
	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

void *memrchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	while (n--)
		if (p[n] == (unsigned char)c)
			return (void *)(uintptr_t)(p + n);
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)(uintptr_t)last;
}

char *strstr(const char *haystack, const char *needle)
{
	size_t n = strlen(needle);

	for (; *haystack || !n; haystack++) {
		if (strncmp(haystack, needle, n) == 0)
			return (char *)(uintptr_t)haystack;
		if (!*haystack)
			break;
	}
	return NULL;
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

ssize_t str_copy(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size);

	if (size == 0)
		return -E2BIG;
	if (n == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, n);
	dst[n] = '\0';
	return (ssize_t)n;
}

ssize_t str_append(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(dst, size);
	ssize_t added;

	if (n == size)
		return -E2BIG;
	added = str_copy(dst + n, src, size - n);
	return added < 0 ? added : (ssize_t)n + added;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool mem_is(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	while (n--)
		if (*p++ != (unsigned char)c)
			return false;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

int str_to_u64(const char *s, unsigned base, uint64_t *value, const char **end)
{
	uint64_t v = 0;
	const char *start;
	bool too_big = false;

	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' && digit(s[2]) < 16) {
		s += 2;
		base = 16;
	} else if (base == 0 && s[0] == '0' && (s[1] | 0x20) == 'b' && digit(s[2]) < 2) {
		s += 2;
		base = 2;
	} else if (base == 0) {
		base = s[0] == '0' ? 8 : 10;
	}
	for (start = s; (unsigned)digit(*s) < base; s++)
		if (__builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, (unsigned)digit(*s), &v))
			too_big = true;
	if (s == start)
		return -EINVAL;
	if (too_big)
		return -ERANGE;
	*value = v;
	if (end)
		*end = s;
	return 0;
}

int str_to_size(const char *s, uint64_t *bytes)
{
	static const char units[] = "kmgt";
	const char *end, *unit;
	uint64_t v;
	unsigned shift;
	int err = str_to_u64(s, 0, &v, &end);

	if (err)
		return err;
	if (*end) {
		unit = strchr(units, *end | 0x20);
		if (!unit || end[1])
			return -EINVAL;
		shift = (unsigned)(unit - units + 1) * 10;
		if (v << shift >> shift != v)
			return -ERANGE;
		v <<= shift;
	}
	*bytes = v;
	return 0;
}
