/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * devfs: /dev. The memory devices (null, zero, full, random, urandom) are served here; other nodes only carry a device number,
 * and open goes on at the service that registered it (tty). Directories pts, shm and fd links are made at mount; names may
 * be added by mknod and symlink, as in a tmpfs, whose directories it uses.
 */
#include "../../vfs/vfs.h"
#include <tessera/lib/string.h>

enum {
	DEV_NULL = 0x103,
	DEV_ZERO = 0x105,
	DEV_FULL = 0x107,
	DEV_RANDOM = 0x108,
	DEV_URANDOM = 0x109,
	DEV_KMSG = 0x10b
};

static ssize_t mem_read(struct node *n, uint64_t pos, size_t len)
{
	uint8_t buf[256];
	size_t done = 0;

	switch (n->rdev) {
	case DEV_NULL:
		return 0;
	case DEV_ZERO:
	case DEV_FULL:
		return client_zero(0, 0, len);
	}
	while (done < len) {
		size_t part = MIN(len - done, sizeof(buf));
		ssize_t n_out;

		srv_random(buf, part);
		n_out = client_write(0, done, buf, part);
		if (n_out <= 0)
			return done ? (ssize_t)done : n_out;
		done += (size_t)n_out;
	}
	memset(buf, 0, sizeof(buf));
	return (ssize_t)done;
}

static ssize_t mem_write(struct node *n, uint64_t pos, size_t len)
{
	char line[256];
	ssize_t got;

	if (n->rdev == DEV_FULL)
		return len ? -ENOSPC : 0;
	if (n->rdev != DEV_KMSG)
		return (ssize_t)len;
	got = client_read(0, 0, line, MIN(len, sizeof(line) - 1));
	if (got < 0)
		return got;
	while (got > 0 && line[got - 1] == '\n')
		got--;
	line[got] = 0;
	srv_log(5, "%s", line);
	return (ssize_t)len;
}

static int mem_truncate(struct node *n, uint64_t size)
{
	return 0;
}

static const struct node_ops mem_ops = {
	.read = mem_read, .write = mem_write, .truncate = mem_truncate, .serves_device = true};

static int add_dev(struct node *dir, const char *name, uint32_t perm, uint64_t rdev, bool mem)
{
	struct node *n;
	int err;

	if (!mem) {
		err = dir->ops->create(dir, name, strlen(name), S_IFCHR | perm, rdev, NULL, &n);
		if (!err)
			node_put(n);
		return err;
	}
	n = node_new(dir->fs, &mem_ops, S_IFCHR | perm);
	if (!n)
		return -ENOMEM;
	n->rdev = rdev;
	n->nlink = 0;
	err = dir->ops->link(dir, name, strlen(name), n);
	node_put(n);
	return err;
}

static int add_other(struct node *dir, const char *name, uint32_t mode, const char *target)
{
	struct node *n;
	int err = dir->ops->create(dir, name, strlen(name), mode, 0, target, &n);

	if (!err)
		node_put(n);
	return err;
}

static const struct {
	const char *name;
	uint16_t perm, mem;
	uint64_t rdev;
} devices[] = {
	{"null", 0666, 1, DEV_NULL},	   {"zero", 0666, 1, DEV_ZERO},
	{"full", 0666, 1, DEV_FULL},	   {"random", 0666, 1, DEV_RANDOM},
	{"urandom", 0666, 1, DEV_URANDOM}, {"kmsg", 0644, 1, DEV_KMSG},
	{"console", 0600, 0, 0x501},	   {"tty", 0666, 0, 0x500},
	{"ttyS0", 0660, 0, 0x440},
};

int devfs_mount(struct node **root)
{
	struct node *dir;
	int err = tmpfs_mount(&dir, 0755);

	if (err)
		return err;
	dir->fs->name = "devtmpfs";
	for (unsigned i = 0; i < ARRAY_SIZE(devices) && !err; i++)
		err = add_dev(dir, devices[i].name, devices[i].perm, devices[i].rdev,
			      devices[i].mem);
	if (!err)
		err = add_other(dir, "shm", S_IFDIR | 01777, NULL);
	if (!err)
		err = add_other(dir, "fd", S_IFLNK | 0777, "/proc/self/fd");
	if (!err)
		err = add_other(dir, "stdin", S_IFLNK | 0777, "/proc/self/fd/0");
	if (!err)
		err = add_other(dir, "stdout", S_IFLNK | 0777, "/proc/self/fd/1");
	if (!err)
		err = add_other(dir, "stderr", S_IFLNK | 0777, "/proc/self/fd/2");
	if (err) {
		node_put(dir);
		return err;
	}
	*root = dir;
	return 0;
}
