/* SPDX-License-Identifier: BSD-2-Clause */
/* Structure offsets for assembly: the build reads the lines "->NAME value" from the compiler's
 * output. */
#include <tessera/lib/types.h>
#include <arch/thread.h>
#include <arch/trap.h>
#include <tessera/percpu/percpu.h>
#include "riscv.h"

#define DEFINE(sym, val) __asm__ volatile("\n->" #sym " %0" : : "i"(val))
#define OFF(type, field) __builtin_offsetof(struct type, field)

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(REGS_PC, OFF(arch_regs, pc));
	DEFINE(REGS_RA, OFF(arch_regs, ra));
	DEFINE(REGS_SP, OFF(arch_regs, sp));
	DEFINE(REGS_GP, OFF(arch_regs, gp));
	DEFINE(REGS_TP, OFF(arch_regs, tp));
	DEFINE(REGS_T0, OFF(arch_regs, t0));
	DEFINE(REGS_T1, OFF(arch_regs, t1));
	DEFINE(REGS_T2, OFF(arch_regs, t2));
	DEFINE(REGS_S0, OFF(arch_regs, s0));
	DEFINE(REGS_S1, OFF(arch_regs, s1));
	DEFINE(REGS_A0, OFF(arch_regs, a));
	DEFINE(REGS_S2, OFF(arch_regs, s2));
	DEFINE(REGS_T3, OFF(arch_regs, t3));
	DEFINE(REGS_STATUS, OFF(arch_regs, status));
	DEFINE(REGS_CAUSE, OFF(arch_regs, cause));
	DEFINE(REGS_BADADDR, OFF(arch_regs, badaddr));
	DEFINE(REGS_ORIG_ARG0, OFF(arch_regs, orig_arg0));
	DEFINE(REGS_LINK_FP, OFF(arch_regs, link_fp));
	DEFINE(REGS_LINK_PC, OFF(arch_regs, link_pc));
	DEFINE(REGS_SIZE, sizeof(struct arch_regs));
	DEFINE(TH_FRAME, OFF(arch_thread, frame));
	DEFINE(TH_SCRATCH, OFF(arch_thread, scratch));
	DEFINE(TH_STACK_LO, OFF(arch_thread, stack_lo));
	DEFINE(TH_STACK_HI, OFF(arch_thread, stack_hi));
	DEFINE(TH_PERCPU, OFF(arch_thread, percpu_offset));
	DEFINE(TH_RA, OFF(arch_thread, ra));
	DEFINE(TH_SP, OFF(arch_thread, sp));
	DEFINE(TH_S0, OFF(arch_thread, s));
	DEFINE(FPU_F0, OFF(arch_fpu, f));
	DEFINE(FPU_FCSR, OFF(arch_fpu, fcsr));
	DEFINE(BOOT_STACK_SIZE, THREAD_STACK_SIZE);
	DEFINE(EMERGENCY_STACK_SIZE, EMERGENCY_STACK_BYTES);
	DEFINE(SEC_COUNT, CPUS_MAX);
	DEFINE(SEC_HART, OFF(secondary_boot, hart));
	DEFINE(SEC_SATP, OFF(secondary_boot, satp));
	DEFINE(SEC_THREAD, OFF(secondary_boot, thread));
	DEFINE(SEC_STACK, OFF(secondary_boot, stack));
	DEFINE(SEC_PERCPU, OFF(secondary_boot, percpu_offset));
	DEFINE(SEC_SIZE, sizeof(struct secondary_boot));
}
