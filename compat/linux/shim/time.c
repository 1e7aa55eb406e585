/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks, sleeping, interval timers. */
#include "lx.h"

static int64_t realtime_offset; /* ns to add to monotonic */
uint64_t lx_realtime_offset(void);
uint64_t lx_realtime_offset(void)
{
	return (uint64_t)__atomic_load_n(&realtime_offset, __ATOMIC_RELAXED);
}

enum {
	CLOCK_REALTIME,
	CLOCK_MONOTONIC,
	CLOCK_PROCESS,
	CLOCK_THREAD,
	CLOCK_MONOTONIC_RAW,
	CLOCK_REALTIME_COARSE,
	CLOCK_MONOTONIC_COARSE,
	CLOCK_BOOTTIME,
	CLOCK_TAI = 11
};
struct ts {
	int64_t s, ns;
};

static bool clock_read(int clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		*ns = time_now_ns() + lx_realtime_offset();
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = time_now_ns();
		return true;
	case CLOCK_PROCESS: {
		struct lx_group *g = lx_task()->group;
		struct lx_task *t;
		uintptr_t s = spin_lock_irqsave(&g->lock);

		*ns = g->dead_cpu_ns;
		list_for_each_entry (t, &g->tasks, node)
			*ns += sched_cpu_time_ns(t->thread);
		spin_unlock_irqrestore(&g->lock, s);
		return true;
	}
	case CLOCK_THREAD:
		*ns = sched_cpu_time_ns(current);
		return true;
	}
	return false;
}

int64_t lx_clock_gettime(int clock, uintptr_t uts)
{
	struct ts t;
	uint64_t ns;

	if (!clock_read(clock, &ns))
		return -EINVAL;
	t = (struct ts){(int64_t)(ns / 1000000000), (int64_t)(ns % 1000000000)};
	return copy_to_user(uts, &t, sizeof(t));
}

int64_t lx_clock_getres(int clock, uintptr_t uts)
{
	struct ts t = {
		0, clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ? 4000000 : 1};
	uint64_t ns;

	if (!clock_read(clock, &ns))
		return -EINVAL;
	return uts ? copy_to_user(uts, &t, sizeof(t)) : 0;
}

int64_t lx_clock_settime(int clock, uintptr_t uts)
{
	struct ts t;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	if (copy_from_user(&t, uts, sizeof(t)))
		return -EFAULT;
	if (t.s < 0 || t.s > 8000000000ll || t.ns < 0 || t.ns > 999999999)
		return -EINVAL;
	if (!lx_capable(25))
		return -EPERM;
	__atomic_store_n(&realtime_offset, t.s * 1000000000 + t.ns - (int64_t)time_now_ns(),
			 __ATOMIC_RELAXED);
	return 0;
}

int64_t lx_gettimeofday(uintptr_t tv, uintptr_t tz)
{
	uint64_t ns = time_now_ns() + lx_realtime_offset();
	int64_t t[2] = {(int64_t)(ns / 1000000000), (int64_t)(ns % 1000000000 / 1000)}, zero = 0;

	if (tv && copy_to_user(tv, t, sizeof(t)))
		return -EFAULT;
	return tz ? copy_to_user(tz, &zero, sizeof(zero)) : 0;
}

int64_t lx_time(uintptr_t t)
{
	int64_t s = (int64_t)((time_now_ns() + lx_realtime_offset()) / 1000000000);

	return t && copy_to_user(t, &s, 8) ? -EFAULT : s;
}

static int64_t sleep_rest(uint64_t deadline, uintptr_t rem)
{
	int err = thread_sleep_until(deadline, WAIT_INTERRUPTIBLE);
	uint64_t now, left;
	struct ts t;

	if (!err)
		return 0;
	now = time_now_ns();
	left = deadline > now ? deadline - now : 0;
	t = (struct ts){(int64_t)(left / 1000000000), (int64_t)(left % 1000000000)};
	if (rem && copy_to_user(rem, &t, sizeof(t)))
		return -EFAULT;
	return 1;
}

