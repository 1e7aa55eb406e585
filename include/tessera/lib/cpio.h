/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reader of cpio "newc" archives in memory (070701, 070702): several archives one after the other and zero padding between
 * them, as Linux takes for its initramfs. The archive is not believed: lengths, names, numbers and checksums are checked.
 */
#ifndef TESSERA_LIB_CPIO_H
#define TESSERA_LIB_CPIO_H
#include <tessera/lib/types.h>

struct cpio_reader {
	const unsigned char *base;
	size_t size, pos;		/* bytes */
	const char *reason;		/* why cpio_next() failed; NULL before */
	int err;			/* what it returns from then on */
	unsigned nr_archives;		/* trailers seen */
	bool open;			/* entries were seen since the last trailer */
};

struct cpio_entry {
	const char *name;		/* in the archive, terminated, not empty, without NULs inside; may hold "..", leading "/" */
	size_t name_len;
	const void *data;		/* size bytes in the archive */
	uint64_t size;
	uint32_t mode;			/* as Linux: S_IFMT and permissions */
	uint32_t ino, nlink, uid, gid;
	uint32_t mtime;			/* seconds since 1970 */
	uint32_t dev_major, dev_minor;
	uint32_t rdev_major, rdev_minor;
	unsigned archive;		/* 0 for the first of the concatenated archives: ino is unique only within one */
};

void cpio_open(struct cpio_reader *r, const void *data, size_t size);
/** Next entry: 1 and *@e; 0 at the end; -EINVAL malformed, with r->reason, and again at every later call. */
int __must_check cpio_next(struct cpio_reader *r, struct cpio_entry *e);
/** The last entry of [@data, @data + @size) named @name (a leading "./" or "/" does not count on either side): 0; -ENOENT;
 * -EINVAL with *@reason (if not NULL) when the archive is malformed anywhere. */
int __must_check cpio_find(const void *data, size_t size, const char *name, struct cpio_entry *e, const char **reason);
#endif
