/* SPDX-License-Identifier: BSD-2-Clause */
/* sysfs: the skeleton of /sys that programs look for. What stands in it are facts fixed at boot. */
#include "../../vfs/vfs.h"
#include <tessera/lib/string.h>

static const char *const dirs[] = { "class", "class/tty", "class/tty/console", "fs",
				    "fs/cgroup", "kernel", "devices" };
/* the terminals that the console writes to */
static const struct {
	const char *dir, *name, *text;
} files[] = { { "class/tty/console", "active", "ttyS0\n" } };

/* Node at path below root, with a reference; all of it exists. */
static struct node *at(struct node *root, const char *path)
{
	struct node *n = root, *next;

	node_get(n);
	while (*path) {
		const char *end = strchr(path, '/');
		size_t len = end ? (size_t)(end - path) : strlen(path);

		next = NULL;
		if (n->ops->lookup(n, path, len, &next)) {
			node_put(n);
			return NULL;
		}
		node_put(n);
		n = next;
		path += len + (end != NULL);
	}
	return n;
}

static int make(struct node *root, const char *dir, const char *name, uint32_t mode,
		const char *text)
{
	struct node *d = at(root, dir), *n = NULL;
	int err = d ? d->ops->create(d, name, strlen(name), mode, 0, NULL, &n) : -ENOENT;
	size_t len = text ? strlen(text) : 0;

	if (!err && text) {
		err = n->ops->truncate(n, len);
		if (!err && srv_pmo_write(n->pmo, 0, text, len) != (ssize_t)len)
			err = -ENOMEM;
	}
	if (n)
		node_put(n);
	if (d)
		node_put(d);
	return err;
}

int sysfs_mount(struct node **root)
{
	struct node *top;
	char parent[64];
	int err = tmpfs_mount(&top, 0555);

	if (err)
		return err;
	top->fs->name = "sysfs";
	top->fs->magic = 0x62656572;
	for (unsigned i = 0; i < ARRAY_SIZE(dirs) && !err; i++) {
		const char *last = strrchr(dirs[i], '/');
		size_t len = last ? (size_t)(last - dirs[i]) : 0;

		memcpy(parent, dirs[i], len);
		parent[len] = 0;
		err = make(top, parent, last ? last + 1 : dirs[i], S_IFDIR | 0555, NULL);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(files) && !err; i++)
		err = make(top, files[i].dir, files[i].name, S_IFREG | 0444, files[i].text);
	if (err) {
		node_put(top);
		return err;
	}
	*root = top;
	return 0;
}
