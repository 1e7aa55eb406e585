/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the file-system domain: nodes (in-memory inodes), the operations a file system supplies, mounts and the path walk.
 * One lock, vfs_lock, guards names and mounts; node->lock guards a node's data and attributes. vfs_lock comes first.
 */
#ifndef SRV_VFS_VFS_H
#define SRV_VFS_VFS_H
#include <srv/srv.h>
#include <srv/file.rpc.h>
#include <srv/dir.rpc.h>
#include <srv/statx.h>

enum {
	S_IFMT = 0170000,
	S_IFSOCK = 0140000,
	S_IFLNK = 0120000,
	S_IFREG = 0100000,
	S_IFBLK = 0060000,
	S_IFDIR = 0040000,
	S_IFCHR = 0020000,
	S_IFIFO = 0010000,
	S_ISUID = 04000,
	S_ISGID = 02000,
	S_ISVTX = 01000,
};
enum { NAME_MAX = 255, PATH_MAX = 4096, SYMLINKS_MAX = 40, LINKS_MAX = 65000 };

struct node;
struct dentry_out {
	const char *name;
	size_t len;
	uint64_t ino;
	uint32_t type;
};

/* What a file system supplies. Called with vfs_lock held where names change or are looked up (lookup, create, unlink, link,
 * rename, readdir), with node->lock held for data. A null entry means the operation does not exist there. */
struct node_ops {
	int (*lookup)(struct node *dir, const char *name, size_t len,
		      struct node **out); /* out: with a reference */
	int (*create)(struct node *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
		      const char *target, struct node **out);
	int (*link)(struct node *dir, const char *name, size_t len, struct node *n);
	int (*unlink)(struct node *dir, const char *name, size_t len, struct node *n);
	int (*rename)(struct node *odir, const char *oname, size_t olen, struct node *ndir,
		      const char *nname, size_t nlen, struct node *n, struct node *victim);
	bool (*empty)(struct node *dir);
	/* The first entry at or after *cookie; advances it; 0 or -ENOENT at the end. Entries "." and ".." are the caller's. */
	int (*readdir)(struct node *dir, uint64_t *cookie, struct dentry_out *out);
	int (*readlink)(struct node *n, const struct rpc_call *c, char *buf, size_t size);
	ssize_t (*read)(struct node *n, uint64_t pos, size_t len);  /* into client argument 0 */
	ssize_t (*write)(struct node *n, uint64_t pos, size_t len); /* from client argument 0 */
	int (*truncate)(struct node *n, uint64_t size);
	int (*open)(struct node *n, const struct rpc_call *c, uint32_t flags,
		    void **file); /* private state per open, optional */
	void (*close)(struct node *n, void *file);
	ssize_t (*file_read)(struct node *n, void *file, uint64_t pos,
			     size_t len); /* instead of read, with state */
	void (*free)(struct node *n);	  /* last reference gone */
	bool serves_device; /* a device node whose data is here, not at another service */
};

struct filesys {
	const char *name;
	uint32_t magic, dev_minor;
	const struct node_ops *ops;
	void *priv;
	uint64_t nr_nodes, nr_pages_max;
};

struct node {
	struct srv_mutex lock;
	uint32_t refs; /* atomic */
	const struct node_ops *ops;
	struct filesys *fs;
	struct node *parent;  /* directories: where ".." leads; by vfs_lock; counted */
	struct node *mounted; /* root of what is mounted here; by vfs_lock */
	struct node *covers;  /* of a mounted root: the node below; by vfs_lock */
	uint64_t ino, size, rdev;
	uint32_t mode, uid, gid, nlink;
	int64_t atime_ns, mtime_ns, ctime_ns, btime_ns;
	srv_handle pmo; /* regular files of tmpfs */
	void *priv;
};

extern struct srv_mutex vfs_lock;
extern struct node *vfs_root;

struct node *node_new(struct filesys *fs, const struct node_ops *ops, uint32_t mode);
void node_get(struct node *n);
void node_put(struct node *n);
static inline bool node_is_dir(const struct node *n)
{
	return (n->mode & S_IFMT) == S_IFDIR;
}

/* --- permission.c */
enum { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 };
enum {
	CAP_CHOWN = 0,
	CAP_DAC_OVERRIDE = 1,
	CAP_DAC_READ_SEARCH = 2,
	CAP_FOWNER = 3,
	CAP_FSETID = 4,
	CAP_MKNOD = 27,
	CAP_SYS_ADMIN = 21
};
bool vfs_capable(const struct lx_cred *cred, unsigned cap);
int node_may(const struct node *n, const struct lx_cred *cred, unsigned want);
int node_may_delete(const struct node *dir, const struct node *n, const struct lx_cred *cred);
bool node_owner(const struct node *n, const struct lx_cred *cred);

