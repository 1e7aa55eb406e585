/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Path walk: from a lent base directory along the components of a path, through mounts and symbolic links, without
 * recursion: a link's target is put in front of what is left of the path, in the same buffer.
 */
#include "vfs.h"
#include <tessera/lib/string.h>

static struct node *cross_mounts(struct node *n)
{
	while (n->mounted) {
		struct node *m = n->mounted;

		node_get(m);
		node_put(n);
		n = m;
	}
	return n;
}

/* ".." of dir, not above root; consumes dir's reference */
static struct node *step_up(struct walk *w, struct node *dir)
{
	struct node *p;

	if (dir == w->root)
		return dir;
	while (dir->covers && dir != vfs_root) { /* out of a mounted root: the node it covers */
		struct node *below = dir->covers;

		node_get(below);
		node_put(dir);
		dir = below;
		if (dir == w->root)
			return dir;
	}
	p = dir->parent ? dir->parent : dir;
	node_get(p);
	node_put(dir);
	return cross_mounts(p);
}

/* Splice the target of link n before rest. Returns the new position in w->path or -errno. */
static int follow_link(struct walk *w, struct node *n, const char *rest)
{
	char *buf = srv_alloc(PATH_MAX);
	size_t rlen = strlen(rest);
	int len;

	if (!buf)
		return -ENOMEM;
	if (++w->links > SYMLINKS_MAX) {
		srv_free(buf);
		return -ELOOP;
	}
	len = n->ops->readlink ? n->ops->readlink(n, w->call, buf, PATH_MAX) : -EINVAL;
	if (len == 0)
		len = -ENOENT;
	if (len > 0 && (size_t)len + 1 + rlen + 1 > PATH_MAX)
		len = -ENAMETOOLONG;
	if (len > 0) {
		buf[len] = '/';
		memcpy(buf + len + 1, rest, rlen + 1);
		if (rlen == 0)
			buf[len] = 0;
		memcpy(w->path, buf, strlen(buf) + 1);
	}
	srv_free(buf);
	return len < 0 ? len : 0;
}

static int walk_path(struct walk *w, unsigned flags)
{
	struct node *cur = NULL;
	char *p = w->path;
	int err = 0;

	if (!*p) {
		if (!(flags & WALK_EMPTY))
			return -ENOENT;
		w->node = w->base;
		node_get(w->node);
		w->last = "";
		return 0;
	}
	cur = *p == '/' ? w->root : w->base;
	node_get(cur);
	for (;;) {
		struct node *next = NULL;
		const char *comp;
		size_t len;
		bool final, slash;

		while (*p == '/')
			p++;
		if (!*p) { /* "/" alone, or a link to it */
			w->node = cur;
			w->dir = NULL;
			w->last = "";
			w->last_len = 0;
			w->want_dir = true;
			return 0;
		}
		comp = p;
		while (*p && *p != '/')
			p++;
		len = (size_t)(p - comp);
		slash = *p == '/';
		while (*p == '/')
			p++;
		final = !*p;
		if (!node_is_dir(cur))
			err = -ENOTDIR;
		else
			err = node_may(cur, w->cred, MAY_EXEC);
		if (!err && len > NAME_MAX)
			err = -ENAMETOOLONG;
		if (err)
			break;
		if (len == 1 && comp[0] == '.') {
			next = cur;
			node_get(next);
		} else if (len == 2 && comp[0] == '.' && comp[1] == '.') {
			node_get(cur);
			next = step_up(w, cur);
		} else {
			err = cur->ops->lookup(cur, comp, len, &next);
			if (!err)
				next = cross_mounts(next);
		}
		if (err == -ENOENT && final) {
			w->dir = cur;
			w->node = NULL;
			w->last = comp;
			w->last_len = len;
			w->want_dir = slash;
			return 0;
		}
		if (err)
			break;
		if ((next->mode & S_IFMT) == S_IFLNK &&
		    (!final || slash || (flags & WALK_FOLLOW))) {
			char rest_slash = final && slash;

			err = follow_link(w, next, final ? (rest_slash ? "/" : "") : p);
			node_put(next);
			if (err)
				break;
			p = w->path;
			if (*p == '/') {
				node_put(cur);
				cur = w->root;
				node_get(cur);
			}
			continue;
		}
		if (final) {
			if (slash && !node_is_dir(next)) {
				node_put(next);
				err = -ENOTDIR;
				break;
			}
			w->dir = cur;
			w->node = next;
			w->last = comp;
			w->last_len = len;
			w->want_dir = slash;
			return 0;
		}
		node_put(cur);
		cur = next;
	}
	node_put(cur);
	return err;
}

int walk_second(struct walk *w, const struct walk *first, unsigned parg, unsigned barg,
		unsigned flags)
{
	ssize_t len;
	int err;

	w->call = first->call;
	w->cred = first->cred;
	w->root = first->root;
	w->dir = w->node = NULL;
	w->links = 0;
	w->base = conn_node(barg);
	w->path = srv_alloc(PATH_MAX);
	if (!w->path)
		return -ENOMEM;
	len = client_strcpy(parg, w->path, PATH_MAX);
	err = len < 0 ? (int)len : !w->base && w->path[0] != '/' ? -ENOTDIR : 0;
	if (!err) {
		if (!w->base)
			w->base = w->root;
		err = walk_path(w, flags);
	}
	if (err) {
		srv_free(w->path);
		w->path = NULL;
	}
	return err;
}

void walk_drop(struct walk *w)
{
	if (w->dir)
		node_put(w->dir);
	if (w->node)
		node_put(w->node);
	srv_free(w->path);
}

int walk_begin(struct walk *w, const struct rpc_call *c, unsigned parg, unsigned barg,
	       unsigned flags)
{
	struct walk first = {.call = c, .cred = srv_client_cred(c), .root = conn_node(2)};
	int err;

	if (!first.root)
		first.root = vfs_root;
	srv_lock(&vfs_lock);
	err = walk_second(w, &first, parg, barg, flags);
	if (err)
		srv_unlock(&vfs_lock);
	return err;
}

void walk_end(struct walk *w)
{
	srv_unlock(&vfs_lock);
	walk_drop(w);
}
