/* SPDX-License-Identifier: BSD-2-Clause */
/* Wait queues and completions. The order "announce, test, sleep" against "change, wake" is what loses no wake-up. */
#include <tessera/lib/errno.h>
#include <tessera/sync/completion.h>
#include <tessera/sync/waitq.h>
#include <tessera/thread/thread.h>

void waitq_init(struct waitq *q)
{
	spin_init(&q->lock, RANK_WAITQ);
	list_init(&q->waiters);
}

void waitq_entry_init(struct waitq_entry *e)
{
	list_init(&e->node);
	e->thread = current;
	e->exclusive = false;
}

static void __waitq_prepare(struct waitq *q, struct waitq_entry *e, unsigned flags)
{
	if (list_empty(&e->node)) {
		e->exclusive = flags & WAIT_EXCLUSIVE;
		list_add_tail(&q->waiters, &e->node);
	}
	/* sequentially consistent: pairs with the barrier in thread_wake() */
	thread_set_state(flags & WAIT_INTERRUPTIBLE ? THREAD_SLEEPING_INTR : THREAD_SLEEPING);
}

void waitq_prepare(struct waitq *q, struct waitq_entry *e, unsigned flags)
{
	uintptr_t irq = spin_lock_irqsave(&q->lock);

	__waitq_prepare(q, e, flags);
	spin_unlock_irqrestore(&q->lock, irq);
}

void waitq_finish(struct waitq *q, struct waitq_entry *e)
{
	uintptr_t irq;

	thread_set_state(THREAD_RUNNING);
	/* always through the lock: when it is ours, no waker uses the queue's or the entry's memory any more */
	irq = spin_lock_irqsave(&q->lock);
	if (!list_empty(&e->node))
		list_del_init(&e->node);
	spin_unlock_irqrestore(&q->lock, irq);
}

static unsigned __waitq_wake(struct waitq *q, unsigned nr_exclusive)
{
	unsigned woken = 0, exclusive = 0;
	struct list_head *pos, *next;

	for (pos = q->waiters.next; pos != &q->waiters; pos = next) {
		struct waitq_entry *e = container_of(pos, struct waitq_entry, node);
		bool is_exclusive = e->exclusive;

		next = pos->next;
		if (!thread_wake(e->thread))
			continue;	/* woken by something else already: the wake-up is not used up */
		list_del_init(&e->node);
		woken++;
		if (is_exclusive && ++exclusive == nr_exclusive)
			break;
	}
	return woken;
}

unsigned waitq_wake(struct waitq *q, unsigned nr_exclusive)
{
	uintptr_t irq = spin_lock_irqsave(&q->lock);
	unsigned n = __waitq_wake(q, nr_exclusive);

	spin_unlock_irqrestore(&q->lock, irq);
	return n;
}

void completion_init(struct completion *c)
{
	waitq_init(&c->q);
	c->done = 0;
}

void complete(struct completion *c)
{
	uintptr_t irq = spin_lock_irqsave(&c->q.lock);

	if (c->done != UINT32_MAX)
		c->done++;
	__waitq_wake(&c->q, 1);
	spin_unlock_irqrestore(&c->q.lock, irq);
}

void complete_all(struct completion *c)
{
	uintptr_t irq = spin_lock_irqsave(&c->q.lock);

	c->done = UINT32_MAX;
	__waitq_wake(&c->q, 0);
	spin_unlock_irqrestore(&c->q.lock, irq);
}

int completion_wait(struct completion *c, unsigned flags, uint64_t deadline_ns)
{
	struct waitq_entry e;
	uintptr_t irq;
	int ret = 0;

	might_sleep();
	waitq_entry_init(&e);
	flags |= WAIT_EXCLUSIVE;
	irq = spin_lock_irqsave(&c->q.lock);
	for (;;) {
		if (c->done) {
			if (c->done != UINT32_MAX)
				c->done--;
			ret = 0;
			break;
		}
		if (ret)
			break;
		__waitq_prepare(&c->q, &e, flags);
		spin_unlock_irqrestore(&c->q.lock, irq);
		ret = thread_block_until(flags, deadline_ns);
		irq = spin_lock_irqsave(&c->q.lock);
	}
	if (!list_empty(&e.node))
		list_del_init(&e.node);
	thread_set_state(THREAD_RUNNING);
	spin_unlock_irqrestore(&c->q.lock, irq);
	return ret;
}
