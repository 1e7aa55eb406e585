/* SPDX-License-Identifier: BSD-2-Clause */
/* Sleeping locks: struct mutex with an owner (lends its waiters' priority), struct rwmutex with many readers or one writer. */
#ifndef TESSERA_SYNC_MUTEX_H
#define TESSERA_SYNC_MUTEX_H
#include <tessera/lib/list.h>
#include <tessera/sync/spinlock.h>
#include <tessera/sync/waitq.h>

struct mutex {
	uintptr_t owner;		/* struct thread *, bit 0: there are waiters; 0: free */
	struct spinlock wait_lock;
	struct list_head waiters;	/* by ->wait_lock */
	uint16_t rank;
};
#define MUTEX_INIT(name, r) { .owner = 0, .wait_lock = SPINLOCK_INIT(RANK_WAITQ), \
	.waiters = LIST_HEAD_INIT((name).waiters), .rank = (r) }

void mutex_init(struct mutex *m, uint16_t rank);
/** Take @m. Context: thread, may sleep. Not recursive. */
void mutex_lock(struct mutex *m);
/** As mutex_lock() while a mutex of the same rank is held. */
void mutex_lock_nested(struct mutex *m);
/** As mutex_lock(), but 0 or -EINTR. */
int __must_check mutex_lock_interruptible(struct mutex *m);
bool mutex_trylock(struct mutex *m);
/** Release @m; only its owner may. */
void mutex_unlock(struct mutex *m);
/** Whether the current thread holds @m. */
bool mutex_is_mine(const struct mutex *m);

struct rwmutex {
	struct waitq q;
	uint32_t readers;		/* by ->q.lock */
	uint32_t writers_waiting;	/* by ->q.lock */
	struct thread *writer;		/* by ->q.lock */
	uint16_t rank;
};
#define RWMUTEX_INIT(name, r) { .q = WAITQ_INIT((name).q), .rank = (r) }
void rwmutex_init(struct rwmutex *m, uint16_t rank);
void rwmutex_lock_read(struct rwmutex *m);
void rwmutex_unlock_read(struct rwmutex *m);
void rwmutex_lock_write(struct rwmutex *m);
void rwmutex_unlock_write(struct rwmutex *m);
#endif