int64_t lx_clock_nanosleep(int clock, uint32_t flags, uintptr_t req, uintptr_t rem)
{
	struct lx_task *task = lx_task();
	struct ts t;
	uint64_t now, deadline;
	int64_t r;

	if (clock == CLOCK_THREAD || !clock_read(clock, &now))
		return -EINVAL;
	if (flags & ~1u)
		return -EINVAL;
	if (copy_from_user(&t, req, sizeof(t)))
		return -EFAULT;
	if (t.s < 0 || t.ns < 0 || t.ns > 999999999)
		return -EINVAL;
	deadline = (uint64_t)MIN(t.s, 9000000000ll) * 1000000000ull + (uint64_t)t.ns;
	if (flags & 1) {
		if (deadline <= now)
			return 0;
		deadline = time_now_ns() + (deadline - now);
	} else {
		deadline += time_now_ns();
	}
	r = sleep_rest(deadline, flags & 1 ? 0 : rem);
	if (r <= 0)
		return r;
	if (flags & 1)
		return -ERESTARTNOHAND;
	task->pub->restart.kind = 1;
	task->pub->restart.a[0] = deadline;
	task->pub->restart.a[1] = rem;
	return -ERESTART_RESTARTBLOCK;
}

int64_t lx_restart_syscall(void)
{
	struct lx_task *t = lx_task();
	int64_t r;

	if (t->pub->restart.kind != 1)
		return -EINTR;
	r = sleep_rest(t->pub->restart.a[0], t->pub->restart.a[1]);
	return r == 1 ? -ERESTART_RESTARTBLOCK : r;
}

/* --- ITIMER_REAL and alarm */

static void alarm_fire(struct timer *tm)
{
	struct lx_group *g = container_of(tm, struct lx_group, alarm);
	struct lx_siginfo info = {.signo = LX_SIGALRM, .code = SI_KERNEL};

	if (g->alarm_interval_ns) {
		g->alarm_deadline_ns += g->alarm_interval_ns;
		timer_start(tm, MAX(g->alarm_deadline_ns, time_now_ns() + 100000));
	} else {
		g->alarm_deadline_ns = 0;
	}
	(void)lx_signal_send(g, NULL, &info);
}

static void alarm_set(struct lx_group *g, uint64_t value, uint64_t interval, uint64_t *left)
{
	uint64_t now = time_now_ns();

	timer_cancel_sync(&g->alarm);
	*left = g->alarm_deadline_ns > now ? g->alarm_deadline_ns - now : 0;
	g->alarm_interval_ns = interval;
	g->alarm_deadline_ns = value ? now + value : 0;
	if (value) {
		timer_init(&g->alarm, alarm_fire);
		timer_start(&g->alarm, g->alarm_deadline_ns);
	}
}

int64_t lx_alarm(uint32_t seconds)
{
	uint64_t left;

	alarm_set(lx_task()->group, seconds * 1000000000ull, 0, &left);
	return (int64_t)((left + 500000000) / 1000000000 + (left && left < 500000000));
}

static int64_t put_itimer(uintptr_t u, uint64_t interval, uint64_t left)
{
	int64_t v[4] = {(int64_t)(interval / 1000000000), (int64_t)(interval % 1000000000 / 1000),
			(int64_t)(left / 1000000000), (int64_t)(left % 1000000000 / 1000)};

	return copy_to_user(u, v, sizeof(v));
}

int64_t lx_setitimer(int which, uintptr_t new, uintptr_t old)
{
	struct lx_group *g = lx_task()->group;
	uint64_t left, interval = g->alarm_interval_ns;
	int64_t v[4] = {0};

	if (which < 0 || which > 2)
		return -EINVAL;
	if (new &&copy_from_user(v, new, sizeof(v)))
		return -EFAULT;
	if (v[0] < 0 || v[1] < 0 || v[1] > 999999 || v[2] < 0 || v[3] < 0 || v[3] > 999999)
		return -EINVAL;
	if (which) {
		lx_count_refused();
		return -EINVAL;
	}
	alarm_set(g, (uint64_t)v[2] * 1000000000ull + (uint64_t)v[3] * 1000,
		  (uint64_t)v[0] * 1000000000ull + (uint64_t)v[1] * 1000, &left);
	return old ? put_itimer(old, interval, left) : 0;
}

int64_t lx_getitimer(int which, uintptr_t old)
{
	struct lx_group *g = lx_task()->group;
	uint64_t now = time_now_ns();

	if (which < 0 || which > 2)
		return -EINVAL;
	return put_itimer(old, which ? 0 : g->alarm_interval_ns,
			  !which && g->alarm_deadline_ns > now ? g->alarm_deadline_ns - now : 0);
}
