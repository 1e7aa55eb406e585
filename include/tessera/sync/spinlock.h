/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spinlocks: fair (ticket), eight bytes, with the rank of ranks.h. A holder is not preempted. Locks that an interrupt handler
 * takes are taken everywhere by the _irqsave variants.
 */
#ifndef TESSERA_SYNC_SPINLOCK_H
#define TESSERA_SYNC_SPINLOCK_H
#include <arch/irq.h>
#include <tessera/sync/lockrank.h>
#include <tessera/sync/preempt.h>

struct spinlock {
	union {
		uint32_t word;
		struct { uint16_t owner, next; };	/* all ports are little-endian */
	};
	uint16_t rank;
	uint16_t pad;
};
#define SPINLOCK_INIT(r) { .word = 0, .rank = (r) }

/** Initialise @l, unlocked, with @rank from ranks.h. */
static inline void spin_init(struct spinlock *l, uint16_t rank)
{
	*l = (struct spinlock)SPINLOCK_INIT(rank);
}

void spin_lock_slow(struct spinlock *l, uint16_t ticket);

static inline void spin_acquire_raw(struct spinlock *l)
{
	uint32_t w = __atomic_fetch_add(&l->word, 1u << 16, __ATOMIC_ACQUIRE);

	if (unlikely((uint16_t)w != (uint16_t)(w >> 16)))
		spin_lock_slow(l, (uint16_t)(w >> 16));
}
static inline void spin_release_raw(struct spinlock *l)
{
	__atomic_store_n(&l->owner, (uint16_t)(l->owner + 1), __ATOMIC_RELEASE);
}

/** Take @l; preemption is off until spin_unlock(). Context: any in which no handler that takes @l can interrupt. */
static inline void spin_lock(struct spinlock *l)
{
	preempt_disable();
	lockrank_acquire(l, l->rank, false);
	spin_acquire_raw(l);
}
/** As spin_lock(), while a lock of the same rank is held; the caller follows the rank's own order. */
static inline void spin_lock_nested(struct spinlock *l)
{
	preempt_disable();
	lockrank_acquire(l, l->rank, true);
	spin_acquire_raw(l);
}
/** Take @l if it is free. Returns whether it was. A trylock cannot deadlock, so equal rank is allowed. */
static inline bool spin_trylock(struct spinlock *l)
{
	uint32_t w, n;

	preempt_disable();
	w = __atomic_load_n(&l->word, __ATOMIC_RELAXED);
	n = w + (1u << 16);
	if ((uint16_t)w == (uint16_t)(w >> 16) &&
	    __atomic_compare_exchange_n(&l->word, &w, n, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		lockrank_acquire(l, l->rank, true);
		return true;
	}
	preempt_enable();
	return false;
}
/** Release @l. */
static inline void spin_unlock(struct spinlock *l)
{
	lockrank_release(l, l->rank);
	spin_release_raw(l);
	preempt_enable();
}
/** Release @l, but leave a pending reschedule for later. */
static inline void spin_unlock_noresched(struct spinlock *l)
{
	lockrank_release(l, l->rank);
	spin_release_raw(l);
	preempt_enable_noresched();
}

/** spin_lock() with interrupts off on this CPU; returns the state for spin_unlock_irqrestore(). */
static inline uintptr_t spin_lock_irqsave(struct spinlock *l)
{
	uintptr_t state = arch_irq_save();

	spin_lock(l);
	return state;
}
static inline void spin_unlock_irqrestore(struct spinlock *l, uintptr_t state)
{
	spin_unlock_noresched(l);
	arch_irq_restore(state);
	/* with interrupts on again a reschedule that came due meanwhile can happen */
	if (unlikely(thread_core()->need_resched) && thread_core()->preempt_count == 0)
		preempt_schedule();
}
/** Whether anyone holds @l, for assertions. */
static inline bool spin_is_locked(const struct spinlock *l)
{
	uint32_t w = __atomic_load_n(&l->word, __ATOMIC_RELAXED);

	return (uint16_t)w != (uint16_t)(w >> 16);
}
#endif
