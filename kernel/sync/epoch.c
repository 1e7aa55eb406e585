/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Epoch-based reclaim. A read section is a stretch with preemption off. So a CPU is quiescent when it switches context, idles, or
 * takes a probe (IPI) while its preemption count is zero, which covers user mode. One thread runs the grace periods: it notes the
 * switch counts, gives the CPUs a moment, probes those left, and runs the callbacks.
 */
#include <tessera/lib/errno.h>
#include <tessera/smp/smp.h>
#include <tessera/sync/completion.h>
#include <tessera/sync/epoch.h>
#include <tessera/thread/thread.h>
#include "../kernel.h"

enum { EPOCH_GRACE_NS = 1000000 };

struct epoch_cpu {
	struct epoch_head *pending;	/* LIFO, atomic: pushed by this CPU, taken whole by the thread */
	uint32_t idle;			/* 1: in the idle loop with nothing running, so quiescent */
	uint32_t probed;		/* the last probe found it quiescent */
};
static PERCPU_DEFINE(struct epoch_cpu, epoch_cpu);
static struct waitq epoch_queue = WAITQ_INIT(epoch_queue);
static uint32_t epoch_due;		/* callbacks are waiting; atomic */
static uint64_t epoch_periods;

void epoch_call(struct epoch_head *h, void (*fn)(struct epoch_head *h))
{
	struct epoch_cpu *ec;

	h->fn = fn;
	preempt_disable();
	ec = this_cpu_ptr(epoch_cpu);
	h->next = __atomic_load_n(&ec->pending, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&ec->pending, &h->next, h, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	if (!__atomic_load_n(&epoch_due, __ATOMIC_RELAXED) && !__atomic_exchange_n(&epoch_due, 1, __ATOMIC_ACQ_REL))
		waitq_wake_all(&epoch_queue);
	preempt_enable();
}

void epoch_idle_enter(void)
{
	/* sequentially consistent: the grace period sees it, or we see what it unlinked */
	__atomic_store_n(&this_cpu_ptr(epoch_cpu)->idle, 1, __ATOMIC_SEQ_CST);
}

void epoch_idle_exit(void)
{
	__atomic_store_n(&this_cpu_ptr(epoch_cpu)->idle, 0, __ATOMIC_SEQ_CST);
	smp_mb();
}

/* On each CPU that is left, interrupts off. */
static void epoch_probe(void *unused)
{
	uint32_t count = thread_core()->preempt_count;

	/* the handler itself counts PREEMPT_IRQ; a call for the own CPU comes with preemption off once */
	__atomic_store_n(&this_cpu_ptr(epoch_cpu)->probed, (count & (PREEMPT_IRQ - 1)) == 0, __ATOMIC_SEQ_CST);
}

/** CPUs of @mask that have not been quiescent since their switch count was @seen. */
static uint64_t epoch_unquiet(uint64_t mask, const uint64_t *seen)
{
	uint64_t left = 0;

	for (unsigned cpu = 0; cpu < cpus_online; cpu++) {
		if (!(mask >> cpu & 1))
			continue;
		if (sched_cpu_switches(cpu) == seen[cpu] &&
		    !__atomic_load_n(&percpu_ptr(epoch_cpu, cpu)->idle, __ATOMIC_SEQ_CST))
			left |= 1ull << cpu;
	}
	return left;
}

/** Wait for a grace period; by the epoch thread. */
static void epoch_grace(void)
{
	static uint64_t seen[CPUS_MAX];
	uint64_t left, probe;

	smp_mb();			/* what was unlinked before is seen unlinked by who starts reading now */
	for (unsigned cpu = 0; cpu < cpus_online; cpu++)
		seen[cpu] = sched_cpu_switches(cpu);
	left = epoch_unquiet(cpus_online_mask, seen);
	while (left) {
		/* sleeping here is a switch, so the own CPU never stays in the mask */
		(void)thread_sleep_until(time_now_ns() + EPOCH_GRACE_NS, WAIT_UNINTERRUPTIBLE);
		left = epoch_unquiet(left, seen);
		preempt_disable();
		probe = left & ~(1ull << cpu_id());
		for (unsigned cpu = 0; cpu < cpus_online; cpu++)
			if (probe >> cpu & 1)
				percpu_ptr(epoch_cpu, cpu)->probed = 0;
		if (probe)
			smp_call_mask(probe, epoch_probe, NULL);
		preempt_enable();
		for (unsigned cpu = 0; cpu < cpus_online; cpu++)
			if ((probe >> cpu & 1) && __atomic_load_n(&percpu_ptr(epoch_cpu, cpu)->probed, __ATOMIC_SEQ_CST))
				left &= ~(1ull << cpu);
	}
	smp_mb();
	epoch_periods++;
}

/** Take all callbacks, in the order of their CPUs, oldest first within one. */
static struct epoch_head *epoch_take(void)
{
	struct epoch_head *all = NULL, **tail = &all;

	for (unsigned cpu = 0; cpu < cpus_online; cpu++) {
		struct epoch_head *h = __atomic_exchange_n(&percpu_ptr(epoch_cpu, cpu)->pending, NULL, __ATOMIC_ACQUIRE);
		struct epoch_head *fifo = NULL, *next, *last = h;

		for (; h; h = next) {
			next = h->next;
			h->next = fifo;
			fifo = h;
		}
		if (fifo) {
			*tail = fifo;
			tail = &last->next;
		}
	}
	return all;
}

static void epoch_thread(void *unused)
{
	for (;;) {
		struct epoch_head *h, *next;

		wait_event(&epoch_queue, __atomic_load_n(&epoch_due, __ATOMIC_ACQUIRE));
		__atomic_store_n(&epoch_due, 0, __ATOMIC_SEQ_CST);
		h = epoch_take();
		if (!h)
			continue;
		epoch_grace();
		for (; h; h = next) {
			next = h->next;
			h->fn(h);
		}
	}
}

struct epoch_waiter {
	struct epoch_head head;
	struct completion done;
};

static void epoch_waiter_done(struct epoch_head *h)
{
	complete(&container_of(h, struct epoch_waiter, head)->done);
}

void epoch_wait(void)
{
	struct epoch_waiter w;

	might_sleep();
	completion_init(&w.done);
	epoch_call(&w.head, epoch_waiter_done);
	wait_for_completion(&w.done);
}

void epoch_barrier(void)
{
	/* the first wait ends after the batch it was taken with has waited, the second after that batch has run */
	epoch_wait();
	epoch_wait();
}

void epoch_init(void)
{
	if (!thread_run("epoch", epoch_thread, NULL))
		panic("epoch: no memory for the thread");
}
