/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an RPC looks like from a service: the call as the generated dispatch hands it to a handler, the reply, and the
 * operation descriptors made from the interface headers (*.rpc.h). Specification: the RPC chapter of the book.
 */
#ifndef SRV_RPC_H
#define SRV_RPC_H
#include <tessera/lib/types.h>
#include <tessera/lib/errno.h>

enum { RPC_ARGS = 6, RPC_BUFS = 4 };

/* how one argument word is to be read; 4 bits each in opdesc.kinds */
enum rpc_kind_arg {
	RPC_NONE,
	RPC_WORD,
	RPC_IN,
	RPC_OUT,
	RPC_INOUT,
	RPC_VEC_IN,
	RPC_VEC_OUT,
	RPC_LEN,
	RPC_PATH,
	RPC_CONN /* lent */,
	RPC_CONN_HELD,
};

/* operation flags */
enum {
	RPC_IDEMPOTENT = 1,
	RPC_MAY_PARK = 2,
	RPC_MAY_NOMEM = 4,
	RPC_RECLAIM_SAFE = 8,
	RPC_NOINTR = 16,
	RPC_CANCEL_OP = 32,
};

struct opdesc {
	uint32_t kinds; /* RPC_ARGS x 4 bits */
	uint8_t flags;
	uint8_t pad[3];
};
static_assert(sizeof(struct opdesc) == 8, "opdesc layout");

#define RPC_K(a, b, c, d, e, f) \
	(RPC_##a | RPC_##b << 4 | RPC_##c << 8 | RPC_##d << 12 | RPC_##e << 16 | RPC_##f << 20)

/* call flags seen by the callee */
enum { RPC_REPEAT = 1, RPC_EXPIRED = 2 };

struct rpc_call {
	uint64_t badge;
	uint16_t op, flags; /* RPC_REPEAT, RPC_EXPIRED */
	uint32_t slot;	    /* client thread slot; only on calls of the Linux shim, else 0 */
	uint64_t
		cookie; /* progress of an earlier PARK, FAULT or NOMEM; untrusted; 0 on the first call */
	uint64_t arg[RPC_ARGS];
};

enum rpc_kind { RPC_DONE = 0, RPC_PARK = 1, RPC_FAULT = 2, RPC_NOMEM = 3, RPC_KIND_MASK = 0xff };

/* reply flags, above the kind */
enum {
	RPC_REPLY_CONN = 0x100,		/* a new connection was given (conn_give) */
	RPC_REPLY_RAISE_THREAD = 0x200, /* raise the signal in bits 31:24 on the calling thread */
	RPC_REPLY_RAISE_PGRP = 0x400,	/* ... on the caller's process group */
	RPC_REPLY_REDIRECT =
		0x800, /* the object lives elsewhere: r1 = device number, see dir.rpc.h */
	RPC_REPLY_TTY_LEG = 0x1000,
};
#define RPC_RAISE_SIG(sig) ((uint32_t)(sig) << 24)

struct rpc_ret {
	int64_t r0;    /* result or -errno; PARK, FAULT, NOMEM: the result if interrupted */
	uint64_t r1;   /* extra; PARK, FAULT, NOMEM: the cookie */
	uint32_t kind; /* enum rpc_kind | RPC_REPLY_* */
};

typedef struct rpc_ret (*rpc_handler)(const struct rpc_call *c);

static inline struct rpc_ret rpc_done(int64_t r0)
{
	return (struct rpc_ret){.r0 = r0};
}
static inline struct rpc_ret rpc_done2(int64_t r0, uint64_t r1)
{
	return (struct rpc_ret){.r0 = r0, .r1 = r1};
}
static inline struct rpc_ret rpc_park(int64_t if_interrupted, uint64_t cookie)
{
	return (struct rpc_ret){.r0 = if_interrupted, .r1 = cookie, .kind = RPC_PARK};
}
static inline struct rpc_ret rpc_conn(uint64_t r1)
{
	return (struct rpc_ret){.r1 = r1, .kind = RPC_REPLY_CONN};
}

/* internal results that never reach a program */
enum {
	ERESTARTSYS = 512,
	ERESTARTNOINTR = 513,
	ERESTARTNOHAND = 514,
	ERESTART_RESTARTBLOCK = 516,
	ERETRYFAULT = 520
};

/* Made from an interface header: enum IFACE_op, the descriptor table and the dispatch table of a service.
 * OP(number, name, kinds, flags) */
#define RPC_ENUM_(nr, name, kinds, flags) RPC_OP_NAME(name) = nr,
#define RPC_DESC_(nr, name, k, fl)	  [nr] = {.kinds = k, .flags = fl},
#endif
