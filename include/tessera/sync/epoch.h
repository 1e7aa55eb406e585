/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Epoch-based reclaim: readers of lockless structures run with preemption off (or interrupts off); memory that was unlinked is
 * freed after a grace period, when every CPU has passed a quiescent state: context switch, idle, user mode.
 * Idle CPUs and CPUs in user mode never hold a grace period up.
 */
#ifndef TESSERA_SYNC_EPOCH_H
#define TESSERA_SYNC_EPOCH_H
#include <tessera/sync/preempt.h>
#include <tessera/sync/atomic.h>

struct epoch_head {
	struct epoch_head *next;
	void (*fn)(struct epoch_head *h);
};

/** Begin a read section: what is reachable now stays allocated until epoch_exit(). Nests, may not sleep. */
static inline void epoch_enter(void) { preempt_disable(); }
static inline void epoch_exit(void) { preempt_enable(); }
#define epoch_deref(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define epoch_publish(p, v)	__atomic_store_n(&(p), (v), __ATOMIC_RELEASE)

/** Run @fn(@h) in thread context (it may take mutexes, must be short) after a grace period. Any context. */
void epoch_call(struct epoch_head *h, void (*fn)(struct epoch_head *h));
/** Wait for a full grace period. Context: thread, may sleep. */
void epoch_wait(void);
/** Wait until all callbacks queued before have run. Context: thread, may sleep. */
void epoch_barrier(void);
#endif
