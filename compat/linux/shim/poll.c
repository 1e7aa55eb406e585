/* SPDX-License-Identifier: BSD-2-Clause */
/* poll and select over readiness cells: a pass over the words, then subscribe, look again, sleep. No service is called. */
#include "lx.h"

enum { POLLNVAL = 0x20, REG_MASK = CELL_IN | CELL_OUT | CELL_RDNORM | CELL_WRNORM };
struct pollfd {
	int32_t fd;
	int16_t events, revents;
};
struct poll_sub {
	struct cell_sub sub;
	struct poll_wait *wait;
};
struct poll_wait {
	struct thread *thread;
	uint32_t fired;
};

uint32_t lx_poll_mask(struct conn *c, uint32_t events)
{
	struct lx_cell *cell = cell_of(c->ofd.cell);
	uint32_t m = cell ? (uint32_t)(__atomic_load_n(&cell->word, __ATOMIC_ACQUIRE) & CELL_MASK)
			  : REG_MASK;

	return m & (events | CELL_ERR | CELL_HUP);
}

static void poll_fire(struct cell_sub *s, uint32_t events)
{
	struct poll_wait *w = container_of(s, struct poll_sub, sub)->wait;

	__atomic_store_n(&w->fired, 1, __ATOMIC_RELEASE);
	thread_wake(w->thread);
}

static unsigned poll_pass(struct pollfd *p, unsigned n, struct poll_sub *subs, struct poll_wait *w)
{
	unsigned ready = 0;

	for (unsigned i = 0; i < n; i++) {
		struct conn *c;

		p[i].revents = 0;
		if (p[i].fd < 0)
			continue;
		c = fd_get(p[i].fd);
		if (!c) {
			p[i].revents = POLLNVAL;
		} else {
			if (subs) {
				subs[i].wait = w;
				subs[i].sub.fire = poll_fire;
				cell_subscribe(&subs[i].sub, c->ofd.cell,
					       (uint16_t)p[i].events | CELL_ERR | CELL_HUP);
			}
			p[i].revents = (int16_t)lx_poll_mask(c, (uint16_t)p[i].events);
			conn_put(c);
		}
		ready += p[i].revents != 0;
	}
	return ready;
}

/* ready fds, or -EINTR */
static int64_t do_poll(struct pollfd *p, unsigned n, uint64_t deadline)
{
	struct poll_wait w = {current, 0};
	struct poll_sub *subs;
	unsigned ready = poll_pass(p, n, NULL, NULL);
	struct waitq q = WAITQ_INIT(q);
	int err = 0;

	if (ready || deadline == 0)
		return ready;
	subs = kcalloc(n ? n : 1, sizeof(*subs));
	if (!subs)
		return -ENOMEM;
	ready = poll_pass(p, n, subs, &w);
	while (!ready && !err) {
		err = wait_event_flags(&q, __atomic_load_n(&w.fired, __ATOMIC_ACQUIRE),
				       WAIT_INTERRUPTIBLE, deadline);
		__atomic_store_n(&w.fired, 0, __ATOMIC_RELEASE);
		smp_mb();
		ready = poll_pass(p, n, NULL, NULL);
	}
	for (unsigned i = 0; i < n; i++)
		cell_unsubscribe(&subs[i].sub);
	kfree(subs);
	return ready || err == -ETIMEDOUT ? (int64_t)ready : err;
}

