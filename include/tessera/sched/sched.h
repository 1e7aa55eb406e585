/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler (kernel/sched/): per-CPU run queues; fixed priorities 1..99, FIFO or round robin, above the fair class (EEVDF),
 * above idle. Tickless: a timer is armed only while a slice can end. Run queue locks have rank RANK_RUNQUEUE.
 */
#ifndef TESSERA_SCHED_H
#define TESSERA_SCHED_H
#include <tessera/lib/types.h>
#include <tessera/lib/list.h>
#include <tessera/lib/rbtree.h>

struct thread;
struct runq;

enum sched_policy { SCHED_POLICY_FAIR, SCHED_POLICY_FIFO, SCHED_POLICY_RR, SCHED_POLICY_BATCH = 3, SCHED_POLICY_IDLE = 5 };
enum {
	SCHED_PRIO_MAX = 99,		/* fixed priorities 1..99, larger is more urgent; 0: fair */
	SCHED_NICE_MIN = -20, SCHED_NICE_MAX = 19,
	SCHED_SLICE_NS = 3000000,	/* fair slice */
	SCHED_RR_SLICE_NS = 10000000,
};

/* A thread's part in the scheduler; by the lock of its run queue (->rq) unless said otherwise */
struct sched_entity {
	struct rb_node node;		/* fair: in the queue's tree by deadline */
	struct list_head link;		/* fixed priority: in the queue's list of its priority */
	int64_t vruntime;		/* weighted ns, relative to the queue's zero */
	int64_t deadline;
	int64_t min_vruntime;		/* smallest of the subtree */
	int64_t vlag;			/* kept while it sleeps */
	uint64_t slice_ns;
	uint64_t exec_start_ns;		/* when it was last accounted, while it runs */
	uint64_t rr_left_ns;
	uint32_t weight;
	uint8_t policy;
	uint8_t prio;			/* base fixed priority */
	uint8_t eff_prio;		/* with what waiters lend */
	int8_t nice;
	bool queued;			/* on the run queue, running or waiting to */
	bool in_tree;			/* in tree or list: queued and not running */
	bool delayed_slice;		/* RR slice used up, or yielded */
	bool migrate;			/* left a CPU that its affinity excludes, to be queued elsewhere */
};

void sched_init(void);			/* boot CPU, once */
void sched_cpu_init(unsigned cpu, struct thread *idle);
__noreturn void sched_idle_loop(void);	/* what an idle thread runs */

/** Let others run; fair threads give up the rest of their slice. Context: thread, may be preempted. */
void sched_yield_now(void);
/** Sleep or go on, as the thread's state says (waitq.h). Context: thread, preemption on or raised by exactly nothing. */
void schedule(void);
/** Change policy: @prio 1..99 for FIFO/RR, 0 otherwise; @nice for the fair class. 0 or -EINVAL. Any context. */
int sched_set_policy(struct thread *t, enum sched_policy policy, unsigned prio, int nice);
/** Threads of @t run on CPUs in @mask only; moves it if it is elsewhere. -EINVAL: no CPU of it is online. May sleep. */
int sched_set_affinity(struct thread *t, uint64_t mask);
/** Lend @prio (0: nothing) to @t on top of its own. Any context. */
void sched_lend(struct thread *t, unsigned prio);
/** CPU time used so far, in ns. Any context; exact for the current thread. */
uint64_t sched_cpu_time_ns(struct thread *t);
/** Length of the RR slice or fair slice of @t in ns. */
uint64_t sched_slice_ns(const struct thread *t);
/** Nanoseconds that @cpu was idle. */
uint64_t sched_idle_ns(unsigned cpu);
/** Runnable threads on all CPUs, and the number of context switches since boot. */
unsigned sched_nr_running(void);
uint64_t sched_nr_switches(void);
uint32_t sched_nice_weight(int nice);
#endif
