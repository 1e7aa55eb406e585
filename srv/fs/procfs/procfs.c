/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * procfs: /proc. Text files made when they are read, and self as a link to the reader's number. Processes' directories are not there yet;
 * what exists prints as Linux 6.12 does.
 */
#include "../../vfs/vfs.h"
#include <tessera/lib/printf.h>
#include <tessera/lib/string.h>

enum { TEXT_MAX = 4096 };
struct text {
	const char *name;
	int (*make)(char *buf, size_t size);
};

static int make_uptime(char *buf, size_t size)
{
	uint64_t cs = srv_now_ns() / 10000000;

	return snprintf(buf, size, "%llu.%02llu 0.00\n", (unsigned long long)(cs / 100),
			(unsigned long long)(cs % 100));
}

static int make_filesystems(char *buf, size_t size)
{
	return snprintf(buf, size, "nodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\n");
}

static int make_mounts(char *buf, size_t size)
{
	return snprintf(
		buf, size,
		"rootfs / tmpfs rw 0 0\ndevtmpfs /dev devtmpfs rw 0 0\nproc /proc proc rw 0 0\n");
}

static const struct text texts[] = {
	{"uptime", make_uptime}, {"filesystems", make_filesystems}, {"mounts", make_mounts}};

static ssize_t text_read(struct node *n, uint64_t pos, size_t len)
{
	const struct text *t = n->priv;
	char *buf = srv_alloc(TEXT_MAX);
	ssize_t size;

	if (!buf)
		return -ENOMEM;
	size = t->make(buf, TEXT_MAX);
	if (pos >= (uint64_t)size)
		size = 0;
	else
		size = client_write(0, 0, buf + pos, MIN(len, (size_t)size - pos));
	srv_free(buf);
	return size;
}

static const struct node_ops text_ops = {.read = text_read};

static int self_readlink(struct node *n, const struct rpc_call *c, char *buf, size_t size)
{
	const struct lx_proc *p = srv_client_proc(c);

	return p ? snprintf(buf, size, "%u", p->pid) : -ENOENT;
}

static const struct node_ops self_ops = {.readlink = self_readlink};

static int add(struct node *dir, const char *name, uint32_t mode, const struct node_ops *ops,
	       void *priv)
{
	struct node *n = node_new(dir->fs, ops, mode);
	int err;

	if (!n)
		return -ENOMEM;
	n->priv = priv;
	n->nlink = 0;
	err = dir->ops->link(dir, name, strlen(name), n);
	node_put(n);
	return err;
}

int procfs_mount(struct node **root)
{
	struct node *dir;
	int err = tmpfs_mount(&dir, 0555);

	if (err)
		return err;
	dir->fs->name = "proc";
	dir->fs->magic = 0x9fa0;
	for (unsigned i = 0; i < ARRAY_SIZE(texts) && !err; i++)
		err = add(dir, texts[i].name, S_IFREG | 0444, &text_ops,
			  (void *)(uintptr_t)&texts[i]);
	if (!err)
		err = add(dir, "self", S_IFLNK | 0777, &self_ops, NULL);
	if (err) {
		node_put(dir);
		return err;
	}
	*root = dir;
	return 0;
}
