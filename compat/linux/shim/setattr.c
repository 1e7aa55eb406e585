/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that change attributes, by path or by fd: mode, owner, times, size. */
#include "lx.h"
#include <srv/dir.rpc.h>
#include <srv/file.rpc.h>

enum { AT_FDCWD = -100, AT_NOFOLLOW = 0x100, AT_EMPTY = 0x1000 };

static int64_t setattr_path(int dirfd, uintptr_t path, const struct file_attr *at, uint32_t flags)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, 0, sizeof(*at), flags};

	a.buf[3] = RPC_BUF_KERNEL_IN(at, sizeof(*at));
	return lx_path_call(DIR_setattr, path, dirfd, &a, args);
}

static int64_t setattr_fd(int fd, const struct file_attr *at)
{
	struct conn *c = fd_get(fd);
	uint64_t args[RPC_ARGS] = {0, sizeof(*at)};
	struct rpc_ret r;
	struct act a;

	if (!c)
		return -EBADF;
	if (c->ofd.mode & LX_M_OPATH) {
		conn_put(c);
		return -EBADF;
	}
	act_init(&a, c->node ? c->node : c);
	a.buf[0] = RPC_BUF_KERNEL_IN(at, sizeof(*at));
	r = rpc_call(&a, FILE_setattr, args);
	conn_put(c);
	return r.r0 == -EOPNOTSUPP ? -EINVAL : r.r0;
}

int64_t lx_fchmodat(int dirfd, uintptr_t path, uint32_t mode)
{
	struct file_attr at = {.valid = ATTR_MODE, .mode = mode};

	return setattr_path(dirfd, path, &at, 0);
}

int64_t lx_fchmod(int fd, uint32_t mode)
{
	struct file_attr at = {.valid = ATTR_MODE, .mode = mode};

	return setattr_fd(fd, &at);
}

static struct file_attr owner_attr(uint32_t uid, uint32_t gid)
{
	return (struct file_attr){.valid = (uid != ~0u ? ATTR_UID : 0) |
					   (gid != ~0u ? ATTR_GID : 0),
				  .uid = uid,
				  .gid = gid};
}

int64_t lx_fchownat(int dirfd, uintptr_t path, uint32_t uid, uint32_t gid, uint32_t flags)
{
	struct file_attr at = owner_attr(uid, gid);

	if (flags & ~(uint32_t)(AT_NOFOLLOW | AT_EMPTY))
		return -EINVAL;
	return setattr_path(dirfd, path, &at, flags);
}

int64_t lx_fchown(int fd, uint32_t uid, uint32_t gid)
{
	struct file_attr at = owner_attr(uid, gid);

	return setattr_fd(fd, &at);
}

enum { UTIME_NOW = 0x3fffffff, UTIME_OMIT = 0x3ffffffe };

int64_t lx_utimensat(int dirfd, uintptr_t path, uintptr_t times, uint32_t flags)
{
	struct {
		int64_t s, ns;
	} ts[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
	struct file_attr at = {0};

	if (flags & ~(uint32_t)(AT_NOFOLLOW | AT_EMPTY))
		return -EINVAL;
	if (times && copy_from_user(ts, times, sizeof(ts)))
		return -EFAULT;
	for (unsigned i = 0; i < 2; i++) {
		if (ts[i].ns == UTIME_OMIT)
			continue;
		if (ts[i].ns != UTIME_NOW && (ts[i].ns < 0 || ts[i].ns > 999999999))
			return -EINVAL;
		at.valid |= ts[i].ns == UTIME_NOW ? (i ? ATTR_MTIME_NOW : ATTR_ATIME_NOW)
						  : (i ? ATTR_MTIME : ATTR_ATIME);
		if (i) {
			at.mtime_s = ts[i].s;
			at.mtime_ns = (uint32_t)ts[i].ns;
		} else {
			at.atime_s = ts[i].s;
			at.atime_ns = (uint32_t)ts[i].ns;
		}
	}
	if (!at.valid)
		return 0;
	if (!path)
		return dirfd == AT_FDCWD ? -EFAULT : setattr_fd(dirfd, &at);
	return setattr_path(dirfd, path, &at, flags);
}

int64_t lx_truncate(uintptr_t path, int64_t size)
{
	struct file_attr at = {.valid = ATTR_SIZE, .size = (uint64_t)size};

	return size < 0 ? -EINVAL : setattr_path(AT_FDCWD, path, &at, 0);
}

int64_t lx_ftruncate(int fd, int64_t size)
{
	struct file_attr at = {.valid = ATTR_SIZE, .size = (uint64_t)size};

	return size < 0 ? -EINVAL : setattr_fd(fd, &at);
}
