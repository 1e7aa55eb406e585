/* SPDX-License-Identifier: BSD-2-Clause */
/* open, chdir, exec, root: operations that give a connection. Check order as Linux 6.12: see the tests for each errno. */
#include "vfs.h"
#include <tessera/lib/string.h>

static int open_existing(struct walk *w, uint32_t flags)
{
	struct node *n = w->node;
	uint32_t type = n->mode & S_IFMT, acc = flags & VO_ACCMODE;
	unsigned may = acc == 0 ? MAY_READ : acc == VO_WRONLY ? MAY_WRITE : MAY_READ | MAY_WRITE;

	if ((flags & (VO_CREAT | VO_EXCL)) == (VO_CREAT | VO_EXCL))
		return -EEXIST;
	if (type == S_IFLNK)
		return flags & VO_PATH ? 0 : -ELOOP;
	if ((flags & VO_DIRECTORY) && type != S_IFDIR)
		return -ENOTDIR;
	if (flags & VO_PATH)
		return 0;
	if (type == S_IFDIR && (acc || (flags & (VO_CREAT | VO_TRUNC))))
		return -EISDIR;
	if (type == S_IFSOCK)
		return -ENXIO;
	if (flags & VO_TRUNC)
		may |= MAY_WRITE;
	if ((flags & VO_NOATIME) && !node_owner(n, w->cred))
		return -EPERM;
	return node_may(n, w->cred, may);
}

static int open_create(struct walk *w, uint32_t flags, uint32_t mode)
{
	int err;

	if (w->want_dir)
		return -EISDIR;
	err = node_may(w->dir, w->cred, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (!w->dir->ops->create)
		return -EACCES;
	err = w->dir->ops->create(w->dir, w->last, w->last_len, S_IFREG | (mode & 07777), 0, NULL,
				  &w->node);
	if (err)
		return err;
	if (w->cred) {
		w->node->uid = w->cred->fsuid;
		w->node->gid = w->dir->mode & S_ISGID ? w->dir->gid : w->cred->fsgid;
	}
	return 0;
}

static int open_tmpfile(struct walk *w, uint32_t flags, uint32_t mode)
{
	struct node *dir = w->node, *n;
	int err;

	if (!dir || !node_is_dir(dir))
		return dir ? -ENOTDIR : -ENOENT;
	if (!(flags & VO_ACCMODE))
		return -EINVAL;
	err = node_may(dir, w->cred, MAY_WRITE | MAY_EXEC);
	if (!err && (!dir->ops->create || !dir->ops->link))
		err = -EOPNOTSUPP;
	if (err)
		return err;
	err = dir->ops->create(dir, NULL, 0, S_IFREG | (mode & 07777), 0, NULL, &n);
	if (err)
		return err;
	if (w->cred) {
		n->uid = w->cred->fsuid;
		n->gid = w->cred->fsgid;
	}
	node_put(dir);
	w->node = n;
	return 0;
}

struct rpc_ret dir_open(const struct rpc_call *c)
{
	uint32_t flags = (uint32_t)c->arg[3], mode = (uint32_t)c->arg[4];
	bool nofollow = (flags & VO_NOFOLLOW) ||
			(flags & (VO_CREAT | VO_EXCL)) == (VO_CREAT | VO_EXCL);
	bool tmpfile = flags & VO_TMPFILE_BIT, created = false;
	struct rpc_ret ret = {0};
	struct walk w;
	int err = walk_begin(&w, c, 0, 1, nofollow ? 0 : WALK_FOLLOW);

	if (err)
		return rpc_done(err);
	if (tmpfile) {
		err = open_tmpfile(&w, flags, mode);
	} else if (w.node) {
		err = open_existing(&w, flags);
	} else if ((flags & VO_CREAT) && !(flags & VO_PATH)) {
		err = open_create(&w, flags, mode);
		created = !err;
	} else {
		err = -ENOENT;
	}
	if (err)
		goto out;
	if (!(flags & VO_PATH) &&
	    ((w.node->mode & S_IFMT) == S_IFCHR || (w.node->mode & S_IFMT) == S_IFBLK) &&
	    !w.node->ops->serves_device) {
		ret.r1 =
			w.node->rdev; /* a device of another service: the shim goes there, with this node beside it */
		ret.kind = RPC_REPLY_REDIRECT;
		err = vfs_give(w.node, VO_PATH, true, c);
		if (!err)
			ret.kind |= RPC_REPLY_CONN;
		goto out;
	}
	if ((w.node->mode & S_IFMT) == S_IFIFO && !(flags & VO_PATH)) {
		ret.r1 = w.node->ino | 1ull << 63;
		ret.kind = RPC_REPLY_REDIRECT;
		err = vfs_give(w.node, VO_PATH, true, c);
		if (!err)
			ret.kind |= RPC_REPLY_CONN;
		goto out;
	}
	if ((flags & VO_TRUNC) && !created && (w.node->mode & S_IFMT) == S_IFREG) {
		err = node_truncate(w.node, 0);
		if (err)
			goto out;
	}
	err = vfs_give(w.node, flags, flags & VO_PATH, c);
	ret.kind = RPC_REPLY_CONN;
out:
	walk_end(&w);
	if (err) {
		ret.kind = 0;
		ret.r0 = err;
	}
	return ret;
}

struct rpc_ret dir_chdir(const struct rpc_call *c)
{
	struct walk w;
	int err = walk_begin(&w, c, 0, 1, WALK_FOLLOW | WALK_EMPTY);

	if (err)
		return rpc_done(err);
	if (!w.node)
		err = -ENOENT;
	else if (!node_is_dir(w.node))
		err = -ENOTDIR;
	else
		err = node_may(w.node, w.cred, MAY_EXEC);
	if (!err)
		err = vfs_give(w.node, VO_PATH, true, c);
	walk_end(&w);
	return err ? rpc_done(err) : rpc_conn(0);
}

struct rpc_ret dir_root(const struct rpc_call *c)
{
	int err;

	srv_lock(&vfs_lock);
	err = vfs_give(vfs_root, VO_PATH, true, c);
	srv_unlock(&vfs_lock);
	return err ? rpc_done(err) : rpc_conn(0);
}

/* A file to be executed: regular, with the x right; the caller reads and maps it through the connection. */
struct rpc_ret dir_exec(const struct rpc_call *c)
{
	struct exec_info info;
	struct walk w;
	int err =
		walk_begin(&w, c, 0, 1, WALK_FOLLOW | (c->arg[5] & AT_EMPTY_PATH ? WALK_EMPTY : 0));

	if (err)
		return rpc_done(err);
	if (!w.node)
		err = -ENOENT;
	else if ((w.node->mode & S_IFMT) != S_IFREG)
		err = -EACCES;
	else
		err = node_may(w.node, w.cred, MAY_EXEC);
	if (!err && !w.node->pmo)
		err = -EACCES;
	if (!err) {
		info = (struct exec_info){w.node->mode, w.node->uid, w.node->gid, w.node->nlink,
					  w.node->size};
		if (client_write(3, 0, &info, sizeof(info)) != sizeof(info))
			err = -EFAULT;
	}
	if (!err)
		err = vfs_give(w.node, 0, false, c);
	walk_end(&w);
	return err ? rpc_done(err) : rpc_conn(0);
}
