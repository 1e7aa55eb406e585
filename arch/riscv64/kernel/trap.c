/* SPDX-License-Identifier: BSD-2-Clause */
/* From the vector (entry.S) to the up-calls of kernel/trap: what the cause codes mean. */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/trap.h>
#include <tessera/log/log.h>
#include <tessera/percpu/percpu.h>
#include "riscv.h"

struct emergency_stack {
	char bytes[EMERGENCY_STACK_BYTES];
} __attribute__((aligned(16)));

/* kernel stack overflow: entry.S changes to the end of it */
PERCPU_DEFINE(struct emergency_stack, emergency_stack);

uintptr_t riscv_emergency_stack(void)
{
	return (uintptr_t)this_cpu_ptr(emergency_stack);
}

static const struct {
	uint8_t kind;
	const char *name;
} exceptions[16] = {
	[EXC_FETCH_MISALIGNED] = {TRAP_ALIGN, "instruction address misaligned"},
	[EXC_FETCH_ACCESS] = {TRAP_BUS, "instruction access fault"},
	[EXC_ILLEGAL] = {TRAP_ILLEGAL, "illegal instruction"},
	[EXC_BREAKPOINT] = {TRAP_BREAKPOINT, "breakpoint"},
	[EXC_LOAD_MISALIGNED] = {TRAP_ALIGN, "load address misaligned"},
	[EXC_LOAD_ACCESS] = {TRAP_BUS, "load access fault"},
	[EXC_STORE_MISALIGNED] = {TRAP_ALIGN, "store address misaligned"},
	[EXC_STORE_ACCESS] = {TRAP_BUS, "store access fault"},
	[EXC_ECALL_U] = {TRAP_OTHER, "environment call"},
	[9] = {TRAP_OTHER, "environment call from the kernel"},
};

/*
 * A hart may remember that an entry was not valid (Privileged Architecture 4.2.1). The one who adds
 * a kernel mapping fences his own hart only, so others can fault once: fence here and try again.
 * True if that was it.
 */
static bool kernel_fault_spurious(vaddr_t addr, uint64_t cause)
{
	pte_t need = PTE_V | PTE_A, e = riscv_walk(addr);

	need |= cause == EXC_STORE_PAGE ? PTE_W | PTE_D : cause == EXC_FETCH_PAGE ? PTE_X : PTE_R;
	if ((e & need) != need || (e & PTE_U))
		return false;
	arch_tlb_flush_page(0, addr);
	return true;
}

static void page_fault(struct arch_regs *regs, uint64_t cause)
{
	unsigned access = cause == EXC_STORE_PAGE   ? VM_WRITE
			  : cause == EXC_FETCH_PAGE ? VM_EXEC
						    : VM_READ;
	vaddr_t addr = regs->badaddr;

	bool kernel = !arch_user_va(addr) && !arch_regs_user(regs);

	if (kernel && kernel_fault_spurious(addr, cause))
		return;
	/* the hardware does not tell whether there was an entry; only reports about the kernel's
	 * own faults want it */
	trap_page_fault(regs, addr, access, kernel && arch_pte_present(riscv_walk(addr)));
}

/**
 * All traps but system calls. Interrupts off, on the thread's kernel stack.
 * @regs: the frame; @cause: scause
 */
void riscv_trap(struct arch_regs *regs, uint64_t cause)
{
	struct trap_info info;

	if (cause & SCAUSE_IRQ) {
		trap_irq(regs);
		return;
	}
	if (cause == EXC_LOAD_PAGE || cause == EXC_STORE_PAGE || cause == EXC_FETCH_PAGE) {
		page_fault(regs, cause);
		return;
	}
	if (cause == EXC_ILLEGAL && riscv_fpu_first_use(regs))
		return;
	info.code = cause;
	info.addr = cause == EXC_ILLEGAL || cause == EXC_BREAKPOINT ? regs->pc : regs->badaddr;
	info.kind = TRAP_OTHER;
	info.name = "unknown exception";
	if (cause < 16 && exceptions[cause].name) {
		info.kind = (enum trap_kind)exceptions[cause].kind;
		info.name = exceptions[cause].name;
	}
	trap_exception(regs, &info);
}

/** The thread ran out of kernel stack. On the CPU's emergency stack, interrupts off. */
void riscv_stack_overflow(struct arch_regs *regs)
{
	arch_regs_dump(regs);
	panic("kernel stack overflow: sp %#lx at pc %#lx, address %#lx", regs->sp, regs->pc,
	      regs->badaddr);
}
