/* SPDX-License-Identifier: BSD-2-Clause */
/* Published test vectors (ChaCha20, SipHash, CRC-32, FNV) and models: sorting, 64-bit arithmetic, overflow checks, rings. */
#include <pthread.h>
#include <string.h>
#include <tessera/lib/crc32.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/hash.h>
#include <tessera/lib/math64.h>
#include <tessera/lib/overflow.h>
#include <tessera/lib/ring.h>
#include <tessera/lib/sort.h>
#include "tap.h"

static void test_chacha(void)
{
	/* RFC 8439 2.3.2, and appendix A.1 vectors 1 and 2 */
	static const uint8_t nonce[12] = {0, 0, 0, 9, 0, 0, 0, 0x4a}, zero[32] = {0};
	static const uint8_t want[64] = {
		0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
		0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
		0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
		0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
		0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e,
	};
	static const uint8_t zero0[16] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90,
					  0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28};
	static const uint8_t zero1[16] = {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a,
					  0x98, 0xba, 0x97, 0x7c, 0x73, 0x2d, 0x08, 0x0d};
	uint8_t key[32], out[64];

	for (unsigned i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	chacha20_block(key, 1, nonce, out);
	CHECK(memcmp(out, want, 64) == 0);
	chacha20_block(zero, 0, zero, out);
	CHECK(memcmp(out, zero0, 16) == 0);
	chacha20_block(zero, 1, zero, out);
	CHECK(memcmp(out, zero1, 16) == 0);
}

static void test_rng(void)
{
	struct chacha_rng a = {{0}}, b = {{0}};
	uint8_t x[100], y[100], old[32];
	unsigned ones = 0;

	chacha_rng_add(&a, "seed", 4);
	chacha_rng_add(&b, "seee", 4);
	memcpy(old, a.key, 32);
	chacha_rng_fill(&a, x, sizeof(x));
	chacha_rng_fill(&b, y, sizeof(y));
	CHECK(memcmp(x, y, 32) != 0 && memcmp(old, a.key, 32) != 0);
	b = (struct chacha_rng){{0}};
	chacha_rng_add(&b, "seed", 4);
	chacha_rng_fill(&b, y, sizeof(y));
	CHECK(memcmp(x, y, sizeof(x)) == 0);
	chacha_rng_fill(&b, y, sizeof(y));
	CHECK(memcmp(x, y, 32) != 0);
	for (unsigned i = 0; i < 1000; i++) {
		chacha_rng_fill(&a, x, sizeof(x));
		for (unsigned k = 0; k < sizeof(x); k++)
			ones += (unsigned)__builtin_popcount(x[k]);
	}
	CHECK(ones > 397500 && ones < 402500); /* 400000 +- 5.6 sigma */
}

static void test_prng(void)
{
	struct prng r;
	unsigned hits[7] = {0};

	prng_seed(&r, 0);
	CHECK(r.s[0] | r.s[1]);
	for (unsigned i = 0; i < 70000; i++)
		hits[prng_below(&r, 7)]++;
	for (unsigned i = 0; i < 7; i++)
		CHECK(hits[i] > 9500 && hits[i] < 10500);
	CHECK(prng_below(&r, 1) == 0 && prng_below(&r, 0) == 0);
	hits[0] = 0;
	/* three quarters of 2^64: a plain remainder would give half of all below 2^62, not a third */
	for (unsigned i = 0; i < 30000; i++)
		hits[0] += prng_below(&r, 3ULL << 62) < 1ULL << 62;
	CHECK(hits[0] > 9500 && hits[0] < 10500);
}

