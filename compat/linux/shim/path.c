/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that name a path: copied once into core memory, then one call to vfs with the base directories lent. */
#include "lx.h"
#include <srv/dir.rpc.h>
#include <srv/file.rpc.h>
#include <srv/statx.h>
#include <srv/tty.rpc.h>

enum {
	PATH_BYTES = 4096,
	AT_FDCWD = -100,
	AT_REMOVEDIR = 0x200,
	AT_NOFOLLOW = 0x100,
	AT_EMPTY = 0x1000,
	AT_EACCESS = 0x200,
	AT_FOLLOW = 0x400,
	AT_NO_AUTOMOUNT = 0x800,
	O_CLOEXEC = 02000000
};

int lx_path_get(uintptr_t user, char **out)
{
	char *p = kmalloc(PATH_BYTES);
	ssize_t n;

	*out = NULL;
	if (!p)
		return -ENOMEM;
	n = strncpy_from_user(p, user, PATH_BYTES);
	if (n < 0) {
		kfree(p);
		return (int)n;
	}
	*out = p;
	return 0;
}

void lx_path_put(char *p)
{
	kfree(p);
}

/* Lend the base directory of dirfd as argument arg. */
static int lend_base(struct act *a, unsigned arg, int dirfd, const char *path)
{
	struct lx_fs *fs = lx_task()->fs;
	struct conn *c;

	if (dirfd == AT_FDCWD || path[0] == '/') {
		mutex_lock(&fs->lock);
		a->lent[arg] = conn_get(fs->cwd);
		mutex_unlock(&fs->lock);
		return 0;
	}
	c = fd_get(dirfd);
	if (!c)
		return -EBADF;
	if (c->node && !path[0]) {
		a->lent[arg] = conn_get(c->node);
		conn_put(c);
		return 0;
	}
	a->lent[arg] = c;
	return 0;
}

static void lent_put(struct act *a)
{
	for (unsigned i = 0; i < RPC_ARGS; i++) {
		conn_put(a->lent[i]);
		a->lent[i] = NULL;
	}
}

/* a is initialised here; buffers beyond the path are set by the caller through bufs. */
static int64_t dir_call(uint16_t op, const char *path, int dirfd, struct act *a,
			uint64_t args[RPC_ARGS], struct rpc_ret *ret)
{
	struct lx_fs *fs = lx_task()->fs;
	int err;

	a->conn = endpoint_control("vfs");
	a->buf[0] = RPC_BUF_KERNEL_IN(path, strlen(path) + 1);
	err = lend_base(a, 1, dirfd, path);
	if (err) {
		lent_put(a);
		return err;
	}
	mutex_lock(&fs->lock);
	a->lent[2] = conn_get(fs->root);
	mutex_unlock(&fs->lock);
	*ret = rpc_call(a, op, args);
	lent_put(a);
	return ret->r0;
}

int64_t lx_path_call(uint16_t op, uintptr_t upath, int dirfd, struct act *a,
			 uint64_t args[RPC_ARGS])
{
	struct rpc_ret ret;
	char *path;
	int64_t r = lx_path_get(upath, &path);

	if (r)
		return r;
	r = dir_call(op, path, dirfd, a, args, &ret);
	lx_path_put(path);
	return r;
}

/* What open gave may be a node whose data lives at another service: go there, keep the node beside. */
static int redirect(struct act *a, const struct rpc_ret *ret, uint32_t flags, struct conn **out)
{
	struct conn *node = a->ngive ? a->give[0] : NULL, *ctl = endpoint_control("tty");
	uint64_t args[RPC_ARGS] = {ret->r1, flags};
	struct rpc_ret r;
	struct act b;

	a->ngive = 0;
	if (ret->r1 >> 63 || !ctl) {
		conn_put(node);
		return -ENXIO;
	}
	act_init(&b, ctl);
	r = rpc_call(&b, TTY_open_dev, args);
	if (r.r0 || !b.ngive) {
		act_drop(&b);
		conn_put(node);
		return r.r0 ? (int)r.r0 : -ENXIO;
	}
	*out = b.give[0];
	(*out)->node = node;
	return 0;
}

