/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduler: priorities, fairness by weight, wake-ups under many CPUs, affinity, preemption. */
#include <tessera/ktest/ktest.h>
#include <tessera/lib/errno.h>
#include <tessera/mm/slab.h>
#include <tessera/sync/waitq.h>
#include <tessera/thread/thread.h>
#include "../kernel.h"

enum { MS = 1000000 };

/* --- fixed priorities: started in a bad order on one CPU, they run in the order of their priorities */
struct order {
	unsigned order[8], n;		/* by the one CPU */
};
struct prio_task {
	struct order *o;
	unsigned prio;
};

static void prio_main(void *arg)
{
	struct prio_task *t = arg;

	t->o->order[t->o->n++] = t->prio;
}

KTEST(sched, fixed_priorities)
{
	static const unsigned prios[5] = { 10, 50, 30, 99, 1 }, want[5] = { 99, 50, 30, 10, 1 };
	struct order o = { .n = 0 };
	struct prio_task tasks[5];
	struct thread *threads[5];

	/* the starter runs at the top on the same CPU, so that none begins before all are there */
	KEXPECT_EQ(sched_set_affinity(current, 1), 0);
	KEXPECT_EQ(sched_set_policy(current, SCHED_POLICY_FIFO, 99, 0), 0);
	for (unsigned i = 0; i < 5; i++) {
		tasks[i] = (struct prio_task){ &o, prios[i] };
		threads[i] = thread_create("prio", prio_main, &tasks[i]);
		VERIFY(threads[i]);
		threads[i]->affinity = 1;
		KEXPECT_EQ(sched_set_policy(threads[i], SCHED_POLICY_FIFO, prios[i], 0), 0);
		thread_start(threads[i]);
	}
	KEXPECT_EQ(o.n, 0);
	for (unsigned i = 0; i < 5; i++)
		thread_join(threads[i]);
	KEXPECT_EQ(sched_set_policy(current, SCHED_POLICY_FAIR, 0, 0), 0);
	KEXPECT_EQ(sched_set_affinity(current, UINT64_MAX), 0);
	KEXPECT_EQ(o.n, 5);
	for (unsigned i = 0; i < 5; i++)
		KEXPECT_EQ(o.order[i], want[i]);
}

KTEST(sched, arguments)
{
	KEXPECT_EQ(sched_set_policy(current, SCHED_POLICY_FIFO, 0, 0), -EINVAL);
	KEXPECT_EQ(sched_set_policy(current, SCHED_POLICY_FIFO, 100, 0), -EINVAL);
	KEXPECT_EQ(sched_set_policy(current, SCHED_POLICY_FAIR, 1, 0), -EINVAL);
	KEXPECT_EQ(sched_set_policy(current, SCHED_POLICY_FAIR, 0, 20), -EINVAL);
	KEXPECT_EQ(sched_set_policy(current, (enum sched_policy)77, 0, 0), -EINVAL);
	KEXPECT_EQ(sched_set_affinity(current, 0), -EINVAL);
	KEXPECT_EQ(sched_nice_weight(0), 1024);
	KEXPECT_GT(sched_nice_weight(-1), sched_nice_weight(0));
}

/* --- a thread with a fixed priority preempts a fair one at once, also one that never yields */
static uint32_t stop_spinning, spinner_on;

static void spinner(void *arg)
{
	__atomic_store_n(&spinner_on, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&stop_spinning, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
}

static void stopper(void *arg)
{
	__atomic_store_n(&stop_spinning, 1, __ATOMIC_RELEASE);
}

KTEST(sched, fixed_preempts_fair)
{
	unsigned cpu = cpus_online - 1;
	struct thread *spin, *stop;

	stop_spinning = spinner_on = 0;
	KEXPECT_EQ(sched_set_affinity(current, cpus_online > 1 ? 1 : UINT64_MAX), 0);
	spin = thread_run_on(cpu, "spinner", spinner, NULL);
	stop = thread_create("stopper", stopper, NULL);
	VERIFY(spin && stop);
	while (!__atomic_load_n(&spinner_on, __ATOMIC_ACQUIRE))
		(void)thread_sleep_until(time_now_ns() + MS, 0);
	stop->affinity = 1ull << cpu;
	KEXPECT_EQ(sched_set_policy(stop, SCHED_POLICY_FIFO, 1, 0), 0);
	thread_start(stop);
	thread_join(stop);
	thread_join(spin);
	KEXPECT_EQ(sched_set_affinity(current, UINT64_MAX), 0);
	KEXPECT_EQ(stop_spinning, 1);
}

/* --- fairness: CPU-bound threads on one CPU share it by weight within 5 % over 1,000 slices */
enum { FAIR_THREADS = 4, FAIR_SLICE_NS = 1 * MS, FAIR_SLICES = 1000, FAIR_LIMIT_S = 60 };

struct fair_run {
	uint32_t stop;			/* atomic */
	uint64_t worst_ns;		/* longest stretch in which the machine itself stood still; by the one CPU */
};

static void fair_main(void *arg)
{
	struct fair_run *r = arg;
	uint64_t last = time_now_ns(), switches = current->nivcsw;

	while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
		uint64_t now = time_now_ns();

		/* time went by between two instructions, and no other thread had it: the host was busy */
		if (READ_ONCE(current->nivcsw) == switches && now - last > r->worst_ns)
			r->worst_ns = now - last;
		switches = READ_ONCE(current->nivcsw);
		last = now;
	}
}

