/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Porting contract: traps. struct arch_regs (<asm/regs.h>) is the full user-visible general register file,
 * saved by the vector on the current kernel stack (for a trap from user mode: exactly at the top of the
 * thread's kernel stack, so that arch_thread_regs() finds it). The vectors call the up-calls below with
 * interrupts OFF, on the thread's kernel stack, and restore whatever the frame then says.
 * On every way back to user mode the vector calls trap_user_exit(regs) last, with interrupts off; it returns
 * with interrupts off. x86_64: syscall instruction and int3 etc; aarch64: svc; riscv64: ecall.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H
#include <tessera/lib/types.h>
#include <asm/regs.h>

enum trap_kind {	/* synchronous exceptions that are not page faults */
	TRAP_ILLEGAL, TRAP_BREAKPOINT, TRAP_STEP, TRAP_WATCH, TRAP_ALIGN, TRAP_FPE, TRAP_BUS, TRAP_PROTECTION, TRAP_OTHER,
};
struct trap_info { enum trap_kind kind; uint64_t code; vaddr_t addr; const char *name; };

/* up-calls (kernel/trap) */
void trap_syscall(struct arch_regs *regs);		/* from user mode only; pc already points after the instruction */
/* access: exactly one of VM_READ, VM_WRITE, VM_EXEC (tessera/mm/prot.h). user: came from user mode. */
void trap_page_fault(struct arch_regs *regs, vaddr_t addr, unsigned access, bool present);
void trap_exception(struct arch_regs *regs, const struct trap_info *info);
void trap_irq(struct arch_regs *regs);			/* calls arch_irq_dispatch(), then reschedules if due */
void trap_user_exit(struct arch_regs *regs);

void arch_irq_dispatch(void);	/* port/irqchip: acknowledge pending interrupts, irq_dispatch()/ipi_receive()/timer_interrupt(), end them */

/* accessors every port defines in <asm/regs.h> as static inline */
static inline bool arch_regs_user(const struct arch_regs *r);
static inline uint64_t arch_regs_pc(const struct arch_regs *r);
static inline uint64_t arch_regs_sp(const struct arch_regs *r);
static inline void arch_regs_set_pc(struct arch_regs *r, uint64_t pc);
static inline void arch_regs_set_sp(struct arch_regs *r, uint64_t sp);
/* system call number and argument i (0..5) as Linux defines them; set the result register */
static inline uint64_t arch_regs_sysno(const struct arch_regs *r);
static inline uint64_t arch_regs_arg(const struct arch_regs *r, unsigned i);
static inline void arch_regs_set_arg(struct arch_regs *r, unsigned i, uint64_t v);
static inline void arch_regs_set_ret(struct arch_regs *r, uint64_t v);
static inline uint64_t arch_regs_ret(const struct arch_regs *r);
/* Make a clean user frame: all registers zero, pc/sp set, user mode, interrupts on. */
void arch_regs_init_user(struct arch_regs *r, uint64_t pc, uint64_t sp);
void arch_regs_dump(const struct arch_regs *r);		/* to the log, for panics */
/* If pc is in the exception table (section .extable, entries of struct {int32_t insn, fixup;} relative to
 * the field's own address) move it to the fixup and return true. Table bounds: extable_start/extable_end. */
bool arch_extable_fixup(struct arch_regs *r);
#endif