/* --- walk.c */
struct walk {
	const struct rpc_call *call;
	const struct lx_cred *cred;
	struct node *root, *base; /* counted */
	char *path;		  /* PATH_MAX buffer of the walk */
	/* result */
	struct node *
		dir; /* directory of the last component; counted; NULL for "/" alone and after a final link was followed away */
	struct node *node; /* what it names; counted; NULL if it does not exist */
	const char *last;  /* last component, in path */
	size_t last_len;
	bool want_dir; /* the path ended in a slash */
	unsigned links;
};
enum { WALK_FOLLOW = 1, WALK_EMPTY = 2, WALK_CREATE = 4 };
/* Read path argument parg and base connections of the call and walk. vfs_lock is taken and kept on success; walk_end() drops it.
 * 0 with node possibly NULL (only the last component missing), or -errno (nothing held). */
int walk_begin(struct walk *w, const struct rpc_call *c, unsigned parg, unsigned barg,
	       unsigned flags);
void walk_end(struct walk *w);
/* A second path of the same call (rename, link): lock already held by the first walk. */
int walk_second(struct walk *w, const struct walk *first, unsigned parg, unsigned barg,
		unsigned flags);
void walk_drop(struct walk *w);

/* --- open files: the badge names one (index + generation) */
struct file {
	struct node *node;
	uint32_t flags, gen;
	void *state;
	bool used, path_only;
};
int file_new(struct node *n, uint32_t flags, void *state, bool path_only,
	     uint64_t *badge);	      /* takes a reference */
struct file *file_of(uint64_t badge); /* NULL: not ours */
struct node *conn_node(unsigned arg); /* node of a lent connection, without reference; NULL */
int vfs_give(struct node *n, uint32_t flags, bool path_only, const struct rpc_call *c);

/* --- attr.c, file.c, dir.c */
void node_statx(struct node *n, struct lx_statx *st);
int node_setattr(struct node *n, const struct lx_cred *cred, const struct file_attr *a,
		 const struct rpc_call *c);
int node_truncate(struct node *n, uint64_t size);
int64_t vfs_time_ns(void);

/* open flags, in the generic encoding; the shim translates aarch64's own values */
enum {
	VO_ACCMODE = 3,
	VO_WRONLY = 1,
	VO_RDWR = 2,
	VO_CREAT = 0100,
	VO_EXCL = 0200,
	VO_NOCTTY = 0400,
	VO_TRUNC = 01000,
	VO_APPEND = 02000,
	VO_NONBLOCK = 04000,
	VO_DSYNC = 010000,
	VO_ASYNC = 020000,
	VO_DIRECT = 040000,
	VO_LARGEFILE = 0100000,
	VO_DIRECTORY = 0200000,
	VO_NOFOLLOW = 0400000,
	VO_NOATIME = 01000000,
	VO_CLOEXEC = 02000000,
	VO_PATH = 010000000,
	VO_TMPFILE_BIT = 020000000,
};
enum {
	AT_SYMLINK_NOFOLLOW = 0x100,
	AT_REMOVEDIR = 0x200,
	AT_EACCESS = 0x200,
	AT_SYMLINK_FOLLOW = 0x400,
	AT_EMPTY_PATH = 0x1000
};

/* --- the handlers, by interface */
#define OP(nr, name, kinds, flags) struct rpc_ret dir_##name(const struct rpc_call *c);
DIR_RPC(OP)
#undef OP
struct rpc_ret vfs_file_read(const struct rpc_call *c);
struct rpc_ret vfs_file_write(const struct rpc_call *c);
struct rpc_ret vfs_file_seek(const struct rpc_call *c);
struct rpc_ret vfs_file_getattr(const struct rpc_call *c);
struct rpc_ret vfs_file_setattr(const struct rpc_call *c);
struct rpc_ret vfs_file_sync(const struct rpc_call *c);
struct rpc_ret vfs_file_falloc(const struct rpc_call *c);
struct rpc_ret vfs_file_map(const struct rpc_call *c);
struct rpc_ret vfs_file_getdents(const struct rpc_call *c);
struct rpc_ret vfs_file_release(const struct rpc_call *c);
struct rpc_ret vfs_file_name(const struct rpc_call *c);

/* --- file systems */
int tmpfs_mount(struct node **root, uint32_t mode);
int tmpfs_unpack(struct node *root); /* the boot archive's files into the root */
int devfs_mount(struct node **root);
int procfs_mount(struct node **root);
int sysfs_mount(struct node **root);
int vfs_mount_on(struct node *at, struct node *root); /* vfs_lock held */
struct rpc_ret dev_read(struct node *n, size_t len);
#endif