static void test_hashes(void)
{
	/* SipHash-2-4 paper, appendix A; and its reference vectors for 0 and 1 bytes */
	static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	static const uint8_t in[15] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};

	CHECK(siphash(in, 15, key) == 0xa129ca6149be45e5);
	CHECK(siphash(in, 0, key) == 0x726fdb47dd0e0e31);
	CHECK(siphash(in, 1, key) == 0x74f839c593dc67fd);
	CHECK(hash_bytes("", 0) == 0xcbf29ce484222325 &&
	      hash_bytes("foobar", 6) == 0x85944171f73967e8);
	CHECK(crc32(0, "123456789", 9) == 0xcbf43926 && crc32(0, "", 0) == 0);
	CHECK(crc32(crc32(0, "1234", 4), "56789", 5) == 0xcbf43926);
	for (unsigned bits = 1; bits <= 64; bits++)
		CHECK(bits == 64 || hash_u64(prng_next(&tap_prng), bits) >> bits == 0);
}

struct triple {
	uint32_t key;
	char fill[37];
};
static int compare(const void *a, const void *b, void *arg)
{
	uint32_t x = ((const struct triple *)a)->key, y = ((const struct triple *)b)->key;

	(*(unsigned *)arg)++;
	return (x > y) - (x < y);
}

static void test_sort(void)
{
	struct triple t[100];
	unsigned calls;

	for (unsigned round = 0; round < 2000; round++) {
		size_t n = rnd(101), i;
		uint64_t before = 0, after = 0;
		struct triple k = {.key = (uint32_t)rnd(60)};

		calls = 0;
		for (i = 0; i < n; i++) {
			prng_fill(&tap_prng, &t[i], sizeof(t[i]));
			t[i].key = (uint32_t)rnd(round % 2 ? 10 : 60);
			t[i].fill[0] = (char)t[i].key;
			before += hash_bytes(&t[i], sizeof(t[i]));
		}
		sort(t, n, sizeof(t[0]), compare, &calls);
		CHECK(calls <= 2 * n * 8);
		for (i = 0; i < n; i++) {
			after += hash_bytes(&t[i], sizeof(t[i]));
			CHECK((i == 0 || t[i - 1].key <= t[i].key) &&
			      t[i].fill[0] == (char)t[i].key);
		}
		CHECK(before == after);
		i = sort_lower_bound(t, n, sizeof(t[0]), &k, compare, &calls);
		CHECK(i <= n && (i == 0 || t[i - 1].key < k.key) && (i == n || t[i].key >= k.key));
	}
}

static void test_math(void)
{
	for (unsigned round = 0; round < 50000; round++) {
		uint64_t a = prng_next(&tap_prng) >> rnd(64), b = prng_next(&tap_prng) >> rnd(64),
			 d = prng_next(&tap_prng) >> rnd(64);
		unsigned __int128 p = (unsigned __int128)a * b;
		unsigned shift = (unsigned)rnd(128);

		CHECK(mul_u64_shr(a, b, shift) == (uint64_t)(p >> shift));
		CHECK(mul_div_u64(a, b, d) ==
		      (d == 0 || p / d > UINT64_MAX ? UINT64_MAX : (uint64_t)(p / d)));
	}
	CHECK(mul_div_u64(1, 1, 0) == UINT64_MAX);
}

static void test_clock(void)
{
	for (unsigned round = 0; round < 20000; round++) {
		uint64_t from = 1 + (prng_next(&tap_prng) >> (24 + rnd(40))),
			 to = 1 + (prng_next(&tap_prng) >> (24 + rnd(40)));
		uint64_t in = prng_next(&tap_prng) >> rnd(64), exact, got;
		struct mult_shift m = mult_shift_make(from, to);

		if (to > from << 12 || from > to << 12)
			continue;
		exact = mul_div_u64(in, to, from);
		if (exact >> 60)
			continue;
		got = mult_shift_apply(m, in);
		CHECK(m.shift <= 63 && m.mult >> 63 == 0);
		CHECK(got <= exact && exact - got <= 1 + (exact >> 50));
	}
	CHECK(mult_shift_apply(mult_shift_make(10000000, 1000000000), 10000000ULL * 86400 * 365) >=
	      31535999999999999ULL);
}

