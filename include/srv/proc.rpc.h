/* SPDX-License-Identifier: BSD-2-Clause */
/* The process manager's interface to the shim: process tree, identities, wait, job control, who may signal whom. */
#ifndef SRV_PROC_RPC_H
#define SRV_PROC_RPC_H
#include <srv/rpc.h>
#define PROC_RPC(OP) \
	/* a0 parent pid, a1 flags -> r0 new pid (invisible) */ \
	OP(1, clone_begin, RPC_K(WORD, WORD, NONE, NONE, NONE, NONE), 0) \
	/* a0 parent, a1 child, a2 exit signal, a3 flags */ \
	OP(2, clone_commit, RPC_K(WORD, WORD, WORD, WORD, NONE, NONE), RPC_NOINTR) \
	/* a0 child */ \
	OP(3, clone_abort, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), RPC_NOINTR) \
	/* a0 pid, a1 wait status, a2 struct proc_usage */ \
	OP(4, exit, RPC_K(WORD, WORD, IN, LEN, NONE, NONE), RPC_NOINTR) \
	/* a0 caller pid, a1 idtype, a2 id, a3 options, a4 struct proc_wait */ \
	OP(5, wait, RPC_K(WORD, WORD, WORD, WORD, OUT, LEN), RPC_MAY_PARK) \
	OP(6, setpgid, RPC_K(WORD, WORD, WORD, NONE, NONE, NONE), 0) \
	/* a0 caller, a1 pid, a2 0 pgid, 1 sid, 2 exists -> r0 */ \
	OP(7, getpgid, RPC_K(WORD, WORD, WORD, NONE, NONE, NONE), 0) \
	OP(8, setsid, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), 0) \
	/* a0 caller, a1 pid argument of kill(2) -> pids, r0 count */ \
	OP(9, targets, RPC_K(WORD, WORD, OUT, LEN, NONE, NONE), RPC_IDEMPOTENT) \
	/* a0 pid, a1 1 stopped 0 continued, a2 signal */ \
	OP(10, stopped, RPC_K(WORD, WORD, WORD, NONE, NONE, NONE), RPC_NOINTR) \
	OP(11, execed, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), RPC_NOINTR) \
	/* a0 first pid -> struct proc_entry[], r0 count */ \
	OP(12, list, RPC_K(WORD, OUT, LEN, NONE, NONE, NONE), RPC_IDEMPOTENT) \
	OP(13, set_tid, RPC_K(WORD, NONE, NONE, NONE, NONE, NONE), RPC_NOINTR)	/* a0 tid of a finished thread: number is free again */

enum proc_op {
#define OP(nr, name, kinds, flags) PROC_##name = nr,
	PROC_RPC(OP)
#undef OP
	PROC_OPS = 14,
};

struct proc_usage { uint64_t utime_ns, stime_ns, minflt, majflt, maxrss_kb, nvcsw, nivcsw; };
struct proc_wait { int32_t pid, status, code, uid; struct proc_usage usage; };
struct proc_entry { uint32_t pid, ppid, pgid, sid, state, exit_status; };
enum { PROC_P_ALL = 0, PROC_P_PID = 1, PROC_P_PGID = 2 };
enum { PROC_WNOHANG = 1, PROC_WUNTRACED = 2, PROC_WEXITED = 4, PROC_WCONTINUED = 8, PROC_WNOWAIT = 0x01000000,
	PROC_WNOTHREAD = 0x20000000, PROC_WALL = 0x40000000, PROC_WCLONE = (int)0x80000000u };
enum { PROC_STATE_NEW, PROC_STATE_RUN, PROC_STATE_STOPPED, PROC_STATE_ZOMBIE };
#endif
