/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpio "newc": a header of 110 bytes (magic and 13 numbers of 8 hexadecimal digits), the name, padding to 4, the data, padding
 * to 4. "TRAILER!!!" ends an archive; zeros up to the next multiple of 4 or beyond, and another archive may follow.
 */
#include <tessera/lib/cpio.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/overflow.h>
#include <tessera/lib/string.h>

enum { MAGIC_BYTES = 6, HEADER_BYTES = 110, NR_FIELDS = 13, NAME_MAX_BYTES = 4096 };
enum {
	F_INO,
	F_MODE,
	F_UID,
	F_GID,
	F_NLINK,
	F_MTIME,
	F_SIZE,
	F_DEVMAJOR,
	F_DEVMINOR,
	F_RDEVMAJOR,
	F_RDEVMINOR,
	F_NAMESIZE,
	F_CHECK
};
enum { MODE_TYPE = 0170000, MODE_REGULAR = 0100000 };

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_fields(const unsigned char *p, uint32_t f[NR_FIELDS])
{
	for (unsigned i = 0; i < NR_FIELDS; i++) {
		f[i] = 0;
		for (unsigned j = 0; j < 8; j++) {
			int d = hex_digit(*p++);

			if (d < 0)
				return false;
			f[i] = f[i] << 4 | (unsigned)d;
		}
	}
	return true;
}

static int fail(struct cpio_reader *r, const char *reason)
{
	r->reason = reason;
	r->err = -EINVAL;
	return r->err;
}

void cpio_open(struct cpio_reader *r, const void *data, size_t size)
{
	*r = (struct cpio_reader){.base = data, .size = size};
}

static uint32_t byte_sum(const unsigned char *p, size_t n)
{
	uint32_t sum = 0;

	while (n--)
		sum += *p++;
	return sum;
}

/* Positions are counted from the archive's begin, and so is padding; it may be missing at the very end */
static size_t padded(const struct cpio_reader *r, size_t pos)
{
	return MIN(ALIGN_UP(pos, 4), r->size);
}

int cpio_next(struct cpio_reader *r, struct cpio_entry *e)
{
	uint32_t f[NR_FIELDS];
	const unsigned char *h;
	const char *name;
	bool with_sum;

	if (r->err)
		return r->err;
again:
	while (r->pos < r->size && r->base[r->pos] == 0)
		r->pos++;
	if (r->pos == r->size) {
		if (r->open || (r->nr_archives == 0 && r->size))
			return fail(r, "no trailer: the archive is cut short or empty");
		return 0;
	}
	if (r->pos % 4)
		return fail(r, "header not at a multiple of 4");
	if (r->size - r->pos < HEADER_BYTES)
		return fail(r, "header cut short");
	h = r->base + r->pos;
	with_sum = memcmp(h, "070702", MAGIC_BYTES) == 0;
	if (!with_sum && memcmp(h, "070701", MAGIC_BYTES) != 0)
		return fail(r, "bad magic: not a cpio newc header");
	if (!read_fields(h + MAGIC_BYTES, f))
		return fail(r, "header field is not a hexadecimal number");
	r->pos += HEADER_BYTES;
	if (f[F_NAMESIZE] < 2 || f[F_NAMESIZE] > NAME_MAX_BYTES)
		return fail(r, "name empty or too long");
	if (!range_within(r->pos, f[F_NAMESIZE], r->size))
		return fail(r, "name beyond the end");
	name = (const char *)r->base + r->pos;
	if (strnlen(name, f[F_NAMESIZE]) != f[F_NAMESIZE] - 1)
		return fail(r, "name not terminated where it should be");
	r->pos = padded(r, r->pos + f[F_NAMESIZE]);
	if (!range_within(r->pos, f[F_SIZE], r->size))
		return fail(r, "data beyond the end");
	*e = (struct cpio_entry){
		.name = name,
		.name_len = f[F_NAMESIZE] - 1,
		.data = r->base + r->pos,
		.size = f[F_SIZE],
		.mode = f[F_MODE],
		.ino = f[F_INO],
		.nlink = f[F_NLINK],
		.uid = f[F_UID],
		.gid = f[F_GID],
		.mtime = f[F_MTIME],
		.dev_major = f[F_DEVMAJOR],
		.dev_minor = f[F_DEVMINOR],
		.rdev_major = f[F_RDEVMAJOR],
		.rdev_minor = f[F_RDEVMINOR],
		.archive = r->nr_archives,
	};
	r->pos = padded(r, r->pos + f[F_SIZE]);
	r->open = true;
	if (strcmp(name, "TRAILER!!!") == 0) {
		r->nr_archives++;
		r->open = false;
		goto again;
	}
	if (with_sum && (e->mode & MODE_TYPE) == MODE_REGULAR && e->size &&
	    byte_sum(e->data, e->size) != f[F_CHECK])
		return fail(r, "data do not match their checksum");
	return 1;
}

static const char *bare_name(const char *name)
{
	for (;;) {
		if (name[0] == '/')
			name++;
		else if (name[0] == '.' && name[1] == '/')
			name += 2;
		else
			return name;
	}
}

int cpio_find(const void *data, size_t size, const char *name, struct cpio_entry *e,
	      const char **reason)
{
	struct cpio_reader r;
	struct cpio_entry cur;
	bool found = false;
	int got;

	cpio_open(&r, data, size);
	while ((got = cpio_next(&r, &cur)) > 0) {
		if (strcmp(bare_name(cur.name), bare_name(name)) == 0) {
			*e = cur;
			found = true;
		}
	}
	if (got < 0) {
		if (reason)
			*reason = r.reason;
		return got;
	}
	return found ? 0 : -ENOENT;
}
