/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backtrace by frame pointers (psABI frame record: return address at fp - 8, caller's fp at fp -
 * 16). Trap frames from the kernel end in such a record too, so a chain goes on through nested
 * traps; it ends with fp 0. Only memory of the current thread's kernel stack and of this CPU's
 * emergency stack is read.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/debug.h>
#include <arch/trap.h>
#include <tessera/percpu/percpu.h>
#include "riscv.h"

static bool on_stack(uintptr_t fp)
{
	const struct arch_thread *a = (const struct arch_thread *)arch_current();
	uintptr_t lo = riscv_emergency_stack();

	if (fp & 7)
		return false;
	/* stack_lo is 0 once the stack has overflowed */
	if (fp > a->stack_hi - THREAD_STACK_SIZE + 16 && fp <= a->stack_hi)
		return true;
	return fp >= lo + 16 && fp <= lo + EMERGENCY_STACK_BYTES;
}

static bool is_text(uintptr_t pc)
{
	return pc >= (uintptr_t)kernel_text_start && pc < (uintptr_t)kernel_text_end;
}

void arch_backtrace(const struct arch_regs *regs, void (*cb)(uintptr_t pc, void *arg), void *arg,
		    unsigned max)
{
	uintptr_t fp = (uintptr_t)__builtin_frame_address(0), ra, prev;
	unsigned n = 0;

	if (regs) {
		if (n++ < max)
			cb(regs->pc, arg);
		if (arch_regs_user(regs))
			return;
		fp = regs->s0;
		/* a function without calls saves only fp, at fp - 8 */
		if (on_stack(fp)) {
			prev = ((const uint64_t *)fp)[-1];
			if (!is_text(prev) && on_stack(prev)) {
				if (is_text(regs->ra) && n++ < max)
					cb(regs->ra, arg);
				fp = prev;
			}
		}
	}
	while (n < max && on_stack(fp)) {
		ra = ((const uint64_t *)fp)[-1];
		prev = ((const uint64_t *)fp)[-2];
		if (!is_text(ra))
			return;
		cb(ra, arg);
		n++;
		/* a stack grows down; the only step the other way is from the emergency stack to
		 * the thread's */
		if (prev <= fp && prev >= riscv_emergency_stack() &&
		    prev <= riscv_emergency_stack() + EMERGENCY_STACK_BYTES)
			return;
		if (prev == fp)
			return;
		fp = prev;
	}
}
