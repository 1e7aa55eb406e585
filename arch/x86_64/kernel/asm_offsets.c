/* SPDX-License-Identifier: BSD-2-Clause */
/* Structure offsets for assembly: the build reads the lines "->NAME value" from the compiler's output. */
#include <tessera/lib/types.h>
#include "x86.h"

#define DEFINE(sym, val) __asm__ volatile("\n->" #sym " %0" : : "i"(val))
#define OFF(type, field) __builtin_offsetof(struct type, field)

void asm_offsets(void);
void asm_offsets(void)
{
	DEFINE(REGS_LINK_FP, OFF(arch_regs, link_fp));
	DEFINE(REGS_LINK_PC, OFF(arch_regs, link_pc));
	DEFINE(REGS_VECTOR, OFF(arch_regs, vector));
	DEFINE(REGS_ERROR, OFF(arch_regs, error));
	DEFINE(REGS_R15, OFF(arch_regs, r15));
	DEFINE(REGS_RBP, OFF(arch_regs, rbp));
	DEFINE(REGS_R11, OFF(arch_regs, r11));
	DEFINE(REGS_RAX, OFF(arch_regs, rax));
	DEFINE(REGS_RCX, OFF(arch_regs, rcx));
	DEFINE(REGS_ORIG_RAX, OFF(arch_regs, orig_rax));
	DEFINE(REGS_RIP, OFF(arch_regs, rip));
	DEFINE(REGS_CS, OFF(arch_regs, cs));
	DEFINE(REGS_RFLAGS, OFF(arch_regs, rflags));
	DEFINE(REGS_RSP, OFF(arch_regs, rsp));
	DEFINE(REGS_SS, OFF(arch_regs, ss));
	DEFINE(REGS_SIZE, sizeof(struct arch_regs));
	DEFINE(TH_SP, OFF(arch_thread, sp));
	DEFINE(TH_STACK_HI, OFF(arch_thread, stack_hi));
	DEFINE(PC_CURRENT, OFF(x86_pcpu, current));
	DEFINE(PC_KERNEL_SP, OFF(x86_pcpu, kernel_sp));
	DEFINE(PC_USER_SP, OFF(x86_pcpu, user_sp));
	DEFINE(TSS_RSP0, OFF(x86_tables, tss) + OFF(x86_tss, rsp));
	DEFINE(AP_STACK, OFF(x86_ap_boot, stack));
	DEFINE(AP_THREAD, OFF(x86_ap_boot, thread));
	DEFINE(AP_PERCPU, OFF(x86_ap_boot, percpu_offset));
}
