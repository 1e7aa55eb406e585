/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes by path: stat, access, readlink, setattr, statfs; the working directory's name. */
#include "vfs.h"
#include <tessera/lib/string.h>

static struct lx_statx_time statx_time(int64_t ns)
{
	int64_t s = ns / 1000000000;

	return (struct lx_statx_time){.sec = s, .nsec = (uint32_t)(ns - s * 1000000000)};
}

void node_statx(struct node *n, struct lx_statx *st)
{
	memset(st, 0, sizeof(*st));
	srv_lock(&n->lock);
	st->mask = STATX_BASIC | STATX_BTIME_BIT | STATX_MNT_ID_BIT;
	st->blksize = 4096;
	st->nlink = n->nlink;
	st->uid = n->uid;
	st->gid = n->gid;
	st->mode = (uint16_t)n->mode;
	st->ino = n->ino;
	st->size = n->size;
	st->blocks = n->pmo ? srv_pmo_pages(n->pmo) * 8 : 0;
	st->atime = statx_time(n->atime_ns);
	st->mtime = statx_time(n->mtime_ns);
	st->ctime = statx_time(n->ctime_ns);
	st->btime = statx_time(n->btime_ns);
	st->rdev_major = (uint32_t)(n->rdev >> 8 & 0xfff);
	st->rdev_minor = (uint32_t)((n->rdev & 0xff) | (n->rdev >> 12 & 0xfff00));
	st->dev_minor = n->fs->dev_minor;
	st->mnt_id = n->fs->dev_minor;
	srv_unlock(&n->lock);
}

static int give_statx(struct node *n, unsigned arg)
{
	struct lx_statx st;

	node_statx(n, &st);
	return client_write(arg, 0, &st, sizeof(st)) == sizeof(st) ? 0 : -EFAULT;
}

struct rpc_ret dir_stat(const struct rpc_call *c)
{
	uint32_t flags = (uint32_t)c->arg[3];
	struct walk w;
	int err = walk_begin(&w, c, 0, 1,
			     (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				     (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));

	if (err)
		return rpc_done(err);
	err = w.node ? give_statx(w.node, 4) : -ENOENT;
	walk_end(&w);
	return rpc_done(err);
}

struct rpc_ret dir_access(const struct rpc_call *c)
{
	uint32_t mode = (uint32_t)c->arg[3], flags = (uint32_t)c->arg[4];
	struct lx_cred real;
	struct walk w;
	int err;

