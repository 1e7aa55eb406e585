/* SPDX-License-Identifier: BSD-2-Clause */
/* What aarch64 and riscv64 share: struct stat, and (for riscv64 as for x86_64) open flags that are already in the generic encoding. */
#include "lx.h"
#include <srv/statx.h>

struct generic_stat {
	uint64_t dev, ino;
	uint32_t mode, nlink, uid, gid;
	uint64_t rdev, pad1;
	int64_t size;
	int32_t blksize, pad2;
	int64_t blocks;
	int64_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	uint32_t unused[2];
};
static_assert(sizeof(struct generic_stat) == 128, "struct stat");

static uint64_t dev_of(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | (uint64_t)major << 8 | (uint64_t)(minor & ~0xffu) << 12;
}

int lx_arch_put_stat(uintptr_t ubuf, const struct lx_statx *x)
{
	struct generic_stat s = {.dev = dev_of(x->dev_major, x->dev_minor),
				 .ino = x->ino,
				 .mode = x->mode,
				 .nlink = x->nlink,
				 .uid = x->uid,
				 .gid = x->gid,
				 .rdev = dev_of(x->rdev_major, x->rdev_minor),
				 .size = (int64_t)x->size,
				 .blksize = (int32_t)x->blksize,
				 .blocks = (int64_t)x->blocks,
				 .atime = x->atime.sec,
				 .atime_ns = x->atime.nsec,
				 .mtime = x->mtime.sec,
				 .mtime_ns = x->mtime.nsec,
				 .ctime = x->ctime.sec,
				 .ctime_ns = x->ctime.nsec};

	return copy_to_user(ubuf, &s, sizeof(s));
}
