/* SPDX-License-Identifier: BSD-2-Clause */
/* futex: wait, wake, bitset, requeue, keyed by object and offset where memory is shared, else by space and address. */
#include "lx.h"

enum {
	WAIT,
	WAKE,
	REQUEUE = 3,
	CMP_REQUEUE,
	WAIT_BITSET = 9,
	WAKE_BITSET,
	PRIVATE = 128,
	CLOCK_REAL = 256,
	BUCKETS = 256
};
uint64_t lx_realtime_offset(void);
int64_t lx_futex_wake_user(uintptr_t addr, unsigned n);

struct key {
	uint64_t a, b;
};
struct waiter {
	struct list_head node;
	struct key key;
	uint32_t bits;
	struct thread *thread;
	uint32_t woken;
	struct bucket *bucket;
};
static struct bucket {
	struct spinlock lock;
	struct list_head list;
	bool ready;
} buckets[BUCKETS];

static struct bucket *bucket_of(struct key k)
{
	struct bucket *b = &buckets[(k.a * 31 + (k.b >> 2)) % BUCKETS];

	if (unlikely(!__atomic_load_n(&b->ready, __ATOMIC_ACQUIRE))) {
		static struct spinlock init = SPINLOCK_INIT(RANK_SIGHAND);
		uintptr_t s = spin_lock_irqsave(&init);

		if (!b->ready) {
			spin_init(&b->lock, RANK_CELL);
			list_init(&b->list);
			__atomic_store_n(&b->ready, true, __ATOMIC_RELEASE);
		}
		spin_unlock_irqrestore(&init, s);
	}
	return b;
}

static int key_of(uintptr_t addr, bool private, struct key *k)
{
	struct range_rec r;

	if ((addr & 3) || !user_range_ok(addr, 4))
		return addr & 3 ? -EINVAL : -EFAULT;
	*k = (struct key){space_id(current->space), addr};
	if (private)
		return 0;
	if (!space_find(current->space, addr, &r) || r.start > addr)
		return -EFAULT;
	if (r.obj && (r.flags & RANGE_SHARED))
		*k = (struct key){1ull << 40 | r.obj, r.off + (addr - r.start)};
	return 0;
}

static int64_t futex_wait(uintptr_t addr, bool private, uint32_t val, uint32_t bits,
			  uint64_t deadline)
{
	struct waiter w = {.bits = bits, .thread = current};
	struct bucket *b;
	uint32_t now;
	uintptr_t s;
	int err = key_of(addr, private, &w.key);

	if (err || !bits)
		return err ? err : -EINVAL;
	if (user_load32(addr, &now)) /* have the page there before anything is locked */
		return -EFAULT;
	b = bucket_of(w.key);
	s = spin_lock_irqsave(&b->lock);
	w.bucket = b;
	list_add_tail(&b->list, &w.node);
	spin_unlock_irqrestore(&b->lock, s);
	smp_mb(); /* queued before the word is read again: a waker changes the word, then looks at the queue */
	err = user_load32(addr, &now) ? -EFAULT : now != val ? -EAGAIN : 0;
	while (!err && !__atomic_load_n(&w.woken, __ATOMIC_ACQUIRE)) {
		thread_set_state(THREAD_SLEEPING_INTR);
		if (__atomic_load_n(&w.woken, __ATOMIC_ACQUIRE))
			break;
		err = thread_block_until(WAIT_INTERRUPTIBLE, deadline);
	}
	thread_set_state(THREAD_RUNNING);
	for (;;) { /* a requeue may move it while the lock is awaited */
		struct bucket *at = __atomic_load_n(&w.bucket, __ATOMIC_ACQUIRE);

		s = spin_lock_irqsave(&at->lock);
		if (at == w.bucket) {
			if (!w.woken)
				list_del(&w.node);
			spin_unlock_irqrestore(&at->lock, s);
			break;
		}
		spin_unlock_irqrestore(&at->lock, s);
	}
	return w.woken ? 0 : err;
}