static int open_conn(const char *path, int dirfd, uint32_t flags, uint32_t mode, struct conn **out)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, flags, mode};
	struct rpc_ret ret;
	int64_t r = dir_call(DIR_open, path, dirfd, &a, args, &ret);

	if (r < 0) {
		act_drop(&a);
		return (int)r;
	}
	if (ret.kind & RPC_REPLY_REDIRECT)
		r = redirect(&a, &ret, flags, out);
	else if (a.ngive)
		*out = a.give[0];
	else
		r = -EIO;
	if (!r)
		(*out)->ofd.openflags |= flags & (0100000 | 010000000 | 0200000 | 0400000);
	return (int)r;
}

int lx_open_kernel(const char *path, uint32_t flags, uint32_t mode, struct conn **out)
{
	return open_conn(path, AT_FDCWD, flags, mode, out);
}

int64_t lx_openat(int dirfd, uintptr_t upath, uint32_t uflags, uint32_t mode)
{
	uint32_t flags = lx_arch_open_flags(uflags);
	struct conn *c;
	char *path;
	int fd, err = lx_path_get(upath, &path);

	if (err)
		return err;
	if (!(flags & (0100 | 020000000)))
		mode = 0;
	fd = fd_reserve(0);
	if (fd < 0) {
		lx_path_put(path);
		return fd;
	}
	err = open_conn(path, dirfd, flags | 0100000, mode & ~lx_task()->fs->umask & 07777, &c);
	lx_path_put(path);
	if (err) {
		fd_unreserve(fd);
		return err;
	}
	fd_install(fd, c, flags & O_CLOEXEC ? LX_FDF_CLOEXEC : 0);
	return fd;
}

static int64_t stat_path(int dirfd, uintptr_t upath, uint32_t flags, struct lx_statx *st)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, flags & (AT_NOFOLLOW | AT_EMPTY)};

	a.buf[4] = RPC_BUF_KERNEL_OUT(st, sizeof(*st));
	return lx_path_call(DIR_stat, upath, dirfd, &a, args);
}

static int64_t stat_fd(int fd, struct lx_statx *st)
{
	struct conn *c = fd_get(fd), *who;
	uint64_t args[RPC_ARGS] = {0, sizeof(*st)};
	struct rpc_ret r;
	struct act a;

	if (!c)
		return -EBADF;
	who = c->node ? c->node : c;
	act_init(&a, who);
	a.buf[0] = RPC_BUF_KERNEL_OUT(st, sizeof(*st));
	r = rpc_call(&a, FILE_getattr, args);
	conn_put(c);
	return r.r0;
}

static bool empty_path(uintptr_t upath)
{
	char first[1];

	return !upath || (!copy_from_user(first, upath, 1) && !first[0]);
}

int64_t lx_newfstatat(int dirfd, uintptr_t path, uintptr_t buf, uint32_t flags)
{
	struct lx_statx st;
	int64_t r;

	if (flags & ~(uint32_t)(AT_NOFOLLOW | AT_EMPTY | AT_NO_AUTOMOUNT))
		return -EINVAL;
	r = (flags & AT_EMPTY) && dirfd != AT_FDCWD && empty_path(path)
		    ? stat_fd(dirfd, &st)
		    : stat_path(dirfd, path, flags, &st);
	return r ? r : lx_arch_put_stat(buf, &st);
}

int64_t lx_fstat(int fd, uintptr_t buf)
{
	struct lx_statx st;
	int64_t r = stat_fd(fd, &st);

	return r ? r : lx_arch_put_stat(buf, &st);
}