struct fair_result {
	uint64_t used[FAIR_THREADS], total, switches, worst_ns;
};

/* Run threads with @nice on one CPU for FAIR_SLICES switches. */
static void fair_measure(const int *nice, struct fair_result *res)
{
	struct fair_run run = { .stop = 0 };
	struct thread *t[FAIR_THREADS];
	unsigned cpu = cpus_online - 1;
	uint64_t first, limit;

	for (unsigned i = 0; i < FAIR_THREADS; i++) {
		t[i] = thread_create("fair", fair_main, &run);
		VERIFY(t[i]);
		t[i]->affinity = 1ull << cpu;
		t[i]->se.slice_ns = FAIR_SLICE_NS;
		KEXPECT_EQ(sched_set_policy(t[i], SCHED_POLICY_FAIR, 0, nice[i]), 0);
	}
	/* counted in slices, not in time: a busy host makes slices longer, not unfair */
	limit = time_now_ns() + FAIR_LIMIT_S * 1000ull * MS;
	first = sched_cpu_switches(cpu);
	for (unsigned i = 0; i < FAIR_THREADS; i++)
		thread_start(t[i]);
	do {
		(void)thread_sleep_until(time_now_ns() + 20 * MS, 0);
		res->switches = sched_cpu_switches(cpu) - first;
	} while (res->switches < FAIR_SLICES && time_now_ns() < limit);
	res->total = 0;
	for (unsigned i = 0; i < FAIR_THREADS; i++)
		res->total += res->used[i] = sched_cpu_time_ns(t[i]);
	__atomic_store_n(&run.stop, 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < FAIR_THREADS; i++)
		(void)thread_join(t[i]);
	res->worst_ns = run.worst_ns;
}

static uint64_t fair_due(const struct fair_result *res, const int *nice, unsigned i)
{
	uint64_t total_weight = 0;

	for (unsigned j = 0; j < FAIR_THREADS; j++)
		total_weight += sched_nice_weight(nice[j]);
	return res->total * sched_nice_weight(nice[i]) / total_weight;
}

static bool fair_ok(const struct fair_result *res, const int *nice)
{
	for (unsigned i = 0; i < FAIR_THREADS; i++) {
		uint64_t due = fair_due(res, nice, i);

		if (res->used[i] > due + due / 20 || res->used[i] < due - due / 20)
			return false;
	}
	return true;
}

static void fair_case(const int *nice)
{
	struct fair_result res;
	unsigned tries = 0;

	/* out of the way; on a single CPU this thread sleeps meanwhile */
	KEXPECT_EQ(sched_set_affinity(current, cpus_online > 1 ? 1 : UINT64_MAX), 0);
	/* a stall of the host counts as running of whoever had the CPU; it is made good, but only over time */
	do {
		fair_measure(nice, &res);
	} while (!fair_ok(&res, nice) && res.worst_ns > res.total / 100 && ++tries < 5);
	if (tries)
		ktest_note("measured %u times, since the host stood still for up to %llu us", tries + 1,
			   (unsigned long long)res.worst_ns / 1000);
	KEXPECT_EQ(sched_set_affinity(current, UINT64_MAX), 0);
	for (unsigned i = 0; i < FAIR_THREADS; i++) {
		uint64_t want = fair_due(&res, nice, i);

		ktest_note("nice %d: %llu us of %llu us due, %llu switches", nice[i],
			   (unsigned long long)res.used[i] / 1000, (unsigned long long)want / 1000,
			   (unsigned long long)res.switches);
		KEXPECT_LE(res.used[i], want + want / 20);
		KEXPECT_GE(res.used[i], want - want / 20);
	}
	KEXPECT_GE(res.switches, FAIR_SLICES);
}

KTEST(sched, fair_equal)
{
	static const int nice[FAIR_THREADS] = { 0, 0, 0, 0 };

	fair_case(nice);
}

KTEST(sched, fair_weights)
{
	static const int nice[FAIR_THREADS] = { 0, 0, 5, -5 };

	fair_case(nice);
}

/* --- no lost wake-up: tokens go round among threads on all CPUs; each is counted when it arrives */
enum { RING_THREADS = 8, RING_ROUNDS = 500 };
struct ring {
	struct waitq q[RING_THREADS];
	uint32_t token[RING_THREADS];	/* atomic: tokens that wait for thread i */
	uint64_t passed;		/* atomic */
};

