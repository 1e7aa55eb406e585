/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: context switch, FP/SIMD and TLS of user threads. A thread owns FP/SIMD state from its
 * first instruction that uses it; from then on the registers are saved at every switch-out and
 * loaded at switch-in unless this CPU still holds them.
 */
#include <arch/irq.h>
#include <tessera/lib/string.h>
#include <tessera/percpu/percpu.h>
#include <tessera/thread/thread.h>
#include "arm.h"

PERCPU_DEFINE(struct thread *,
	      fpu_owner); /* whose state the registers hold, if its fpu_cpu says so too */

static struct arch_regs *frame_of(struct thread *t)
{
	return (struct arch_regs *)t->arch.stack_hi - 1;
}

void arch_thread_init(struct thread *t, void *stack, void (*entry)(void *arg), void *arg)
{
	struct arch_thread *a = &t->arch;

	memset(a, 0, sizeof(*a));
	a->stack_lo = (uintptr_t)stack;
	a->stack_hi = a->stack_lo + THREAD_STACK_SIZE;
	a->stack_min = a->stack_lo + sizeof(struct arch_regs);
	memset(frame_of(t), 0, sizeof(struct arch_regs));
	a->sp = (uintptr_t)frame_of(t);
	a->x19_x30[0] = (uintptr_t)entry;
	a->x19_x30[1] = (uintptr_t)arg;
	a->x19_x30[11] = (uintptr_t)arm_thread_start;
}

static void fpu_enable(bool el0)
{
	/* no isb: EL1 access is always on, and the eret to EL0 synchronises */
	sysreg_write(cpacr_el1, el0 ? CPACR_FPEN : CPACR_FPEN_EL1);
}

/* Make the registers hold @t's state. Interrupts off; @t is current or about to be. */
static void fpu_install(struct thread *t)
{
	struct thread **owner = this_cpu_ptr(fpu_owner);

	if (*owner != t || t->arch.fpu_cpu != cpu_id() + 1) {
		arm_fpu_load(&t->arch.fpu);
		*owner = t;
		t->arch.fpu_cpu = cpu_id() + 1;
	}
	fpu_enable(true);
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	next->arch.percpu_offset = prev->arch.percpu_offset;
	if (prev->arch.user) {
		prev->arch.tls = sysreg_read(tpidr_el0);
		if (prev->arch.fpu_used)
			arm_fpu_save(&prev->arch.fpu);
	}
	if (next->arch.user) {
		sysreg_write(tpidr_el0, next->arch.tls);
		if (next->arch.fpu_used)
			fpu_install(next);
		else
			fpu_enable(false);
	}
	return arm_switch(prev, next);
}

struct arch_regs *arch_thread_regs(struct thread *t)
{
	return frame_of(t);
}

void arch_thread_enter_user(void)
{
	arch_irq_disable();
	arm_enter_user(frame_of(current));
}

int arch_fpu_alloc(struct thread *t)
{
	memset(&t->arch.fpu, 0, sizeof(t->arch.fpu));
	t->arch.fpu_used = false;
	t->arch.fpu_cpu = 0;
	t->arch.tls = 0;
	t->arch.user = true;
	return 0;
}

void arch_fpu_clear(struct thread *t)
{
	uintptr_t irq = arch_irq_save();

	memset(&t->arch.fpu, 0, sizeof(t->arch.fpu));
	t->arch.fpu_used = false;
	t->arch.fpu_cpu = 0;
	if (t == current)
		fpu_enable(false);
	arch_irq_restore(irq);
}

void arch_fpu_copy(struct thread *dst, struct thread *src)
{
	uintptr_t irq = arch_irq_save();

	if (src == current && src->arch.fpu_used)
		arm_fpu_save(&src->arch.fpu);
	dst->arch.fpu = src->arch.fpu;
	dst->arch.fpu_used = src->arch.fpu_used;
	dst->arch.fpu_cpu = 0;
	if (dst == current) {
		fpu_enable(false);
		if (dst->arch.fpu_used)
			fpu_install(dst);
	}
	arch_irq_restore(irq);
}

void arch_fpu_free(struct thread *t)
{
	t->arch.user = false;
	t->arch.fpu_used = false;
	t->arch.fpu_cpu = 0;
}

void arm_fpu_first_use(void)
{
	struct thread *t = current;

	memset(&t->arch.fpu, 0, sizeof(t->arch.fpu));
	t->arch.fpu_used = true;
	t->arch.fpu_cpu = 0;
	fpu_install(t);
}

/** The current thread's vector registers as it would see them now, for a signal frame. */
void arm_fpu_get(struct arm_fpu *out)
{
	uintptr_t irq = arch_irq_save();

	if (current->arch.fpu_used)
		arm_fpu_save(&current->arch.fpu);
	*out = current->arch.fpu;
	arch_irq_restore(irq);
}

/** Replace them, on return from a signal. */
void arm_fpu_set(const struct arm_fpu *in)
{
	uintptr_t irq = arch_irq_save();

	current->arch.fpu = *in;
	current->arch.fpu_used = true;
	current->arch.fpu_cpu = 0;
	fpu_install(current);
	arch_irq_restore(irq);
}

void arch_tls_set(struct thread *t, uint64_t v)
{
	if (t == current)
		sysreg_write(tpidr_el0, v);
	t->arch.tls = v;
}

uint64_t arch_tls_get(struct thread *t)
{
	return t == current ? sysreg_read(tpidr_el0) : t->arch.tls;
}
