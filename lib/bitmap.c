/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays of bits: searches and ranges, a word at a time. */
#include <tessera/lib/bitmap.h>
#include <tessera/lib/string.h>

/* The bits of word @w that lie in [@from, @to) of the whole map; the two share at least one bit */
static unsigned long word_mask(size_t w, size_t from, size_t to)
{
	unsigned long mask = ~0UL;

	if (from > w * 64)
		mask &= ~0UL << (from % 64);
	if (to < (w + 1) * 64)
		mask &= ~0UL >> (64 - to % 64);
	return mask;
}

void bitmap_zero(unsigned long *map, size_t nbits)
{
	memset(map, 0, BITMAP_WORDS(nbits) * sizeof(*map));
}

void bitmap_fill(unsigned long *map, size_t nbits)
{
	bitmap_zero(map, nbits);
	bitmap_set_range(map, 0, nbits);
}

void bitmap_set_range(unsigned long *map, size_t start, size_t n)
{
	if (n)
		for (size_t w = start / 64; w <= (start + n - 1) / 64; w++)
			map[w] |= word_mask(w, start, start + n);
}

void bitmap_clear_range(unsigned long *map, size_t start, size_t n)
{
	if (n)
		for (size_t w = start / 64; w <= (start + n - 1) / 64; w++)
			map[w] &= ~word_mask(w, start, start + n);
}

/* First bit at or after @from that is set once the words are xored with @flip */
static size_t search(const unsigned long *map, size_t nbits, size_t from, unsigned long flip)
{
	unsigned long v;

	if (from >= nbits)
		return nbits;
	for (size_t w = from / 64; w < BITMAP_WORDS(nbits); w++) {
		v = (map[w] ^ flip) & word_mask(w, from, nbits);
		if (v)
			return w * 64 + (size_t)__builtin_ctzl(v);
	}
	return nbits;
}

size_t bitmap_next(const unsigned long *map, size_t nbits, size_t from)
{
	return search(map, nbits, from, 0);
}

size_t bitmap_next_zero(const unsigned long *map, size_t nbits, size_t from)
{
	return search(map, nbits, from, ~0UL);
}

size_t bitmap_find_zero_range(const unsigned long *map, size_t nbits, size_t n, size_t align)
{
	size_t start = 0, used;

	if (n > nbits)
		return nbits;
	for (;;) {
		start = ALIGN_UP(bitmap_next_zero(map, nbits, start), align);
		if (start > nbits || n > nbits - start)
			return nbits;
		used = bitmap_next(map, start + n, start);
		if (used == start + n)
			return start;
		start = used + 1;
	}
}

size_t bitmap_weight(const unsigned long *map, size_t nbits)
{
	size_t sum = 0;

	for (size_t w = 0; w < BITMAP_WORDS(nbits); w++)
		for (unsigned long v = map[w] & word_mask(w, 0, nbits); v; v &= v - 1)
			sum++;
	return sum;
}

bool bitmap_empty(const unsigned long *map, size_t nbits)
{
	return bitmap_next(map, nbits, 0) == nbits;
}
