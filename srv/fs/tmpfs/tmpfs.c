/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tmpfs: names in hashed directories, file data in anonymous memory objects of the core (so reads, writes and mappings share
 * one copy and no byte passes through here). Directory entries carry rising cookies: getdents neither skips nor repeats
 * while others create and delete.
 */
#include "../../vfs/vfs.h"
#include <tessera/lib/string.h>

struct entry {
	struct entry *hnext, *prev, *next; /* hash chain; by cookie */
	struct node *node;
	uint64_t cookie;
	uint32_t hash, len;
	char name[];
};

struct tdir {
	struct entry **bucket, *first, *last, *cursor;
	uint32_t nr_buckets, count;
	uint64_t next_cookie;
};

static const struct node_ops tmpfs_ops;

static uint32_t name_hash(const char *name, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	while (len--)
		h = (h ^ (uint8_t)*name++) * 16777619u;
	return h;
}

static struct entry *dir_find(struct tdir *d, const char *name, size_t len)
{
	uint32_t h = name_hash(name, len);
	struct entry *e;

	if (!d->nr_buckets)
		return NULL;
	for (e = d->bucket[h & (d->nr_buckets - 1)]; e; e = e->hnext)
		if (e->hash == h && e->len == len && !memcmp(e->name, name, len))
			return e;
	return NULL;
}

static int dir_grow(struct tdir *d)
{
	uint32_t n = d->nr_buckets ? d->nr_buckets * 2 : 8;
	struct entry **b = srv_alloc(n * sizeof(*b)), *e;

	if (!b)
		return d->nr_buckets ? 0 : -ENOMEM; /* longer chains still work */
	for (e = d->first; e; e = e->next) {
		e->hnext = b[e->hash & (n - 1)];
		b[e->hash & (n - 1)] = e;
	}
	srv_free(d->bucket);
	d->bucket = b;
	d->nr_buckets = n;
	return 0;
}

/* Takes a reference of n. */
static int dir_add(struct node *dir, const char *name, size_t len, struct node *n)
{
	struct tdir *d = dir->priv;
	struct entry *e;

	if (d->count >= d->nr_buckets && dir_grow(d))
		return -ENOMEM;
	e = srv_alloc(sizeof(*e) + len);
	if (!e)
		return -ENOMEM;
	e->node = n;
	e->len = (uint32_t)len;
	e->hash = name_hash(name, len);
	memcpy(e->name, name, len);
	e->cookie = d->next_cookie++;
	e->hnext = d->bucket[e->hash & (d->nr_buckets - 1)];
	d->bucket[e->hash & (d->nr_buckets - 1)] = e;
	e->prev = d->last;
	if (d->last)
		d->last->next = e;
	else
		d->first = e;
	d->last = e;
	d->count++;
	node_get(n);
	dir->size += 20;
	dir->mtime_ns = dir->ctime_ns = vfs_time_ns();
	return 0;
}

static void dir_del(struct node *dir, struct entry *e)
{
	struct tdir *d = dir->priv;
	struct entry **p = &d->bucket[e->hash & (d->nr_buckets - 1)];

	while (*p != e)
		p = &(*p)->hnext;
	*p = e->hnext;
	if (d->cursor == e)
		d->cursor = NULL;
	if (e->prev)
		e->prev->next = e->next;
	else
		d->first = e->next;
	if (e->next)
		e->next->prev = e->prev;
	else
		d->last = e->prev;
	d->count--;
	dir->size -= 20;
	dir->mtime_ns = dir->ctime_ns = vfs_time_ns();
	node_put(e->node);
	srv_free(e);
}

static int tmpfs_lookup(struct node *dir, const char *name, size_t len, struct node **out)
{
	struct entry *e = dir_find(dir->priv, name, len);

	if (!e)
		return -ENOENT;
	*out = e->node;
	node_get(*out);
	return 0;
}

static int tmpfs_create(struct node *dir, const char *name, size_t len, uint32_t mode,
			uint64_t rdev, const char *target, struct node **out)
{
	struct node *n = node_new(dir->fs, &tmpfs_ops, mode);
	int err = 0;

	if (!n)
		return -ENOMEM;
	n->rdev = rdev;
	switch (mode & S_IFMT) {
	case S_IFDIR:
		n->priv = srv_alloc(sizeof(struct tdir));
		err = n->priv ? 0 : -ENOMEM;
		break;
	case S_IFREG: {
		int64_t h = srv_pmo_create(0);

		if (h < 0)
			err = (int)h;
		else
			n->pmo = (srv_handle)h;
		break;
	}
	case S_IFLNK:
		n->size = strlen(target);
		n->priv = srv_alloc(n->size + 1);
		if (n->priv)
			memcpy(n->priv, target, n->size + 1);
		err = n->priv ? 0 : -ENOMEM;
		break;
	}
	if (!err && name)
		err = dir_add(dir, name, len, n);
	else if (!err)
		n->nlink = 0; /* O_TMPFILE */
	if (err) {
		node_put(n);
		return err;
	}
	if (node_is_dir(n)) {
		n->parent = dir;
		node_get(dir);
		dir->nlink++;
	}
	*out = n;
	return 0;
}

static int tmpfs_link(struct node *dir, const char *name, size_t len, struct node *n)
{
	int err = dir_add(dir, name, len, n);

	if (!err) {
		n->nlink++;
		n->ctime_ns = vfs_time_ns();
	}
	return err;
}

