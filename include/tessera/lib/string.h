/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and strings. The mem* and str* functions are those of ISO C; str_copy and str_append replace the unsafe ones. */
#ifndef TESSERA_LIB_STRING_H
#define TESSERA_LIB_STRING_H
#include <tessera/lib/types.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
void *memrchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);

/**
 * Copy the string @src into @dst of @size bytes, always terminated when @size is not 0.
 * Returns the length copied, or -E2BIG (a negative value) when it had to be cut.
 */
ssize_t str_copy(char *dst, const char *src, size_t size);
/** As str_copy, appending to the string in @dst; returns the new length or -E2BIG. */
ssize_t str_append(char *dst, const char *src, size_t size);
/** Does @s begin with @prefix? */
bool str_starts(const char *s, const char *prefix);
/** Is the memory [@s, @s + @n) all of the byte @c? */
bool mem_is(const void *s, int c, size_t n);
/**
 * Read an unsigned number at @s in @base (2..16, or 0: by prefix 0x, 0b, 0; else 10). *@end, if not NULL, is the first
 * character not used. 0; -EINVAL no digit; -ERANGE does not fit (both leave *@value alone).
 */
int __must_check str_to_u64(const char *s, unsigned base, uint64_t *value, const char **end);
/** As str_to_u64 with an optional suffix K, M, G, T (powers of 1024), and nothing may follow it. */
int __must_check str_to_size(const char *s, uint64_t *bytes);
#endif