static void ring_main(void *arg, unsigned i)
{
	struct ring *r = arg;
	unsigned next = (i + 1) % RING_THREADS;

	for (unsigned n = 0; n < RING_ROUNDS; n++) {
		if (wait_event_timeout(&r->q[i], __atomic_load_n(&r->token[i], __ATOMIC_ACQUIRE) != 0,
				       time_now_ns() + 20000ull * MS)) {
			ktest_fail(__FILE__, __LINE__, "thread %u lost its wake-up in round %u", i, n);
			return;
		}
		(void)__atomic_fetch_sub(&r->token[i], 1, __ATOMIC_ACQ_REL);
		(void)__atomic_fetch_add(&r->passed, 1, __ATOMIC_RELAXED);
		(void)__atomic_fetch_add(&r->token[next], 1, __ATOMIC_RELEASE);
		waitq_wake_one(&r->q[next]);
	}
}

KTEST(sched, no_lost_wakeups)
{
	struct ring *r = kzalloc(sizeof(*r));

	VERIFY(r);
	for (unsigned i = 0; i < RING_THREADS; i++)
		waitq_init(&r->q[i]);
	/* three tokens at once, so that wake-ups cross each other */
	r->token[0] = r->token[3] = r->token[5] = 1;
	(void)ktest_run_threads(RING_THREADS, ring_main, r);
	KEXPECT_EQ(r->passed, (uint64_t)RING_THREADS * RING_ROUNDS);
	kfree(r);
}

/* --- affinity: a thread that moves itself over all CPUs is where it said */
KTEST(sched, affinity)
{
	for (unsigned round = 0; round < 50; round++) {
		unsigned cpu = round % cpus_online, here;

		KEXPECT_EQ(sched_set_affinity(current, 1ull << cpu), 0);
		preempt_disable();
		here = cpu_id();
		preempt_enable();
		KEXPECT_EQ(here, cpu);
	}
	KEXPECT_EQ(sched_set_affinity(current, UINT64_MAX), 0);
}

/* --- a running thread is moved by another one */
KTEST(sched, affinity_of_running)
{
	struct thread *t;

	if (cpus_online < 2) {
		ktest_skip("needs two CPUs");
		return;
	}
	stop_spinning = spinner_on = 0;
	t = thread_run_on(1, "spinner", spinner, NULL);
	VERIFY(t);
	for (unsigned i = 0; i < 20; i++) {
		unsigned cpu = i % cpus_online;

		KEXPECT_EQ(sched_set_affinity(t, 1ull << cpu), 0);
		for (unsigned tries = 0; __atomic_load_n(&t->cpu, __ATOMIC_RELAXED) != cpu; tries++) {
			if (!KEXPECT_LT(tries, 2000))
				break;
			(void)thread_sleep_until(time_now_ns() + MS, 0);
		}
	}
	__atomic_store_n(&stop_spinning, 1, __ATOMIC_RELEASE);
	(void)thread_join(t);
}

/* --- work spreads: as many busy threads as CPUs come to run on all CPUs */
struct spread {
	uint64_t mask;			/* atomic: CPUs on which one of them has been in this round */
	uint64_t limit_ns;
};

static void note_cpu(void *arg)
{
	struct spread *s = arg;

	while (__atomic_load_n(&s->mask, __ATOMIC_RELAXED) != cpus_online_mask && time_now_ns() < s->limit_ns) {
		preempt_disable();
		(void)__atomic_fetch_or(&s->mask, 1ull << cpu_id(), __ATOMIC_RELAXED);
		preempt_enable();
	}
}

KTEST(sched, spreads)
{
	struct spread s = { .limit_ns = time_now_ns() + 20000ull * MS };
	struct thread *t[CPUS_MAX];

	for (unsigned i = 0; i < cpus_online; i++) {
		t[i] = thread_create("busy", note_cpu, &s);
		VERIFY(t[i]);
		/* all begin where this thread is, if nothing moves them */
		t[i]->cpu = 0;
		thread_start(t[i]);
	}
	for (unsigned i = 0; i < cpus_online; i++)
		(void)thread_join(t[i]);
	KEXPECT_EQ(s.mask, cpus_online_mask);
}

/* --- many threads come and go */
static void short_main(void *arg)
{
	(void)__atomic_fetch_add((unsigned *)arg, 1, __ATOMIC_RELAXED);
}

KTEST(sched, create_exit)
{
	unsigned ran = 0;

	for (unsigned round = 0; round < 20; round++) {
		struct thread *t[16];

		for (unsigned i = 0; i < 16; i++) {
			t[i] = thread_create("short", short_main, &ran);
			VERIFY(t[i]);
			thread_start(t[i]);
		}
		for (unsigned i = 0; i < 16; i++)
			KEXPECT_EQ(thread_join(t[i]), 0);
	}
	KEXPECT_EQ(ran, 320);
}
