/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RPC by thread migration, seen from the core: buffers, the activation record, the call. One C path does everything.
 */
#ifndef TESSERA_IPC_RPC_H
#define TESSERA_IPC_RPC_H
#include <tessera/ipc/conn.h>

enum rpc_space { RPC_SPACE_KERNEL, RPC_SPACE_USER };
struct rpc_iov {
	uintptr_t base;
	size_t len;
};

/* A declared buffer: one linear vector over pieces in user or core memory; checked when it is built. */
struct rpc_buf {
	const struct rpc_iov *iov;
	unsigned niov;
	uint8_t space;
	bool readable, writable; /* by the service */
	size_t len;
	struct rpc_iov one;
};

struct act { /* one call in progress; on the caller's kernel stack */
	struct act *prev;
	struct conn *conn;
	struct rpc_buf buf[RPC_ARGS]; /* len 0 and no iov: not declared */
	struct conn *lent[RPC_ARGS];
	struct conn *give[2];
	unsigned ngive;
	uint32_t park_cell, park_events;
	uint64_t park_seen, park_deadline;
	bool nonblock;
};

#define RPC_BUF_KERNEL_IN(p, n)                      \
	((struct rpc_buf){.space = RPC_SPACE_KERNEL, \
			  .readable = true,          \
			  .len = (n),                \
			  .one = {(uintptr_t)(p), (n)}})
#define RPC_BUF_KERNEL_OUT(p, n)                     \
	((struct rpc_buf){.space = RPC_SPACE_KERNEL, \
			  .writable = true,          \
			  .len = (n),                \
			  .one = {(uintptr_t)(p), (n)}})
#define RPC_BUF_USER_IN(p, n)                      \
	((struct rpc_buf){.space = RPC_SPACE_USER, \
			  .readable = true,        \
			  .len = (n),              \
			  .one = {(uintptr_t)(p), (n)}})
#define RPC_BUF_USER_OUT(p, n)                     \
	((struct rpc_buf){.space = RPC_SPACE_USER, \
			  .writable = true,        \
			  .len = (n),              \
			  .one = {(uintptr_t)(p), (n)}})

void act_init(struct act *a, struct conn *c);
/**
 * Call operation op with the arguments in args (buffers and lent connections in the record) and repeat it while the service parks. The
 * result's kind has RPC_REPLY_* only. Given connections are in a->give (the caller takes or drops them: act_drop()).
 * -ESTALE-like states: -ENXIO gone, -EIO died. A signal ends a park with the service's r0. Context: thread at its base, no lock held.
 */
struct rpc_ret rpc_call(struct act *a, uint16_t op, const uint64_t args[RPC_ARGS]);
/** Drop what was given and not taken. */
void act_drop(struct act *a);
/** The activation the current thread is in, NULL at its base. */
struct act *act_current(void);

/* --- user-memory copies of the shim and the services use one routine: bytes done or -EFAULT */
ssize_t rpc_buf_copy(const struct rpc_buf *b, size_t off, void *mem, size_t n, bool to_client);
#endif
