/* SPDX-License-Identifier: BSD-2-Clause */
/* The file interface on vfs's own nodes: data goes between the memory object and the client by core calls. */
#include "vfs.h"
#include <tessera/lib/string.h>

/* fd operations carry the status snapshot in the upper half of a3 */
static uint32_t status_of(const struct rpc_call *c)
{
	return (uint32_t)(c->arg[3] >> 32);
}

struct rpc_ret vfs_file_read(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	uint64_t pos = c->arg[2] == ~0ull ? 0 : c->arg[2];
	struct node *n;
	ssize_t done;

	if (!f)
		return rpc_done(-EBADF);
	n = f->node;
	if (node_is_dir(n))
		return rpc_done(-EISDIR);
	if (n->ops->file_read)
		done = n->ops->file_read(n, f->state, pos, c->arg[1]);
	else if (n->ops->read) {
		srv_lock(&n->lock);
		done = n->ops->read(n, pos, c->arg[1]);
		if (done > 0 && !(f->flags & VO_NOATIME))
			n->atime_ns = n->mtime_ns > n->atime_ns ? vfs_time_ns()
								: n->atime_ns; /* relatime */
		srv_unlock(&n->lock);
	} else
		done = -EINVAL;
	return rpc_done2(done, pos + (done > 0 ? (uint64_t)done : 0));
}

struct rpc_ret vfs_file_write(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	uint64_t pos = c->arg[2] == ~0ull ? 0 : c->arg[2];
	struct node *n;
	ssize_t done;

	if (!f)
		return rpc_done(-EBADF);
	n = f->node;
	if (!n->ops->write)
		return rpc_done(-EINVAL);
	srv_lock(&n->lock);
	if (status_of(c) & VO_APPEND)
		pos = n->size;
	done = n->ops->write(n, pos, c->arg[1]);
	if (done > 0) {
		n->mtime_ns = n->ctime_ns = vfs_time_ns();
		n->mode &= ~(uint32_t)(S_ISUID | (n->mode & 010 ? S_ISGID : 0));
	}
	srv_unlock(&n->lock);
	return rpc_done2(done, pos + (done > 0 ? (uint64_t)done : 0));
}

enum { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE };

struct rpc_ret vfs_file_seek(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	int64_t off = (int64_t)c->arg[0], cur = (int64_t)c->arg[2], to;
	int64_t size;

	if (!f)
		return rpc_done(-EBADF);
	size = (int64_t)READ_ONCE(f->node->size);
	switch (c->arg[1]) {
	case SEEK_SET:
		to = off;
		break;
	case SEEK_CUR:
		if (__builtin_add_overflow(cur, off, &to))
			return rpc_done(-EOVERFLOW);
		break;
	case SEEK_END:
		if (__builtin_add_overflow(size, off, &to))
			return rpc_done(-EOVERFLOW);
		break;
	case SEEK_DATA:
	case SEEK_HOLE: /* one extent of data, then the hole at the end */
		if (off < 0 || off >= size)
			return rpc_done(-ENXIO);
		to = c->arg[1] == SEEK_DATA ? off : size;
		break;
	default:
		return rpc_done(-EINVAL);
	}
	return rpc_done(to < 0 ? -EINVAL : to);
}

struct rpc_ret vfs_file_getattr(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	struct lx_statx st;

	if (!f)
		return rpc_done(-EBADF);
	node_statx(f->node, &st);
	return rpc_done(client_write(0, 0, &st, sizeof(st)) == sizeof(st) ? 0 : -EFAULT);
}

struct rpc_ret vfs_file_setattr(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	struct file_attr a;

	if (!f)
		return rpc_done(-EBADF);
	if (client_read(0, 0, &a, sizeof(a)) != sizeof(a))
		return rpc_done(-EFAULT);
	if (a.valid & ATTR_SIZE) /* ftruncate: the open mode decided already */
		return rpc_done((f->flags & VO_ACCMODE) ? node_truncate(f->node, a.size) : -EINVAL);
	return rpc_done(node_setattr(f->node, srv_client_cred(c), &a, c));
}

