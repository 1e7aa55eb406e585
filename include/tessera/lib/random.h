/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prng: fast, reproducible numbers for tests and for spreading load; predictable. chacha20: the block function of RFC 8439, from which
 * the kernel's random generator is made.
 */
#ifndef TESSERA_LIB_RANDOM_H
#define TESSERA_LIB_RANDOM_H
#include <tessera/lib/types.h>

struct prng { uint64_t s[2]; };

/** Start from @seed; every seed, 0 too, gives its own sequence. */
void prng_seed(struct prng *r, uint64_t seed);
/** 64 bits (xorshift128+, Vigna 2014). */
uint64_t prng_next(struct prng *r);
/** 0..@n - 1, without bias; 0 when @n is 0. */
uint64_t prng_below(struct prng *r, uint64_t n);
void prng_fill(struct prng *r, void *buf, size_t n);

enum { CHACHA20_KEY_BYTES = 32, CHACHA20_NONCE_BYTES = 12, CHACHA20_BLOCK_BYTES = 64 };
/** One block of key stream (RFC 8439 section 2.3). */
void chacha20_block(const uint8_t key[CHACHA20_KEY_BYTES], uint32_t counter, const uint8_t nonce[CHACHA20_NONCE_BYTES],
		    uint8_t out[CHACHA20_BLOCK_BYTES]);

/**
 * Generator with fast key erasure: each request makes blocks from the key, the first 32 bytes become the next key, the rest is
 * the answer. The caller locks.
 */
struct chacha_rng { uint8_t key[CHACHA20_KEY_BYTES]; };
/** Mix @n bytes of @seed into the key; none of what was in it is lost. */
void chacha_rng_add(struct chacha_rng *r, const void *seed, size_t n);
/** @n random bytes. */
void chacha_rng_fill(struct chacha_rng *r, void *buf, size_t n);
/** Zero memory in a way that the compiler does not leave out. */
void mem_wipe(void *p, size_t n);
#endif
