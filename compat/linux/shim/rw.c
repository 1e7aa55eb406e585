/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on an open file: straight to its owner. The shim keeps file positions; owners get offsets and never hold a lock for them. */
#include "lx.h"
#include <srv/anon.rpc.h>
#include <srv/file.rpc.h>

enum {
	IOV_MAX = 1024,
	RW_MAX = 0x7ffff000,
	FIONBIO = 0x5421,
	FIOCLEX = 0x5451,
	FIONCLEX = 0x5450,
	FIOASYNC = 0x5452
};

struct rpc_ret lx_file_call(struct conn *c, uint16_t op, struct act *a,
			    const uint64_t args[RPC_ARGS])
{
	struct rpc_ret r = rpc_call(a, op, args);

	if (r.kind & RPC_REPLY_RAISE_THREAD)
		lx_signal_simple(lx_task()->group, lx_task(), (int)(r.kind >> 24), SI_KERNEL);
	if (r.kind & RPC_REPLY_RAISE_PGRP)
		(void)srv_signal_pgrp(lx_task()->group->pub->pgid, (int)(r.kind >> 24));
	return r;
}

/* File positions: taken for the time of the call; two threads on one file wait for each other. */
static void pos_lock(struct conn *c)
{
	uint32_t zero = 0;

	while (!__atomic_compare_exchange_n(&c->ofd.poslock, &zero, lx_task()->pub->tid, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		zero = 0;
		sched_yield_now();
	}
}

static void pos_unlock(struct conn *c)
{
	__atomic_store_n(&c->ofd.poslock, 0, __ATOMIC_RELEASE);
}

/* off -1: at the file's position */
static int64_t transfer(int fd, bool write, const struct rpc_iov *iov, unsigned niov, size_t len,
			int64_t off)
{
	int err;
	struct conn *c = fd_get_mode(fd, write ? LX_M_WRITE : LX_M_READ, &err);
	bool locked = false;
	uint64_t args[RPC_ARGS] = {0, len};
	struct rpc_ret r;
	struct act a;

	if (!c)
		return err;
	if (off != -1 && !(c->ofd.mode & (write ? LX_M_PWRITE : LX_M_PREAD))) {
		conn_put(c);
		return -ESPIPE;
	}
	act_init(&a, c);
	a.buf[0] = (struct rpc_buf){.iov = niov > 1 ? iov : NULL,
				    .niov = niov,
				    .space = RPC_SPACE_USER,
				    .readable = write,
				    .writable = !write,
				    .len = len,
				    .one = iov[0]};
	if (off == -1 && (c->ofd.mode & LX_M_ATOMICPOS)) {
		pos_lock(c);
		locked = true;
	}
	args[2] = off != -1		     ? (uint64_t)off
		  : c->ofd.mode & LX_M_LSEEK ? (uint64_t)c->ofd.pos
					     : ~0ull;
	args[3] = (uint64_t)__atomic_load_n(&c->ofd.status, __ATOMIC_RELAXED) << 32;
	r = lx_file_call(c, write ? FILE_write : FILE_read, &a, args);
	if (off == -1 && (c->ofd.mode & LX_M_LSEEK) && r.r0 > 0)
		c->ofd.pos = (int64_t)r.r1;
	if (locked)
		pos_unlock(c);
	conn_put(c);
	return r.r0;
}

static int64_t one(int fd, bool write, uintptr_t buf, uint64_t n, int64_t off)
{
	struct rpc_iov v = {buf, (size_t)MIN(n, (uint64_t)RW_MAX)};

	if (n && !user_range_ok(buf, v.len))
		return -EFAULT;
	return transfer(fd, write, &v, 1, v.len, off);
}

int64_t lx_read(int fd, uintptr_t buf, uint64_t n)
{
	return one(fd, false, buf, n, -1);
}

int64_t lx_write(int fd, uintptr_t buf, uint64_t n)
{
	return one(fd, true, buf, n, -1);
}

int64_t lx_pread64(int fd, uintptr_t buf, uint64_t n, int64_t off)
{
	return off < 0 ? -EINVAL : one(fd, false, buf, n, off);
}

int64_t lx_pwrite64(int fd, uintptr_t buf, uint64_t n, int64_t off)
{
	return off < 0 ? -EINVAL : one(fd, true, buf, n, off);
}

static int64_t vector(int fd, bool write, uintptr_t uiov, uint64_t n, int64_t off)
{
	struct rpc_iov *v, none = {0, 0};
	size_t total = 0;
	int64_t r;

	if (n > IOV_MAX)
		return -EINVAL;
	if (!n)
		return transfer(fd, write, &none, 1, 0, off);
	v = kmalloc(n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	r = copy_from_user(v, uiov, n * sizeof(*v));
	for (uint64_t i = 0; !r && i < n; i++) {
		if ((int64_t)v[i].len < 0)
			r = -EINVAL;
		v[i].len = MIN(v[i].len, (size_t)RW_MAX - total);
		if (!r && !user_range_ok(v[i].base, v[i].len))
			r = -EFAULT;
		total += v[i].len;
	}
	if (!r)
		r = transfer(fd, write, v, (unsigned)n, total, off);
	kfree(v);
	return r;
}

int64_t lx_readv(int fd, uintptr_t iov, uint64_t n)
{
	return vector(fd, false, iov, n, -1);
}

int64_t lx_writev(int fd, uintptr_t iov, uint64_t n)
{
	return vector(fd, true, iov, n, -1);
}

int64_t lx_preadv(int fd, uintptr_t iov, uint64_t n, uint64_t lo, uint64_t hi)
{
	return (int64_t)lo < 0 ? -EINVAL : vector(fd, false, iov, n, (int64_t)lo);
}

int64_t lx_pwritev(int fd, uintptr_t iov, uint64_t n, uint64_t lo, uint64_t hi)
{
	return (int64_t)lo < 0 ? -EINVAL : vector(fd, true, iov, n, (int64_t)lo);
}

int64_t lx_read_kernel(struct conn *c, void *buf, size_t n, uint64_t off)
{
	uint64_t args[RPC_ARGS] = {0, n, off};
	struct act a;

	act_init(&a, c);
	a.buf[0] = RPC_BUF_KERNEL_OUT(buf, n);
	return rpc_call(&a, FILE_read, args).r0;
}

int64_t lx_lseek(int fd, int64_t offset, uint32_t whence)
{
	struct conn *c = fd_get(fd);
	uint64_t args[RPC_ARGS];
	struct rpc_ret r;
	struct act a;

	if (!c)
		return -EBADF;
	if (c->ofd.mode & LX_M_OPATH || !(c->ofd.mode & LX_M_LSEEK)) {
		r.r0 = c->ofd.mode & LX_M_OPATH ? -EBADF : -ESPIPE;
		conn_put(c);
		return r.r0;
	}
	pos_lock(c);
	args[0] = (uint64_t)offset;
	args[1] = whence;
	args[2] = (uint64_t)c->ofd.pos;
	if (whence == 0 && offset >= 0) {
		r = rpc_done(offset);
	} else {
		act_init(&a, c);
		r = rpc_call(&a, FILE_seek, args);
	}
	if (r.r0 >= 0)
		c->ofd.pos = r.r0;
	pos_unlock(c);
	conn_put(c);
	return r.r0;
}

/* Through a bounce page: what was read and not written is put back by the position. */
int64_t lx_sendfile(int out, int in, uintptr_t uoff, uint64_t count)
{
	int err;
	struct conn *src = fd_get_mode(in, LX_M_READ, &err), *dst;
	uint64_t off = 0, done = 0;
	char *page;
	int64_t r = 0;

	if (!src)
		return err;
	dst = fd_get_mode(out, LX_M_WRITE, &err);
	if (!dst || !(src->ofd.mode & LX_M_MMAP_OK)) {
		r = dst ? -EINVAL : err;
		conn_put(dst);
		conn_put(src);
		return r;
	}
	page = kpages_alloc(0, 0);
	if (!page || (uoff && copy_from_user(&off, uoff, 8)))
		r = page ? -EFAULT : -ENOMEM;
	if (!uoff)
		off = (uint64_t)src->ofd.pos;
	while (!r && done < count) {
		uint64_t args[RPC_ARGS] = {
			0, 0, dst->ofd.mode & LX_M_LSEEK ? (uint64_t)dst->ofd.pos : ~0ull,
			(uint64_t)dst->ofd.status << 32};
		int64_t n = lx_read_kernel(src, page,
					   (size_t)MIN(count - done, (uint64_t)PAGE_SIZE), off);
		struct rpc_ret w;
		struct act a;

		if (n <= 0) {
			r = done ? 0 : n;
			break;
		}
		args[1] = (uint64_t)n;
		act_init(&a, dst);
		a.buf[0] = RPC_BUF_KERNEL_IN(page, (size_t)n);
		w = lx_file_call(dst, FILE_write, &a, args);
		if (w.r0 <= 0) {
			r = done ? 0 : w.r0;
			break;
		}
		if (dst->ofd.mode & LX_M_LSEEK)
			dst->ofd.pos = (int64_t)w.r1;
		done += (uint64_t)w.r0;
		off += (uint64_t)w.r0;
		if (w.r0 < n)
			break;
	}
	if (page)
		kpages_free(page);
	if (done && uoff && copy_to_user(uoff, &off, 8))
		r = -EFAULT;
	if (done && !uoff)
		src->ofd.pos = (int64_t)off;
	conn_put(dst);
	conn_put(src);
	return r ? r : (int64_t)done;
}

int64_t lx_getdents64(int fd, uintptr_t buf, uint32_t count)
{
	struct conn *c = fd_get(fd);
	uint64_t args[RPC_ARGS] = {0, count};
	struct rpc_ret r;
	struct act a;

	if (!c)
		return -EBADF;
	if (c->kind != LX_FD_DIR) {
		conn_put(c);
		return c->ofd.mode & LX_M_OPATH ? -EBADF : -ENOTDIR;
	}
	if (!user_range_ok(buf, count)) {
		conn_put(c);
		return -EFAULT;
	}
	act_init(&a, c);
	a.buf[0] = RPC_BUF_USER_OUT(buf, count);
	pos_lock(c);
	args[2] = (uint64_t)c->ofd.pos;
	r = rpc_call(&a, FILE_getdents, args);
	if (r.r0 > 0)
		c->ofd.pos = (int64_t)r.r1;
	pos_unlock(c);
	conn_put(c);
	return r.r0;
}

/* Size of the buffer behind the argument of an ioctl: the classic terminal numbers carry none, so they stand here. */
static size_t ioctl_size(uint32_t cmd)
{
	switch (cmd) {
	case 0x5401:
	case 0x5402:
	case 0x5403:
	case 0x5404:
		return 36; /* TCGETS, TCSETS* */
	case 0x540f:
	case 0x5410:
	case 0x5411:
	case 0x541b:
	case 0x5429:
		return 4; /* pgrp, outq, FIONREAD, sid */
	case 0x5413:
	case 0x5414:
		return 8; /* winsize */
	}
	return cmd >> 30 ? cmd >> 16 & 0x3fff : 0;
}

int64_t lx_ioctl(int fd, uint32_t cmd, uint64_t arg)
{
	struct conn *c = fd_get(fd);
	uint64_t args[RPC_ARGS] = {0, ioctl_size(cmd), cmd, arg};
	int64_t r = 0;
	uint32_t v;
	struct act a;

	if (!c)
		return -EBADF;
	if (c->ofd.mode & LX_M_OPATH) {
		conn_put(c);
		return -EBADF;
	}
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		conn_put(c);
		return lx_fcntl(fd, 2, cmd == FIOCLEX);
	case FIONBIO:
		if (copy_from_user(&v, arg, 4))
			r = -EFAULT;
		else if (v)
			__atomic_fetch_or(&c->ofd.status, 04000, __ATOMIC_RELAXED);
		else
			__atomic_fetch_and(&c->ofd.status, ~04000u, __ATOMIC_RELAXED);
		break;
	default:
		act_init(&a, c);
		if (args[1]) {
			a.buf[0] = RPC_BUF_USER_OUT(arg, (size_t)args[1]);
			a.buf[0].readable = true;
			if (!user_range_ok(arg, (size_t)args[1]))
				a.buf[0].len = 0;
		}
		r = lx_file_call(c, FILE_ioctl, &a, args).r0;
		if (r == -EOPNOTSUPP)
			r = -ENOTTY;
	}
	conn_put(c);
	return r;
}

static int64_t simple_call(int fd, uint16_t op, uint64_t a0, uint64_t a1, uint64_t a2,
			   int64_t missing)
{
	struct conn *c = fd_get(fd);
	uint64_t args[RPC_ARGS] = {a0, a1, a2};
	struct act a;
	int64_t r;

	if (!c)
		return -EBADF;
	if (c->ofd.mode & LX_M_OPATH) {
		conn_put(c);
		return -EBADF;
	}
	act_init(&a, c);
	r = lx_file_call(c, op, &a, args).r0;
	conn_put(c);
	return r == -EOPNOTSUPP ? missing : r;
}

int64_t lx_fsync(int fd)
{
	return simple_call(fd, FILE_sync, 0, 0, 0, -EINVAL);
}

int64_t lx_sync(void)
{
	return 0; /* no file system here has anything that is not where it stays */
}

int64_t lx_fallocate(int fd, int mode, int64_t off, int64_t len)
{
	return simple_call(fd, FILE_falloc, (uint64_t)(uint32_t)mode, (uint64_t)off, (uint64_t)len,
			   -ENODEV);
}

int64_t lx_fadvise64(int fd, int64_t off, int64_t len, int advice)
{
	struct conn *c = fd_get(fd);
	int64_t r = 0;

	if (!c)
		return -EBADF;
	if (c->kind == LX_FD_PIPE)
		r = -ESPIPE;
	else if (advice < 0 || advice > 5 || len < 0)
		r = -EINVAL;
	conn_put(c);
	return r;
}

int64_t lx_flock(int fd, uint32_t op)
{
	struct conn *c = fd_get(fd);

	conn_put(c);
	if (!c)
		return -EBADF;
	lx_count_refused();
	return -EOPNOTSUPP;
}

int64_t lx_pipe2(uintptr_t ufds, uint32_t uflags)
{
	uint32_t flags = lx_arch_open_flags(uflags), fdf = flags & 02000000 ? LX_FDF_CLOEXEC : 0;
	uint64_t args[RPC_ARGS] = {flags & 04000};
	struct act a;
	int fds[2];
	int64_t r;

	if (flags & ~(02000000u | 04000u))
		return -EINVAL;
	fds[0] = fd_reserve(0);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = fd_reserve(0);
	if (fds[1] < 0) {
		fd_unreserve(fds[0]);
		return fds[1];
	}
	act_init(&a, endpoint_control("anon"));
	r = rpc_call(&a, ANON_pipe, args).r0;
	if (!r && copy_to_user(ufds, fds, sizeof(fds)))
		r = -EFAULT;
	if (r || a.ngive != 2) {
		act_drop(&a);
		fd_unreserve(fds[0]);
		fd_unreserve(fds[1]);
		return r ? r : -ENFILE;
	}
	fd_install(fds[0], a.give[0], fdf);
	fd_install(fds[1], a.give[1], fdf);
	return 0;
}
