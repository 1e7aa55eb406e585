/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to arch/aarch64/kernel: what assembly and C there share. */
#ifndef ARM_H
#define ARM_H
#include <arch/thread.h>
#include <asm/boot.h>
#include <asm/sysreg.h>
#include <tessera/percpu/percpu.h>

void arm_fpu_save(struct arm_fpu *f);
void arm_fpu_load(const struct arm_fpu *f);
struct thread *arm_switch(struct thread *prev, struct thread *next);
void arm_thread_start(void);
__noreturn void arm_enter_user(struct arch_regs *frame);
/**
 * First FP/SIMD instruction of the current user thread: give it the unit, all zero. Interrupts
 * off.
 */
void arm_fpu_first_use(void);

/* from the vectors */
void arm_el0_sync(struct arch_regs *regs, uint64_t esr, uint64_t far);
void arm_el1_sync(struct arch_regs *regs, uint64_t esr, uint64_t far);
void arm_el0_error(struct arch_regs *regs, uint64_t esr);
__noreturn void arm_bad_vector(struct arch_regs *regs, uint64_t esr);
__noreturn void arm_bad_pstate(struct arch_regs *regs);
__noreturn void arm_stack_overflow(struct arch_regs *regs, uint64_t esr, uint64_t far);
extern char vectors[];

struct arm_emergency_stack {
	char bytes[8192];
} __attribute__((aligned(16)));
/* Whose vector state the registers hold, if its fpu_cpu says so too. Interrupts off. */
PERCPU_DECLARE(struct thread *, fpu_owner);
PERCPU_DECLARE(struct arm_emergency_stack, arm_emergency_stack);
#endif
