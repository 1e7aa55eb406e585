/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Costs of the hot paths, printed as notes. Under 'qemu -icount shift=0' the counter of ports that count instructions gives
 * instructions; else it gives whatever arch_cycles() counts. The checks only see that the paths did run.
 */
#include <tessera/ktest/ktest.h>
#include <tessera/sync/completion.h>
#include <tessera/sync/mutex.h>
#include <tessera/thread/thread.h>
#include "../kernel.h"

enum { LOOPS = 1000 };

static void yield_loop(void *arg)
{
	for (unsigned i = 0; i < LOOPS; i++)
		sched_yield_now();
}

static void note(const char *what, uint64_t cycles, uint64_t n)
{
	ktest_note("%s: %llu cycles", what, (unsigned long long)(cycles / n));
}

/* Fixed priority, so that yielding always switches, and nothing else runs. */
static struct thread *partner(void (*fn)(void *arg), void *arg)
{
	struct thread *t = thread_create("partner", fn, arg);

	VERIFY(t);
	t->affinity = 1;
	(void)sched_set_policy(t, SCHED_POLICY_FIFO, 50, 0);
	return t;
}

static void enter(void)
{
	(void)sched_set_affinity(current, 1);
	(void)sched_set_policy(current, SCHED_POLICY_FIFO, 50, 0);
}

static void leave(void)
{
	(void)sched_set_policy(current, SCHED_POLICY_FAIR, 0, 0);
	(void)sched_set_affinity(current, UINT64_MAX);
}

KTEST(bench, context_switch)
{
	uint64_t start, switches;
	struct thread *t;

	enter();
	t = partner(yield_loop, NULL);
	thread_start(t);
	switches = sched_cpu_switches(0);
	start = arch_cycles();
	yield_loop(NULL);
	note("yield with a switch", arch_cycles() - start, 2 * LOOPS);
	switches = sched_cpu_switches(0) - switches;
	(void)thread_join(t);
	leave();
	KEXPECT_GE(switches, 2 * LOOPS - 2);
}

struct ping {
	struct completion there, back;
};

static void pong(void *arg)
{
	struct ping *p = arg;

	for (unsigned i = 0; i < LOOPS; i++) {
		wait_for_completion(&p->there);
		complete(&p->back);
	}
}

KTEST(bench, wake_and_block)
{
	struct ping p;
	struct thread *t;
	uint64_t start;

	completion_init(&p.there);
	completion_init(&p.back);
	enter();
	t = partner(pong, &p);
	thread_start(t);
	start = arch_cycles();
	for (unsigned i = 0; i < LOOPS; i++) {
		complete(&p.there);
		wait_for_completion(&p.back);
	}
	note("wake another thread, block, switch", arch_cycles() - start, 2 * LOOPS);
	(void)thread_join(t);
	leave();
	KEXPECT_EQ(p.back.done, 0);
}

KTEST(bench, locks)
{
	struct spinlock s = SPINLOCK_INIT(RANK_PMO);
	struct mutex m;
	uint64_t start;

	mutex_init(&m, RANK_SPACE);
	enter();
	start = arch_cycles();
	for (unsigned i = 0; i < LOOPS; i++) {
		spin_lock(&s);
		spin_unlock(&s);
	}
	note("spinlock, both ways", arch_cycles() - start, LOOPS);
	start = arch_cycles();
	for (unsigned i = 0; i < LOOPS; i++) {
		mutex_lock(&m);
		mutex_unlock(&m);
	}
	note("mutex, both ways", arch_cycles() - start, LOOPS);
	start = arch_cycles();
	for (unsigned i = 0; i < LOOPS; i++) {
		epoch_enter();
		epoch_exit();
	}
	note("epoch section", arch_cycles() - start, LOOPS);
	start = arch_cycles();
	for (unsigned i = 0; i < LOOPS; i++)
		(void)time_now_ns();
	note("time_now_ns", arch_cycles() - start, LOOPS);
	leave();
	KEXPECT_EQ(m.owner, 0);
	KEXPECT(!spin_is_locked(&s));
}
