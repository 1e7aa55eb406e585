/* SPDX-License-Identifier: BSD-2-Clause */
/* Lock-rank checks (kernel/lockrank.c): they cost nothing unless CONFIG_DEBUG_LOCKRANK. */
#ifndef TESSERA_SYNC_LOCKRANK_H
#define TESSERA_SYNC_LOCKRANK_H
#include <tessera/lib/types.h>
#include <tessera/sync/ranks.h>

void lockrank_do_acquire(const void *lock, uint16_t rank, bool nested, uintptr_t pc);
void lockrank_do_release(const void *lock, uint16_t rank);
void lockrank_do_may_sleep(uintptr_t pc);
/** Name of a rank for reports, "?" if it is not in the table. */
const char *lockrank_name(uint16_t rank);

/*
 * A test that plants a violation: the next report of this thread is counted in *hits instead of stopping the machine.
 * NULL ends it.
 */
void lockrank_expect(unsigned *hits);

#define LOCK_PC ((uintptr_t)__builtin_return_address(0))

/* Reported is where this is inlined (spinlocks), or @pc (mutexes, whose caller counts). */
static inline void lockrank_acquire(const void *lock, uint16_t rank, bool nested)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCKRANK))
		lockrank_do_acquire(lock, rank, nested, 0);
}
static inline void lockrank_acquire_at(const void *lock, uint16_t rank, bool nested, uintptr_t pc)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCKRANK))
		lockrank_do_acquire(lock, rank, nested, pc);
}
static inline void lockrank_release(const void *lock, uint16_t rank)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCKRANK))
		lockrank_do_release(lock, rank);
}
/** Debug builds report the caller if it may not sleep: spinlock held, preemption or interrupts off, interrupt handler. */
static inline void might_sleep(void)
{
	if (IS_ENABLED(CONFIG_DEBUG_LOCKRANK))
		lockrank_do_may_sleep(LOCK_PC);
}
#endif
