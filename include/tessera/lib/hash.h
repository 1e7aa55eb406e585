/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes for tables. Not for hostile keys without a secret seed: siphash is for those. */
#ifndef TESSERA_LIB_HASH_H
#define TESSERA_LIB_HASH_H
#include <tessera/lib/types.h>

/** @bits (1..64) bits from @x by multiplication with 2^64 / golden ratio (Knuth, TAOCP 3, 6.4). */
static inline uint64_t hash_u64(uint64_t x, unsigned bits)
{
	return x * 0x9e3779b97f4a7c15ULL >> (64 - bits);
}
static inline uint64_t hash_ptr(const void *p, unsigned bits)
{
	return hash_u64((uint64_t)(uintptr_t)p, bits);
}
/** All 64 bits of @x mixed into all 64 (finalizer of MurmurHash3; a bijection). */
static inline uint64_t hash_mix(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}
/** FNV-1a, 64 bits, of @n bytes. */
uint64_t hash_bytes(const void *data, size_t n);
/** SipHash-2-4 of @n bytes under a secret @key: for tables whose keys a user chooses. */
uint64_t siphash(const void *data, size_t n, const uint64_t key[2]);
#endif
