/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wait queues. A waiter announces itself, tests its condition, then sleeps; a waker changes the condition, then wakes:
 * no wake-up is lost. Entries are FIFO; exclusive ones are woken one at a time.
 */
#ifndef TESSERA_SYNC_WAITQ_H
#define TESSERA_SYNC_WAITQ_H
#include <tessera/lib/list.h>
#include <tessera/sync/spinlock.h>

struct thread;
struct waitq {
	struct spinlock lock;		/* rank RANK_WAITQ, taken with interrupts off */
	struct list_head waiters;	/* by ->lock */
};
struct waitq_entry {
	struct list_head node;		/* by the queue's lock; empty: not queued */
	struct thread *thread;
	bool exclusive;
};
#define WAITQ_INIT(name) { .lock = SPINLOCK_INIT(RANK_WAITQ), .waiters = LIST_HEAD_INIT((name).waiters) }

enum wait_flags { WAIT_UNINTERRUPTIBLE = 0, WAIT_INTERRUPTIBLE = 1, WAIT_EXCLUSIVE = 2 };
#define WAIT_FOREVER UINT64_MAX

void waitq_init(struct waitq *q);
void waitq_entry_init(struct waitq_entry *e);
/** Queue @e (if it is not) and set the current thread to sleeping; then test the condition and call thread_block(). */
void waitq_prepare(struct waitq *q, struct waitq_entry *e, unsigned flags);
/** Back to running, off the queue. Passes an exclusive wake-up on is the caller's business if it did not use it. */
void waitq_finish(struct waitq *q, struct waitq_entry *e);
/** Wake up to @nr_exclusive exclusive waiters and all others before them; 0 = all. Returns how many threads it woke. Any context. */
unsigned waitq_wake(struct waitq *q, unsigned nr_exclusive);
#define waitq_wake_one(q) waitq_wake((q), 1)
#define waitq_wake_all(q) waitq_wake((q), 0)
/** Sleep until woken or @deadline_ns (absolute, WAIT_FOREVER: none): 0, -ETIMEDOUT, -EINTR (interruptible and work pending). */
int thread_block_until(unsigned flags, uint64_t deadline_ns);

/*
 * Wait until @cond is true: 0, -ETIMEDOUT at @deadline_ns (absolute, monotonic), -EINTR if @flags has WAIT_INTERRUPTIBLE and
 * the thread was interrupted. The condition is tested at least once after a time-out. Context: thread, may sleep.
 */
#define wait_event_flags(q, cond, flags, deadline_ns) ({				\
	struct waitq_entry wait_entry_;							\
	int wait_ret_ = 0;								\
	might_sleep();									\
	if (!(cond)) {									\
		waitq_entry_init(&wait_entry_);						\
		for (;;) {								\
			waitq_prepare((q), &wait_entry_, (flags));			\
			if (cond) {							\
				wait_ret_ = 0;						\
				break;							\
			}								\
			if (wait_ret_ != 0)						\
				break;							\
			wait_ret_ = thread_block_until((flags), (deadline_ns));		\
		}									\
		waitq_finish((q), &wait_entry_);					\
	}										\
	wait_ret_; })
#define wait_event(q, cond)			((void)wait_event_flags(q, cond, WAIT_UNINTERRUPTIBLE, WAIT_FOREVER))
#define wait_event_interruptible(q, cond)	wait_event_flags(q, cond, WAIT_INTERRUPTIBLE, WAIT_FOREVER)
#define wait_event_timeout(q, cond, deadline_ns) wait_event_flags(q, cond, WAIT_UNINTERRUPTIBLE, deadline_ns)
#endif
