/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory interface of vfs: look up a path below a lent directory connection, and act. Paths are core memory that the
 * shim copied once. a0 path; a1 lent base directory; a2 lent root directory; the rest by operation.
 */
#ifndef SRV_DIR_RPC_H
#define SRV_DIR_RPC_H
#include <srv/rpc.h>
#define DIR_RPC(OP) \
	OP(32, open, RPC_K(PATH, CONN, CONN, WORD, WORD, NONE), 0)		/* a3 flags, a4 mode & ~umask -> CONN | REDIRECT */ \
	OP(33, stat, RPC_K(PATH, CONN, CONN, WORD, OUT, LEN), RPC_IDEMPOTENT)	/* a3 AT_* flags, a4 out struct statx */ \
	OP(34, access, RPC_K(PATH, CONN, CONN, WORD, WORD, NONE), RPC_IDEMPOTENT)	/* a3 mode, a4 AT_* flags */ \
	OP(35, mkdir, RPC_K(PATH, CONN, CONN, WORD, NONE, NONE), 0)		/* a3 mode */ \
	OP(36, mknod, RPC_K(PATH, CONN, CONN, WORD, WORD, NONE), 0)		/* a3 mode, a4 device */ \
	OP(37, unlink, RPC_K(PATH, CONN, CONN, WORD, NONE, NONE), 0)		/* a3 AT_REMOVEDIR */ \
	OP(38, rename, RPC_K(PATH, CONN, CONN, PATH, CONN, WORD), 0)		/* a3 new path, a4 new base, a5 flags */ \
	OP(39, link, RPC_K(PATH, CONN, CONN, PATH, CONN, WORD), 0) \
	OP(40, symlink, RPC_K(PATH, CONN, CONN, PATH, NONE, NONE), 0)		/* a3 target */ \
	OP(41, readlink, RPC_K(PATH, CONN, CONN, OUT, LEN, NONE), RPC_IDEMPOTENT) \
	OP(42, setattr, RPC_K(PATH, CONN, CONN, IN, LEN, WORD), RPC_IDEMPOTENT)	/* a3 struct file_attr, a5 AT_* flags */ \
	OP(43, statfs, RPC_K(PATH, CONN, CONN, OUT, LEN, NONE), RPC_IDEMPOTENT) \
	OP(44, chdir, RPC_K(PATH, CONN, CONN, NONE, NONE, NONE), 0)		/* -> CONN of a directory with search right */ \
	OP(45, getcwd, RPC_K(CONN, CONN, OUT, LEN, NONE, NONE), RPC_IDEMPOTENT) \
	OP(46, exec, RPC_K(PATH, CONN, CONN, OUT, LEN, WORD), 0)		/* a3 out struct exec_info -> CONN */ \
	OP(47, mount, RPC_K(PATH, CONN, CONN, PATH, WORD, NONE), 0)		/* a3 file system type */ \
	OP(48, umount, RPC_K(PATH, CONN, CONN, WORD, NONE, NONE), 0) \
	OP(49, root, RPC_K(NONE, NONE, NONE, NONE, NONE, NONE), 0)		/* -> CONN of the root directory */

enum dir_op {
#define OP(nr, name, kinds, flags) DIR_##name = nr,
	DIR_RPC(OP)
#undef OP
	DIR_OPS = 50,
};

struct exec_info { uint32_t mode, uid, gid, nlink; uint64_t size; };
#endif
