/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The head of struct thread: what the lock primitives need, apart from the rest so that <tessera/sync/...> and struct thread
 * do not include each other.
 */
#ifndef TESSERA_THREAD_CORE_H
#define TESSERA_THREAD_CORE_H
#include <tessera/lib/types.h>
#include <arch/cpu.h>
#include <arch/thread.h>

enum { THREAD_HELD_MAX = 16 };
struct held_lock {
	const void *lock;
	uintptr_t pc;
	uint16_t rank;
};

struct thread_core {
	struct arch_thread arch;	/* first, see <arch/thread.h> */
	uint32_t preempt_count;		/* only the thread itself (and interrupts on top of it); 0: may be preempted */
	uint32_t need_resched;		/* set on the thread's own CPU */
	/* CONFIG_DEBUG_LOCKRANK; only the thread itself and interrupts on top of it */
	uint16_t nheld, held_base;	/* locks below held_base belong to the interrupted context */
	struct held_lock held[IS_ENABLED(CONFIG_DEBUG_LOCKRANK) ? THREAD_HELD_MAX : 1];
};

/** The running thread's head. */
static inline struct thread_core *thread_core(void)
{
	return (struct thread_core *)arch_current();
}
#endif
