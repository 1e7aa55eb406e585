/* SPDX-License-Identifier: BSD-2-Clause */
/* Preemption count: thread-context code runs preemptible unless this is raised (spinlocks, epoch sections, interrupts). */
#ifndef TESSERA_SYNC_PREEMPT_H
#define TESSERA_SYNC_PREEMPT_H
#include <arch/barrier.h>
#include <tessera/thread/core.h>

enum { PREEMPT_IRQ = 1 << 16 };		/* added while an interrupt handler runs */

/** Reschedule if due; called by preempt_enable() when the count reaches zero. Context: thread, interrupts on or off. */
void preempt_schedule(void);

/** Stay on this CPU and keep this thread running until preempt_enable(). Nests; any context. */
static inline void preempt_disable(void)
{
	thread_core()->preempt_count++;
	barrier();
}

/** Leave without looking at need_resched: for code that will reschedule itself. */
static inline void preempt_enable_noresched(void)
{
	barrier();
	thread_core()->preempt_count--;
}

/** End of preempt_disable(). A pending reschedule happens here if interrupts are on. */
static inline void preempt_enable(void)
{
	struct thread_core *t = thread_core();

	barrier();
	if (--t->preempt_count == 0 && unlikely(__atomic_load_n(&t->need_resched, __ATOMIC_RELAXED)))
		preempt_schedule();
}

/** True in an interrupt handler. */
static inline bool in_irq(void)
{
	return thread_core()->preempt_count >= PREEMPT_IRQ;
}
#endif
