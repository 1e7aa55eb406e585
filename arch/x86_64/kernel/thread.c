/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: first context, switch, vector state, user segment bases.
 * Vector state is eager: saved when a user thread leaves a CPU, loaded when one comes. The core itself never uses the
 * registers, so between two user threads kernel threads leave them alone. Enabled: x87, SSE, AVX, AVX-512 where present;
 * not PKRU, since no system call hands out keys and a core that copies user memory would obey it.
 */
#include <arch/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/mm/slab.h>
#include "x86.h"

enum {
	XFEATURE_X87_SSE = 3,
	XFEATURE_AVX = 4,
	XFEATURE_AVX512 = 0xe0,
	FXSAVE_SIZE = 512,
	XSAVE_HEADER = 64,
	FPU_AREA_MAX = 4096,
	FPU_FCW_OFFSET = 0,
	FPU_MXCSR_OFFSET = 24,
	FPU_FCW_INIT = 0x37f,
	FPU_MXCSR_INIT = 0x1f80,
};

unsigned x86_fpu_size = FXSAVE_SIZE;
uint64_t x86_fpu_mask = XFEATURE_X87_SSE;
static struct kmem_cache *fpu_cache;

static struct arch_thread *arch_of(struct thread *t)
{
	return (struct arch_thread *)t;
}

static void xcr0_write(uint64_t v)
{
	__asm__ volatile("xsetbv"
			 :
			 : "c"(0), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))
			 : "memory");
}

/** Which components to enable and how large a saved state is. Boot CPU, after x86_features_init(). */
void x86_fpu_init(void)
{
	struct cpuid c;
	uint64_t have;

	if (!(x86_features & X86_XSAVE))
		return;
	c = cpuid(0xd, 0);
	have = c.eax | (uint64_t)c.edx << 32;
	x86_fpu_mask = XFEATURE_X87_SSE | (have & XFEATURE_AVX);
	if ((have & (XFEATURE_AVX512 | XFEATURE_AVX)) == (XFEATURE_AVX512 | XFEATURE_AVX))
		x86_fpu_mask |= XFEATURE_AVX512;
	x86_fpu_size = FXSAVE_SIZE + XSAVE_HEADER;
	for (unsigned i = 2; i < 63; i++) {
		if (!(x86_fpu_mask >> i & 1))
			continue;
		c = cpuid(0xd, i);
		if (c.ebx + c.eax > x86_fpu_size)
			x86_fpu_size = c.ebx + c.eax;
	}
	if (x86_fpu_size > FPU_AREA_MAX)
		boot_fail("cpuid: vector state of %u bytes", x86_fpu_size);
}

void x86_fpu_init_late(void)
{
	fpu_cache = kmem_cache_create("fpu", x86_fpu_size, 64, 0, NULL);
	if (!fpu_cache)
		boot_fail("no memory for the cache of vector states");
}

void x86_fpu_init_cpu(void)
{
	if (x86_features & X86_XSAVE)
		xcr0_write(x86_fpu_mask);
	__asm__ volatile("fninit" : : : "memory");
}

