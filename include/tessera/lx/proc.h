/* SPDX-License-Identifier: BSD-2-Clause */
/* Visible halves of a Linux thread, process, signal-action table and credentials. Layouts are ABI to services (read-only tokens). */
#ifndef TESSERA_LX_PROC_H
#define TESSERA_LX_PROC_H
#include <tessera/lib/types.h>

enum { LX_NSIG = 64 };

struct lx_thread {
	uint32_t tid, tgid, cred, flags;
	uint32_t wake, sysno;
	uint64_t blocked, saved_blocked, pending;
	struct {
		uint64_t sp, size;
		uint32_t flags, pad;
	} altstack;
	uint64_t clear_tid, set_tid, robust_head, robust_len, rseq_ptr;
	uint32_t rseq_len, rseq_sig;
	struct {
		uint32_t kind, nr;
		uint64_t a[5];
	} restart;
	char comm[16];
	uint32_t pdeath_sig, personality;
	uint64_t timerslack;
	uint8_t policy, rtprio;
	int8_t nice;
	uint8_t pad0[5];
	uint64_t affinity[4];
	uint64_t utime, stime, start_ns, nvcsw, nivcsw, minflt, majflt;
	uint64_t rchar, wchar, syscr, syscw;
	uint32_t as, fdtab, fsctx, sighand;
	uint32_t tracer, trace_opts, stop, pad1;
	uint64_t trace_msg;
	uint8_t reserved[144];
};
static_assert(__builtin_offsetof(struct lx_thread, comm) == 168, "lx_thread.comm");
static_assert(__builtin_offsetof(struct lx_thread, utime) == 240, "lx_thread.utime");
static_assert(__builtin_offsetof(struct lx_thread, as) == 328, "lx_thread.as");
static_assert(__builtin_offsetof(struct lx_thread, reserved) == 368, "lx_thread.reserved");
static_assert(sizeof(struct lx_thread) == 512, "lx_thread layout");

struct lx_rlimit {
	uint64_t cur, max;
};
struct lx_proc {
	uint32_t pid, ppid, pgid, sid;
	uint32_t nthreads, state, flags, exit_signal;
	uint32_t tty, oom_adj, ns[8];
	uint64_t shared_pending;
	uint32_t sigqueue_count, group_exit_code, stop_sig, stop_count;
	uint64_t interest;
	uint8_t pad0[24];
	struct lx_rlimit rlimit[16];
	uint64_t cutime, cstime, cminflt, cmajflt, maxrss, start_ns;
	struct {
		uint64_t value, interval;
	} itimer[3];
	uint8_t pad1[32];
	uint64_t auxv[64];
	uint32_t exe, cgroup;
	uint8_t reserved[3064];
};
static_assert(__builtin_offsetof(struct lx_proc, rlimit) == 128, "lx_proc.rlimit");
static_assert(__builtin_offsetof(struct lx_proc, cutime) == 384, "lx_proc.cutime");
static_assert(__builtin_offsetof(struct lx_proc, auxv) == 512, "lx_proc.auxv");
static_assert(sizeof(struct lx_proc) == 4096, "lx_proc layout");

struct lx_sigaction {
	uint64_t handler, flags, restorer, mask;
};
struct lx_sighand {
	struct lx_sigaction action[LX_NSIG];
};
static_assert(sizeof(struct lx_sighand) == 2048, "lx_sighand layout");

struct lx_cred {
	uint32_t uid, euid, suid, fsuid, gid, egid, sgid, fsgid;
	uint64_t cap_inheritable, cap_permitted, cap_effective, cap_bounding, cap_ambient;
	uint32_t securebits, user_ns, ngroups, groups_ext;
	uint64_t reserved0;
	uint32_t groups[32];
	uint8_t reserved1[32];
};
static_assert(__builtin_offsetof(struct lx_cred, groups) == 96, "lx_cred.groups");
static_assert(sizeof(struct lx_cred) == 256, "lx_cred layout");
#endif
