/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run queues, context switches and wake-ups. The lock of a CPU's run queue is taken by the outgoing thread and released by the
 * incoming one. A waker waits for ->on_cpu to become 0 before it queues a thread elsewhere.
 */
#include <arch/irq.h>
#include <arch/smp.h>
#include <tessera/mm/space.h>
#include <tessera/smp/smp.h>
#include "../kernel.h"
#include "rq.h"

PERCPU_DEFINE(struct runq, runq);
uint64_t sched_idle_mask, sched_fixed_waiting;

static inline struct runq *this_rq(void)
{
	return this_cpu_ptr(runq);
}

/** The run queue of @t, locked; interrupts off. */
struct runq *rq_lock_of(struct thread *t, uintptr_t *irq)
{
	*irq = arch_irq_save();
	for (;;) {
		unsigned cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);
		struct runq *rq = rq_of(cpu);

		spin_lock(&rq->lock);
		if (likely(__atomic_load_n(&t->cpu, __ATOMIC_RELAXED) == cpu))
			return rq;
		spin_unlock_noresched(&rq->lock);
	}
}

void rq_unlock(struct runq *rq, uintptr_t irq)
{
	spin_unlock_irqrestore(&rq->lock, irq);
}

/** The running fair thread has had its protected time and another one is to run. */
static bool __rq_fair_over(struct runq *rq)
{
	struct thread *curr = rq->curr;

	return rq->fair.nr > 1 && curr->se.exec_start_ns - rq->picked_ns >= SCHED_GRANULARITY_NS &&
	       fair_pick(&rq->fair, curr) != curr;
}

/** Account the running thread up to now. */
void __rq_update_curr(struct runq *rq)
{
	struct thread *t = rq->curr;
	uint64_t now = time_now_ns(), ns = now - t->se.exec_start_ns;

	if ((int64_t)ns <= 0)
		return;
	t->se.exec_start_ns = now;
	if (t == rq->idle) {
		rq->idle_ns += ns;
		return;
	}
	t->cpu_ns += ns;
	if (!t->se.queued)
		return;
	if (is_fixed(t)) {
		if (t->se.policy == SCHED_POLICY_RR) {
			t->se.delayed_slice = ns >= t->se.rr_left_ns;
			t->se.rr_left_ns -= t->se.delayed_slice ? t->se.rr_left_ns : ns;
		}
	} else if (fair_charge(&rq->fair, t, ns) && rq->fair.nr > 1) {
		__rq_resched(rq);
	}
}

/** Make the CPU of @rq call schedule() soon. */
void __rq_resched(struct runq *rq)
{
	if (rq->cpu == cpu_id()) {
		__atomic_store_n(&rq->curr->core.need_resched, 1, __ATOMIC_RELAXED);
	} else if (!rq->resched_sent) {
		rq->resched_sent = true;
		arch_ipi_send(1ull << rq->cpu, IPI_RESCHED);
	}
}

/** When the running thread's slice ends if others wait; 0: they do not. */
static uint64_t __rq_slice_end(struct runq *rq)
{
	struct thread *t = rq->curr;
	uint64_t now = t->se.exec_start_ns, end;

	if (t == rq->idle)
		return 0;
	if (is_fixed(t)) {
		if (t->se.policy != SCHED_POLICY_RR || list_empty(&rq->fixed.list[t->se.eff_prio]))
			return 0;
		return now + (t->se.rr_left_ns ? t->se.rr_left_ns : 1);
	}
	if (rq->fair.nr < 2)
		return 0;
	end = now + fair_request_left_ns(t);
	/* a better one waits already: only until the protection of the running one ends */
	if (fair_pick(&rq->fair, t) != t && rq->picked_ns + SCHED_GRANULARITY_NS < end)
		end = rq->picked_ns + SCHED_GRANULARITY_NS;
	return end > now ? end : now + 1;
}

/** Own CPU: set the slice timer as the queue is now. */
static void __rq_slice_arm(struct runq *rq, uint64_t end)
{
	if (end != rq->slice_end_ns) {
		rq->slice_end_ns = end;
		timer_slice_set(end);
	}
}

/** Own CPU: earlier end of the slice than armed, if any. */
static void __rq_slice_update(struct runq *rq)
{
	__rq_slice_arm(rq, __rq_slice_end(rq));
}