	if (mode & ~7u)
		return rpc_done(-EINVAL);
	err = walk_begin(&w, c, 0, 1,
			 (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				 (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
	if (err)
		return rpc_done(err);
	if (w.cred &&
	    !(flags & AT_EACCESS)) { /* the real ids decide; root's powers only for a real root */
		real = *w.cred;
		real.fsuid = real.uid;
		real.fsgid = real.gid;
		real.cap_effective = real.uid ? 0 : real.cap_permitted;
		w.cred = &real;
	}
	err = w.node ? mode ? node_may(w.node, w.cred, mode) : 0 : -ENOENT;
	walk_end(&w);
	return rpc_done(err);
}

struct rpc_ret dir_readlink(const struct rpc_call *c)
{
	char *buf = srv_alloc(PATH_MAX);
	struct walk w;
	int err;

	if (!buf)
		return rpc_done(-ENOMEM);
	err = walk_begin(&w, c, 0, 1, WALK_EMPTY);
	if (!err) {
		if (!w.node)
			err = -ENOENT;
		else if (!w.node->ops->readlink || (w.node->mode & S_IFMT) != S_IFLNK)
			err = -EINVAL;
		else
			err = w.node->ops->readlink(w.node, c, buf, PATH_MAX);
		walk_end(&w);
	}
	if (err > 0) {
		size_t n = MIN((size_t)err, (size_t)c->arg[4]);

		err = client_write(3, 0, buf, n) == (ssize_t)n ? (int)n : -EFAULT;
	}
	srv_free(buf);
	return rpc_done(err);
}

static int set_times(struct node *n, const struct lx_cred *cred, const struct file_attr *a)
{
	bool explicit_time = (a->valid & (ATTR_ATIME | ATTR_MTIME)) != 0;
	int64_t now = vfs_time_ns();

	if (explicit_time ? !node_owner(n, cred)
			  : !node_owner(n, cred) && node_may(n, cred, MAY_WRITE))
		return explicit_time ? -EPERM : -EACCES;
	if (a->valid & (ATTR_ATIME | ATTR_ATIME_NOW))
		n->atime_ns = a->valid & ATTR_ATIME_NOW ? now
							: a->atime_s * 1000000000 + a->atime_ns;
	if (a->valid & (ATTR_MTIME | ATTR_MTIME_NOW))
		n->mtime_ns = a->valid & ATTR_MTIME_NOW ? now
							: a->mtime_s * 1000000000 + a->mtime_ns;
	return 0;
}

int node_truncate(struct node *n, uint64_t size)
{
	int err;

	if ((n->mode & S_IFMT) == S_IFDIR)
		return -EISDIR;
	if ((n->mode & S_IFMT) != S_IFREG)
		return -EINVAL;
	if (!n->ops->truncate)
		return -EPERM;
	srv_lock(&n->lock);
	err = n->ops->truncate(n, size);
	if (!err) {
		n->mtime_ns = n->ctime_ns = vfs_time_ns();
		n->mode &= ~(uint32_t)(S_ISUID | (n->mode & 010 ? S_ISGID : 0));
	}
	srv_unlock(&n->lock);
	return err;
}

int node_setattr(struct node *n, const struct lx_cred *cred, const struct file_attr *a,
		 const struct rpc_call *c)
{
	int err = 0;

	if (a->valid & ATTR_SIZE) {
		err = node_may(n, cred, MAY_WRITE);
		return err ? err : node_truncate(n, a->size);
	}
	srv_lock(&n->lock);
	if (a->valid & (ATTR_UID | ATTR_GID)) {
		bool chown = vfs_capable(cred, CAP_CHOWN);
		bool uid_same = !(a->valid & ATTR_UID) || a->uid == n->uid;
		bool gid_ok = !(a->valid & ATTR_GID) || a->gid == n->gid ||
			      (cred && a->gid == cred->fsgid);

		if (!chown && !(cred && cred->fsuid == n->uid && uid_same && gid_ok))
			err = -EPERM;
		else {
			if (a->valid & ATTR_UID)
				n->uid = a->uid;
			if (a->valid & ATTR_GID)
				n->gid = a->gid;
			if (!node_is_dir(n))
				n->mode &= ~(uint32_t)(S_ISUID | (n->mode & 010 ? S_ISGID : 0));
		}
	}
	if (!err && (a->valid & ATTR_MODE)) {
		if ((n->mode & S_IFMT) == S_IFLNK)
			err = -EOPNOTSUPP;
		else if (!node_owner(n, cred))
			err = -EPERM;
		else
			n->mode = (n->mode & S_IFMT) | (a->mode & 07777);
	}
	if (!err && (a->valid & (ATTR_ATIME | ATTR_MTIME | ATTR_ATIME_NOW | ATTR_MTIME_NOW)))
		err = set_times(n, cred, a);
	if (!err)
		n->ctime_ns = vfs_time_ns();
	srv_unlock(&n->lock);
	return err;
}

struct rpc_ret dir_setattr(const struct rpc_call *c)
{
	uint32_t flags = (uint32_t)c->arg[5];
	struct file_attr a;
	struct walk w;
	int err;

	if (client_read(3, 0, &a, sizeof(a)) != sizeof(a))
		return rpc_done(-EFAULT);
	err = walk_begin(&w, c, 0, 1,
			 (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
				 (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
	if (err)
		return rpc_done(err);
	err = w.node ? node_setattr(w.node, w.cred, &a, c) : -ENOENT;
	walk_end(&w);
	return rpc_done(err);
}

struct rpc_ret dir_statfs(const struct rpc_call *c)
{
	struct walk w;
	int err = walk_begin(&w, c, 0, 1, WALK_FOLLOW | WALK_EMPTY);

	if (err)
		return rpc_done(err);
	err = -ENOENT;
	if (w.node) {
		struct filesys *fs = w.node->fs;
		struct lx_statfs st = {.type = fs->magic,
				       .bsize = 4096,
				       .frsize = 4096,
				       .namelen = NAME_MAX,
				       .blocks = fs->nr_pages_max,
				       .bfree = fs->nr_pages_max,
				       .bavail = fs->nr_pages_max,
				       .flags = 0x20};

		err = client_write(3, 0, &st, sizeof(st)) == sizeof(st) ? 0 : -EFAULT;
	}
	walk_end(&w);
	return rpc_done(err);
}

/* Name of child in dir, by reading dir; into the end of buf before *pos. */
static int prepend_name(struct node *dir, struct node *child, char *buf, size_t *pos)
{
	struct dentry_out d;
	uint64_t cookie = 0;

	while (dir->ops->readdir && !dir->ops->readdir(dir, &cookie, &d)) {
		if (d.ino != child->ino)
			continue;
		if (*pos < d.len + 1)
			return -ENAMETOOLONG;
		*pos -= d.len;
		memcpy(buf + *pos, d.name, d.len);
		buf[--*pos] = '/';
		return 0;
	}
	return -ENOENT;
}

/* Path of a directory from root, into buf; returns the start index or -errno. vfs_lock held. */
static int dir_path(struct node *n, struct node *root, char *buf)
{
	size_t pos = PATH_MAX - 1;
	int err;

	buf[pos] = 0;
	while (n != root && n != vfs_root) {
		if (n->covers) {
			n = n->covers;
			continue;
		}
		if (!n->parent || n->parent == n || n->nlink == 0)
			return -ENOENT;
		err = prepend_name(n->parent, n, buf, &pos);
		if (err)
			return err;
		n = n->parent;
	}
	if (buf[pos] == 0)
		buf[--pos] = '/';
	return (int)pos;
}

struct rpc_ret dir_getcwd(const struct rpc_call *c)
{
	struct node *cwd = conn_node(0), *root = conn_node(1);
	char *buf;
	int pos;

	if (!cwd)
		return rpc_done(-ENOENT);
	buf = srv_alloc(PATH_MAX);
	if (!buf)
		return rpc_done(-ENOMEM);
	srv_lock(&vfs_lock);
	pos = dir_path(cwd, root ? root : vfs_root, buf);
	srv_unlock(&vfs_lock);
	if (pos >= 0) {
		size_t n = PATH_MAX - (size_t)pos;

		if (n > c->arg[3])
			pos = -ERANGE;
		else
			pos = client_write(2, 0, buf + pos, n) == (ssize_t)n ? (int)n : -EFAULT;
	}
	srv_free(buf);
	return rpc_done(pos);
}

struct rpc_ret vfs_file_name(const struct rpc_call *c)
{
	struct file *f = file_of(c->badge);
	char *buf = f ? srv_alloc(PATH_MAX) : NULL;
	int pos;

	if (!buf)
		return rpc_done(f ? -ENOMEM : -EBADF);
	srv_lock(&vfs_lock);
	pos = node_is_dir(f->node) ? dir_path(f->node, vfs_root, buf) : -ENOENT;
	srv_unlock(&vfs_lock);
	if (pos >= 0) {
		size_t n = MIN((size_t)PATH_MAX - (size_t)pos - 1, (size_t)c->arg[1]);

		pos = client_write(0, 0, buf + pos, n) == (ssize_t)n ? (int)n : -EFAULT;
	}
	srv_free(buf);
	return rpc_done(pos);
}
