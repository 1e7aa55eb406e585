/* SPDX-License-Identifier: BSD-2-Clause */
/* The root file system from the boot archive: cpio newc, hard links, several archives one after the other; later entries replace. */
#include "../../vfs/vfs.h"
#include <tessera/lib/cpio.h>
#include <tessera/lib/string.h>

/* Directory that holds the last component of name, made where missing; *last points at the component. */
static struct node *parent_of(struct node *root, const char *name, size_t len, const char **last,
			      size_t *last_len)
{
	struct node *dir = root;
	const char *p = name, *end = name + len;

	node_get(dir);
	for (;;) {
		const char *comp;
		struct node *next = NULL;
		int err;

		while (p < end && *p == '/')
			p++;
		comp = p;
		while (p < end && *p != '/')
			p++;
		*last = comp;
		*last_len = (size_t)(p - comp);
		while (p < end && *p == '/')
			p++;
		if (p == end)
			return dir;
		if (*last_len == 1 && *comp == '.')
			continue;
		if (*last_len > NAME_MAX || (*last_len == 2 && comp[0] == '.' && comp[1] == '.')) {
			node_put(dir);
			return NULL;
		}
		err = dir->ops->lookup(dir, comp, *last_len, &next);
		if (err == -ENOENT)
			err = dir->ops->create(dir, comp, *last_len, S_IFDIR | 0755, 0, NULL,
					       &next);
		node_put(dir);
		if (err)
			return NULL;
		if (!node_is_dir(next)) {
			node_put(next);
			return NULL;
		}
		dir = next;
	}
}

static int put_data(struct node *n, const void *data, uint64_t size)
{
	int err = n->ops->truncate(n, size);

	if (err || !size)
		return err;
	return srv_pmo_write(n->pmo, 0, data, size) == (ssize_t)size ? 0 : -ENOMEM;
}

/* Hard links: the data comes with the last name of an inode in most archives, so the node is kept by (archive, inode). */
struct hardlink {
	struct hardlink *next;
	uint64_t ino;
	struct node *node;
};

static struct node *hardlink_find(struct hardlink *list, uint64_t ino)
{
	for (; list; list = list->next)
		if (list->ino == ino)
			return list->node;
	return NULL;
}

static int unpack_one(struct node *root, const struct cpio_entry *e, struct hardlink **links)
{
	struct node *dir, *n = NULL, *linked;
	const char *last;
	size_t len;
	char *target = NULL;
	int err;

	dir = parent_of(root, e->name, strlen(e->name), &last, &len);
	if (!dir)
		return -EINVAL;
	if (len == 0 || (len == 1 && *last == '.') || len > NAME_MAX ||
	    (len == 2 && last[0] == '.' && last[1] == '.')) {
		node_put(dir);
		return 0;
	}
	err = dir->ops->lookup(dir, last, len, &n);
	if (!err && node_is_dir(n) && (e->mode & S_IFMT) == S_IFDIR) {
		n->mode = e->mode;
		goto attrs;
	}
	if (!err) {
		err = node_is_dir(n) ? -EISDIR : dir->ops->unlink(dir, last, len, n);
		node_put(n);
		n = NULL;
		if (err)
			goto out;
	}
	linked = e->nlink > 1 && (e->mode & S_IFMT) == S_IFREG ? hardlink_find(*links, e->ino)
							       : NULL;
	if (linked) {
		err = dir->ops->link(dir, last, len, linked);
		if (!err && e->size)
			err = put_data(linked, e->data, e->size);
		goto out;
	}
	if ((e->mode & S_IFMT) == S_IFLNK) {
		err = e->size == 0 || e->size >= PATH_MAX || !(target = srv_alloc(e->size + 1))
			      ? -EINVAL
			      : 0;
		if (err)
			goto out;
		memcpy(target, e->data, e->size);
	}
	err = dir->ops->create(dir, last, len, e->mode,
			       (uint64_t)e->rdev_major << 8 | (e->rdev_minor & 0xff), target, &n);
	if (!err && (e->mode & S_IFMT) == S_IFREG)
		err = put_data(n, e->data, e->size);
	if (!err && e->nlink > 1 && (e->mode & S_IFMT) == S_IFREG) {
		struct hardlink *h = srv_alloc(sizeof(*h));

		if (h) {
			*h = (struct hardlink){*links, e->ino, n};
			node_get(n);
			*links = h;
		}
	}
attrs:
	if (!err && n) {
		n->uid = e->uid;
		n->gid = e->gid;
		n->mtime_ns = n->atime_ns = n->ctime_ns = (int64_t)e->mtime * 1000000000;
	}
out:
	if (n)
		node_put(n);
	srv_free(target);
	node_put(dir);
	return err;
}

int tmpfs_unpack(struct node *root)
{
	struct hardlink *links = NULL;
	struct cpio_reader r;
	struct cpio_entry e;
	size_t size;
	const void *archive = srv_archive(&size);
	int err = 0, got;

	if (!archive)
		return 0;
	cpio_open(&r, archive, size);
	while ((got = cpio_next(&r, &e)) > 0) {
		if (!strncmp(e.name, "tessera/",
			     8)) /* images of services: not files of the system */
			continue;
		err = unpack_one(root, &e, &links);
		if (err) {
			srv_log(3, "tmpfs: boot archive: %s: error %d", e.name, -err);
			if (err == -ENOMEM)
				break;
			err = 0;
		}
	}
	if (got < 0) {
		srv_log(3, "tmpfs: boot archive is damaged: %s", r.reason);
		err = got;
	}
	while (links) {
		struct hardlink *h = links;

		links = h->next;
		node_put(h->node);
		srv_free(h);
	}
	return err;
}
