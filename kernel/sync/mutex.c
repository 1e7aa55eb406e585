/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes. The owner word is taken by one compare-and-swap when free; else the waiter queues and the owner hands over, to the most
 * urgent waiter, the first of equals. While it waits, its fixed priority is lent to the owner.
 */
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include <tessera/sync/mutex.h>
#include <tessera/thread/thread.h>

enum { MUTEX_WAITERS = 1 };

struct mutex_waiter {
	struct list_head node;
	struct thread *thread;
	bool granted;			/* by wait_lock */
};

static inline uintptr_t mutex_owner_of(uintptr_t word)
{
	return word & ~(uintptr_t)MUTEX_WAITERS;
}

void mutex_init(struct mutex *m, uint16_t rank)
{
	m->owner = 0;
	spin_init(&m->wait_lock, RANK_WAITQ);
	list_init(&m->waiters);
	m->rank = rank;
}

static inline bool mutex_try(struct mutex *m)
{
	uintptr_t zero = 0;

	return __atomic_compare_exchange_n(&m->owner, &zero, (uintptr_t)current, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/** Under wait_lock: take the free mutex (true), or mark that there are waiters (false). */
static bool __mutex_try_or_mark(struct mutex *m)
{
	uintptr_t old = __atomic_load_n(&m->owner, __ATOMIC_RELAXED), new;

	do {
		new = old ? old | MUTEX_WAITERS :
			(uintptr_t)current | (list_empty(&m->waiters) ? 0 : MUTEX_WAITERS);
	} while (!__atomic_compare_exchange_n(&m->owner, &old, new, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return old == 0;
}

static int mutex_lock_slow(struct mutex *m, unsigned flags)
{
	struct mutex_waiter w = { .thread = current };
	uintptr_t irq = spin_lock_irqsave(&m->wait_lock);
	int ret = 0;

	if (__mutex_try_or_mark(m)) {
		spin_unlock_irqrestore(&m->wait_lock, irq);
		return 0;
	}
	list_add_tail(&m->waiters, &w.node);
	current->blocked_on = m;
	while (!w.granted) {
		struct thread *owner = (struct thread *)mutex_owner_of(__atomic_load_n(&m->owner, __ATOMIC_RELAXED));

		if ((flags & WAIT_INTERRUPTIBLE) && thread_interrupted(current)) {
			list_del_init(&w.node);
			ret = -EINTR;
			break;
		}
		if (owner && current->se.eff_prio > owner->se.eff_prio)
			sched_lend(owner, current->se.eff_prio);
		thread_set_state(flags & WAIT_INTERRUPTIBLE ? THREAD_SLEEPING_INTR : THREAD_SLEEPING);
		spin_unlock_irqrestore(&m->wait_lock, irq);
		schedule();
		irq = spin_lock_irqsave(&m->wait_lock);
	}
	current->blocked_on = NULL;
	thread_set_state(THREAD_RUNNING);
	spin_unlock_irqrestore(&m->wait_lock, irq);
	return ret;
}

void mutex_lock(struct mutex *m)
{
	might_sleep();
	lockrank_acquire_at(m, m->rank, false, LOCK_PC);
	if (unlikely(!mutex_try(m)))
		(void)mutex_lock_slow(m, WAIT_UNINTERRUPTIBLE);
}

void mutex_lock_nested(struct mutex *m)
{
	might_sleep();
	lockrank_acquire_at(m, m->rank, true, LOCK_PC);
	if (unlikely(!mutex_try(m)))
		(void)mutex_lock_slow(m, WAIT_UNINTERRUPTIBLE);
}

int mutex_lock_interruptible(struct mutex *m)
{
	int ret = 0;

	might_sleep();
	lockrank_acquire_at(m, m->rank, false, LOCK_PC);
	if (unlikely(!mutex_try(m)))
		ret = mutex_lock_slow(m, WAIT_INTERRUPTIBLE);
	if (ret)
		lockrank_release(m, m->rank);
	return ret;
}

bool mutex_trylock(struct mutex *m)
{
	if (!mutex_try(m))
		return false;
	lockrank_acquire_at(m, m->rank, true, LOCK_PC);
	return true;
}

/** Under wait_lock: the waiter with the highest priority, the first of equals. */
static struct mutex_waiter *__mutex_first(struct mutex *m)
{
	struct mutex_waiter *best = NULL;
	struct list_head *pos;

	for (pos = m->waiters.next; pos != &m->waiters; pos = pos->next) {
		struct mutex_waiter *w = container_of(pos, struct mutex_waiter, node);

		if (!best || w->thread->se.eff_prio > best->thread->se.eff_prio)
			best = w;
	}
	return best;
}

void mutex_unlock(struct mutex *m)
{
	uintptr_t word = (uintptr_t)current, irq;
	struct mutex_waiter *w;

	lockrank_release(m, m->rank);
	if (likely(__atomic_compare_exchange_n(&m->owner, &word, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)))
		return;
	if (unlikely(mutex_owner_of(word) != (uintptr_t)current))
		panic("mutex %p released by a thread that does not hold it", (void *)m);
	irq = spin_lock_irqsave(&m->wait_lock);
	w = __mutex_first(m);
	if (!w) {
		__atomic_store_n(&m->owner, 0, __ATOMIC_RELEASE);
	} else {
		struct thread *t = w->thread;

		list_del_init(&w->node);
		__atomic_store_n(&m->owner, (uintptr_t)t | (list_empty(&m->waiters) ? 0 : MUTEX_WAITERS),
				 __ATOMIC_RELEASE);
		w->granted = true;
		thread_wake(t);
	}
	spin_unlock_irqrestore(&m->wait_lock, irq);
	if (current->lent_prio)
		sched_lend(current, 0);
}

bool mutex_is_mine(const struct mutex *m)
{
	return mutex_owner_of(__atomic_load_n(&m->owner, __ATOMIC_RELAXED)) == (uintptr_t)current;
}

void rwmutex_init(struct rwmutex *m, uint16_t rank)
{
	waitq_init(&m->q);
	m->readers = m->writers_waiting = 0;
	m->writer = NULL;
	m->rank = rank;
}

/** Under the queue's lock: take it for reading unless a writer has it or waits. */
static bool rwmutex_try(struct rwmutex *m, bool write)
{
	uintptr_t irq = spin_lock_irqsave(&m->q.lock);
	bool ok = write ? !m->writer && !m->readers : !m->writer && !m->writers_waiting;

	if (ok && write)
		m->writer = current;
	else if (ok)
		m->readers++;
	spin_unlock_irqrestore(&m->q.lock, irq);
	return ok;
}

void rwmutex_lock_read(struct rwmutex *m)
{
	might_sleep();
	lockrank_acquire_at(m, m->rank, false, LOCK_PC);
	wait_event(&m->q, rwmutex_try(m, false));
}

void rwmutex_unlock_read(struct rwmutex *m)
{
	uintptr_t irq;
	bool last;

	lockrank_release(m, m->rank);
	irq = spin_lock_irqsave(&m->q.lock);
	last = --m->readers == 0;
	spin_unlock_irqrestore(&m->q.lock, irq);
	if (last)
		waitq_wake_all(&m->q);
}

void rwmutex_lock_write(struct rwmutex *m)
{
	uintptr_t irq;

	might_sleep();
	lockrank_acquire_at(m, m->rank, false, LOCK_PC);
	irq = spin_lock_irqsave(&m->q.lock);
	m->writers_waiting++;
	spin_unlock_irqrestore(&m->q.lock, irq);
	wait_event(&m->q, rwmutex_try(m, true));
	irq = spin_lock_irqsave(&m->q.lock);
	m->writers_waiting--;
	spin_unlock_irqrestore(&m->q.lock, irq);
}

void rwmutex_unlock_write(struct rwmutex *m)
{
	uintptr_t irq;

	lockrank_release(m, m->rank);
	irq = spin_lock_irqsave(&m->q.lock);
	m->writer = NULL;
	spin_unlock_irqrestore(&m->q.lock, irq);
	waitq_wake_all(&m->q);
}
