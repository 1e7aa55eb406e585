/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives made here and damaged in every byte; what Linux takes, and what it must refuse. */
#include <string.h>
#include <tessera/lib/cpio.h>
#include <tessera/lib/errno.h>
#include "tap.h"

enum { ROOM = 1 << 16 };
struct archive {
	unsigned char *bytes;
	size_t size;
};

static void add_as(struct archive *a, const char *magic, const char *name, unsigned mode,
		   const void *data, size_t n, unsigned check)
{
	a->size += (size_t)sprintf((char *)a->bytes + a->size,
				   "%s%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x",
				   magic, 7u, mode, 1000u, 100u, 2u, 12345u, n, 8u, 1u, 5u, 3u,
				   strlen(name) + 1, check);
	strcpy((char *)a->bytes + a->size, name);
	a->size += strlen(name) + 1;
	while (a->size % 4)
		a->bytes[a->size++] = 0;
	if (n)
		memcpy(a->bytes + a->size, data, n);
	a->size += n;
	while (a->size % 4)
		a->bytes[a->size++] = 0;
}

static void add(struct archive *a, const char *name, unsigned mode, const void *data, size_t n)
{
	add_as(a, "070701", name, mode, data, n, 0);
}

static void end(struct archive *a)
{
	add(a, "TRAILER!!!", 0, NULL, 0);
}

/* Only as many bytes as there are, so that reading beyond is seen */
static struct archive tight(struct archive *a)
{
	struct archive t = {malloc(a->size ? a->size : 1), a->size};

	memcpy(t.bytes, a->bytes, a->size);
	return t;
}

static struct archive fresh(void)
{
	return (struct archive){calloc(1, ROOM), 0};
}

static int count(const void *bytes, size_t size, const char **reason)
{
	struct cpio_reader r;
	struct cpio_entry e;
	int got, n = 0;

	cpio_open(&r, bytes, size);
	while ((got = cpio_next(&r, &e)) > 0)
		n++;
	*reason = r.reason;
	return got < 0 ? got : n;
}

static void test_entries(void)
{
	struct archive a = fresh();
	struct cpio_reader r;
	struct cpio_entry e;

	add(&a, "init", 0100755, "hello", 5);
	add(&a, "dev/null", 020666, NULL, 0);
	end(&a);
	a.size += 60; /* zeros, not a multiple of 512 */
	add(&a, "second", 0100644, "x", 1);
	end(&a);
	cpio_open(&r, a.bytes, a.size);
	REQUIRE(cpio_next(&r, &e) == 1);
	CHECK(!strcmp(e.name, "init") && e.name_len == 4 && e.size == 5 &&
	      !memcmp(e.data, "hello", 5) && e.mode == 0100755);
	CHECK(e.ino == 7 && e.uid == 1000 && e.gid == 100 && e.nlink == 2 && e.mtime == 12345 &&
	      e.archive == 0);
	CHECK(e.dev_major == 8 && e.dev_minor == 1 && e.rdev_major == 5 && e.rdev_minor == 3);
	REQUIRE(cpio_next(&r, &e) == 1);
	CHECK(!strcmp(e.name, "dev/null") && e.size == 0);
	REQUIRE(cpio_next(&r, &e) == 1);
	CHECK(!strcmp(e.name, "second") && e.archive == 1);
	CHECK(cpio_next(&r, &e) == 0 && cpio_next(&r, &e) == 0 && r.nr_archives == 2);
	free(a.bytes);
}

static void test_random(void)
{
	unsigned char data[300];
	char name[40];

	for (unsigned round = 0; round < 300; round++) {
		struct archive a = fresh(), t;
		unsigned n = (unsigned)rnd(20);
		uint64_t sizes[20], seed = prng_next(&tap_prng);
		struct cpio_reader r;
		struct cpio_entry e;
		struct prng p;

		prng_seed(&p, seed);
		for (unsigned i = 0; i < n; i++) {
			sizes[i] = prng_below(&p, sizeof(data));
			prng_fill(&p, data, sizes[i]);
			snprintf(name, sizeof(name), "%0*u", (int)(1 + i), i);
			add(&a, name, 0100000 + i, data, sizes[i]);
			if (i % 7 == 6)
				end(&a);
		}
		end(&a);
		t = tight(&a);
		cpio_open(&r, t.bytes, t.size);
		prng_seed(&p, seed);
		for (unsigned i = 0; i < n; i++) {
			prng_below(&p, sizeof(data));
			prng_fill(&p, data, sizes[i]);
			snprintf(name, sizeof(name), "%0*u", (int)(1 + i), i);
			CHECK(cpio_next(&r, &e) == 1 && !strcmp(e.name, name) &&
			      e.size == sizes[i] && !memcmp(e.data, data, e.size));
			CHECK(e.mode == 0100000 + i && e.archive == i / 7);
		}
		CHECK(cpio_next(&r, &e) == 0);
		free(a.bytes);
		free(t.bytes);
	}
}

