/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backtrace by frame pointers: a frame record is {caller's %rbp, return address} at %rbp. Trap frames from the kernel begin with such
 * a record too, so a chain goes on through nested traps; it ends with %rbp 0.
 * Only memory of the current thread's kernel stack and of this CPU's IST stacks is read.
 */
#include <arch/debug.h>
#include <tessera/percpu/percpu.h>
#include "x86.h"

static bool within(uintptr_t fp, uintptr_t lo, uintptr_t hi)
{
	return fp >= lo && fp <= hi - 16;
}

static bool on_ist(uintptr_t fp)
{
	uintptr_t lo = x86_ist_stack(1);

	return within(fp, lo, lo + (uintptr_t)IST_STACKS * IST_STACK_SIZE);
}

static bool on_stack(uintptr_t fp)
{
	const struct arch_thread *a = (const struct arch_thread *)arch_current();

	return !(fp & 7) && (within(fp, a->stack_lo, a->stack_hi) || on_ist(fp));
}

static bool is_text(uintptr_t pc)
{
	return pc >= (uintptr_t)kernel_text_start && pc < (uintptr_t)kernel_text_end;
}

void arch_backtrace(const struct arch_regs *regs, void (*cb)(uintptr_t pc, void *arg), void *arg,
		    unsigned max)
{
	uintptr_t fp = (uintptr_t)__builtin_frame_address(0), prev;
	unsigned n = 0;

	if (regs) {
		if (n++ < max)
			cb(regs->rip, arg);
		if (arch_regs_user(regs))
			return;
		fp = regs->rbp;
	}
	while (n < max && on_stack(fp)) {
		uintptr_t pc = ((const uint64_t *)fp)[1];

		if (!is_text(pc))
			return;
		cb(pc, arg);
		n++;
		prev = fp;
		fp = ((const uint64_t *)fp)[0];
		/* a stack grows down; the only step the other way is from an IST stack to the thread's */
		if (fp <= prev && !(on_ist(prev) && !on_ist(fp)))
			return;
	}
}