int64_t lx_statx(int dirfd, uintptr_t path, uint32_t flags, uint32_t mask, uintptr_t buf)
{
	struct lx_statx st;
	int64_t r;

	if ((mask & 0x80000000u) || (flags & ~0x7900u) || (flags & 0x6000) == 0x6000)
		return -EINVAL;
	r = (flags & AT_EMPTY) && dirfd != AT_FDCWD && empty_path(path)
		    ? stat_fd(dirfd, &st)
		    : stat_path(dirfd, path, flags, &st);
	return r ? r : copy_to_user(buf, &st, sizeof(st));
}

int64_t lx_statfs(uintptr_t path, uintptr_t buf)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0};
	struct lx_statfs st;
	int64_t r;

	a.buf[3] = RPC_BUF_KERNEL_OUT(&st, sizeof(st));
	r = lx_path_call(DIR_statfs, path, AT_FDCWD, &a, args);
	return r ? r : copy_to_user(buf, &st, sizeof(st));
}

int64_t lx_fstatfs(int fd, uintptr_t buf)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0};
	struct lx_statfs st;
	struct rpc_ret ret;
	int64_t r;

	a.buf[3] = RPC_BUF_KERNEL_OUT(&st, sizeof(st));
	r = dir_call(DIR_statfs, "", fd, &a, args, &ret);
	return r ? r : copy_to_user(buf, &st, sizeof(st));
}

int64_t lx_faccessat2(int dirfd, uintptr_t path, uint32_t mode, uint32_t flags)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, mode, flags};

	if ((mode & ~7u) || (flags & ~(uint32_t)(AT_EACCESS | AT_NOFOLLOW | AT_EMPTY)))
		return -EINVAL;
	return lx_path_call(DIR_access, path, dirfd, &a, args);
}

int64_t lx_readlinkat(int dirfd, uintptr_t path, uintptr_t buf, int size)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, 0, (uint64_t)size};

	if (size <= 0)
		return -EINVAL;
	a.buf[3] = RPC_BUF_USER_OUT(buf, (size_t)size);
	return lx_path_call(DIR_readlink, path, dirfd, &a, args);
}

int64_t lx_mkdirat(int dirfd, uintptr_t path, uint32_t mode)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, mode & ~lx_task()->fs->umask};

	return lx_path_call(DIR_mkdir, path, dirfd, &a, args);
}

int64_t lx_mknodat(int dirfd, uintptr_t path, uint32_t mode, uint32_t dev)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, mode & ~lx_task()->fs->umask, dev};

	return lx_path_call(DIR_mknod, path, dirfd, &a, args);
}

int64_t lx_unlinkat(int dirfd, uintptr_t path, uint32_t flags)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, flags};

	return lx_path_call(DIR_unlink, path, dirfd, &a, args);
}

static int64_t two_paths(uint16_t op, int odir, uintptr_t uold, int ndir, uintptr_t unew,
			 uint32_t flags)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, 0, 0, flags};
	char *newpath;
	int64_t r = lx_path_get(unew, &newpath);

	if (r)
		return r;
	a.buf[3] = RPC_BUF_KERNEL_IN(newpath, strlen(newpath) + 1);
	r = lend_base(&a, 4, ndir, newpath);
	if (!r)
		r = lx_path_call(op, uold, odir, &a, args);
	lent_put(&a);
	lx_path_put(newpath);
	return r;
}

int64_t lx_renameat2(int odir, uintptr_t old, int ndir, uintptr_t new, uint32_t flags)
{
	return two_paths(DIR_rename, odir, old, ndir, new, flags);
}

int64_t lx_linkat(int odir, uintptr_t old, int ndir, uintptr_t new, uint32_t flags)
{
	return two_paths(DIR_link, odir, old, ndir, new, flags);
}

int64_t lx_symlinkat(uintptr_t target, int dirfd, uintptr_t path)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0};
	char *text;
	int64_t r = lx_path_get(target, &text);

	if (r)
		return r;
	a.buf[3] = RPC_BUF_KERNEL_IN(text, strlen(text) + 1);
	r = lx_path_call(DIR_symlink, path, dirfd, &a, args);
	lx_path_put(text);
	return r;
}

