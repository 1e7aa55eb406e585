/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Placement: where a woken thread runs, what an idle CPU pulls, what a crowded one pushes. A second run queue is only ever taken by
 * trylock, so no order of CPUs is needed; who fails to get it tries again at its next switch.
 */
#include <tessera/mm/alloc.h>
#include "../kernel.h"
#include "rq.h"

bool place_allowed(const struct thread *t, unsigned cpu)
{
	return __atomic_load_n(&t->affinity, __ATOMIC_RELAXED) >> cpu & 1;
}

/** Promise an idle CPU of @mask to the caller, @first if it is one of them; -1: none. */
static int claim_idle(uint64_t mask, unsigned first)
{
	for (;;) {
		uint64_t idle = __atomic_load_n(&sched_idle_mask, __ATOMIC_RELAXED) & mask;
		unsigned cpu;

		if (!idle)
			return -1;
		cpu = idle >> first & 1 ? first : (unsigned)__builtin_ctzll(idle);
		if (__atomic_fetch_and(&sched_idle_mask, ~(1ull << cpu), __ATOMIC_RELAXED) >> cpu & 1)
			return (int)cpu;
	}
}

/** CPU of @mask whose running thread has the lowest fixed priority below @prio; -1: none. Unlocked reads: a hint. */
static int least_urgent(uint64_t mask, unsigned prio)
{
	int best = -1;

	for (unsigned cpu = 0; cpu < cpus_online; cpu++) {
		unsigned p;

		if (!(mask >> cpu & 1))
			continue;
		p = __atomic_load_n(&rq_of(cpu)->curr, __ATOMIC_RELAXED)->se.eff_prio;
		if (p < prio) {
			prio = p;
			best = (int)cpu;
		}
	}
	return best;
}

unsigned place_select(struct thread *t)
{
	uint64_t mask = t->affinity & cpus_online_mask;
	unsigned last = t->cpu;
	int cpu;

	if (unlikely(!mask))
		mask = 1;
	if (!(mask & (mask - 1)))
		return (unsigned)__builtin_ctzll(mask);
	cpu = claim_idle(mask, last);
	if (cpu >= 0)
		return (unsigned)cpu;
	if (is_fixed(t)) {
		if ((mask >> last & 1) && rq_of(last)->curr->se.eff_prio < t->se.eff_prio)
			return last;
		cpu = least_urgent(mask, t->se.eff_prio);
		if (cpu >= 0)
			return (unsigned)cpu;
	}
	return mask >> last & 1 ? last : (unsigned)__builtin_ctzll(mask);
}

/** Move waiting @t from @from to @to; both locked. */
static void move(struct runq *from, struct runq *to, struct thread *t)
{
	__rq_dequeue(from, t);
	__rq_enqueue(to, t, false);
}

static bool may_run_on(struct thread *t, void *arg)
{
	return place_allowed(t, *(unsigned *)arg);
}

/** Most urgent waiting fixed-priority thread of @rq above @prio that may run on @cpu. */
static struct thread *fixed_candidate(struct runq *rq, unsigned prio, unsigned cpu)
{
	unsigned left = 8;

	for (unsigned p = fixed_top(&rq->fixed); p > prio && left; p--) {
		struct list_head *pos;

		if (!(rq->fixed.bits[p / 64] >> (p % 64) & 1))
			continue;
		for (pos = rq->fixed.list[p].next; pos != &rq->fixed.list[p] && left; pos = pos->next, left--) {
			struct thread *t = container_of(pos, struct thread, se.link);

			if (place_allowed(t, cpu))
				return t;
		}
	}
	return NULL;
}

/** Pull from @from what @rq should run instead of what it has. */
static bool steal_from(struct runq *rq, struct runq *from)
{
	struct thread *t = fixed_candidate(from, fixed_top(&rq->fixed), rq->cpu);

	if (!t && rq->nr_running == 0 && from->nr_running > 1)
		t = fair_last(&from->fair, may_run_on, &rq->cpu);
	if (!t)
		return false;
	move(from, rq, t);
	return true;
}

bool place_steal(struct runq *rq)
{
	uint64_t urgent = __atomic_load_n(&sched_fixed_waiting, __ATOMIC_RELAXED);

	for (unsigned i = 1; i < cpus_online; i++) {
		unsigned cpu = (rq->cpu + i) % cpus_online;
		struct runq *from = rq_of(cpu);
		bool done;

		if (!(urgent >> cpu & 1) &&
		    (rq->nr_running != 0 || __atomic_load_n(&from->nr_running, __ATOMIC_RELAXED) < 2))
			continue;
		if (!spin_trylock(&from->lock))
			continue;
		done = steal_from(rq, from);
		spin_unlock_noresched(&from->lock);
		if (done)
			return true;
	}
	return false;
}

/** Give @t of @rq to @cpu. */
static void push_to(struct runq *rq, struct thread *t, unsigned cpu)
{
	struct runq *to = rq_of(cpu);

	if (!spin_trylock(&to->lock))
		return;
	__rq_update_curr(to);
	move(rq, to, t);
	__rq_check_preempt(to, t);
	spin_unlock_noresched(&to->lock);
}

void place_push(struct runq *rq)
{
	uint64_t others = cpus_online_mask & ~(1ull << rq->cpu);
	struct thread *t = fixed_first(&rq->fixed);
	unsigned best = rq->cpu, least = rq->nr_running;
	int cpu;

	if (t) {
		cpu = least_urgent(t->affinity & others, t->se.eff_prio);
		if (cpu >= 0)
			push_to(rq, t, (unsigned)cpu);
		return;
	}
	for (unsigned i = 0; i < cpus_online; i++) {
		unsigned n = __atomic_load_n(&rq_of(i)->nr_running, __ATOMIC_RELAXED);

		if (n + 1 < least) {
			least = n;
			best = i;
		}
	}
	if (best == rq->cpu)
		return;
	t = fair_last(&rq->fair, may_run_on, &best);
	if (t)
		push_to(rq, t, best);
}

bool sched_idle_work(void)
{
	return mm_idle_work();
}
