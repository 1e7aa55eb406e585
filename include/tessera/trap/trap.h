/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hooks of the levels above the core's trap handling (kernel/trap.c). A personality (compat/linux, the native process code) fills its part
 * once at init; NULL means -ENOSYS, no work, or death of the process.
 */
#ifndef TESSERA_TRAP_H
#define TESSERA_TRAP_H
#include <tessera/lib/types.h>
#include <arch/trap.h>

struct thread;
struct trap_hooks {
	/* System calls, interrupts on, preemptible; they set the result in the frame themselves. */
	void (*native_call)(struct arch_regs *regs);	/* number < 0 */
	void (*linux_call)(struct arch_regs *regs);	/* number >= 0 */
	/* On the way to user mode with ->work set, interrupts on: signals, stops, kill. May not return (thread_exit). */
	void (*user_work)(struct arch_regs *regs, uint32_t work);
	/* A user fault that memory management cannot serve (@err: -EFAULT no range, -EACCES protection, -ENOMEM, -EIO bus) or an exception
	 * (@info); true: handled (a signal was queued). Interrupts on. */
	bool (*user_fault)(struct arch_regs *regs, vaddr_t addr, unsigned access, int err);
	bool (*user_exception)(struct arch_regs *regs, const struct trap_info *info);
};
extern struct trap_hooks linux_hooks;	/* for threads with ->lx */

/** End the current user thread's process because of a fault, with a log line; never returns. */
__noreturn void trap_kill_user(struct arch_regs *regs, const char *why, vaddr_t addr);
#endif
