/* SPDX-License-Identifier: BSD-2-Clause */
/* From the entries (entry.S) to the up-calls of kernel/trap: what vectors and error codes mean. */
#include <tessera/log/log.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>
#include "x86.h"

enum {
	PF_PRESENT = 1,
	PF_WRITE = 2,
	PF_RESERVED = 8,
	PF_FETCH = 0x10,
	DR6_STEP = 0x4000,
	DR6_WATCH = 0xf
};

static const struct {
	uint8_t kind;
	const char *name;
} exceptions[VEC_EXCEPTIONS] = {
	[0] = {TRAP_FPE, "division error"},
	[1] = {TRAP_STEP, "debug exception"},
	[2] = {TRAP_OTHER, "non-maskable interrupt"},
	[3] = {TRAP_BREAKPOINT, "breakpoint"},
	[4] = {TRAP_PROTECTION, "overflow"},
	[5] = {TRAP_PROTECTION, "bound range exceeded"},
	[6] = {TRAP_ILLEGAL, "illegal instruction"},
	[7] = {TRAP_ILLEGAL, "no coprocessor"},
	[8] = {TRAP_OTHER, "double fault"},
	[10] = {TRAP_PROTECTION, "invalid tss"},
	[11] = {TRAP_BUS, "segment not present"},
	[12] = {TRAP_BUS, "stack fault"},
	[13] = {TRAP_PROTECTION, "general protection"},
	[16] = {TRAP_FPE, "x87 floating-point exception"},
	[17] = {TRAP_ALIGN, "alignment check"},
	[18] = {TRAP_OTHER, "machine check"},
	[19] = {TRAP_FPE, "simd floating-point exception"},
};

static void exception(struct arch_regs *regs, unsigned vector, enum trap_kind kind, vaddr_t addr)
{
	struct trap_info info = {
		.kind = kind,
		.code = (uint64_t)vector << 32 | regs->error,
		.addr = addr,
		.name = "unknown exception",
	};

	if (vector < VEC_EXCEPTIONS && exceptions[vector].name)
		info.name = exceptions[vector].name;
	trap_exception(regs, &info);
}

/*
 * Another CPU gave a kernel mapping more rights: this one may still have the old entry, and is not told. True if the access is
 * allowed by now; the fault itself dropped the entry.
 */
static bool kernel_fault_spurious(vaddr_t addr, uint32_t error)
{
	pte_t e;

	if (!(error & PF_PRESENT) || (error & PF_RESERVED))
		return false;
	e = x86_walk(addr);
	if (!(e & PTE_P) || (e & PTE_U) || ((error & PF_WRITE) && !(e & PTE_W)) ||
	    ((error & PF_FETCH) && (e & PTE_NX)))
		return false;
	arch_tlb_flush_page(0, addr);
	return true;
}

static void page_fault(struct arch_regs *regs)
{
	vaddr_t addr = cr2_read();
	uint32_t error = regs->error;
	unsigned access = error & PF_FETCH ? VM_EXEC : error & PF_WRITE ? VM_WRITE : VM_READ;

	if (unlikely(!arch_regs_user(regs)) && !arch_user_va(addr) &&
	    kernel_fault_spurious(addr, error))
		return;
	trap_page_fault(regs, addr, access, error & PF_PRESENT);
}

static uint64_t dr6_take(void)
{
	uint64_t v;

	__asm__ volatile("movq %%dr6, %0" : "=r"(v));
	__asm__ volatile("movq %0, %%dr6" : : "r"(0xffff0ff0UL));
	return v;
}

static void debug_user(struct arch_regs *regs)
{
	uint64_t dr6 = dr6_take();

	exception(regs, VEC_DB, dr6 & DR6_WATCH ? TRAP_WATCH : TRAP_STEP, regs->rip);
}

/**
 * All traps but system calls and those of x86_ist_trap(). Interrupts off, on the thread's kernel stack.
 */
void x86_trap(struct arch_regs *regs)
{
	unsigned v = regs->vector;

	if (v >= VEC_EXCEPTIONS) {
		this_cpu_ptr(x86_pcpu)->vector = v;
		trap_irq(regs);
	} else if (v == VEC_PF) {
		page_fault(regs);
	} else if (v == VEC_DB) {
		debug_user(regs);
	} else {
		exception(regs, v,
			  exceptions[v].name ? (enum trap_kind)exceptions[v].kind : TRAP_OTHER,
			  v == VEC_BP ? regs->rip - 1 : regs->rip);
	}
}

/** The frame of a user thread has a pc where sysret or iretq would fault: fault for it. Interrupts off. */
void x86_bad_user_pc(struct arch_regs *regs)
{
	regs->error = 0;
	exception(regs, VEC_GP, TRAP_PROTECTION, regs->rip);
}

/* Pushing a frame on the guard page faults, and so does the page fault's frame: that is how an overflow ends here. */
static void __noreturn double_fault(struct arch_regs *regs)
{
	const struct arch_thread *a = (const struct arch_thread *)arch_current();
	uint64_t sp = regs->rsp, cr2 = cr2_read();

	arch_regs_dump(regs);
	if (vmap_is_guard(cr2) ||
	    (a->stack_lo && sp < a->stack_lo + 64 && sp + PAGE_SIZE > a->stack_lo))
		panic("kernel stack overflow: sp %#lx at pc %#lx, address %#lx", sp, regs->rip,
		      cr2);
	panic("double fault at pc %#lx, sp %#lx, address %#lx", regs->rip, sp, cr2);
}

/** #DB from the kernel, NMI, #DF, #MC. On the vector's own stack; must not sleep or switch. */
void x86_ist_trap(struct arch_regs *regs)
{
	switch (regs->vector) {
	case VEC_DF:
		double_fault(regs);
	case VEC_MC:
		arch_regs_dump(regs);
		panic("machine check at pc %#lx", regs->rip);
	case VEC_NMI:
		if (__atomic_load_n(&x86_halting, __ATOMIC_ACQUIRE))
			arch_cpu_halt();
		arch_regs_dump(regs);
		panic("non-maskable interrupt from the hardware at pc %#lx", regs->rip);
	default:
		(void)dr6_take();
		/* a user's single step or watchpoint that fires in the first instructions of the entry */
		regs->rflags &= ~(uint64_t)RFLAGS_TF;
		if (regs->rip >= (uintptr_t)x86_entry_text_start &&
		    regs->rip < (uintptr_t)x86_entry_text_end)
			return;
		exception(regs, VEC_DB, TRAP_STEP, regs->rip);
	}
}
