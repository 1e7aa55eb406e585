/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: first context, switch, floating-point state, user TLS.
 * F and D: the unit is off (sstatus.FS of the user frame) until a thread's first use, which traps;
 * from then on its registers are saved at switch-out if the hardware says dirty, and loaded at
 * switch-in. The kernel itself never uses them, so the live FS field belongs to the current user
 * thread all the time.
 */
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/thread.h>
#include <arch/trap.h>
#include <tessera/lib/string.h>
#include "riscv.h"

static struct arch_thread *arch_of(struct thread *t)
{
	return (struct arch_thread *)t;
}

static struct arch_regs *frame_of(struct arch_thread *a)
{
	return (struct arch_regs *)(uintptr_t)a->frame;
}

static void set_live_fs(uint64_t fs)
{
	csr_clear(sstatus, SSTATUS_FS);
	csr_set(sstatus, fs);
}

void arch_thread_init(struct thread *t, void *stack, void (*entry)(void *arg), void *arg)
{
	struct arch_thread *a = arch_of(t);

	memset(a, 0, sizeof(*a));
	a->stack_lo = (uintptr_t)stack;
	a->stack_hi = a->stack_lo + THREAD_STACK_SIZE;
	a->frame = a->stack_hi - sizeof(struct arch_regs);
	memset(frame_of(a), 0, sizeof(struct arch_regs));
	a->ra = (uintptr_t)riscv_thread_start;
	a->sp = a->frame;
	a->s[1] = (uintptr_t)entry;
	a->s[2] = (uintptr_t)arg;
}

/* Store dirty registers of the current thread in its area. Interrupts off. */
static void fpu_sync(struct arch_thread *a)
{
	if ((csr_read(sstatus) & SSTATUS_FS) != SSTATUS_FS_DIRTY)
		return;
	riscv_fpu_save(&a->fpu);
	set_live_fs(SSTATUS_FS_CLEAN);
	frame_of(a)->status = (frame_of(a)->status & ~SSTATUS_FS) | SSTATUS_FS_CLEAN;
}

/* Load the area into the registers of the current thread. Interrupts off. */
static void fpu_load(struct arch_thread *a)
{
	set_live_fs(SSTATUS_FS_CLEAN);
	riscv_fpu_load(&a->fpu);
	set_live_fs(SSTATUS_FS_CLEAN);
	frame_of(a)->status = (frame_of(a)->status & ~SSTATUS_FS) | SSTATUS_FS_CLEAN;
}

struct thread *arch_thread_switch(struct thread *prev, struct thread *next)
{
	struct arch_thread *p = arch_of(prev), *n = arch_of(next);

	if (p->fpu_used)
		fpu_sync(p);
	if (n->fpu_used)
		fpu_load(n);
	else
		csr_clear(sstatus, SSTATUS_FS);
	return (struct thread *)riscv_switch(p, n);
}

/**
 * Illegal instruction with the unit off: give the thread its state and run the instruction again.
 * If it is illegal for another reason it traps once more. Interrupts off. True if handled.
 */
bool riscv_fpu_first_use(struct arch_regs *regs)
{
	struct arch_thread *a = arch_of(arch_current());

	if (!arch_regs_user(regs) || !a->user || (regs->status & SSTATUS_FS))
		return false;
	a->fpu_used = true;
	fpu_load(a);
	return true;
}

struct arch_regs *arch_thread_regs(struct thread *t)
{
	return frame_of(arch_of(t));
}

void arch_thread_enter_user(void)
{
	riscv_return_user(arch_thread_regs(arch_current()));
}

int arch_fpu_alloc(struct thread *t)
{
	struct arch_thread *a = arch_of(t);

	memset(&a->fpu, 0, sizeof(a->fpu));
	a->user = true;
	a->fpu_used = false;
	return 0;
}

void arch_fpu_clear(struct thread *t)
{
	struct arch_thread *a = arch_of(t);
	uintptr_t state = arch_irq_save();

	memset(&a->fpu, 0, sizeof(a->fpu));
	a->fpu_used = false;
	frame_of(a)->status &= ~SSTATUS_FS;
	if (t == arch_current())
		csr_clear(sstatus, SSTATUS_FS);
	arch_irq_restore(state);
}

void arch_fpu_copy(struct thread *dst, struct thread *src)
{
	struct arch_thread *d = arch_of(dst), *s = arch_of(src);
	uintptr_t state = arch_irq_save();

	if (src == arch_current() && s->fpu_used)
		fpu_sync(s);
	d->fpu = s->fpu;
	d->fpu_used = s->fpu_used;
	arch_irq_restore(state);
	/* dst's frame may have been copied from src with FS on: its first switch-in loads the
	 * registers, or it must be off */
	frame_of(d)->status &= ~SSTATUS_FS;
	if (d->fpu_used)
		frame_of(d)->status |= SSTATUS_FS_CLEAN;
}

void arch_fpu_free(struct thread *t)
{
	arch_of(t)->user = false;
	arch_of(t)->fpu_used = false;
}

/** The current thread's floating-point registers as it would see them now, for a signal frame. */
void riscv_fpu_get(struct arch_fpu *out)
{
	struct arch_thread *a = arch_of(arch_current());
	uintptr_t state = arch_irq_save();

	if (a->fpu_used)
		fpu_sync(a);
	*out = a->fpu;
	arch_irq_restore(state);
}

/** Replace them, on return from a signal. */
void riscv_fpu_set(const struct arch_fpu *in)
{
	struct arch_thread *a = arch_of(arch_current());
	uintptr_t state = arch_irq_save();

	a->fpu = *in;
	a->fpu_used = true;
	fpu_load(a);
	arch_irq_restore(state);
}

void arch_tls_set(struct thread *t, uint64_t v)
{
	arch_thread_regs(t)->tp = v;
}

uint64_t arch_tls_get(struct thread *t)
{
	return arch_thread_regs(t)->tp;
}
