/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies, nice values, affinity, lent priorities, statistics. */
#include <tessera/lib/errno.h>
#include <tessera/smp/smp.h>
#include "../kernel.h"
#include "rq.h"

/* Weight of nice -20..19: 1024 * 1.25^-nice, rounded, so that one step is about 10 % of the time of two threads. */
static const uint32_t nice_weight[40] = {
	88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921,
	9537, 7629, 6104, 4883, 3906, 3125, 2500, 2000, 1600, 1280,
	1024, 819, 655, 524, 419, 336, 268, 215, 172, 137,
	110, 88, 70, 56, 45, 36, 29, 23, 18, 15,
};

uint32_t sched_nice_weight(int nice)
{
	if (nice < SCHED_NICE_MIN)
		nice = SCHED_NICE_MIN;
	if (nice > SCHED_NICE_MAX)
		nice = SCHED_NICE_MAX;
	return nice_weight[nice - SCHED_NICE_MIN];
}

struct change {
	uint8_t policy, prio, lent;
	int8_t nice;
};

/** Apply @c to @t: out of its queue, change, in again. t->lock is held, interrupts off. */
static void __change(struct thread *t, const struct change *c)
{
	uint32_t weight = c->policy == SCHED_POLICY_IDLE ? 3 : sched_nice_weight(c->nice);
	uintptr_t irq;
	struct runq *rq = rq_lock_of(t, &irq);
	bool queued = t->se.queued, running = rq->curr == t;

	__rq_update_curr(rq);
	if (queued)
		__rq_dequeue(rq, t);
	t->se.policy = c->policy;
	t->se.prio = c->prio;
	t->se.nice = c->nice;
	t->lent_prio = c->lent;
	t->se.eff_prio = c->lent > c->prio ? c->lent : c->prio;
	t->se.rr_left_ns = SCHED_RR_SLICE_NS;
	t->se.delayed_slice = false;
	fair_set_weight(NULL, t, weight);
	if (queued) {
		__rq_enqueue(rq, t, false);
		if (running && is_fixed(t))
			fixed_remove(&rq->fixed, t);
		else if (running)
			fair_take(&rq->fair, t);
		if (running)
			__rq_resched(rq);
		else
			__rq_check_preempt(rq, t);
	}
	spin_unlock_noresched(&rq->lock);
}

int sched_set_policy(struct thread *t, enum sched_policy policy, unsigned prio, int nice)
{
	bool fixed = policy == SCHED_POLICY_FIFO || policy == SCHED_POLICY_RR;
	struct change c = { .policy = (uint8_t)policy, .prio = (uint8_t)prio, .nice = (int8_t)nice };
	uintptr_t irq;

	if (!fixed && policy != SCHED_POLICY_FAIR && policy != SCHED_POLICY_BATCH && policy != SCHED_POLICY_IDLE)
		return -EINVAL;
	if (fixed ? prio < 1 || prio > SCHED_PRIO_MAX : prio != 0)
		return -EINVAL;
	if (nice < SCHED_NICE_MIN || nice > SCHED_NICE_MAX)
		return -EINVAL;
	irq = spin_lock_irqsave(&t->lock);
	c.lent = t->lent_prio;
	__change(t, &c);
	spin_unlock_irqrestore(&t->lock, irq);
	return 0;
}

void sched_lend(struct thread *t, unsigned prio)
{
	uintptr_t irq = spin_lock_irqsave(&t->lock);
	struct change c = { t->se.policy, t->se.prio, (uint8_t)prio, t->se.nice };

	if (t->lent_prio != prio && (prio == 0 || prio > t->lent_prio))
		__change(t, &c);
	spin_unlock_irqrestore(&t->lock, irq);
}

int sched_set_affinity(struct thread *t, uint64_t mask)
{
	uintptr_t irq, unused;
	struct runq *rq;

	if (!(mask & cpus_online_mask))
		return -EINVAL;
	irq = spin_lock_irqsave(&t->lock);
	__atomic_store_n(&t->affinity, mask, __ATOMIC_RELAXED);
	rq = rq_lock_of(t, &unused);
	if (t->se.queued && !place_allowed(t, rq->cpu)) {
		if (t->se.in_tree) {		/* waits: move it now */
			struct runq *to;

			__rq_update_curr(rq);
			__rq_dequeue(rq, t);
			spin_unlock_noresched(&rq->lock);
			to = rq_of(place_select(t));
			spin_lock(&to->lock);
			__rq_update_curr(to);
			__rq_enqueue(to, t, false);
			__rq_check_preempt(to, t);
			spin_unlock_noresched(&to->lock);
			spin_unlock_irqrestore(&t->lock, irq);
			return 0;
		}
		__rq_resched(rq);		/* runs: its CPU lets it go (schedule_once) */
	}
	spin_unlock_noresched(&rq->lock);
	spin_unlock_irqrestore(&t->lock, irq);
	/* the caller itself moved, when this returns */
	if (t == current && thread_core()->need_resched && thread_core()->preempt_count == 0)
		sched_preempt();
	return 0;
}

uint64_t sched_cpu_time_ns(struct thread *t)
{
	uintptr_t irq;
	struct runq *rq = rq_lock_of(t, &irq);
	uint64_t ns;

	if (rq->curr == t)
		__rq_update_curr(rq);
	ns = t->cpu_ns;
	rq_unlock(rq, irq);
	return ns;
}

uint64_t sched_slice_ns(const struct thread *t)
{
	if (t->se.policy == SCHED_POLICY_RR)
		return SCHED_RR_SLICE_NS;
	return t->se.policy == SCHED_POLICY_FIFO ? 0 : t->se.slice_ns;
}

uint64_t sched_idle_ns(unsigned cpu)
{
	struct runq *rq = rq_of(cpu);
	uintptr_t irq = spin_lock_irqsave(&rq->lock);
	uint64_t ns;

	__rq_update_curr(rq);
	ns = rq->idle_ns;
	rq_unlock(rq, irq);
	return ns;
}

uint64_t sched_cpu_switches(unsigned cpu)
{
	return __atomic_load_n(&rq_of(cpu)->nr_switches, __ATOMIC_ACQUIRE);
}

unsigned sched_nr_running(void)
{
	unsigned n = 0;

	for (unsigned cpu = 0; cpu < cpus_online; cpu++)
		n += __atomic_load_n(&rq_of(cpu)->nr_running, __ATOMIC_RELAXED);
	return n;
}

uint64_t sched_nr_switches(void)
{
	uint64_t n = 0;

	for (unsigned cpu = 0; cpu < cpus_online; cpu++)
		n += sched_cpu_switches(cpu);
	return n;
}
