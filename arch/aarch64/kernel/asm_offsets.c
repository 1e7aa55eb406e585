/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structure offsets for assembly; the build takes the lines "->NAME value" from the compiler's
 * output.
 */
#include <arch/boot.h>
#include <arch/thread.h>
#include <tessera/thread/thread.h>
#include "arm.h"

#define OFFSET(name, type, member) \
	__asm__ volatile("\n.ascii \"->" #name " %0\"" : : "i"(__builtin_offsetof(type, member)))
#define VALUE(name, v) __asm__ volatile("\n.ascii \"->" #name " %0\"" : : "i"((long)(v)))

void asm_offsets(void);
void asm_offsets(void)
{
	VALUE(S_FRAME_SIZE, sizeof(struct arch_regs));
	OFFSET(S_X30, struct arch_regs, x[30]);
	OFFSET(S_PC, struct arch_regs, pc);
	OFFSET(S_ORIG_ARG0, struct arch_regs, orig_arg0);
	OFFSET(S_LINK, struct arch_regs, link_fp);
	OFFSET(THREAD_PERCPU, struct thread, arch.percpu_offset);
	OFFSET(THREAD_STACK_MIN, struct thread, arch.stack_min);
	OFFSET(THREAD_STACK_LO, struct thread, arch.stack_lo);
	OFFSET(THREAD_STACK_HI, struct thread, arch.stack_hi);
	OFFSET(THREAD_X19, struct thread, arch.x19_x30);
	OFFSET(THREAD_SP, struct thread, arch.sp);
	OFFSET(START_TTBR1, struct arm_start, ttbr1);
	OFFSET(START_THREAD, struct arm_start, thread);
	OFFSET(START_SP, struct arm_start, sp);
	VALUE(BOOT_STACK_SIZE, THREAD_STACK_SIZE);
	VALUE(STACK_SIZE, THREAD_STACK_SIZE);
	VALUE(EMERGENCY_SIZE, sizeof(struct arm_emergency_stack));
}