static void test_overflow(void)
{
	uint8_t r8;
	uint64_t r;
	int64_t s;

	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++) {
			CHECK(check_add_overflow((uint8_t)a, (uint8_t)b, &r8) == (a + b > 255));
			CHECK(check_sub_overflow((uint8_t)a, (uint8_t)b, &r8) == (a < b));
			CHECK(check_mul_overflow((uint8_t)a, (uint8_t)b, &r8) == (a * b > 255));
			CHECK(range_within(a, b, 200) == (a + b <= 200));
			CHECK(range_overlaps(a, 10, b, 5) == (a < b + 5 && b < a + 10));
		}
	CHECK(check_add_overflow(UINT64_MAX, 1ULL, &r) &&
	      !check_add_overflow(UINT64_MAX - 1, 1ULL, &r) && r == UINT64_MAX);
	CHECK(check_mul_overflow(INT64_MIN, -1LL, &s) && check_sub_overflow(INT64_MIN, 1LL, &s));
	CHECK(!range_within(UINT64_MAX, 2, UINT64_MAX) &&
	      !range_within(1, UINT64_MAX, UINT64_MAX) && range_within(5, 0, 5));
	CHECK(!range_overlaps(5, 0, 0, 10) && range_overlaps(UINT64_MAX - 3, 3, UINT64_MAX - 1, 1));
}

static void test_ring(void)
{
	struct ring r;
	uint32_t buf[16], out[20], in[20], next_in = 0, next_out = 0, n, model = 0;

	CHECK(ring_init(&r, buf, 12, 4) == -EINVAL && ring_init(&r, buf, 0, 4) == -EINVAL &&
	      ring_init(&r, buf, 16, 0) == -EINVAL);
	REQUIRE(ring_init(&r, buf, 16, 4) == 0);
	r.head = r.tail = UINT32_MAX - 20; /* the indices wrap on the way */
	for (unsigned round = 0; round < 5000; round++) {
		uint32_t k = (uint32_t)rnd(20);

		if (rnd(2)) {
			for (uint32_t i = 0; i < k; i++)
				in[i] = next_in + i;
			n = ring_write(&r, in, k);
			CHECK(n == (k < 16 - model ? k : 16 - model));
			next_in += n;
			model += n;
		} else {
			n = ring_read(&r, out, k);
			CHECK(n == (k < model ? k : model));
			for (uint32_t i = 0; i < n; i++)
				CHECK(out[i] == next_out++);
			model -= n;
		}
		CHECK(ring_used(&r) == model && ring_space(&r) == 16 - model);
	}
	r.tail = r.head + 1000; /* the other side lies */
	CHECK(ring_used(&r) == 16 && ring_read(&r, out, 20) == 16);
}

enum { TRANSFER = 50000 };
static void *produce(void *arg)
{
	for (uint64_t i = 0; i < TRANSFER;)
		i += ring_put(arg, &i);
	return NULL;
}

static void test_ring_threads(void)
{
	struct ring r;
	uint64_t buf[64], v, bad = 0;
	pthread_t t;

	REQUIRE(ring_init(&r, buf, 64, 8) == 0 && pthread_create(&t, NULL, produce, &r) == 0);
	for (uint64_t i = 0; i < TRANSFER;)
		if (ring_get(&r, &v))
			bad += v != i++;
	pthread_join(t, NULL);
	CHECK(bad == 0 && ring_used(&r) == 0);
}

static const struct tap_test tests[] = {
	{"chacha20 (rfc 8439)", test_chacha},
	{"random generator", test_rng},
	{"prng", test_prng},
	{"hashes", test_hashes},
	{"sort", test_sort},
	{"64-bit arithmetic", test_math},
	{"clock rates", test_clock},
	{"overflow", test_overflow},
	{"ring", test_ring},
	{"ring between threads", test_ring_threads},
};
TAP_MAIN(tests)