void __rq_enqueue(struct runq *rq, struct thread *t, bool wakeup)
{
	t->se.queued = true;
	__atomic_store_n(&t->cpu, rq->cpu, __ATOMIC_RELAXED);
	rq->nr_running++;
	if (is_fixed(t)) {
		rq->fixed.nr++;
		fixed_insert(&rq->fixed, t, false);
		if (rq->fixed.nr > 1)
			(void)__atomic_fetch_or(&sched_fixed_waiting, 1ull << rq->cpu, __ATOMIC_RELAXED);
	} else {
		fair_enqueue(&rq->fair, t, wakeup);
	}
}

void __rq_dequeue(struct runq *rq, struct thread *t)
{
	t->se.queued = false;
	rq->nr_running--;
	if (is_fixed(t)) {
		if (t->se.in_tree)
			fixed_remove(&rq->fixed, t);
		rq->fixed.nr--;
		if (rq->fixed.nr < 2)
			(void)__atomic_fetch_and(&sched_fixed_waiting, ~(1ull << rq->cpu), __ATOMIC_RELAXED);
	} else {
		fair_dequeue(&rq->fair, t);
	}
}

void __rq_check_preempt(struct runq *rq, struct thread *t)
{
	struct thread *curr = rq->curr;
	bool preempt;

	if (curr == rq->idle) {
		preempt = true;
	} else if (is_fixed(t) || is_fixed(curr)) {
		preempt = t->se.eff_prio > curr->se.eff_prio;
	} else {
		/* a short protection, so that a burst of wake-ups does not switch each time */
		preempt = curr->se.exec_start_ns - rq->picked_ns >= SCHED_GRANULARITY_NS &&
			  fair_pick(&rq->fair, curr) == t;
	}
	if (preempt)
		__rq_resched(rq);
	else if (rq->cpu == cpu_id())
		__rq_slice_update(rq);
	else if (!rq->slice_end_ns)
		__rq_resched(rq);	/* no slice timer runs there: the interrupt arms it */
}

/** Choose who runs next; the outgoing thread has been put back or dequeued. Never NULL. */
static struct thread *__pick_next(struct runq *rq)
{
	struct thread *t;

	if (rq->fixed.nr || unlikely(__atomic_load_n(&sched_fixed_waiting, __ATOMIC_RELAXED) & ~(1ull << rq->cpu)) ||
	    rq->nr_running == 0)
		place_steal(rq);
	t = fixed_first(&rq->fixed);
	if (t) {
		fixed_remove(&rq->fixed, t);
		if (t->se.policy == SCHED_POLICY_RR && t->se.rr_left_ns == 0)
			t->se.rr_left_ns = SCHED_RR_SLICE_NS;
		return t;
	}
	t = fair_pick(&rq->fair, NULL);
	if (t) {
		fair_take(&rq->fair, t);
		return t;
	}
	return rq->idle;
}

/** The running thread goes back among the waiting. */
static void __put_prev(struct runq *rq, struct thread *t)
{
	if (!is_fixed(t)) {
		fair_put(&rq->fair, t);
		return;
	}
	/* preempted by a more urgent one: first of its list; slice used up or yielded: last */
	fixed_insert(&rq->fixed, t, !t->se.delayed_slice);
	t->se.delayed_slice = false;
}

static void idle_mask_set(unsigned cpu, bool idle)
{
	if (idle)
		(void)__atomic_fetch_or(&sched_idle_mask, 1ull << cpu, __ATOMIC_RELAXED);
	else
		(void)__atomic_fetch_and(&sched_idle_mask, ~(1ull << cpu), __ATOMIC_RELAXED);
}

/** Queue @t, which is off its CPU and whose lock is held. */
static void wake_place(struct thread *t)
{
	struct runq *rq = rq_of(place_select(t));

	spin_lock(&rq->lock);
	__rq_update_curr(rq);
	__rq_enqueue(rq, t, true);
	__rq_check_preempt(rq, t);
	spin_unlock_noresched(&rq->lock);
}

/** @t left a CPU that its affinity excludes: queue it on another, unless a waker has. Interrupts off. */
static void migrate_now(struct thread *t)
{
	spin_lock(&t->lock);
	t->se.migrate = false;
	if (!t->se.queued)
		wake_place(t);
	spin_unlock_noresched(&t->lock);
}

