/* SPDX-License-Identifier: BSD-2-Clause */
/* Cross-CPU calls (kernel/smp.c). */
#ifndef TESSERA_SMP_H
#define TESSERA_SMP_H
#include <tessera/lib/types.h>
enum ipi { IPI_RESCHED, IPI_CALL, IPI_STOP, IPI_TIMER };
/* Run fn(arg) with interrupts off on every CPU in mask (own included) and wait for all. Interrupts must be ON on entry unless mask is
 * only this CPU; no spinlock held that an interrupt handler takes. A waiting CPU answers calls itself, so two waiters cannot lock. */
void smp_call_mask(uint64_t mask, void (*fn)(void *arg), void *arg);
void ipi_receive(unsigned n);		/* up-call from arch_irq_dispatch() */
#endif