static void fpu_save(void *area)
{
	uint32_t lo = (uint32_t)x86_fpu_mask, hi = (uint32_t)(x86_fpu_mask >> 32);

	if (x86_features & X86_XSAVEOPT)
		__asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(lo), "d"(hi) : "memory");
	else if (x86_features & X86_XSAVE)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static void fpu_load(const void *area)
{
	uint32_t lo = (uint32_t)x86_fpu_mask, hi = (uint32_t)(x86_fpu_mask >> 32);

	if (x86_features & X86_XSAVE)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

static void fpu_reset(void *area)
{
	uint16_t fcw = FPU_FCW_INIT;
	uint32_t mxcsr = FPU_MXCSR_INIT;

	/* no component present in the XSAVE header: all load as initial */
	memset(area, 0, x86_fpu_size);
	memcpy((char *)area + FPU_FCW_OFFSET, &fcw, sizeof(fcw));
	memcpy((char *)area + FPU_MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
}

void arch_thread_init(struct thread *t, void *stack, void (*entry)(void *arg), void *arg)
{
	struct arch_thread *a = arch_of(t);
	uint64_t *sp;

	memset(a, 0, sizeof(*a));
	a->stack_lo = (uintptr_t)stack;
	a->stack_hi = a->stack_lo + THREAD_STACK_SIZE;
	memset(arch_thread_regs(t), 0, sizeof(struct arch_regs));
	/* as x86_switch left it: r15 r14 r13 r12 rbx rbp, return address; above it the stack is 16-byte aligned */
	sp = (uint64_t *)(a->stack_hi - sizeof(struct arch_regs)) - 7;
	memset(sp, 0, 7 * sizeof(*sp));
	sp[2] = (uintptr_t)arg;
	sp[3] = (uintptr_t)entry;
	sp[6] = (uintptr_t)x86_thread_start;
	a->sp = (uintptr_t)sp;
}

/* Selectors that the user loaded. Their bases come from MSRs below, but the values must not stay for the next thread. */
static void selectors_clear(void)
{
	uint32_t ds, es, fs, gs;
	uint64_t base;

	__asm__ volatile("movl %%ds, %0\n\tmovl %%es, %1\n\tmovl %%fs, %2\n\tmovl %%gs, %3"
			 : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
	if (likely(!(ds | es | fs | gs)))
		return;
	base = msr_read(MSR_GS_BASE);
	__asm__ volatile("movl %0, %%ds\n\tmovl %0, %%es\n\tmovl %0, %%fs\n\tmovl %0, %%gs"
			 :
			 : "r"(0)
			 : "memory");
	msr_write(MSR_GS_BASE, base);
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	struct arch_thread *p = arch_of(prev), *n = arch_of(next);

	if (p->fpu)
		fpu_save(p->fpu);
	if (n->fpu) {
		selectors_clear();
		fpu_load(n->fpu);
		msr_write(MSR_FS_BASE, n->fs_base);
		msr_write(MSR_KERNEL_GS_BASE, n->gs_base);
	}
	return (struct thread *)x86_switch(p, n);
}

struct arch_regs *arch_thread_regs(struct thread *t)
{
	return (struct arch_regs *)(arch_of(t)->stack_hi - sizeof(struct arch_regs));
}

void arch_thread_enter_user(void)
{
	x86_return_user(arch_thread_regs(arch_current()));
}

int arch_fpu_alloc(struct thread *t)
{
	void *area = kmem_cache_alloc(fpu_cache);

	if (!area)
		return -ENOMEM;
	fpu_reset(area);
	arch_of(t)->fpu = area;
	return 0;
}

void arch_fpu_clear(struct thread *t)
{
	struct arch_thread *a = arch_of(t);
	uintptr_t state;

	if (!a->fpu)
		return;
	state = arch_irq_save();
	fpu_reset(a->fpu);
	if (t == arch_current())
		fpu_load(a->fpu);
	arch_irq_restore(state);
}

void arch_fpu_copy(struct thread *dst, struct thread *src)
{
	struct arch_thread *d = arch_of(dst), *s = arch_of(src);
	uintptr_t state;

	if (!d->fpu || !s->fpu)
		return;
	state = arch_irq_save();
	if (src == arch_current())
		fpu_save(s->fpu);
	memcpy(d->fpu, s->fpu, x86_fpu_size);
	arch_irq_restore(state);
}

void arch_fpu_free(struct thread *t)
{
	struct arch_thread *a = arch_of(t);
	uintptr_t state = arch_irq_save();
	void *area = a->fpu;

	a->fpu = NULL;
	arch_irq_restore(state);
	if (area)
		kmem_cache_free(fpu_cache, area);
}

void x86_fpu_sync(void)
{
	struct arch_thread *a = arch_of(arch_current());
	uintptr_t state = arch_irq_save();

	if (a->fpu)
		fpu_save(a->fpu);
	arch_irq_restore(state);
}

void x86_fpu_reload(void)
{
	struct arch_thread *a = arch_of(arch_current());
	uintptr_t state = arch_irq_save();

	if (a->fpu)
		fpu_load(a->fpu);
	arch_irq_restore(state);
}

/* A base that is no user address would fault in wrmsr, or point into the core. */
static uint64_t base_ok(uint64_t v)
{
	return v < ARCH_USER_END ? v : 0;
}

void arch_tls_set(struct thread *t, uint64_t v)
{
	uintptr_t state = arch_irq_save();

	arch_of(t)->fs_base = base_ok(v);
	if (t == arch_current())
		msr_write(MSR_FS_BASE, base_ok(v));
	arch_irq_restore(state);
}

uint64_t arch_tls_get(struct thread *t)
{
	return arch_of(t)->fs_base;
}

void x86_gs_base_set(struct thread *t, uint64_t v)
{
	uintptr_t state = arch_irq_save();

	arch_of(t)->gs_base = base_ok(v);
	if (t == arch_current())
		msr_write(MSR_KERNEL_GS_BASE, base_ok(v));
	arch_irq_restore(state);
}

uint64_t x86_gs_base_get(struct thread *t)
{
	return arch_of(t)->gs_base;
}
