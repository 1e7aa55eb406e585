/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running CPU. tpidr_el1 holds the current thread; the per-CPU offset lies in struct
 * arch_thread, so that a context switch, not a register, carries it. Features are those of the
 * boot CPU; others must have them all (arch_cpu_init).
 */
#ifndef ASM_CPU_H
#define ASM_CPU_H
#include <asm/sysreg.h>
#include <asm/thread.h>

enum arm_feature { ARM_PAN = 1, ARM_PMU = 2, ARM_E0PD = 4, ARM_RNG = 8, ARM_ATOMICS = 16 };
extern unsigned arm_features;

static inline struct thread *arch_current(void)
{
	struct thread *t;

	__asm__("mrs %0, tpidr_el1"
		: "=r"(t)); /* not volatile: the same for the whole life of a thread */
	return t;
}
static inline uintptr_t arch_percpu_offset(void)
{
	const struct arch_thread *t = (const struct arch_thread *)arch_current();
	uintptr_t off;

	__asm__ volatile("ldr %0, %1" : "=r"(off) : "m"(t->percpu_offset) : "memory");
	return off;
}
static inline void arch_set_percpu_offset(uintptr_t off)
{
	struct arch_thread *t = (struct arch_thread *)arch_current();

	__atomic_store_n(&t->percpu_offset, off, __ATOMIC_RELAXED);
	__asm__ volatile("" : : : "memory");
}
static inline void arch_set_current(struct thread *t)
{
	uintptr_t off = arch_percpu_offset();

	__asm__ volatile("msr tpidr_el1, %0" : : "r"(t) : "memory");
	((struct arch_thread *)t)->percpu_offset = off;
}
static inline void arch_cpu_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}
static inline void arch_cpu_idle(void)
{
	/* wfi ends for a pending interrupt even while it is masked */
	__asm__ volatile("dsb sy\n\twfi\n\tmsr daifclr, #6" : : : "memory");
}
static inline uint64_t arch_cycles(void)
{
	if (arm_features & ARM_PMU)
		return sysreg_read(pmccntr_el0);
	return sysreg_read(cntvct_el0);
}
#endif
