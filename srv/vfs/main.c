/* SPDX-License-Identifier: BSD-2-Clause */
/* vfs: the tables that the RPC dispatch uses, mounts, and the start of the root file system. */
#include "vfs.h"
#include <tessera/lib/string.h>

struct rpc_ret dir_mount(const struct rpc_call *c)
{
	struct node *root = NULL;
	char type[32];
	struct walk w;
	ssize_t len = client_strcpy(3, type, sizeof(type));
	int err;

	if (len < 0)
		return rpc_done(len == -ENAMETOOLONG ? -ENODEV : len);
	if (!vfs_capable(srv_client_cred(c), CAP_SYS_ADMIN))
		return rpc_done(-EPERM);
	err = walk_begin(&w, c, 0, 1, WALK_FOLLOW);
	if (err)
		return rpc_done(err);
	if (!w.node)
		err = -ENOENT;
	else if (!node_is_dir(w.node))
		err = -ENOTDIR;
	else if (!strcmp(type, "tmpfs") || !strcmp(type, "ramfs"))
		err = tmpfs_mount(&root, 01777);
	else if (!strcmp(type, "proc"))
		err = procfs_mount(&root);
	else if (!strcmp(type, "sysfs"))
		err = sysfs_mount(&root);
	else if (!strcmp(type, "devtmpfs"))
		err = devfs_mount(&root);
	else
		err = -ENODEV;
	if (!err) {
		err = vfs_mount_on(w.node, root);
		if (err)
			node_put(root);
	}
	walk_end(&w);
	return rpc_done(err);
}

struct rpc_ret dir_umount(const struct rpc_call *c)
{
	struct node *below;
	struct walk w;
	int err;

	if (!vfs_capable(srv_client_cred(c), CAP_SYS_ADMIN))
		return rpc_done(-EPERM);
	err = walk_begin(&w, c, 0, 1, WALK_FOLLOW);
	if (err)
		return rpc_done(err);
	if (!w.node)
		err = -ENOENT;
	else if (!w.node->covers)
		err = -EINVAL;
	else if (__atomic_load_n(&w.node->refs, __ATOMIC_RELAXED) > 2 + (w.dir == w.node) &&
		 !(c->arg[3] & 2))
		err = -EBUSY; /* beyond the mount's own reference and the walk's, somebody uses it (children count too) */
	if (!err) {
		below = w.node->covers;
		below->mounted = NULL;
		w.node->covers = NULL;
		node_put(w.node);
		node_put(below);
	}
	walk_end(&w);
	return rpc_done(err);
}

static const struct opdesc vfs_ops[DIR_OPS] = {
#define OP(nr, name, kinds, flags, dflt) RPC_DESC_(nr, name, kinds, flags)
	FILE_RPC(OP)
#undef OP
#define OP(nr, name, kinds, flags) RPC_DESC_(nr, name, kinds, flags)
		DIR_RPC(OP)
#undef OP
};

static const rpc_handler vfs_handlers[DIR_OPS] = {
#define OP(nr, name, kinds, flags) [nr] = dir_##name,
	DIR_RPC(OP)
#undef OP
		[FILE_read] = vfs_file_read,
	[FILE_write] = vfs_file_write,
	[FILE_seek] = vfs_file_seek,
	[FILE_getattr] = vfs_file_getattr,
	[FILE_setattr] = vfs_file_setattr,
	[FILE_sync] = vfs_file_sync,
	[FILE_falloc] = vfs_file_falloc,
	[FILE_map] = vfs_file_map,
	[FILE_getdents] = vfs_file_getdents,
	[FILE_release] = vfs_file_release,
	[FILE_name] = vfs_file_name,
};

/* Make directory name in root and mount fs on it, if the archive did not bring the directory. */
static int mount_at(const char *name, struct node *fs)
{
	struct node *n = NULL;
	int err = vfs_root->ops->lookup(vfs_root, name, strlen(name), &n);

	if (err == -ENOENT)
		err = vfs_root->ops->create(vfs_root, name, strlen(name), S_IFDIR | 0755, 0, NULL,
					    &n);
	if (!err)
		err = vfs_mount_on(n, fs);
	node_put(n);
	return err;
}

static int vfs_init(void)
{
	struct node *dev, *proc, *sys;
	int err = tmpfs_mount(&vfs_root, 0755);

	if (!err)
		err = tmpfs_unpack(vfs_root);
	if (!err)
		err = devfs_mount(&dev);
	if (!err)
		err = mount_at("dev", dev);
	if (!err)
		err = procfs_mount(&proc);
	if (!err)
		err = mount_at("proc", proc);
	if (!err)
		err = sysfs_mount(&sys);
	if (!err)
		err = mount_at("sys", sys);
	return err;
}

const struct service service_vfs;
const struct service service_vfs = {
	.name = "vfs", .ops = vfs_ops, .handlers = vfs_handlers, .nops = DIR_OPS, .init = vfs_init};