/** After a switch, on the incoming thread, run queue locked by the outgoing one: let @prev go. Interrupts off. */
static void finish_switch(struct thread *prev)
{
	struct runq *rq = this_rq();

	bool dead = prev->state == THREAD_DEAD, migrate = prev->se.migrate;

	/* from here a waker may queue it on another CPU; pairs with the load in thread_wake_states() */
	__atomic_store_n(&prev->on_cpu, 0, __ATOMIC_RELEASE);
	spin_release_raw(&rq->lock);
	preempt_enable_noresched();
	if (unlikely(dead))
		thread_unref(prev);
	else if (unlikely(migrate))
		migrate_now(prev);
}

/** The first code of a new thread: end the switch that began it. Interrupts off. */
void sched_finish_first(void)
{
	finish_switch(this_rq()->switched_from);
}

/** One pass of the scheduler. @preempted: the thread stays runnable whatever its state says. Interrupts off. */
static void schedule_once(bool preempted)
{
	struct thread *prev = current, *next;
	struct runq *rq = this_rq();
	bool stays = false;

	spin_lock(&rq->lock);
	__rq_update_curr(rq);
	prev->core.need_resched = 0;
	if (prev != rq->idle) {
		uint32_t state = __atomic_load_n(&prev->state, __ATOMIC_SEQ_CST);

		stays = state == THREAD_RUNNING || preempted;
		if (!stays && state == THREAD_SLEEPING_INTR && thread_interrupted(prev)) {
			prev->state = THREAD_RUNNING;
			stays = true;
		}
		if (stays && likely(place_allowed(prev, rq->cpu))) {
			__put_prev(rq, prev);
		} else {
			prev->se.migrate = stays;
			__rq_dequeue(rq, prev);
		}
	}
	next = __pick_next(rq);
	rq->curr = next;
	next->se.exec_start_ns = prev->se.exec_start_ns;
	if (next == prev) {
		__rq_slice_update(rq);
		spin_unlock_noresched(&rq->lock);
		return;
	}
	prev->nivcsw += stays;
	prev->nvcsw += !stays;
	rq->picked_ns = next->se.exec_start_ns;
	__atomic_store_n(&rq->nr_switches, rq->nr_switches + 1, __ATOMIC_RELEASE);
	if (next == rq->idle || prev == rq->idle)
		idle_mask_set(rq->cpu, next == rq->idle);
	__rq_slice_update(rq);
	if (unlikely(rq->fixed.nr > 1))
		place_push(rq);
	next->on_cpu = 1;
	if (prev->space != next->space)
		space_switch(next->space);
	rq->switched_from = prev;
	/* the lock goes over to next: it leaves prev's list, and next's count is still raised from its own switch */
	lockrank_release(&rq->lock, RANK_RUNQUEUE);
	finish_switch(arch_thread_switch(prev, next));
}

void schedule(void)
{
	uintptr_t irq = arch_irq_save();

	do {
		schedule_once(false);
	} while (current->core.need_resched);
	arch_irq_restore(irq);
}

void preempt_schedule(void)
{
	if (arch_irq_disabled() || thread_core()->preempt_count)
		return;
	sched_preempt();
}

void sched_preempt(void)
{
	uintptr_t irq = arch_irq_save();

	while (current->core.need_resched)
		schedule_once(true);
	arch_irq_restore(irq);
}

void sched_exit(void)
{
	struct thread *t = current;

	(void)arch_irq_save();
	__atomic_store_n(&t->state, THREAD_DEAD, __ATOMIC_SEQ_CST);
	schedule_once(false);
	unreachable();
}

void sched_yield_now(void)
{
	struct thread *t = current;
	uintptr_t irq;
	struct runq *rq = rq_lock_of(t, &irq);

	__rq_update_curr(rq);
	if (is_fixed(t))
		t->se.delayed_slice = true;
	else if (t != rq->idle)
		fair_yield(&rq->fair, t);
	spin_unlock_noresched(&rq->lock);
	schedule_once(true);
	arch_irq_restore(irq);
}

static bool thread_wake_states(struct thread *t, uint32_t mask)
{
	uintptr_t irq;
	bool woken = false;

	smp_mb();		/* the condition was changed before the state is read; pairs with thread_set_state() */
	if (!(mask >> __atomic_load_n(&t->state, __ATOMIC_RELAXED) & 1))
		return false;
	irq = spin_lock_irqsave(&t->lock);
	if (!(mask >> __atomic_load_n(&t->state, __ATOMIC_RELAXED) & 1))
		goto out_unlock;
	woken = true;
	if (t->se.queued) {
		uintptr_t unused;
		struct runq *rq = rq_lock_of(t, &unused);
		bool queued = t->se.queued;

		if (queued)	/* on its way to sleep, or preempted before it got there */
			__atomic_store_n(&t->state, THREAD_RUNNING, __ATOMIC_RELAXED);
		spin_unlock_noresched(&rq->lock);
		if (queued)
			goto out_unlock;
	}
	__atomic_store_n(&t->state, THREAD_RUNNING, __ATOMIC_RELAXED);
	while (__atomic_load_n(&t->on_cpu, __ATOMIC_ACQUIRE))
		arch_cpu_relax();	/* it is in schedule_once() and needs none of our locks to leave */
	wake_place(t);
out_unlock:
	spin_unlock_irqrestore(&t->lock, irq);
	return woken;
}

