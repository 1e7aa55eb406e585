/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: other CPUs. */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H
#include <tessera/lib/types.h>
struct thread;
/* Hardware ids of usable CPUs, boot CPU first; returns the count (<= max). */
unsigned arch_smp_enumerate(uint64_t *hwid, unsigned max);
/* Start cpu so that it reaches secondary_main() on idle's kernel stack with current = idle and this per-CPU offset. 0 or -errno. */
int arch_smp_start(unsigned cpu, uint64_t hwid, struct thread *idle, uintptr_t percpu_offset);
/* On a started CPU, before secondary_main's scheduling: per-CPU interrupt controller and timer. */
void arch_smp_cpu_init(void);
/* Send IPI number n (0..7) to the CPUs in mask (bit = logical cpu). The receiver's arch_irq_dispatch() calls ipi_receive(n). */
void arch_ipi_send(uint64_t mask, unsigned n);
/* Stop other CPUs as hard as possible (panic). */
void arch_smp_halt_others(void);
#endif
