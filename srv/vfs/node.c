/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes: life and permission. A directory holds a reference on its parent, so ".." is always there. */
#include "vfs.h"

struct srv_mutex vfs_lock;
struct node *vfs_root;

int64_t vfs_time_ns(void)
{
	return (int64_t)srv_realtime_ns();
}

struct node *node_new(struct filesys *fs, const struct node_ops *ops, uint32_t mode)
{
	static uint64_t next_ino = 1;
	struct node *n = srv_alloc(sizeof(*n));

	if (!n)
		return NULL;
	n->refs = 1;
	n->ops = ops;
	n->fs = fs;
	n->mode = mode;
	n->nlink = (mode & S_IFMT) == S_IFDIR ? 2 : 1;
	n->ino = __atomic_fetch_add(&next_ino, 1, __ATOMIC_RELAXED);
	n->atime_ns = n->mtime_ns = n->ctime_ns = n->btime_ns = vfs_time_ns();
	__atomic_fetch_add(&fs->nr_nodes, 1, __ATOMIC_RELAXED);
	return n;
}

void node_get(struct node *n)
{
	__atomic_fetch_add(&n->refs, 1, __ATOMIC_RELAXED);
}

void node_put(struct node *n)
{
	while (n && __atomic_sub_fetch(&n->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		struct node *parent = n->parent;

		if (n->ops->free)
			n->ops->free(n);
		__atomic_fetch_sub(&n->fs->nr_nodes, 1, __ATOMIC_RELAXED);
		srv_free(n);
		n = parent; /* a loop, not recursion: a deep tree may go at once */
	}
}

bool vfs_capable(const struct lx_cred *cred, unsigned cap)
{
	return !cred || (cred->cap_effective >> cap & 1);
}

static bool in_group(const struct lx_cred *cred, uint32_t gid)
{
	if (cred->fsgid == gid)
		return true;
	for (uint32_t i = 0; i < MIN(cred->ngroups, (uint32_t)ARRAY_SIZE(cred->groups)); i++)
		if (cred->groups[i] == gid)
			return true;
	return false;
}

bool node_owner(const struct node *n, const struct lx_cred *cred)
{
	return !cred || cred->fsuid == n->uid || vfs_capable(cred, CAP_FOWNER);
}

int node_may(const struct node *n, const struct lx_cred *cred, unsigned want)
{
	unsigned bits = n->mode & 7;

	if (!cred)
		return 0;
	if (cred->fsuid == n->uid)
		bits = n->mode >> 6 & 7;
	else if (in_group(cred, n->gid))
		bits = n->mode >> 3 & 7;
	if ((bits & want) == want)
		return 0;
	if (node_is_dir(n)) {
		if (vfs_capable(cred, CAP_DAC_OVERRIDE))
			return 0;
		if (!(want & MAY_WRITE) && vfs_capable(cred, CAP_DAC_READ_SEARCH))
			return 0;
		return -EACCES;
	}
	if (want == MAY_READ && vfs_capable(cred, CAP_DAC_READ_SEARCH))
		return 0;
	/* execute needs at least one x bit, whoever asks */
	if ((!(want & MAY_EXEC) || (n->mode & 0111)) && vfs_capable(cred, CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

int node_may_delete(const struct node *dir, const struct node *n, const struct lx_cred *cred)
{
	int err = node_may(dir, cred, MAY_WRITE | MAY_EXEC);

	if (err)
		return err;
	if ((dir->mode & S_ISVTX) && cred && cred->fsuid != n->uid && cred->fsuid != dir->uid &&
	    !vfs_capable(cred, CAP_FOWNER))
		return -EPERM;
	return 0;
}

int vfs_mount_on(struct node *at, struct node *root)
{
	if (!node_is_dir(at))
		return -ENOTDIR;
	if (at->mounted)
		return -EBUSY;
	node_get(at);
	at->mounted = root;
	root->covers = at;
	return 0;
}
