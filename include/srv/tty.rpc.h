/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminals: the file interface on open ones, and opening by device number on the control connection (badge 0). */
#ifndef SRV_TTY_RPC_H
#define SRV_TTY_RPC_H
#include <srv/rpc.h>
#define TTY_RPC(OP) \
	OP(32, open_dev, RPC_K(WORD, WORD, NONE, NONE, NONE, NONE), 0)	/* a0 device number, a1 open flags -> CONN */ \
	OP(33, hangup, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), RPC_NOINTR)	/* a0 sid: its leader exited */
enum tty_op { TTY_open_dev = 32, TTY_hangup = 33, TTY_OPS = 34 };
#endif
