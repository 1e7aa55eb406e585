/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers: order, precision, cancelling against firing. */
#include <tessera/ktest/ktest.h>
#include <tessera/lib/errno.h>
#include <tessera/mm/slab.h>
#include <tessera/sync/waitq.h>
#include <tessera/thread/thread.h>

enum { MS = 1000000, TIMERS = 64 };

struct probe {
	struct timer timer;
	unsigned *sequence;		/* shared; by the one CPU's interrupts */
	unsigned position;
	uint64_t fired_ns;
};

static void probe_fired(struct timer *t)
{
	struct probe *p = container_of(t, struct probe, timer);

	p->fired_ns = time_now_ns();
	p->position = (*p->sequence)++;
}

KTEST(timer, order)
{
	struct probe *p = kcalloc(TIMERS, sizeof(*p));
	uint64_t base, seed = 12345;
	unsigned sequence = 0;

	VERIFY(p);
	KEXPECT_EQ(sched_set_affinity(current, 1), 0);
	base = time_now_ns() + 20 * MS;
	for (unsigned i = 0; i < TIMERS; i++) {
		timer_init(&p[i].timer, probe_fired);
		p[i].sequence = &sequence;
		/* some equal deadlines, too */
		timer_start(&p[i].timer, base + ktest_random(&seed) % 16 * MS);
	}
	while (READ_ONCE(sequence) < TIMERS && time_now_ns() < base + 20000ull * MS)
		(void)thread_sleep_until(time_now_ns() + 5 * MS, 0);
	KEXPECT_EQ(sequence, TIMERS);
	for (unsigned i = 0; i < TIMERS; i++) {
		KEXPECT_GE(p[i].fired_ns, p[i].timer.deadline_ns);
		for (unsigned j = 0; j < TIMERS; j++)
			if (p[i].timer.deadline_ns < p[j].timer.deadline_ns)
				KEXPECT_LT(p[i].position, p[j].position);
			else if (p[i].timer.deadline_ns == p[j].timer.deadline_ns && i < j)
				KEXPECT_LT(p[i].position, p[j].position);
	}
	KEXPECT_EQ(sched_set_affinity(current, UINT64_MAX), 0);
	kfree(p);
}

struct shot {
	struct timer timer;
	uint32_t fired;			/* atomic */
};

static void shot_fired(struct timer *t)
{
	(void)__atomic_fetch_add(&container_of(t, struct shot, timer)->fired, 1, __ATOMIC_RELAXED);
}

KTEST(timer, cancel)
{
	struct shot s = { .fired = 0 };

	timer_init(&s.timer, shot_fired);
	KEXPECT(!timer_cancel(&s.timer));
	timer_start(&s.timer, time_now_ns() + 3600ull * 1000 * MS);
	KEXPECT(timer_cancel(&s.timer));
	KEXPECT(!timer_cancel(&s.timer));
	timer_start(&s.timer, time_now_ns() + 3600ull * 1000 * MS);
	timer_start(&s.timer, time_now_ns() + MS);	/* earlier replaces later */
	for (unsigned n = 0; !READ_ONCE(s.fired) && n < 5000; n++)
		(void)thread_sleep_until(time_now_ns() + MS, 0);
	KEXPECT_EQ(s.fired, 1);
	timer_start(&s.timer, 0);			/* long past: at once */
	for (unsigned n = 0; READ_ONCE(s.fired) == 1 && n < 5000; n++)
		(void)thread_sleep_until(time_now_ns() + MS, 0);
	KEXPECT_EQ(s.fired, 2);
	timer_cancel_sync(&s.timer);
}

/* Each thread starts and cancels its timer around the moment it fires: it runs exactly when the cancel says that it did. */
static void race(void *arg, unsigned i)
{
	struct shot *s = kzalloc(sizeof(*s));
	uint64_t seed = i + 1;
	unsigned expected = 0, cancelled = 0;

	VERIFY(s);
	timer_init(&s->timer, shot_fired);
	for (unsigned n = 0; n < 1000; n++) {
		uint64_t end = time_now_ns() + ktest_random(&seed) % 60000;
		bool taken;

		timer_start(&s->timer, time_now_ns() + ktest_random(&seed) % 60000);
		if (n % 16 == 0)
			sched_yield_now();
		while (time_now_ns() < end)
			arch_cpu_relax();
		taken = timer_cancel(&s->timer);
		timer_cancel_sync(&s->timer);
		expected += !taken;
		cancelled += taken;
		if (READ_ONCE(s->fired) != expected) {
			ktest_fail(__FILE__, __LINE__, "thread %u round %u: fired %u times, not %u", i, n, s->fired, expected);
			break;
		}
	}
	(void)__atomic_fetch_add((unsigned *)arg, cancelled, __ATOMIC_RELAXED);
	kfree(s);
}

KTEST(timer, cancel_races)
{
	unsigned cancelled = 0;

	(void)ktest_run_threads(4, race, &cancelled);
	ktest_note("%u of 4000 cancelled before they fired", cancelled);
	KEXPECT_GT(cancelled, 0);
	KEXPECT_LT(cancelled, 4000);
}

KTEST(timer, sleep)
{
	for (unsigned n = 1; n <= 5; n++) {
		uint64_t until = time_now_ns() + n * MS;

		KEXPECT_EQ(thread_sleep_until(until, 0), 0);
		KEXPECT_GE(time_now_ns(), until);
	}
	KEXPECT_EQ(thread_sleep_until(0, 0), 0);
}

KTEST(timer, clock_monotonic)
{
	uint64_t last = time_now_ns();

	for (unsigned n = 0; n < 10000; n++) {
		uint64_t now = time_now_ns();

		if (!KEXPECT_GE(now, last))
			break;
		last = now;
	}
	KEXPECT_GE(time_ns_to_counter(last + 1000 * MS), time_ns_to_counter(last) + 1);
}
