/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: the running CPU. Every port defines these static inline in <asm/cpu.h>. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H
#include <tessera/lib/types.h>
struct thread;

/* Current thread. One instruction or a register that only a context switch changes, so migration-safe. */
static inline struct thread *arch_current(void);
/* Offset to add to a per-CPU symbol's link address; stable only while preemption is off. */
static inline uintptr_t arch_percpu_offset(void);
/* Set both for this CPU (boot, secondary start). */
static inline void arch_set_percpu_offset(uintptr_t off);
static inline void arch_set_current(struct thread *t);
static inline void arch_cpu_relax(void);		/* spin-loop hint */
/* Interrupts are off on entry; atomically enable them and wait for one; returns with interrupts on. */
static inline void arch_cpu_idle(void);
static inline uint64_t arch_cycles(void);		/* cheap counter for statistics; under -icount: instructions where possible */
__noreturn void arch_cpu_halt(void);			/* interrupts off, for ever */
const char *arch_cpu_describe(void);			/* one line for the log: model and features used */
/* Hardware random number, if the CPU has one: true and *out written, else false. */
bool arch_random(uint64_t *out);
#include <asm/cpu.h>
#endif