static int tmpfs_unlink(struct node *dir, const char *name, size_t len, struct node *n)
{
	struct entry *e = dir_find(dir->priv, name, len);

	if (!e)
		return -ENOENT;
	if (node_is_dir(n)) {
		n->nlink = 0;
		dir->nlink--;
	} else {
		n->nlink--;
	}
	n->ctime_ns = vfs_time_ns();
	dir_del(dir, e);
	return 0;
}

static bool tmpfs_empty(struct node *dir)
{
	return ((struct tdir *)dir->priv)->count == 0;
}

static int tmpfs_rename(struct node *odir, const char *oname, size_t olen, struct node *ndir,
			const char *nname, size_t nlen, struct node *n, struct node *victim)
{
	int err;

	if (victim) { /* replace in place: the name never vanishes */
		struct entry *e = dir_find(ndir->priv, nname, nlen);

		if (!e)
			return -ENOENT;
		node_get(n);
		e->node = n;
		if (node_is_dir(victim)) {
			victim->nlink = 0;
			ndir->nlink--;
		} else {
			victim->nlink--;
		}
		victim->ctime_ns = vfs_time_ns();
		node_put(victim);
		ndir->mtime_ns = ndir->ctime_ns = vfs_time_ns();
	} else {
		err = dir_add(ndir, nname, nlen, n);
		if (err)
			return err;
	}
	dir_del(odir, dir_find(odir->priv, oname, olen));
	if (node_is_dir(n)) {
		odir->nlink--;
		ndir->nlink++;
		if (odir != ndir) {
			node_get(ndir);
			n->parent = ndir;
			node_put(odir);
		}
	}
	n->ctime_ns = vfs_time_ns();
	return 0;
}

static int tmpfs_readdir(struct node *dir, uint64_t *cookie, struct dentry_out *out)
{
	struct tdir *d = dir->priv;
	struct entry *e = d->cursor && d->cursor->cookie < *cookie ? d->cursor : d->first;

	while (e && e->cookie < *cookie)
		e = e->next;
	if (!e)
		return -ENOENT;
	d->cursor = e;
	*cookie = e->cookie + 1;
	*out = (struct dentry_out){e->name, e->len, e->node->ino, e->node->mode & S_IFMT};
	return 0;
}

static int tmpfs_readlink(struct node *n, const struct rpc_call *c, char *buf, size_t size)
{
	size_t len = MIN(n->size, size - 1);

	memcpy(buf, n->priv, len);
	buf[len] = 0;
	return (int)len;
}

static ssize_t tmpfs_read(struct node *n, uint64_t pos, size_t len)
{
	if ((n->mode & S_IFMT) != S_IFREG)
		return -EINVAL;
	if (pos >= n->size)
		return 0;
	return client_copy_from_object(0, 0, n->pmo, pos, MIN(len, n->size - pos));
}

static ssize_t tmpfs_write(struct node *n, uint64_t pos, size_t len)
{
	uint64_t end, old = n->size;
	ssize_t done;
	int err;

	if ((n->mode & S_IFMT) != S_IFREG)
		return -EINVAL;
	if (!len)
		return 0;
	if (__builtin_add_overflow(pos, len, &end) || end > INT64_MAX)
		return -EFBIG;
	if (end > old) {
		err = srv_pmo_resize(n->pmo, end);
		if (err)
			return err;
	}
	done = client_copy_to_object(0, 0, n->pmo, pos, len);
	end = pos + (done > 0 ? (uint64_t)done : 0);
	if (end > old)
		n->size = end;
	if (n->size < pos + len && pos + len > old)
		srv_pmo_resize(
			n->pmo,
			n->size); /* shrink back over what was not written; shrinking cannot fail */
	return done;
}

static int tmpfs_truncate(struct node *n, uint64_t size)
{
	int err;

	if (size > INT64_MAX)
		return -EFBIG;
	err = srv_pmo_resize(n->pmo, size);
	if (!err)
		n->size = size;
	return err;
}

static void tmpfs_free(struct node *n)
{
	if (node_is_dir(n)) {
		struct tdir *d = n->priv;

		while (d && d->first)
			dir_del(n, d->first);
		if (d)
			srv_free(d->bucket);
	}
	if (n->pmo)
		srv_pmo_drop(n->pmo);
	srv_free(n->priv);
}

static const struct node_ops tmpfs_ops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rename = tmpfs_rename,
	.empty = tmpfs_empty,
	.readdir = tmpfs_readdir,
	.readlink = tmpfs_readlink,
	.read = tmpfs_read,
	.write = tmpfs_write,
	.truncate = tmpfs_truncate,
	.free = tmpfs_free,
};

int tmpfs_mount(struct node **root, uint32_t mode)
{
	static uint32_t next_dev = 16;
	struct filesys *fs = srv_alloc(sizeof(*fs));
	struct node *n;

	if (!fs)
		return -ENOMEM;
	fs->name = "tmpfs";
	fs->magic = 0x01021994;
	fs->dev_minor = __atomic_fetch_add(&next_dev, 1, __ATOMIC_RELAXED);
	n = node_new(fs, &tmpfs_ops, S_IFDIR | mode);
	if (n)
		n->priv = srv_alloc(sizeof(struct tdir));
	if (!n || !n->priv) {
		srv_free(n);
		srv_free(fs);
		return -ENOMEM;
	}
	*root = n;
	return 0;
}
