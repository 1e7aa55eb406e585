/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file interface: what the owner of an open file implements. Buffers are argument 0, one linear vector; a1 length,
 * a2 offset or -1, a3 RWF_* flags | status snapshot << 32. An operation that an owner leaves out answers with the default.
 */
#ifndef SRV_FILE_RPC_H
#define SRV_FILE_RPC_H
#include <srv/rpc.h>
/* OP(number, name, kinds, flags, default errno) */
#define FILE_RPC(OP) \
	OP(1, read, RPC_K(VEC_OUT, WORD, WORD, WORD, NONE, NONE), RPC_MAY_PARK, EINVAL) \
	OP(2, write, RPC_K(VEC_IN, WORD, WORD, WORD, NONE, NONE), RPC_MAY_PARK, EINVAL) \
	OP(3, seek, RPC_K(WORD, WORD, WORD, NONE, NONE, NONE), 0, ESPIPE) \
	OP(4, getattr, RPC_K(OUT, LEN, WORD, WORD, NONE, NONE), RPC_IDEMPOTENT, EINVAL) \
	OP(5, setattr, RPC_K(IN, LEN, NONE, NONE, NONE, NONE), RPC_IDEMPOTENT, EINVAL) \
	OP(6, sync, RPC_K(WORD, WORD, WORD, WORD, NONE, NONE), RPC_IDEMPOTENT, EINVAL) \
	OP(7, falloc, RPC_K(WORD, WORD, WORD, NONE, NONE, NONE), 0, EOPNOTSUPP) \
	OP(8, ioctl, RPC_K(INOUT, LEN, WORD, WORD, NONE, NONE), RPC_MAY_PARK, ENOTTY) \
	OP(9, map, RPC_K(WORD, WORD, WORD, WORD, NONE, NONE), 0, ENODEV) \
	OP(10, getdents, RPC_K(OUT, LEN, WORD, NONE, NONE, NONE), 0, ENOTDIR) \
	OP(11, poll, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), 0, 0) \
	OP(12, lock, RPC_K(INOUT, LEN, WORD, WORD, NONE, NONE), RPC_MAY_PARK, EINVAL) \
	OP(13, setfl, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), 0, 0) \
	OP(14, flush, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), RPC_NOINTR, 0) \
	OP(15, release, RPC_K(NONE, NONE, NONE, NONE, NONE, NONE), RPC_NOINTR, 0) \
	OP(17, name, RPC_K(OUT, LEN, NONE, NONE, NONE, NONE), RPC_IDEMPOTENT, EINVAL) \
	OP(18, reopen, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), 0, ENXIO) \
	OP(19, ctl, RPC_K(WORD, WORD, NONE, NONE, NONE, NONE), 0, EINVAL)

enum file_op {
#define OP(nr, name, kinds, flags, dflt) FILE_##name = nr,
	FILE_RPC(OP)
#undef OP
	FILE_OPS = 20,
};

/* setattr: what is valid */
enum {
	ATTR_MODE = 1,
	ATTR_UID = 2,
	ATTR_GID = 4,
	ATTR_SIZE = 8,
	ATTR_ATIME = 16,
	ATTR_MTIME = 32,
	ATTR_ATIME_NOW = 64,
	ATTR_MTIME_NOW = 128,
};
struct file_attr {
	uint32_t valid, mode, uid, gid;
	uint64_t size;
	int64_t atime_s, mtime_s;
	uint32_t atime_ns, mtime_ns;
};
#endif