static void test_refused(void)
{
	struct {
		const char *reason;
		size_t at;
		const char *bytes;
	} cases[] = {
		{"magic", 0, "070707"},
		{"hexadecimal", 6 + 8 * 6, "0000zz05"},
		{"data beyond", 6 + 8 * 6, "fffffffc"},
		{"too long", 6 + 8 * 11, "7fffffff"},
		{"too long", 6 + 8 * 11, "ffffffff"},
		{"name beyond", 6 + 8 * 11, "00000fff"},
		{"empty", 6 + 8 * 11, "00000000"},
		{"empty", 6 + 8 * 11, "00000001"},
		{"not terminated", 6 + 8 * 11, "00000004"},
		{"not terminated", 111, "\0"},
		{"not terminated", 110, "\0"},
	};
	const char *reason;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct archive a = fresh(), t;

		add(&a, "init", 0100755, "hello", 5);
		end(&a);
		memcpy(a.bytes + cases[i].at, cases[i].bytes,
		       strlen(cases[i].bytes) ? strlen(cases[i].bytes) : 1);
		t = tight(&a);
		if (!CHECK(count(t.bytes, t.size, &reason) == -EINVAL &&
			   strstr(reason, cases[i].reason)))
			printf("# wanted: %s, got: %s\n", cases[i].reason,
			       reason ? reason : "accepted");
		free(a.bytes);
		free(t.bytes);
	}
	CHECK(count("", 0, &reason) == 0);
	CHECK(count("\0\0\0\0\0\0\0\0", 8, &reason) == -EINVAL);
}

/* Cut anywhere, an archive is refused: nothing that is missing goes unnoticed */
static void test_cut(void)
{
	struct archive a = fresh(), t;
	const char *reason;
	size_t whole;

	add(&a, "init", 0100755, "hello", 5);
	add(&a, "etc/x", 0100644, "abc", 3);
	end(&a);
	whole = a.size;
	for (a.size = 1; a.size < whole; a.size++) {
		t = tight(&a);
		/* the padding behind the trailer's name may be missing */
		CHECK(count(t.bytes, t.size, &reason) ==
		      (whole - a.size < 4 && a.bytes[a.size] == 0 && a.bytes[a.size - 1] == 0
			       ? 2
			       : -EINVAL));
		free(t.bytes);
	}
	a.size = whole;
	add(&a, "late", 0100644, "abc", 3); /* a second archive without its trailer */
	CHECK(count(a.bytes, a.size, &reason) == -EINVAL && strstr(reason, "trailer"));
	free(a.bytes);
}

static void test_checksum(void)
{
	struct archive a = fresh();
	const char *reason;

	add_as(&a, "070702", "a", 0100644, "\1\2\377", 3, 258);
	end(&a);
	CHECK(count(a.bytes, a.size, &reason) == 1);
	a.size = 0;
	add_as(&a, "070702", "a", 0100644, "\1\2\377", 3, 257);
	end(&a);
	CHECK(count(a.bytes, a.size, &reason) == -EINVAL && strstr(reason, "checksum"));
	free(a.bytes);
}

static void test_find(void)
{
	struct archive a = fresh();
	struct cpio_entry e;
	const char *reason = NULL;

	add(&a, "./bin/root", 0100755, "old", 3);
	add(&a, "/bin/root", 0100755, "new", 3);
	add(&a, "bin/root2", 0100755, "not", 3);
	end(&a);
	CHECK(cpio_find(a.bytes, a.size, "bin/root", &e, &reason) == 0 &&
	      !memcmp(e.data, "new", 3));
	CHECK(cpio_find(a.bytes, a.size, "/bin/root2", &e, &reason) == 0 &&
	      !memcmp(e.data, "not", 3));
	CHECK(cpio_find(a.bytes, a.size, "bin", &e, &reason) == -ENOENT && !reason);
	CHECK(cpio_find(a.bytes, a.size - 8, "bin/root", &e, &reason) == -EINVAL && reason);
	free(a.bytes);
}

static const struct tap_test tests[] = {
	{"entries of concatenated archives", test_entries},
	{"random archives", test_random},
	{"malformed headers", test_refused},
	{"cut anywhere", test_cut},
	{"checksums", test_checksum},
	{"find", test_find},
};
TAP_MAIN(tests)
