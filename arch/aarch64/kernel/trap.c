/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Synchronous exceptions: from the syndrome (Arm ARM D17.2.37, ESR_EL1) to the up-calls of
 * <arch/trap.h>. Interrupts off throughout.
 */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/trap.h>
#include <tessera/log/log.h>
#include <tessera/percpu/percpu.h>
#include "arm.h"

/* entry.S changes to its end when the thread's stack is used up */
PERCPU_DEFINE(struct arm_emergency_stack, arm_emergency_stack);

enum {
	EC_UNKNOWN = 0x00,
	EC_FP = 0x07,
	EC_BTI = 0x0d,
	EC_STATE = 0x0e,
	EC_SYSREG = 0x18,
	EC_FPAC = 0x1c,
	EC_IABT_EL0 = 0x20,
	EC_IABT_EL1 = 0x21,
	EC_PC_ALIGN = 0x22,
	EC_DABT_EL0 = 0x24,
	EC_DABT_EL1 = 0x25,
	EC_SP_ALIGN = 0x26,
	EC_FPE = 0x2c,
	EC_SERROR = 0x2f,
	EC_BREAK_EL0 = 0x30,
	EC_BREAK_EL1 = 0x31,
	EC_STEP_EL0 = 0x32,
	EC_STEP_EL1 = 0x33,
	EC_WATCH_EL0 = 0x34,
	EC_WATCH_EL1 = 0x35,
	EC_BRK = 0x3c,
};
enum { ESR_WNR = 1 << 6, ESR_CM = 1 << 8, ESR_FNV = 1 << 10 };

static void exception(struct arch_regs *regs, enum trap_kind kind, uint64_t esr, vaddr_t addr,
		      const char *name)
{
	struct trap_info info = {.kind = kind, .code = esr, .addr = addr, .name = name};

	trap_exception(regs, &info);
}

/* The address without the tag byte that TBI0 lets user code put there. */
static vaddr_t untag(uint64_t far)
{
	return far & 1UL << 55 ? far : far & ((1UL << 56) - 1);
}

static void abort_taken(struct arch_regs *regs, uint64_t esr, uint64_t far, bool fetch)
{
	unsigned access = fetch					  ? VM_EXEC
			  : (esr & (ESR_WNR | ESR_CM)) == ESR_WNR ? VM_WRITE
								  : VM_READ;
	vaddr_t addr = untag(far);

	switch (esr & 0x3f) {
	case 0x04 ... 0x07: /* translation, levels 0..3 */
		trap_page_fault(regs, addr, access, false);
		break;
	case 0x08 ... 0x0f: /* access flag, permission */
		trap_page_fault(regs, addr, access, true);
		break;
	case 0x21:
		exception(regs, TRAP_ALIGN, esr, addr, "unaligned access");
		break;
	case 0x30: /* conflicting TLB entries: drop them and repeat the access */
		arch_tlb_flush_all();
		break;
	default:
		exception(regs, TRAP_BUS, esr, esr & ESR_FNV ? 0 : addr, "bus error");
		break;
	}
}

static void other(struct arch_regs *regs, uint64_t esr, uint64_t far)
{
	switch (esr >> 26 & 0x3f) {
	case EC_PC_ALIGN:
		exception(regs, TRAP_ALIGN, esr, far, "unaligned pc");
		break;
	case EC_SP_ALIGN:
		exception(regs, TRAP_ALIGN, esr, regs->sp, "unaligned sp");
		break;
	case EC_FPE:
		exception(regs, TRAP_FPE, esr, regs->pc, "floating point exception");
		break;
	case EC_BRK:
		exception(regs, TRAP_BREAKPOINT, esr, regs->pc, "brk instruction");
		break;
	case EC_BREAK_EL0:
	case EC_BREAK_EL1:
		exception(regs, TRAP_BREAKPOINT, esr, regs->pc, "hardware breakpoint");
		break;
	case EC_STEP_EL0:
	case EC_STEP_EL1:
		exception(regs, TRAP_STEP, esr, regs->pc, "single step");
		break;
	case EC_WATCH_EL0:
	case EC_WATCH_EL1:
		exception(regs, TRAP_WATCH, esr, far, "watchpoint");
		break;
	case EC_BTI:
		exception(regs, TRAP_ILLEGAL, esr, regs->pc, "branch target exception");
		break;
	case EC_FPAC:
		exception(regs, TRAP_ILLEGAL, esr, regs->pc, "pointer authentication failure");
		break;
	case EC_UNKNOWN:
	case EC_STATE:
	case EC_SYSREG:
		exception(regs, TRAP_ILLEGAL, esr, regs->pc, "illegal instruction");
		break;
	case EC_FP:
		exception(regs, TRAP_ILLEGAL, esr, regs->pc, "fp instruction in the core");
		break;
	default:
		exception(regs, arch_regs_user(regs) ? TRAP_ILLEGAL : TRAP_OTHER, esr, regs->pc,
			  "unexpected exception");
		break;
	}
}

void arm_el0_sync(struct arch_regs *regs, uint64_t esr, uint64_t far)
{
	regs->esr = esr;
	switch (esr >> 26 & 0x3f) {
	case EC_DABT_EL0:
		abort_taken(regs, esr, far, false);
		break;
	case EC_IABT_EL0:
		abort_taken(regs, esr, far, true);
		break;
	case EC_FP:
		arm_fpu_first_use();
		break;
	default:
		other(regs, esr, far);
		break;
	}
}

void arm_el1_sync(struct arch_regs *regs, uint64_t esr, uint64_t far)
{
	regs->esr = esr;
	switch (esr >> 26 & 0x3f) {
	case EC_DABT_EL1:
		abort_taken(regs, esr, far, false);
		break;
	case EC_IABT_EL1:
		abort_taken(regs, esr, far, true);
		break;
	default:
		other(regs, esr, far);
		break;
	}
}

/*
 * An asynchronous external abort while user code ran; it may come late, so the pc is only a hint.
 */
void arm_el0_error(struct arch_regs *regs, uint64_t esr)
{
	regs->esr = esr;
	exception(regs, TRAP_BUS, esr, 0, "system error");
}

void arm_bad_vector(struct arch_regs *regs, uint64_t esr)
{
	regs->esr = esr;
	arch_regs_dump(regs);
	panic("unexpected exception vector: esr %llx, pc %llx", (unsigned long long)esr,
	      (unsigned long long)regs->pc);
}

void arm_bad_pstate(struct arch_regs *regs)
{
	arch_regs_dump(regs);
	panic("return to user mode with pstate %llx", (unsigned long long)regs->pstate);
}

void arm_stack_overflow(struct arch_regs *regs, uint64_t esr, uint64_t far)
{
	regs->esr = esr;
	arch_regs_dump(regs);
	panic("kernel stack overflow: sp %llx, pc %llx, address %llx", (unsigned long long)regs->sp,
	      (unsigned long long)regs->pc, (unsigned long long)far);
}