static int64_t futex_wake(struct key k, unsigned n, uint32_t bits)
{
	struct bucket *b = bucket_of(k);
	struct waiter *w, *next;
	unsigned woken = 0;
	uintptr_t s;

	smp_mb();
	s = spin_lock_irqsave(&b->lock);
	list_for_each_entry_safe (w, next, &b->list, node) {
		struct thread *t = w->thread;

		if (woken >= n)
			break;
		if (w->key.a != k.a || w->key.b != k.b || !(w->bits & bits))
			continue;
		list_del(&w->node);
		__atomic_store_n(&w->woken, 1, __ATOMIC_RELEASE);
		thread_wake(t);
		woken++;
	}
	spin_unlock_irqrestore(&b->lock, s);
	return woken;
}

int64_t lx_futex_wake_user(uintptr_t addr, unsigned n)
{
	struct key k;
	int64_t woken = 0;

	if (!key_of(addr, true, &k))
		woken = futex_wake(k, n, ~0u);
	if (!key_of(addr, false, &k) && k.a >> 40)
		woken += futex_wake(k, n, ~0u);
	return woken;
}

/* All of the second key's bucket changes happen with one bucket locked at a time: a waiter is off both lists only while it is moved. */
static int64_t futex_requeue(struct key from, struct key to, unsigned wake, unsigned move)
{
	struct bucket *a = bucket_of(from), *b = bucket_of(to), *lo = a < b ? a : b,
		      *hi = a < b ? b : a;
	struct waiter *w, *next;
	unsigned woken = 0, moved = 0;
	uintptr_t s = spin_lock_irqsave(&lo->lock);

	if (hi != lo)
		spin_lock_nested(&hi->lock);
	list_for_each_entry_safe (w, next, &a->list, node) {
		if (w->key.a != from.a || w->key.b != from.b)
			continue;
		if (woken < wake) {
			struct thread *t = w->thread;

			list_del(&w->node);
			__atomic_store_n(&w->woken, 1, __ATOMIC_RELEASE);
			thread_wake(t);
			woken++;
		} else if (moved < move) {
			list_del(&w->node);
			w->key = to;
			list_add_tail(&b->list, &w->node);
			__atomic_store_n(&w->bucket, b, __ATOMIC_RELEASE);
			moved++;
		} else {
			break;
		}
	}
	if (hi != lo)
		spin_unlock(&hi->lock);
	spin_unlock_irqrestore(&lo->lock, s);
	return woken + moved;
}

int64_t lx_futex(uintptr_t addr, uint32_t op, uint32_t val, uint64_t ts, uintptr_t addr2,
		 uint32_t val3)
{
	bool private = op & PRIVATE;
	uint64_t deadline = WAIT_FOREVER;
	uint32_t cmd = op & ~(uint32_t)(PRIVATE | CLOCK_REAL), now;
	struct key k, k2;
	int64_t t[2], r;

	if ((cmd == WAIT || cmd == WAIT_BITSET) && ts) {
		if (copy_from_user(t, ts, sizeof(t)))
			return -EFAULT;
		if (t[0] < 0 || t[1] < 0 || t[1] > 999999999)
			return -EINVAL;
		deadline = (uint64_t)MIN(t[0], 9000000000ll) * 1000000000ull + (uint64_t)t[1];
		if (cmd == WAIT)
			deadline += time_now_ns();
		else if (op & CLOCK_REAL)
			deadline -= MIN(deadline, lx_realtime_offset());
	}
	switch (cmd) {
	case WAIT:
	case WAIT_BITSET:
		r = futex_wait(addr, private, val, cmd == WAIT ? ~0u : val3, deadline);
		return r == -EINTR ? (ts ? -EINTR : -ERESTARTSYS) : r;
	case WAKE:
	case WAKE_BITSET:
		if (cmd == WAKE_BITSET && !val3)
			return -EINVAL;
		r = key_of(addr, private, &k);
		return r ? r : futex_wake(k, val, cmd == WAKE ? ~0u : val3);
	case REQUEUE:
	case CMP_REQUEUE:
		if ((int32_t)val < 0 || (int32_t)ts < 0)
			return -EINVAL;
		r = key_of(addr, private, &k);
		if (!r)
			r = key_of(addr2, private, &k2);
		if (r)
			return r;
		if (cmd == CMP_REQUEUE) {
			if (user_load32(addr, &now))
				return -EFAULT;
			if (now != val3)
				return -EAGAIN;
		}
		return futex_requeue(k, k2, val, (unsigned)ts);
	}
	lx_count_refused();
	return -ENOSYS;
}
