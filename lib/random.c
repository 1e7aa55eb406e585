/* SPDX-License-Identifier: BSD-2-Clause */
/* xorshift128+ for tests; ChaCha20 (RFC 8439) and a generator with fast key erasure (Bernstein 2017) for secrets. */
#include <tessera/lib/hash.h>
#include <tessera/lib/random.h>
#include <tessera/lib/string.h>

void prng_seed(struct prng *r, uint64_t seed)
{
	/* two outputs of SplitMix64: never both zero */
	r->s[0] = hash_mix(seed + 0x9e3779b97f4a7c15ULL);
	r->s[1] = hash_mix(seed + 2 * 0x9e3779b97f4a7c15ULL);
}

uint64_t prng_next(struct prng *r)
{
	uint64_t x = r->s[0], y = r->s[1];

	r->s[0] = y;
	x ^= x << 23;
	r->s[1] = x ^ y ^ x >> 17 ^ y >> 26;
	return r->s[1] + y;
}

uint64_t prng_below(struct prng *r, uint64_t n)
{
	uint64_t x, limit;

	if (n == 0)
		return 0;
	limit = -n % n; /* 2^64 mod n: values below it would be one too many */
	do {
		x = prng_next(r);
	} while (x < limit);
	return x % n;
}

void prng_fill(struct prng *r, void *buf, size_t n)
{
	unsigned char *p = buf;
	uint64_t x;

	for (size_t part; n; n -= part, p += part) {
		part = MIN(n, sizeof(x));
		x = prng_next(r);
		memcpy(p, &x, part);
	}
}

static inline uint32_t load32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t rotl32(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static void quarter_round(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b];
	x[d] = rotl32(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl32(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl32(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl32(x[b] ^ x[c], 7);
}

void chacha20_block(const uint8_t key[CHACHA20_KEY_BYTES], uint32_t counter,
		    const uint8_t nonce[CHACHA20_NONCE_BYTES], uint8_t out[CHACHA20_BLOCK_BYTES])
{
	uint32_t in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, x[16];

	for (unsigned i = 0; i < 8; i++)
		in[4 + i] = load32(key + 4 * i);
	in[12] = counter;
	for (unsigned i = 0; i < 3; i++)
		in[13 + i] = load32(nonce + 4 * i);
	memcpy(x, in, sizeof(x));
	for (unsigned i = 0; i < 10; i++) {
		quarter_round(x, 0, 4, 8, 12);
		quarter_round(x, 1, 5, 9, 13);
		quarter_round(x, 2, 6, 10, 14);
		quarter_round(x, 3, 7, 11, 15);
		quarter_round(x, 0, 5, 10, 15);
		quarter_round(x, 1, 6, 11, 12);
		quarter_round(x, 2, 7, 8, 13);
		quarter_round(x, 3, 4, 9, 14);
	}
	for (unsigned i = 0; i < 16; i++) {
		uint32_t v = x[i] + in[i];

		for (unsigned j = 0; j < 4; j++)
			out[4 * i + j] = (uint8_t)(v >> 8 * j);
	}
	mem_wipe(x, sizeof(x));
	mem_wipe(in, sizeof(in));
}

/* One block of the key's stream, whose first half becomes the key */
static void rng_step(struct chacha_rng *r, uint32_t nonce_word, uint8_t block[CHACHA20_BLOCK_BYTES])
{
	uint8_t nonce[CHACHA20_NONCE_BYTES] = {(uint8_t)nonce_word};

	chacha20_block(r->key, 0, nonce, block);
	memcpy(r->key, block, CHACHA20_KEY_BYTES);
}

void chacha_rng_add(struct chacha_rng *r, const void *seed, size_t n)
{
	uint8_t block[CHACHA20_BLOCK_BYTES];
	const uint8_t *p = seed;
	size_t part;

	do { /* xor a piece into the key, then permute: nonce 1 keeps this apart from output */
		part = MIN(n, (size_t)CHACHA20_KEY_BYTES);
		for (size_t i = 0; i < part; i++)
			r->key[i] ^= p[i];
		rng_step(r, 1, block);
		n -= part;
		p += part;
	} while (n);
	mem_wipe(block, sizeof(block));
}

void chacha_rng_fill(struct chacha_rng *r, void *buf, size_t n)
{
	uint8_t block[CHACHA20_BLOCK_BYTES];
	uint8_t *p = buf;

	for (size_t part; n; n -= part, p += part) {
		part = MIN(n, (size_t)(CHACHA20_BLOCK_BYTES - CHACHA20_KEY_BYTES));
		rng_step(r, 0, block);
		memcpy(p, block + CHACHA20_KEY_BYTES, part);
	}
	mem_wipe(block, sizeof(block));
}

void mem_wipe(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}
