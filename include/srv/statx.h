/* SPDX-License-Identifier: BSD-2-Clause */
/* struct statx as Linux lays it out on every architecture; what getattr and stat fill. */
#ifndef SRV_STATX_H
#define SRV_STATX_H
#include <tessera/lib/types.h>
struct lx_statx_time {
	int64_t sec;
	uint32_t nsec;
	int32_t pad;
};
struct lx_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad0;
	uint64_t ino, size, blocks, attributes_mask;
	struct lx_statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id;
	uint32_t dio_mem_align, dio_offset_align;
	uint64_t spare[12];
};
static_assert(sizeof(struct lx_statx) == 256, "statx layout");
enum { STATX_BASIC = 0x7ff, STATX_BTIME_BIT = 0x800, STATX_MNT_ID_BIT = 0x1000 };
struct lx_statfs { /* struct statfs64 of all three architectures */
	int64_t type, bsize;
	uint64_t blocks, bfree, bavail, files, ffree;
	int32_t fsid[2];
	int64_t namelen, frsize, flags, spare[4];
};
static_assert(sizeof(struct lx_statfs) == 120, "statfs layout");
#endif
