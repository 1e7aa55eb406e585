/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks, completions, calls to other CPUs, interrupt lines. */
#include <tessera/ktest/ktest.h>
#include <tessera/lib/errno.h>
#include <tessera/smp/smp.h>
#include <tessera/sync/completion.h>
#include <tessera/sync/mutex.h>
#include <tessera/thread/thread.h>
#include "../kernel.h"

enum { MS = 1000000, ROUNDS = 800, CALLS = 50 };

struct counter {
	struct spinlock spin;
	struct mutex mutex;
	struct rwmutex rw;
	unsigned plain;			/* not atomic on purpose: only the lock keeps it right */
	unsigned readers_bad;
};

static void count_spin(void *arg, unsigned i)
{
	struct counter *c = arg;

	for (unsigned n = 0; n < ROUNDS; n++) {
		uintptr_t irq = spin_lock_irqsave(&c->spin);

		WRITE_ONCE(c->plain, READ_ONCE(c->plain) + 1);
		spin_unlock_irqrestore(&c->spin, irq);
	}
}

KTEST(sync, spinlock)
{
	struct counter c = { .spin = SPINLOCK_INIT(RANK_PMO) };

	(void)ktest_run_threads(8, count_spin, &c);
	KEXPECT_EQ(c.plain, 8 * ROUNDS);
	KEXPECT(spin_trylock(&c.spin));
	KEXPECT(spin_is_locked(&c.spin));
	spin_unlock(&c.spin);
	KEXPECT(!spin_is_locked(&c.spin));
}

static void count_mutex(void *arg, unsigned i)
{
	struct counter *c = arg;

	for (unsigned n = 0; n < ROUNDS; n++) {
		unsigned v;

		mutex_lock(&c->mutex);
		v = READ_ONCE(c->plain);
		if (n % 64 == 0)
			sched_yield_now();	/* the owner goes away with the lock held */
		WRITE_ONCE(c->plain, v + 1);
		if (!mutex_is_mine(&c->mutex))
			ktest_fail(__FILE__, __LINE__, "not the owner");
		mutex_unlock(&c->mutex);
	}
}

KTEST(sync, mutex)
{
	struct counter c = { .plain = 0 };

	mutex_init(&c.mutex, RANK_SPACE);
	(void)ktest_run_threads(8, count_mutex, &c);
	KEXPECT_EQ(c.plain, 8 * ROUNDS);
	KEXPECT(mutex_trylock(&c.mutex));
	KEXPECT(!mutex_trylock(&c.mutex));
	mutex_unlock(&c.mutex);
	KEXPECT_EQ(c.mutex.owner, 0);
}

static void count_rw(void *arg, unsigned i)
{
	struct counter *c = arg;

	for (unsigned n = 0; n < ROUNDS / 4; n++) {
		if (i % 4 == 0) {
			rwmutex_lock_write(&c->rw);
			WRITE_ONCE(c->plain, READ_ONCE(c->plain) + 1);
			WRITE_ONCE(c->plain, READ_ONCE(c->plain) + 1);
			rwmutex_unlock_write(&c->rw);
		} else {
			rwmutex_lock_read(&c->rw);
			if (READ_ONCE(c->plain) & 1)
				(void)__atomic_fetch_add(&c->readers_bad, 1, __ATOMIC_RELAXED);
			rwmutex_unlock_read(&c->rw);
		}
	}
}

KTEST(sync, rwmutex)
{
	struct counter c = { .plain = 0 };

	rwmutex_init(&c.rw, RANK_SPACE);
	(void)ktest_run_threads(8, count_rw, &c);
	KEXPECT_EQ(c.plain, 2 * 2 * (ROUNDS / 4));
	KEXPECT_EQ(c.readers_bad, 0);
}

/* --- priority lending: an urgent waiter makes the owner as urgent */
static void lend_waiter(void *arg)
{
	struct mutex *m = arg;

	mutex_lock(m);
	mutex_unlock(m);
}

KTEST(sync, mutex_lends_priority)
{
	struct thread *t = thread_create("urgent", lend_waiter, NULL);
	struct mutex m;

	VERIFY(t);
	mutex_init(&m, RANK_SPACE);
	t->arg = &m;
	KEXPECT_EQ(sched_set_policy(t, SCHED_POLICY_FIFO, 40, 0), 0);
	mutex_lock(&m);
	thread_start(t);
	for (unsigned n = 0; READ_ONCE(current->se.eff_prio) != 40; n++) {
		if (!KEXPECT_LT(n, 2000))
			break;
		(void)thread_sleep_until(time_now_ns() + MS, 0);
	}
	mutex_unlock(&m);
	(void)thread_join(t);
	KEXPECT_EQ(current->se.eff_prio, 0);
}

static void mutex_try_interruptible(void *arg)
{
	if (mutex_lock_interruptible(arg) == 0) {
		mutex_unlock(arg);
		thread_exit(1);
	}
	thread_exit(2);
}

KTEST(sync, mutex_interruptible)
{
	struct thread *t = thread_create("intr", mutex_try_interruptible, NULL);
	struct mutex m;

	VERIFY(t);
	mutex_init(&m, RANK_SPACE);
	t->arg = &m;
	mutex_lock(&m);
	thread_start(t);
	(void)thread_sleep_until(time_now_ns() + 5 * MS, 0);
	thread_work_set(t, WORK_INTR);
	KEXPECT_EQ(thread_join(t), 2);
	mutex_unlock(&m);
}

/* --- completions */
static void completer(void *arg)
{
	complete(arg);
}

KTEST(sync, completion)
{
	for (unsigned n = 0; n < 200; n++) {
		struct completion c;	/* gone as soon as the wait ends */
		struct thread *t;

		completion_init(&c);
		t = thread_create("complete", completer, &c);
		VERIFY(t);
		thread_start(t);
		KEXPECT_EQ(completion_wait(&c, 0, time_now_ns() + 20000ull * MS), 0);
		(void)thread_join(t);
	}
}

KTEST(sync, completion_timeout)
{
	struct completion c;
	uint64_t start = time_now_ns();

	completion_init(&c);
	KEXPECT_EQ(completion_wait(&c, 0, start + 10 * MS), -ETIMEDOUT);
	KEXPECT_GE(time_now_ns(), start + 10 * MS);
	complete(&c);
	KEXPECT_EQ(completion_wait(&c, 0, start), 0);	/* done wins over a time-out that is past */
}

/* --- calls to other CPUs */
static void note_call(void *arg)
{
	unsigned *hits = arg;

	(void)__atomic_fetch_add(&hits[cpu_id()], 1, __ATOMIC_RELAXED);
}

static void call_all(void *arg, unsigned i)
{
	for (unsigned n = 0; n < CALLS; n++)
		smp_call_mask(cpus_online_mask, note_call, arg);
}

KTEST(smp, call)
{
	unsigned hits[CPUS_MAX] = { 0 }, threads = cpus_online * 2;

	/* all CPUs call all CPUs at once: each answers while it waits */
	(void)ktest_run_threads(threads, call_all, hits);
	for (unsigned cpu = 0; cpu < cpus_online; cpu++)
		KEXPECT_EQ(hits[cpu], threads * CALLS);
	smp_call_mask(0, note_call, hits);
	smp_call_mask(1, note_call, hits);
	KEXPECT_EQ(hits[0], threads * CALLS + 1);
}
