/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running CPU. %gs holds the per-CPU offset in the kernel, so that %gs:variable is this CPU's copy; the current thread is
 * one such variable. User mode cannot change the base meanwhile: swapgs exchanges it, and CR4.FSGSBASE stays 0.
 */
#ifndef ASM_CPU_H
#define ASM_CPU_H
#include <asm/cpureg.h>
#include <asm/thread.h>

/* What entry.S and the inlines below reach by %gs (kernel/cpu.c defines it in the per-CPU section). */
struct x86_pcpu {
	uint64_t offset; /* of this CPU's area, the value of %gs */
	struct thread *current;
	uint64_t kernel_sp; /* top of current's stack: system calls start here */
	uint64_t user_sp;   /* system call entry: one word of scratch */
	uint32_t vector;    /* interrupt being dispatched */
	uint32_t apic_id;
};
extern struct x86_pcpu x86_pcpu;

static inline struct thread *arch_current(void)
{
	struct thread *t;

	/* not volatile: the same for a thread's life */
	__asm__("movq %%gs:%1, %0" : "=r"(t) : "m"(x86_pcpu.current));
	return t;
}
static inline uintptr_t arch_percpu_offset(void)
{
	uintptr_t off;

	__asm__ volatile("movq %%gs:%1, %0" : "=r"(off) : "m"(x86_pcpu.offset) : "memory");
	return off;
}
static inline void arch_set_percpu_offset(uintptr_t off)
{
	msr_write(MSR_GS_BASE, off);
	__asm__ volatile("movq %1, %%gs:%0" : "=m"(x86_pcpu.offset) : "r"(off) : "memory");
}
static inline void arch_set_current(struct thread *t)
{
	__asm__ volatile("movq %1, %%gs:%0" : "=m"(x86_pcpu.current) : "r"(t) : "memory");
}
static inline void arch_cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}
static inline void arch_cpu_idle(void)
{
	/* sti takes effect after the next instruction */
	__asm__ volatile("sti\n\thlt" : : : "memory");
}
static inline uint64_t arch_cycles(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* What the CPUs have and the port uses: found on the boot CPU, required of the others. */
enum x86_feature {
	X86_SMEP = 0x1,
	X86_SMAP = 0x2,
	X86_UMIP = 0x4,
	X86_XSAVE = 0x8,
	X86_PCID = 0x10,
	X86_X2APIC = 0x20,
	X86_TSC_DEADLINE = 0x40,
	X86_RDRAND = 0x80,
	X86_PAGE1G = 0x100,
	X86_PAT = 0x200,
	X86_MCE = 0x400,
	X86_XSAVEOPT = 0x800,
};
extern unsigned x86_features;
#endif
