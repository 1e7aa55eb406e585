/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the Linux shim: tasks (threads), groups (processes), fd tables, file-system context, signals. Visible halves are the layouts of
 * include/tessera/lx; what the core keeps for itself is here.
 */
#ifndef COMPAT_LINUX_SHIM_LX_H
#define COMPAT_LINUX_SHIM_LX_H
#include <arch/trap.h>
#include <generated/lx_syscalls.h>
#include <tessera/ipc/cell.h>
#include <tessera/ipc/rpc.h>
#include <tessera/lib/list.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/lx/fd.h>
#include <tessera/lx/proc.h>
#include <tessera/mm/alloc.h>
#include <tessera/mm/page.h>
#include <tessera/mm/pmo.h>
#include <tessera/mm/slab.h>
#include <tessera/mm/space.h>
#include <tessera/mm/user.h>
#include <tessera/sync/mutex.h>
#include <tessera/thread/thread.h>

struct lx_syscall {
	int64_t (*fn)(const uint64_t *a);
	const char *name;
	unsigned nargs;
};
extern const struct lx_syscall lx_syscalls[LX_NR_MAX + 1];
void lx_count_refused(void);

/* --- file descriptors: fd.c */
enum { LX_FD_HARD_MAX = 65536, LX_FD_PAGE = 64 };
struct lx_slot {
	struct conn *conn;
	uint32_t flags;
}; /* LX_FDF_*; conn read locklessly in an epoch section */
struct lx_fdtab {
	uint32_t users;	   /* atomic */
	struct mutex lock; /* RANK_CAPTABLE: all changes */
	struct lx_slot *page[LX_FD_HARD_MAX / LX_FD_PAGE];
	uint32_t hint; /* no free slot below; by ->lock */
};
struct lx_fdtab *fdtab_new(void);
struct lx_fdtab *fdtab_copy(struct lx_fdtab *t);
void fdtab_put(struct lx_fdtab *t);
void fdtab_close_exec(struct lx_fdtab *t);
int fd_reserve(uint32_t min); /* slot number or -EMFILE, -ENOMEM */
void fd_unreserve(int fd);
void fd_install(int fd, struct conn *c, uint32_t flags); /* takes the handle */
struct conn *fd_get(int fd);				 /* with a handle; NULL */
struct conn *fd_get_mode(int fd, uint32_t mode,
			 int *err); /* -EBADF if it lacks LX_M_* bits or is O_PATH */
int fd_close(int fd);

/* --- file-system context: where paths start */
struct lx_fs {
	uint32_t users;
	struct mutex lock;
	struct conn *root, *cwd;
	uint32_t umask;
};
struct lx_fs *fs_copy(struct lx_fs *f);
void fs_put(struct lx_fs *f);

/* --- signals: signal.c */
struct lx_siginfo {
	int32_t signo, err, code, pad;
	union {
		struct {
			int32_t pid, uid, status, pad2;
			uint64_t value;
		} kill;
		struct {
			uint64_t addr;
		} fault;
		uint8_t bytes[112];
	};
};
static_assert(sizeof(struct lx_siginfo) == 128, "siginfo layout");
struct sigq {
	struct list_head node;
	struct lx_siginfo info;
};
struct lx_actions {
	uint32_t users;
	struct spinlock lock;
	struct lx_sighand tab;
};
enum {
	LX_SIGHUP = 1,
	LX_SIGINT,
	LX_SIGQUIT,
	LX_SIGILL,
	LX_SIGTRAP,
	LX_SIGABRT,
	LX_SIGBUS,
	LX_SIGFPE,
	LX_SIGKILL,
	LX_SIGUSR1,
	LX_SIGSEGV,
	LX_SIGUSR2,
	LX_SIGPIPE,
	LX_SIGALRM,
	LX_SIGTERM,
	LX_SIGSTKFLT,
	LX_SIGCHLD,
	LX_SIGCONT,
	LX_SIGSTOP,
	LX_SIGTSTP,
	LX_SIGTTIN,
	LX_SIGTTOU,
	LX_SIGURG,
	LX_SIGWINCH = 28,
	LX_SIGSYS = 31,
	SA_NOCLDSTOP = 1,
	SA_NOCLDWAIT = 2,
	SA_SIGINFO = 4,
	SA_RESTORER = 0x04000000,
	SA_ONSTACK = 0x08000000,
	SA_RESTART = 0x10000000,
	SA_NODEFER = 0x40000000,
	SA_RESETHAND = (int)0x80000000u,
	SI_USER = 0,
	SI_KERNEL = 0x80,
	SI_TKILL = -6,
	SI_TIMER = -2,
	SS_ONSTACK = 1,
	SS_DISABLE = 2,
};
#define SIG_BIT(s) (1ull << ((s)-1))

