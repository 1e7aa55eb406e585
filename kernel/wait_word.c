/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A waiter is in its bucket before it reads the word, so a waker that changes the word first finds it there. The word is read with no
 * lock held and in state RUNNING, since reading may fault.
 */
#include <tessera/lib/errno.h>
#include <tessera/lib/list.h>
#include <tessera/mm/user.h>
#include "kernel.h"
#include "wait_word.h"

enum { BUCKETS = 64 };

struct word_waiter {
	struct list_head node;		/* by the bucket's lock */
	struct space *space;
	uint64_t addr;
	struct thread *thread;
	uint32_t woken;			/* set under the bucket's lock */
};
static struct { struct spinlock lock; struct list_head waiters; } buckets[BUCKETS];

void wait_word_init(void)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		spin_init(&buckets[i].lock, RANK_CELL);
		list_init(&buckets[i].waiters);
	}
}

static unsigned bucket_of(const struct space *s, uint64_t addr)
{
	uint64_t h = ((uintptr_t)s >> 6 ^ addr >> 2) * 0x9e3779b97f4a7c15ull;

	return h >> 58;
}

int wait_word(struct space *s, uint64_t addr, uint32_t expect, uint64_t deadline_ns)
{
	struct word_waiter w = { .space = s, .addr = addr, .thread = current };
	unsigned b = bucket_of(s, addr);
	uint32_t value;
	int ret;

	spin_lock(&buckets[b].lock);
	list_add_tail(&buckets[b].waiters, &w.node);
	spin_unlock(&buckets[b].lock);
	ret = user_load32(addr, &value);
	if (ret == 0 && value != expect)
		ret = -EAGAIN;
	while (ret == 0) {
		thread_set_state(THREAD_SLEEPING_INTR);
		if (__atomic_load_n(&w.woken, __ATOMIC_ACQUIRE))
			break;
		ret = thread_block_until(WAIT_INTERRUPTIBLE, deadline_ns);
	}
	thread_set_state(THREAD_RUNNING);
	spin_lock(&buckets[b].lock);
	if (w.woken)
		ret = 0;
	else
		list_del(&w.node);
	spin_unlock(&buckets[b].lock);
	return ret;
}

int wake_word(struct space *s, uint64_t addr, unsigned n)
{
	unsigned b = bucket_of(s, addr), done = 0;
	struct word_waiter *w, *next;

	if (addr & 3)
		return -EINVAL;
	spin_lock(&buckets[b].lock);
	list_for_each_entry_safe(w, next, &buckets[b].waiters, node) {
		if (done == n)
			break;
		if (w->space != s || w->addr != addr)
			continue;
		list_del(&w->node);
		__atomic_store_n(&w->woken, 1, __ATOMIC_SEQ_CST);
		thread_wake(w->thread);
		done++;
	}
	spin_unlock(&buckets[b].lock);
	return (int)done;
}

void calls_init(void)
{
	wait_word_init();
}
