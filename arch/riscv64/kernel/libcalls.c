/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What compilers call for bit counts and byte swaps on harts without Zbb (the names and meanings
 * are those of the compilers' run-time library). The loops and constants must not be recognised as
 * the very builtin they implement.
 */
#include <tessera/lib/types.h>

int __popcountdi2(uint64_t v);
int __ctzdi2(uint64_t v);
int __clzdi2(uint64_t v);
uint32_t __bswapsi2(uint32_t v);
uint64_t __bswapdi2(uint64_t v);

int __popcountdi2(uint64_t v)
{
	v -= v >> 1 & 0x5555555555555555ull;
	v = (v & 0x3333333333333333ull) + (v >> 2 & 0x3333333333333333ull);
	v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (int)(v * 0x0101010101010101ull >> 56);
}

/* v is not 0 */
int __ctzdi2(uint64_t v)
{
	return __popcountdi2((v & -v) - 1);
}

/* v is not 0 */
int __clzdi2(uint64_t v)
{
	v |= v >> 1;
	v |= v >> 2;
	v |= v >> 4;
	v |= v >> 8;
	v |= v >> 16;
	v |= v >> 32;
	return 64 - __popcountdi2(v);
}

uint32_t __bswapsi2(uint32_t v)
{
	v = (v & 0x00ff00ff) << 8 | (v >> 8 & 0x00ff00ff);
	return v << 16 | v >> 16;
}

uint64_t __bswapdi2(uint64_t v)
{
	v = (v & 0x00ff00ff00ff00ffull) << 8 | (v >> 8 & 0x00ff00ff00ff00ffull);
	v = (v & 0x0000ffff0000ffffull) << 16 | (v >> 16 & 0x0000ffff0000ffffull);
	return v << 32 | v >> 32;
}
