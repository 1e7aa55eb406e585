/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads (kernel/thread.c). Memory of struct thread is type-stable: a stale pointer reads another thread, never something else.
 * Threads of user mode have a space; kernel threads have none.
 */
#ifndef TESSERA_THREAD_H
#define TESSERA_THREAD_H
#include <tessera/lib/types.h>
#include <tessera/lib/list.h>
#include <tessera/percpu/percpu.h>
#include <tessera/sched/sched.h>
#include <tessera/sync/completion.h>
#include <tessera/sync/epoch.h>
#include <tessera/sync/spinlock.h>
#include <tessera/thread/core.h>
#include <tessera/time/time.h>

struct space;
struct process;

enum { THREAD_NAME_MAX = 16 };
enum thread_state { THREAD_RUNNING, THREAD_SLEEPING, THREAD_SLEEPING_INTR, THREAD_NEW, THREAD_DEAD };

/* ->work: set by anyone with thread_work_set(), looked at on the way to user mode and by interruptible waits */
enum thread_work {
	WORK_KILL = 1,			/* die at the next chance; sticky */
	WORK_SIGNAL = 2,		/* the personality's user_work hook has something to do */
	WORK_STOP = 4,			/* stop (job control, ptrace) */
	WORK_INTR = 8,			/* end interruptible waits once */
	WORK_TASK = 16,			/* run thread->task_work */
	WORK_TRACE = 32,		/* system calls are traced */
	WORK_EVAL = 64,			/* rpc: look at the chain */
	WORK_INTERRUPTS = WORK_KILL | WORK_SIGNAL | WORK_STOP | WORK_INTR,
	WORK_EXIT_MASK = 0xffff,	/* bits above do not delay the exit to user mode */
};

enum thread_flags { THREAD_KERNEL = 1, THREAD_IDLE = 2, THREAD_DETACHED = 4, THREAD_PINNED = 8 };

struct thread {
	union {
		struct thread_core core;
		struct arch_thread arch;	/* offset 0 */
	};
	uint32_t state;			/* by ->lock to leave a sleep; the thread itself to enter it */
	uint32_t work;			/* atomic, enum thread_work */
	uint32_t flags;
	uint32_t id;			/* unique among living threads, from 1 */
	struct space *space;		/* user space; the thread itself, or nobody yet */
	struct process *process;	/* native process (kernel/process.c), NULL for others */
	void *lx;			/* compat/linux private */
	void *ipc;			/* ipc private */
	void *stack;			/* lowest address of the kernel stack */

	/* scheduler */
	struct spinlock lock;		/* RANK_THREAD: wake-ups, policy, affinity */
	uint32_t cpu;			/* run queue it belongs to; by ->lock and that queue's lock */
	uint32_t on_cpu;		/* 1 while its context is live on a CPU */
	uint64_t affinity;		/* by ->lock */
	struct sched_entity se;
	struct mutex *blocked_on;	/* for priority lending */
	uint8_t lent_prio;
	bool in_fault;			/* serving a page fault of its own */

	/* accounting, in ns and counts; written by the thread's CPU */
	uint64_t cpu_ns;
	uint64_t nvcsw, nivcsw;
	uint64_t start_ns;

	struct timer sleep_timer;	/* thread_block_until() */
	uint32_t refs;
	int exit_code;
	struct completion exited;
	void (*entry)(void *arg);
	void *arg;
	uintptr_t fault_pc;		/* user-copy faults: diagnostics */
	struct list_head all_link;	/* by the thread list's lock */
	struct list_head proc_link;	/* by the process's lock */
	struct epoch_head epoch;
	struct thread *reap_next;
	char name[THREAD_NAME_MAX];
};
static_assert(__builtin_offsetof(struct thread, arch) == 0, "arch_thread is first");

extern struct thread boot_thread;	/* becomes the idle thread of CPU 0 */

static inline struct thread *thread_current(void)
{
	return arch_current();
}
#define current thread_current()

/**
 * Make a kernel thread that runs @entry(@arg); it is not started. The caller holds one reference.
 * @name: shown in logs, cut to 15 bytes. NULL: no memory. Context: may sleep.
 */
struct thread *thread_create(const char *name, void (*entry)(void *arg), void *arg);
/**
 * Make a user thread in @space with vector state; it takes over the caller's reference to the space. Its frame
 * (arch_thread_regs) is to be filled before thread_start(). It begins in arch_thread_enter_user(), or in @entry(@arg) if that
 * is not NULL. NULL: no memory (the reference stays with the caller).
 */
struct thread *thread_create_user(const char *name, struct space *space, void (*entry)(void *arg), void *arg);
/** Make it runnable. Once. Any context. */
void thread_start(struct thread *t);
/** thread_create() and thread_start(), detached: for helpers that run for ever. NULL: no memory. */
struct thread *thread_run(const char *name, void (*entry)(void *arg), void *arg);
/** As thread_run() but pinned to @cpu, and the caller keeps a reference. */
struct thread *thread_run_on(unsigned cpu, const char *name, void (*entry)(void *arg), void *arg);
/** End the current thread. Context: thread, no lock held. */
__noreturn void thread_exit(int code);
/** Wait until @t has exited, return its code and drop the caller's reference. May sleep. */
int thread_join(struct thread *t);
void thread_ref(struct thread *t);
/** Drop a reference; the last frees from the reaper. Any context. */
void thread_unref(struct thread *t);
/** By id with a reference, or NULL. */
struct thread *thread_find(uint32_t id);
/** Call @fn for every thread until it returns false, under the list's lock (spinning): for debugging and /proc. */
void thread_for_each(bool (*fn)(struct thread *t, void *arg), void *arg);

/** Wake @t if it sleeps; returns whether it did. Any context. */
bool thread_wake(struct thread *t);
/** Wake @t if it sleeps interruptibly. */
bool thread_wake_interruptible(struct thread *t);
/** Set bits of ->work and make @t notice soon: ends interruptible waits, kicks it out of user mode. Any context. */
void thread_work_set(struct thread *t, uint32_t bits);
static inline void thread_work_clear(struct thread *t, uint32_t bits)
{
	(void)__atomic_fetch_and(&t->work, ~bits, __ATOMIC_ACQ_REL);
}
static inline bool thread_interrupted(const struct thread *t)
{
	return __atomic_load_n(&t->work, __ATOMIC_ACQUIRE) & WORK_INTERRUPTS;
}
/** Set the current thread's state before testing a condition (waitq_prepare does it); pairs with thread_wake(). */
static inline void thread_set_state(enum thread_state s)
{
	__atomic_store_n(&current->state, s, __ATOMIC_SEQ_CST);
}
/** Sleep until @deadline_ns, absolute monotonic: 0, or -EINTR with WAIT_INTERRUPTIBLE. May sleep, indeed. */
int thread_sleep_until(uint64_t deadline_ns, unsigned flags);

/** Use another user space from now on (exec, lazily attached kernel helpers); loads it. The caller moves the references. */
void thread_set_space(struct space *space);
#endif
