/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running CPU. tp holds the current thread in the kernel (compilers never touch it without
 * TLS); the per-CPU offset lies in struct arch_thread, so a context switch, not a register, carries
 * it.
 */
#ifndef ASM_CPU_H
#define ASM_CPU_H
#include <asm/csr.h>
#include <asm/thread.h>

static inline struct thread *arch_current(void)
{
	struct thread *t;

	__asm__("mv %0, tp" : "=r"(t)); /* not volatile: the same for the whole life of a thread */
	return t;
}
static inline uintptr_t arch_percpu_offset(void)
{
	uintptr_t off;

	/* one load through tp: an interrupt before or after it, never between address and data */
	__asm__ volatile("ld %0, %1(tp)"
			 : "=r"(off)
			 : "i"(__builtin_offsetof(struct arch_thread, percpu_offset))
			 : "memory");
	return off;
}
static inline void arch_set_percpu_offset(uintptr_t off)
{
	__asm__ volatile("sd %0, %1(tp)"
			 :
			 : "r"(off), "i"(__builtin_offsetof(struct arch_thread, percpu_offset))
			 : "memory");
}
static inline void arch_set_current(struct thread *t)
{
	uintptr_t off = arch_percpu_offset();

	__asm__ volatile("mv tp, %0" : : "r"(t) : "memory");
	arch_set_percpu_offset(off);
}
static inline void arch_cpu_relax(void)
{
	__asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" : : : "memory"); /* pause (Zihintpause) */
}
static inline void arch_cpu_idle(void)
{
	/* wfi wakes for a pending interrupt that sie enables even while sstatus.SIE is 0 */
	__asm__ volatile("wfi\n\tcsrsi sstatus, 2" : : : "memory");
}
static inline uint64_t arch_cycles(void)
{
	uint64_t v;

	__asm__ volatile("rdcycle %0" : "=r"(v) : : "memory");
	return v;
}

/* Features of the machine: the extensions that every CPU has. Set by arch_boot_early(). */
enum riscv_feature { RISCV_SSTC = 1, RISCV_SSAIA = 2, RISCV_SVPBMT = 4, RISCV_SVADU = 8 };
extern unsigned riscv_features;
#endif