struct rpc_ret vfs_file_sync(const struct rpc_call *c)
{
	return rpc_done(
		file_of(c->badge)
			? 0
			: -EBADF); /* everything here is memory: already as safe as it gets */
}

struct rpc_ret vfs_file_falloc(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	uint64_t mode = c->arg[0], off = c->arg[1], len = c->arg[2], end;
	struct node *n;
	int err = 0;

	if (!f || !(f->flags & VO_ACCMODE))
		return rpc_done(-EBADF);
	n = f->node;
	if ((int64_t)off < 0 || (int64_t)len <= 0)
		return rpc_done(-EINVAL);
	if (__builtin_add_overflow(off, len, &end) || end > INT64_MAX)
		return rpc_done(-EFBIG);
	if (!n->pmo)
		return rpc_done(-ENODEV);
	if (mode & ~3ull) /* KEEP_SIZE, PUNCH_HOLE */
		return rpc_done(-EOPNOTSUPP);
	srv_lock(&n->lock);
	if (mode & 2)
		err = mode & 1 ? srv_pmo_punch(n->pmo, off, len) : -EOPNOTSUPP;
	else if (!(mode & 1) && end > n->size)
		err = n->ops->truncate(n, end);
	srv_unlock(&n->lock);
	return rpc_done(err);
}

struct rpc_ret vfs_file_map(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);

	if (!f)
		return rpc_done(-EBADF);
	if (!f->node->pmo)
		return rpc_done(-ENODEV);
	return rpc_done(conn_set_pmo(f->node->pmo));
}

/* One record of struct linux_dirent64 at buffer offset off; bytes used, 0 if it does not fit. */
static ssize_t put_dirent(size_t off, size_t room, const struct dentry_out *d, uint64_t next)
{
	struct {
		uint64_t ino;
		int64_t off;
		uint16_t reclen;
		uint8_t type;
		char name[NAME_MAX + 14];
	} __packed e;
	size_t len = ALIGN_UP(19 + d->len + 1, 8);

	if (d->len > NAME_MAX)
		return -EIO;
	if (len > room)
		return 0;
	memset(&e, 0, len);
	e.ino = d->ino;
	e.off = (int64_t)next;
	e.reclen = (uint16_t)len;
	e.type = (uint8_t)(d->type >> 12);
	memcpy(e.name, d->name, d->len);
	return client_write(0, off, &e, len) == (ssize_t)len ? (ssize_t)len : -EFAULT;
}

struct rpc_ret vfs_file_getdents(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	uint64_t pos = c->arg[2], cookie;
	size_t room = c->arg[1], used = 0;
	struct dentry_out d;
	ssize_t n = 0;
	struct node *dir;

	if (!f)
		return rpc_done(-EBADF);
	dir = f->node;
	if (!node_is_dir(dir) || !dir->ops->readdir)
		return rpc_done(-ENOTDIR);
	srv_lock(&vfs_lock);
	if (dir->nlink == 0) {
		srv_unlock(&vfs_lock);
		return rpc_done(-ENOENT);
	}
	for (;;) {
		struct node *up = dir->covers && dir->covers->parent ? dir->covers->parent
				  : dir->parent			     ? dir->parent
								     : dir;

		if (pos < 2) {
			d = (struct dentry_out){pos ? ".." : ".", pos + 1, pos ? up->ino : dir->ino,
						S_IFDIR};
			cookie = pos + 1;
		} else {
			cookie = pos - 2;
			if (dir->ops->readdir(dir, &cookie, &d)) {
				n = 0;
				break;
			}
			cookie += 2;
		}
		n = put_dirent(used, room - used, &d, cookie);
		if (n <= 0) {
			if (n == 0 && used == 0)
				n = -EINVAL;
			break;
		}
		used += (size_t)n;
		pos = cookie;
	}
	srv_unlock(&vfs_lock);
	return used || n >= 0 ? rpc_done2((int64_t)used, pos) : rpc_done(n);
}
