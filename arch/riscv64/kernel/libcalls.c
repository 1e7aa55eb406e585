/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What compilers call for bit counts on harts without Zbb (the names and meanings are those of the compilers' run-time
 * library). The loops and constants must not be recognised as the very builtin they implement.
 */
#include <tessera/lib/types.h>

int __popcountdi2(uint64_t v);
int __ctzdi2(uint64_t v);
int __clzdi2(uint64_t v);

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