int64_t lx_getcwd(uintptr_t buf, uint64_t size)
{
	struct lx_fs *fs = lx_task()->fs;
	uint64_t args[RPC_ARGS] = {0, 0, 0, size};
	struct rpc_ret r;
	struct act a;

	act_init(&a, endpoint_control("vfs"));
	a.buf[2] = RPC_BUF_USER_OUT(buf, (size_t)MIN(size, 4096ull));
	mutex_lock(&fs->lock);
	a.lent[0] = conn_get(fs->cwd);
	a.lent[1] = conn_get(fs->root);
	mutex_unlock(&fs->lock);
	r = rpc_call(&a, DIR_getcwd, args);
	lent_put(&a);
	return r.r0;
}

static int64_t change_dir(const char *path, int dirfd, bool root)
{
	struct lx_fs *fs = lx_task()->fs;
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0};
	struct conn *old;
	struct rpc_ret ret;
	int64_t r = dir_call(DIR_chdir, path, dirfd, &a, args, &ret);

	if (r || !a.ngive) {
		act_drop(&a);
		return r ? r : -EIO;
	}
	mutex_lock(&fs->lock);
	old = root ? fs->root : fs->cwd;
	if (root)
		fs->root = a.give[0];
	else
		fs->cwd = a.give[0];
	mutex_unlock(&fs->lock);
	conn_put(old);
	return 0;
}

int64_t lx_chdir(uintptr_t upath)
{
	char *path;
	int64_t r = lx_path_get(upath, &path);

	if (r)
		return r;
	r = path[0] ? change_dir(path, AT_FDCWD, false) : -ENOENT;
	lx_path_put(path);
	return r;
}

int64_t lx_fchdir(int fd)
{
	return fd == AT_FDCWD ? -EBADF : change_dir("", fd, false);
}

int64_t lx_chroot(uintptr_t upath)
{
	char *path;
	int64_t r = lx_path_get(upath, &path);

	if (r)
		return r;
	r = !path[0] ? -ENOENT : lx_capable(18) ? change_dir(path, AT_FDCWD, true) : -EPERM;
	lx_path_put(path);
	return r;
}

int64_t lx_umask(uint32_t mask)
{
	struct lx_fs *fs = lx_task()->fs;
	uint32_t old = fs->umask;

	fs->umask = mask & 0777;
	return old;
}

int64_t lx_mount(uintptr_t src, uintptr_t target, uintptr_t type, uint64_t flags, uintptr_t data)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0};
	char *kind;
	int64_t r;

	if (!lx_capable(21))
		return -EPERM;
	if (flags & (32 | 4096 | 8192)) { /* REMOUNT, BIND, MOVE */
		lx_count_refused();
		return -EINVAL;
	}
	r = lx_path_get(type, &kind);
	if (r)
		return r;
	a.buf[3] = RPC_BUF_KERNEL_IN(kind, strlen(kind) + 1);
	r = lx_path_call(DIR_mount, target, AT_FDCWD, &a, args);
	lx_path_put(kind);
	return r;
}

int64_t lx_umount2(uintptr_t target, uint32_t flags)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, flags};

	if (flags & ~15u)
		return -EINVAL;
	return lx_path_call(DIR_umount, target, AT_FDCWD, &a, args);
}

/* A file to execute: connection and attributes. */
int lx_open_exec(const char *path, int dirfd, uint32_t flags, struct conn **out,
		 struct exec_info *info);
int lx_open_exec(const char *path, int dirfd, uint32_t flags, struct conn **out,
		 struct exec_info *info)
{
	struct act a = {0};
	uint64_t args[RPC_ARGS] = {0, 0, 0, 0, sizeof(*info), flags};
	struct rpc_ret ret;
	int64_t r;

	a.buf[3] = RPC_BUF_KERNEL_OUT(info, sizeof(*info));
	r = dir_call(DIR_exec, path, dirfd, &a, args, &ret);
	if (r || !a.ngive) {
		act_drop(&a);
		return r ? (int)r : -EIO;
	}
	*out = a.give[0];
	return 0;
}