static int64_t poll_user(uintptr_t ufds, uint32_t n, uint64_t deadline)
{
	struct pollfd *p;
	int64_t r;

	if (n > lx_task()->group->pub->rlimit[7].cur || n > LX_FD_HARD_MAX)
		return -EINVAL;
	p = kcalloc(n ? n : 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	r = n ? copy_from_user(p, ufds, n * sizeof(*p)) : 0;
	if (!r)
		r = do_poll(p, n, deadline);
	for (uint32_t i = 0; r >= 0 && i < n; i++)
		if (copy_to_user(ufds + i * sizeof(*p) + 6, &p[i].revents, 2))
			r = -EFAULT;
	kfree(p);
	return r;
}

int64_t lx_poll(uintptr_t fds, uint32_t n, int timeout)
{
	int64_t r = poll_user(fds, n,
			      timeout < 0    ? WAIT_FOREVER
			      : timeout == 0 ? 0
					     : time_now_ns() + (uint64_t)timeout * 1000000);

	return r == -EINTR ? -ERESTARTNOHAND : r;
}

static int deadline_of(uintptr_t uts, bool micro, uint64_t *deadline)
{
	int64_t t[2];

	*deadline = WAIT_FOREVER;
	if (!uts)
		return 0;
	if (copy_from_user(t, uts, sizeof(t)))
		return -EFAULT;
	if (t[0] < 0 || t[1] < 0 || (!micro && t[1] > 999999999))
		return -EINVAL;
	if (!t[0] && !t[1])
		*deadline = 0;
	else
		*deadline = time_now_ns() + (uint64_t)MIN(t[0], 1000000000ll) * 1000000000ull +
			    (uint64_t)t[1] * (micro ? 1000 : 1);
	return 0;
}

static void temp_mask(uint64_t m)
{
	struct lx_task *t = lx_task();

	t->pub->saved_blocked = t->pub->blocked;
	t->pub->blocked = m & ~(SIG_BIT(LX_SIGKILL) | SIG_BIT(LX_SIGSTOP));
	lx_recalc(t);
}

static void temp_mask_end(bool interrupted)
{
	struct lx_task *t = lx_task();

	if (interrupted) { /* the handler runs under the temporary mask; delivery restores */
		t->restore_mask = true;
		thread_work_set(current, WORK_SIGNAL);
	} else {
		t->pub->blocked = t->pub->saved_blocked;
		lx_recalc(t);
	}
}

int64_t lx_ppoll(uintptr_t fds, uint32_t n, uintptr_t ts, uintptr_t mask, uint64_t size)
{
	uint64_t deadline, m = 0;
	int64_t r = deadline_of(ts, false, &deadline);

	if (r)
		return r;
	if (mask && (size != 8 || user_load64(mask, &m)))
		return size != 8 ? -EINVAL : -EFAULT;
	if (mask)
		temp_mask(m);
	r = poll_user(fds, n, deadline);
	if (mask)
		temp_mask_end(r == -EINTR);
	return r == -EINTR ? -ERESTARTNOHAND : r;
}

/* Sets are bitmaps of n bits, in user memory as 64-bit words. */
static int64_t do_select(int n, const uintptr_t set[3], uint64_t deadline)
{
	static const uint32_t want[3] = {CELL_IN | CELL_RDNORM | CELL_RDBAND,
					 CELL_OUT | CELL_WRNORM | CELL_WRBAND, CELL_PRI};
	static const uint32_t got[3] = {CELL_IN | CELL_RDNORM | CELL_RDBAND | CELL_HUP | CELL_ERR,
					CELL_OUT | CELL_WRNORM | CELL_WRBAND | CELL_ERR, CELL_PRI};
	unsigned words = ((unsigned)n + 63) / 64, count = 0;
	uint64_t *bits[3] = {0};
	struct pollfd *p;
	int64_t r = 0, total = 0;

	if (n < 0)
		return -EINVAL;
	if ((uint32_t)n > LX_FD_HARD_MAX)
		n = LX_FD_HARD_MAX;
	words = ((unsigned)n + 63) / 64;
	p = kcalloc((unsigned)n ? (unsigned)n : 1, sizeof(*p));
	bits[0] = kcalloc(words * 3 + 1, 8);
	if (!p || !bits[0]) {
		kfree(p);
		kfree(bits[0]);
		return -ENOMEM;
	}
	bits[1] = bits[0] + words;
	bits[2] = bits[1] + words;
	for (unsigned s = 0; s < 3 && !r; s++)
		if (set[s] && words)
			r = copy_from_user(bits[s], set[s], words * 8);
	for (int fd = 0; fd < n && !r; fd++) {
		uint32_t ev = 0;

		for (unsigned s = 0; s < 3; s++)
			if (bits[s][fd / 64] >> fd % 64 & 1)
				ev |= want[s];
		if (ev)
			p[count++] = (struct pollfd){fd, (int16_t)ev, 0};
	}
	if (!r)
		r = do_poll(p, count, deadline);
	if (r >= 0) {
		for (unsigned i = 0; i < count; i++)
			if (p[i].revents & POLLNVAL)
				r = -EBADF;
	}
	if (r >= 0) {
		uint64_t *in = kcalloc(words * 3 + 1, 8);

		if (!in)
			r = -ENOMEM;
		for (unsigned i = 0; in && i < count; i++)
			for (unsigned s = 0; s < 3; s++)
				if ((bits[s][p[i].fd / 64] >> p[i].fd % 64 & 1) &&
				    ((uint16_t)p[i].revents & got[s])) {
					in[s * words + (unsigned)p[i].fd / 64] |= 1ull
										  << p[i].fd % 64;
					total++;
				}
		for (unsigned s = 0; in && s < 3; s++)
			if (set[s] && words && copy_to_user(set[s], in + s * words, words * 8))
				r = -EFAULT;
		kfree(in);
	}
	kfree(p);
	kfree(bits[0]);
	return r < 0 ? r : total;
}

int64_t lx_select(int n, uintptr_t r, uintptr_t w, uintptr_t x, uintptr_t tv)
{
	uint64_t deadline;
	int64_t err = deadline_of(tv, true, &deadline);

	if (err)
		return err;
	err = do_select(n, (uintptr_t[3]){r, w, x}, deadline);
	return err == -EINTR ? -ERESTARTNOHAND : err;
}

int64_t lx_pselect6(int n, uintptr_t r, uintptr_t w, uintptr_t x, uintptr_t ts, uintptr_t sig)
{
	uint64_t deadline, pair[2] = {0}, m = 0;
	int64_t err = deadline_of(ts, false, &deadline);

	if (err)
		return err;
	if (sig && copy_from_user(pair, sig, sizeof(pair)))
		return -EFAULT;
	if (pair[0] && (pair[1] != 8 || user_load64(pair[0], &m)))
		return pair[1] != 8 ? -EINVAL : -EFAULT;
	if (pair[0])
		temp_mask(m);
	err = do_select(n, (uintptr_t[3]){r, w, x}, deadline);
	if (pair[0])
		temp_mask_end(err == -EINTR);
	return err == -EINTR ? -ERESTARTNOHAND : err;
}
