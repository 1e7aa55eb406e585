/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations that change names: mkdir, mknod, symlink, link, unlink, rename. Errors in the order Linux 6.12 finds them. */
#include "vfs.h"
#include <tessera/lib/string.h>

static int create_at(struct walk *w, uint32_t mode, uint64_t rdev, const char *target)
{
	struct node *n;
	int err;

	if (w->node)
		return -EEXIST;
	if (w->want_dir && (mode & S_IFMT) != S_IFDIR)
		return -ENOENT;
	err = node_may(w->dir, w->cred, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (!w->dir->ops->create)
		return -EPERM;
	if ((mode & S_IFMT) == S_IFDIR && w->dir->nlink >= LINKS_MAX)
		return -EMLINK;
	err = w->dir->ops->create(w->dir, w->last, w->last_len, mode, rdev, target, &n);
	if (err)
		return err;
	if (w->cred) {
		n->uid = w->cred->fsuid;
		n->gid = w->cred->fsgid;
	}
	if (w->dir->mode & S_ISGID) {
		n->gid = w->dir->gid;
		if (node_is_dir(n))
			n->mode |= S_ISGID;
	}
	node_put(n);
	return 0;
}

struct rpc_ret dir_mkdir(const struct rpc_call *c)
{
	struct walk w;
	int err = walk_begin(&w, c, 0, 1, 0);

	if (err)
		return rpc_done(err);
	err = create_at(&w, S_IFDIR | (c->arg[3] & 01777), 0, NULL);
	walk_end(&w);
	return rpc_done(err);
}

struct rpc_ret dir_mknod(const struct rpc_call *c)
{
	uint32_t mode = (uint32_t)c->arg[3], type = mode & S_IFMT;
	struct walk w;
	int err;

	if (type == 0)
		mode |= type = S_IFREG;
	if (type == S_IFDIR)
		return rpc_done(-EPERM);
	if (type != S_IFREG && type != S_IFCHR && type != S_IFBLK && type != S_IFIFO &&
	    type != S_IFSOCK)
		return rpc_done(-EINVAL);
	err = walk_begin(&w, c, 0, 1, 0);
	if (err)
		return rpc_done(err);
	if ((type == S_IFCHR || type == S_IFBLK) && !vfs_capable(w.cred, CAP_MKNOD))
		err = w.node ? -EEXIST : -EPERM;
	else
		err = create_at(&w, type | (mode & 07777), c->arg[4], NULL);
	walk_end(&w);
	return rpc_done(err);
}

struct rpc_ret dir_symlink(const struct rpc_call *c)
{
	char *target = srv_alloc(PATH_MAX);
	struct walk w;
	ssize_t len;
	int err;

	if (!target)
		return rpc_done(-ENOMEM);
	len = client_strcpy(3, target, PATH_MAX);
	err = len < 0 ? (int)len : len == 0 ? -ENOENT : walk_begin(&w, c, 0, 1, 0);
	if (!err) {
		err = create_at(&w, S_IFLNK | 0777, 0, target);
		walk_end(&w);
	}
	srv_free(target);
	return rpc_done(err);
}

struct rpc_ret dir_link(const struct rpc_call *c)
{
	uint32_t flags = (uint32_t)c->arg[5];
	struct walk from, to;
	int err;

	if (flags & ~(uint32_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return rpc_done(-EINVAL);
	err = walk_begin(&from, c, 0, 1,
			 (flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
				 (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
	if (err)
		return rpc_done(err);
	if (!from.node) {
		walk_end(&from);
		return rpc_done(-ENOENT);
	}
	err = walk_second(&to, &from, 3, 4, 0);
	if (err) {
		walk_end(&from);
		return rpc_done(err);
	}
	if (to.node)
		err = -EEXIST;
	else if (to.want_dir)
		err = -ENOENT;
	else if (to.dir->fs != from.node->fs)
		err = -EXDEV;
	else if (node_is_dir(from.node))
		err = -EPERM;
	else
		err = node_may(to.dir, to.cred, MAY_WRITE | MAY_EXEC);
	if (!err && !to.dir->ops->link)
		err = -EPERM;
	if (!err && from.node->nlink >= LINKS_MAX)
		err = -EMLINK;
	if (!err && from.node->nlink == 0 && !(from.node->mode & S_IFMT))
		err = -ENOENT;
	if (!err)
		err = to.dir->ops->link(to.dir, to.last, to.last_len, from.node);
	walk_drop(&to);
	walk_end(&from);
	return rpc_done(err);
}

static bool is_dot(const struct walk *w)
{
	return w->last_len == 1 && w->last[0] == '.';
}

static bool is_dotdot(const struct walk *w)
{
	return w->last_len == 2 && w->last[0] == '.' && w->last[1] == '.';
}

struct rpc_ret dir_unlink(const struct rpc_call *c)
{
	bool rmdir = c->arg[3] & AT_REMOVEDIR;
	struct walk w;
	int err;

	if (c->arg[3] & ~(uint64_t)AT_REMOVEDIR)
		return rpc_done(-EINVAL);
	err = walk_begin(&w, c, 0, 1, 0);
	if (err)
		return rpc_done(err);
	if (!w.dir)
		err = rmdir ? -EBUSY : -EISDIR;
	else if (is_dot(&w))
		err = rmdir ? -EINVAL : -EISDIR;
	else if (is_dotdot(&w))
		err = rmdir ? -ENOTEMPTY : -EISDIR;
	else if (!w.node)
		err = -ENOENT;
	else
		err = node_may_delete(w.dir, w.node, w.cred);
	if (!err && rmdir && !node_is_dir(w.node))
		err = -ENOTDIR;
	if (!err && !rmdir && node_is_dir(w.node))
		err = -EISDIR;
	if (!err && rmdir && (w.node->mounted || w.node->covers))
		err = -EBUSY;
	if (!err && rmdir && w.node->ops->empty && !w.node->ops->empty(w.node))
		err = -ENOTEMPTY;
	if (!err)
		err = w.dir->ops->unlink ? w.dir->ops->unlink(w.dir, w.last, w.last_len, w.node)
					 : -EPERM;
	walk_end(&w);
	return rpc_done(err);
}

/* Is a equal to or above b? */
static bool above(const struct node *a, const struct node *b)
{
	for (;; b = b->parent) {
		if (a == b)
			return true;
		if (!b->parent || b->parent == b)
			return false;
	}
}

static int rename_check(struct walk *o, struct walk *n, uint32_t flags)
{
	int err;

	if (!o->dir || !n->dir || is_dot(o) || is_dotdot(o) || is_dot(n) || is_dotdot(n))
		return -EBUSY;
	if (!o->node)
		return -ENOENT;
	if (o->dir->fs != n->dir->fs)
		return -EXDEV;
	if ((flags & 1) && n->node) /* RENAME_NOREPLACE */
		return -EEXIST;
	if (!node_is_dir(o->node) && (o->want_dir || n->want_dir))
		return -ENOTDIR;
	if (node_is_dir(o->node) && above(o->node, n->dir))
		return -EINVAL;
	if (n->node && node_is_dir(n->node) && above(n->node, o->dir))
		return -ENOTEMPTY;
	err = node_may_delete(o->dir, o->node, o->cred);
	if (!err)
		err = n->node ? node_may_delete(n->dir, n->node, n->cred)
			      : node_may(n->dir, n->cred, MAY_WRITE | MAY_EXEC);
	if (err)
		return err;
	if (n->node) {
		if (node_is_dir(o->node) && !node_is_dir(n->node))
			return -ENOTDIR;
		if (!node_is_dir(o->node) && node_is_dir(n->node))
			return -EISDIR;
		if (n->node->mounted || n->node->covers)
			return -EBUSY;
		if (node_is_dir(n->node) && n->node != o->node && n->node->ops->empty &&
		    !n->node->ops->empty(n->node))
			return -ENOTEMPTY;
	}
	if (o->node->mounted || o->node->covers)
		return -EBUSY;
	return o->dir->ops->rename ? 0 : -EPERM;
}

struct rpc_ret dir_rename(const struct rpc_call *c)
{
	uint32_t flags = (uint32_t)c->arg[5];
	struct walk from, to;
	int err;

	if (flags & ~1u) /* EXCHANGE and WHITEOUT: the file system does not have them */
		return rpc_done(-EINVAL);
	err = walk_begin(&from, c, 0, 1, 0);
	if (err)
		return rpc_done(err);
	err = walk_second(&to, &from, 3, 4, 0);
	if (err) {
		walk_end(&from);
		return rpc_done(err);
	}
	err = rename_check(&from, &to, flags);
	if (!err && from.node != to.node) /* two names of one file: nothing happens */
		err = from.dir->ops->rename(from.dir, from.last, from.last_len, to.dir, to.last,
					    to.last_len, from.node, to.node);
	walk_drop(&to);
	walk_end(&from);
	return rpc_done(err);
}