/* --- a process */
struct lx_group {
	struct lx_proc *pub;	/* one page */
	uint32_t refs;		/* atomic: tasks and lookups */
	struct list_head all;	/* by groups_lock */
	struct spinlock lock;	/* RANK_SIGHAND: threads, signals, stop state */
	struct list_head tasks; /* by ->lock */
	uint32_t ntasks;
	struct list_head queue; /* process-directed siginfo; by ->lock */
	bool exiting, stopped;
	int exit_status; /* wait(2) form */
	struct waitq stop_wait;
	struct timer alarm;
	uint64_t alarm_interval_ns, alarm_deadline_ns;
	uint64_t dead_cpu_ns;
	char exe[128];
	uint64_t heap_start, stack_top, arg_start, arg_end, env_start, env_end;
};

/* --- a thread */
struct lx_task {
	struct lx_thread *pub; /* 512 bytes in a page of its own kind */
	struct thread *thread;
	struct lx_group *group;
	struct list_head node; /* in group->tasks */
	struct lx_fdtab *fdtab;
	struct lx_fs *fs;
	struct lx_actions *actions;
	struct lx_cred *cred;
	struct list_head queue;	  /* thread-directed siginfo; by group->lock */
	struct completion *vfork; /* completed when this thread leaves the space it borrows */
	uint64_t waiting; /* rt_sigtimedwait takes these although they are blocked */
	bool restore_mask;	  /* saved_blocked goes back after the handler */
	bool in_syscall;	  /* the frame holds a system call's result */
	uint64_t syscall_arg0;
};
static inline struct lx_task *lx_task(void)
{
	return current->lx;
}

/* task.c */
struct lx_task *lx_task_new(struct lx_group *g);
void lx_task_free(struct lx_task *t);
struct lx_group *lx_group_new(void);
struct lx_group *lx_group_get(uint32_t pid); /* with a reference; NULL */
void lx_group_put(struct lx_group *g);
void lx_groups_each(bool (*fn)(struct lx_group *g, void *arg), void *arg);
bool lx_capable(unsigned cap);

/* signal.c */
int lx_signal_send(struct lx_group *g, struct lx_task *t,
		   const struct lx_siginfo *info); /* t NULL: to the process */
void lx_signal_simple(struct lx_group *g, struct lx_task *t, int sig, int code);
void lx_signal_force(int sig, int code, uint64_t addr);
void lx_signal_work(struct arch_regs *regs, uint32_t work);
bool lx_signal_pending(void);
void lx_actions_exec(struct lx_actions *a);
void lx_recalc(struct lx_task *t);

/* exit.c */
__noreturn void lx_exit_group_now(int status);
__noreturn void lx_exit_thread_now(void);

/* path.c, rw.c */
int lx_path_get(uintptr_t user, char **out); /* page from the heap; lx_path_put() */
void lx_path_put(char *p);
/* One call to vfs with the path at @upath as argument 0, bases lent; other buffers stand in @a. */
int64_t lx_path_call(uint16_t op, uintptr_t upath, int dirfd, struct act *a, uint64_t args[RPC_ARGS]);
struct rpc_ret lx_file_call(struct conn *c, uint16_t op, struct act *a,
			    const uint64_t args[RPC_ARGS]);
int lx_open_kernel(const char *path, uint32_t flags, uint32_t mode, struct conn **out);
int64_t lx_read_kernel(struct conn *c, void *buf, size_t n, uint64_t off);


/* poll.c */
uint32_t lx_poll_mask(struct conn *c, uint32_t events);

/* port: compat/linux/arch/<A> */
struct lx_clone_args {
	uint64_t flags, stack, ptid, ctid, tls;
};
void lx_arch_clone_args(struct lx_clone_args *c, uint64_t flags, uint64_t stack, uint64_t ptid,
			uint64_t a3, uint64_t a4);
uint32_t lx_arch_open_flags(uint32_t user); /* to the generic encoding */
uint32_t lx_arch_open_flags_back(uint32_t generic);
struct lx_statx;
int lx_arch_put_stat(uintptr_t ubuf, const struct lx_statx *st);
int lx_arch_sigframe(struct arch_regs *r, int sig, const struct lx_sigaction *sa,
		     const struct lx_siginfo *info, uint64_t mask, uint64_t sp);
int lx_arch_sigreturn(struct arch_regs *r, uint64_t *mask);
uint64_t lx_arch_sp_base(const struct arch_regs *r); /* stack pointer less the red zone */
void lx_arch_restart(struct arch_regs *r,
		     uint64_t arg0); /* back onto the system-call instruction */
extern const char lx_arch_machine[]; /* uname -m */
uint64_t lx_arch_hwcap(void);
extern const bool lx_arch_has_restorer; /* struct sigaction has sa_restorer */
uint64_t lx_arch_trampoline(
	void); /* address of rt_sigreturn code in the page all processes map, 0: not needed */
const void *lx_arch_trampoline_code(size_t *n);
#endif
