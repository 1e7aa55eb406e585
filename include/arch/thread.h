/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Porting contract: threads. struct arch_thread (<asm/thread.h>) is the FIRST member of struct thread; it holds the saved
 * kernel stack pointer, FPU area pointer/state, user TLS. Kernel stacks are THREAD_STACK_SIZE, guard page below.
 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H
#include <tessera/lib/types.h>
#include <asm/thread.h>
#include <asm/regs.h>
struct thread;
enum { THREAD_STACK_SIZE = 1 << CONFIG_KERNEL_STACK_SHIFT };

/* Prepare t so that its first switch-in runs thread_begin(entry, arg) (up-call, noreturn) on [stack, stack+THREAD_STACK_SIZE). */
void arch_thread_init(struct thread *t, void *stack, void (*entry)(void *arg), void *arg);
/* Switch kernel context (callee-saved registers, stack, current). Interrupts off. FPU/vector/TLS of user threads are handled in
 * here (eager or lazy, complete state). Returns, much later, in prev's context; the return value is the thread switched away from. */
struct thread *arch_thread_switch(struct thread *prev, struct thread *next);
/* The user register frame at the top of t's kernel stack. */
struct arch_regs *arch_thread_regs(struct thread *t);
/* Leave to user mode with this thread's frame; never returns. Interrupts may be on. */
__noreturn void arch_thread_enter_user(void);
/* User FPU/vector state: allocate/clear at user thread creation, copy for fork, free. */
int  arch_fpu_alloc(struct thread *t);
void arch_fpu_clear(struct thread *t);
void arch_fpu_copy(struct thread *dst, struct thread *src);	/* src is current or not running */
void arch_fpu_free(struct thread *t);
/* User TLS pointer (x86 FS base, tpidr_el0, tp). */
void arch_tls_set(struct thread *t, uint64_t v);
uint64_t arch_tls_get(struct thread *t);
__noreturn void thread_begin(void (*entry)(void *arg), void *arg);	/* up-call, kernel/ */
#endif
