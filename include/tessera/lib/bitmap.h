/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays of bits in unsigned long words. Not atomic: the caller's lock guards the words. */
#ifndef TESSERA_LIB_BITMAP_H
#define TESSERA_LIB_BITMAP_H
#include <tessera/lib/types.h>

#define BITS_PER_LONG		64u
#define BITMAP_WORDS(nbits)	(((nbits) + BITS_PER_LONG - 1) / BITS_PER_LONG)
/** Declares the bitmap @name of @nbits bits. */
#define BITMAP_DECLARE(name, nbits) unsigned long name[BITMAP_WORDS(nbits)]

static inline bool bitmap_test(const unsigned long *map, size_t i) { return map[i / 64] >> (i % 64) & 1; }
static inline void bitmap_set(unsigned long *map, size_t i) { map[i / 64] |= BIT(i % 64); }
static inline void bitmap_clear(unsigned long *map, size_t i) { map[i / 64] &= ~BIT(i % 64); }
/** Set the bit; true when it was set before. */
static inline bool bitmap_test_and_set(unsigned long *map, size_t i)
{
	bool old = bitmap_test(map, i);

	bitmap_set(map, i);
	return old;
}

/** Clear all @nbits bits (whole words). */
void bitmap_zero(unsigned long *map, size_t nbits);
/** Set all @nbits bits; bits of the last word beyond them stay clear. */
void bitmap_fill(unsigned long *map, size_t nbits);
void bitmap_set_range(unsigned long *map, size_t start, size_t n);
void bitmap_clear_range(unsigned long *map, size_t start, size_t n);
/** First set (zero) bit at or after @from; @nbits when there is none. */
size_t bitmap_next(const unsigned long *map, size_t nbits, size_t from);
size_t bitmap_next_zero(const unsigned long *map, size_t nbits, size_t from);
static inline size_t bitmap_first(const unsigned long *map, size_t nbits) { return bitmap_next(map, nbits, 0); }
static inline size_t bitmap_first_zero(const unsigned long *map, size_t nbits) { return bitmap_next_zero(map, nbits, 0); }
/** First run of @n zero bits, starting at a multiple of @align (a power of two); @nbits when there is none. */
size_t bitmap_find_zero_range(const unsigned long *map, size_t nbits, size_t n, size_t align);
/** Number of set bits. */
size_t bitmap_weight(const unsigned long *map, size_t nbits);
bool bitmap_empty(const unsigned long *map, size_t nbits);

#define bitmap_for_each(i, map, nbits) \
	for (size_t i = bitmap_next(map, nbits, 0); i < (nbits); i = bitmap_next(map, nbits, i + 1))
#endif