bool thread_wake(struct thread *t)
{
	return thread_wake_states(t, 1u << THREAD_SLEEPING | 1u << THREAD_SLEEPING_INTR);
}

bool thread_wake_interruptible(struct thread *t)
{
	return thread_wake_states(t, 1u << THREAD_SLEEPING_INTR);
}

void sched_new_thread(struct thread *t)
{
	(void)thread_wake_states(t, 1u << THREAD_NEW);
}

void sched_kick(struct thread *t)
{
	unsigned cpu;

	preempt_disable();
	cpu = __atomic_load_n(&t->cpu, __ATOMIC_RELAXED);
	/* the interrupt alone does it: on its way back to user mode the work word is looked at */
	if (t != current && __atomic_load_n(&t->on_cpu, __ATOMIC_ACQUIRE) && cpu != cpu_id())
		arch_ipi_send(1ull << cpu, IPI_RESCHED);
	preempt_enable();
}

/* --- interrupts: all on the own CPU, interrupts off */

void sched_ipi(void)
{
	struct runq *rq = this_rq();

	spin_lock(&rq->lock);
	__rq_update_curr(rq);
	if (rq->resched_sent) {
		struct thread *curr = rq->curr;
		bool idle = curr == rq->idle;

		rq->resched_sent = false;
		/* look again: the sender may only have wanted the slice timer */
		if (idle ? rq->nr_running != 0 :
		    fixed_top(&rq->fixed) > curr->se.eff_prio || curr->state == THREAD_DEAD ||
		    !place_allowed(curr, rq->cpu) ||
		    (!is_fixed(curr) && __rq_fair_over(rq)))
			curr->core.need_resched = 1;
		else if (idle)
			idle_mask_set(rq->cpu, true);	/* what it was promised for went elsewhere */
		else
			__rq_slice_update(rq);
	}
	spin_unlock_noresched(&rq->lock);
}

void sched_slice_end(void)
{
	struct runq *rq = this_rq();
	struct thread *curr;

	spin_lock(&rq->lock);
	rq->slice_end_ns = 0;
	__rq_update_curr(rq);
	curr = rq->curr;
	if (curr != rq->idle && (is_fixed(curr) ? curr->se.delayed_slice : __rq_fair_over(rq)))
		curr->core.need_resched = 1;
	if (!curr->core.need_resched)
		__rq_slice_update(rq);
	if (rq->nr_running > 1)
		place_push(rq);
	spin_unlock_noresched(&rq->lock);
}

/* --- start, idle */

void sched_cpu_init(unsigned cpu, struct thread *idle)
{
	struct runq *rq = rq_of(cpu);

	spin_init(&rq->lock, RANK_RUNQUEUE);
	rq->cpu = cpu;
	rq->curr = rq->idle = idle;
	fair_init(&rq->fair);
	fixed_init(&rq->fixed);
	idle->cpu = cpu;
	idle->se.exec_start_ns = time_now_ns();
}

void sched_init(void)
{
	sched_cpu_init(0, &boot_thread);
}

void sched_thread_init(struct thread *t)
{
	t->se.weight = WEIGHT_NICE0;
	t->se.slice_ns = SCHED_SLICE_NS;
	list_init(&t->se.link);
}

void sched_idle_loop(void)
{
	struct thread *t = current;

	idle_mask_set(cpu_id(), true);
	for (;;) {
		while (!__atomic_load_n(&t->core.need_resched, __ATOMIC_RELAXED) && sched_idle_work())
			;
		arch_irq_disable();
		if (t->core.need_resched) {
			schedule_once(false);
			arch_irq_enable();
			continue;
		}
		epoch_idle_enter();
		arch_cpu_idle();
		arch_irq_disable();
		epoch_idle_exit();
		arch_irq_enable();
	}
}
