/* SPDX-License-Identifier: BSD-2-Clause */
/* Anonymous objects: pipes. The file interface on their ends, and creation on the control connection (badge 0). */
#ifndef SRV_ANON_RPC_H
#define SRV_ANON_RPC_H
#include <srv/rpc.h>
#define ANON_RPC(OP) \
	OP(32, pipe, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), 0)	/* a0 O_NONBLOCK | O_DIRECT -> two CONNs: read end, write end */
enum anon_op { ANON_pipe = 32, ANON_OPS = 33 };
#endif
