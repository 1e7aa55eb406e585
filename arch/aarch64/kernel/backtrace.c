/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backtrace by frame records (AAPCS64: {caller's record, return address} at x29). Trap frames
 * from EL1 hold such a record too, so a chain goes on through nested traps; it ends with pc 0.
 * Only the current thread's stack and this CPU's emergency stack are read.
 */
#include <arch/debug.h>
#include <arch/trap.h>
#include <tessera/thread/thread.h>
#include "arm.h"

static bool on_emergency(uintptr_t fp)
{
	uintptr_t lo = (uintptr_t)this_cpu_ptr(arm_emergency_stack);

	return fp >= lo && fp <= lo + sizeof(struct arm_emergency_stack) - 16;
}

static bool on_stack(uintptr_t fp)
{
	const struct arch_thread *t = &current->arch;

	return fp % 8 == 0 && ((fp >= t->stack_lo && fp <= t->stack_hi - 16) || on_emergency(fp));
}

void arch_backtrace(const struct arch_regs *regs, void (*cb)(uintptr_t pc, void *arg), void *arg,
		    unsigned max)
{
	uintptr_t fp = (uintptr_t)__builtin_frame_address(0);
	unsigned n = 0;

	if (regs) {
		if (n++ < max)
			cb(regs->pc, arg);
		if (arch_regs_user(regs))
			return;
		fp = regs->x[29];
	}
	for (; n < max && on_stack(fp); n++) {
		const uintptr_t *record = (const uintptr_t *)fp;

		if (!record[1])
			return;
		cb(record[1], arg);
		/*
		 * a stack grows down; the one step the other way is from the emergency stack to
		 * the thread's
		 */
		if (record[0] <= fp && !(on_emergency(fp) && !on_emergency(record[0])))
			return;
		fp = record[0];
	}
}
