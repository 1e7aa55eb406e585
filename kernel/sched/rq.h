/* SPDX-License-Identifier: BSD-2-Clause */
/* Run queues, private to the scheduler. */
#ifndef KERNEL_SCHED_RQ_H
#define KERNEL_SCHED_RQ_H
#include <tessera/percpu/percpu.h>
#include <tessera/sched/sched.h>
#include <tessera/sync/spinlock.h>
#include <tessera/thread/thread.h>

enum { FIXED_PRIOS = SCHED_PRIO_MAX + 1, WEIGHT_NICE0 = 1024, SCHED_GRANULARITY_NS = 750000 };

/* Fair class: virtual times are relative to ->zero, so that sums do not overflow. */
struct fair_queue {
	struct rb_root tree;		/* by deadline, augmented with the smallest vruntime; not the running thread */
	int64_t zero;			/* origin: near the weighted average */
	int64_t sum_wv;			/* sum of weight * (vruntime - zero), running thread included */
	int64_t sum_w;			/* sum of weights, running thread included */
	unsigned nr;			/* queued, running thread included */
};

struct fixed_queue {
	uint64_t bits[2];		/* bit p: list p is not empty */
	struct list_head list[FIXED_PRIOS];	/* waiting threads, most urgent first served */
	unsigned nr;			/* queued, running thread included */
};

struct runq {
	struct spinlock lock;		/* RANK_RUNQUEUE, interrupts off; everything here unless said otherwise */
	uint32_t cpu;
	struct thread *curr, *idle;
	struct thread *switched_from;	/* by the CPU itself, interrupts off */
	unsigned nr_running;		/* queued threads of both classes, running one included */
	bool resched_sent;		/* the CPU has been told to switch */
	uint64_t slice_end_ns;		/* 0: no slice timer; by the CPU itself */
	uint64_t picked_ns;		/* when curr was switched to */
	uint64_t idle_ns;
	uint64_t nr_switches;		/* read by anyone: atomic */
	struct fair_queue fair;
	struct fixed_queue fixed;
};
PERCPU_DECLARE(struct runq, runq);

extern uint64_t sched_idle_mask;	/* CPUs that run their idle thread and are not promised to anyone; atomic */
extern uint64_t sched_fixed_waiting;	/* CPUs on which a fixed-priority thread waits; atomic hint */

static inline struct runq *rq_of(unsigned cpu) { return percpu_ptr(runq, cpu); }
static inline bool is_fixed(const struct thread *t) { return t->se.eff_prio != 0; }
static inline bool vtime_before(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b) < 0; }

/* fair.c; the run queue's lock is held */
void fair_init(struct fair_queue *fq);
void fair_enqueue(struct fair_queue *fq, struct thread *t, bool wakeup);	/* not running, not in sums */
void fair_dequeue(struct fair_queue *fq, struct thread *t);		/* out of sums, and of the tree if it is there */
void fair_put(struct fair_queue *fq, struct thread *t);			/* running -> waiting */
void fair_take(struct fair_queue *fq, struct thread *t);			/* waiting -> running */
/* Account @ns of running; true when its request is served. */
bool fair_charge(struct fair_queue *fq, struct thread *t, uint64_t ns);
/* Best of the tree and @curr (NULL: none); NULL: nobody. */
struct thread *fair_pick(struct fair_queue *fq, struct thread *curr);
struct thread *fair_last(struct fair_queue *fq, bool (*ok)(struct thread *t, void *arg), void *arg);
uint64_t fair_request_left_ns(const struct thread *t);
void fair_yield(struct fair_queue *fq, struct thread *t);
void fair_set_weight(struct fair_queue *fq, struct thread *t, uint32_t weight);	/* fq NULL: not queued */

/* fixed.c */
void fixed_init(struct fixed_queue *q);
void fixed_insert(struct fixed_queue *q, struct thread *t, bool head);	/* into its list */
void fixed_remove(struct fixed_queue *q, struct thread *t);
unsigned fixed_top(const struct fixed_queue *q);			/* highest waiting priority, 0: none */
struct thread *fixed_first(struct fixed_queue *q);

/* core.c; the lock is held */
void __rq_update_curr(struct runq *rq);
void __rq_enqueue(struct runq *rq, struct thread *t, bool wakeup);
void __rq_dequeue(struct runq *rq, struct thread *t);
void __rq_resched(struct runq *rq);			/* make its CPU switch soon */
void __rq_check_preempt(struct runq *rq, struct thread *t);	/* @t was enqueued */
struct runq *rq_lock_of(struct thread *t, uintptr_t *irq);
void rq_unlock(struct runq *rq, uintptr_t irq);

/* place.c */
unsigned place_select(struct thread *t);		/* t->lock held, t not queued */
bool place_steal(struct runq *rq);			/* own queue's lock held: pull something to run */
void place_push(struct runq *rq);			/* own queue's lock held: give away what waits */
bool place_allowed(const struct thread *t, unsigned cpu);
#endif
