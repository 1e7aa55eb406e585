/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps of S-mode: one vector for all. In user mode sscratch holds the thread (struct arch_thread
 * *), in the kernel it is 0 and tp holds the thread. A trap from user mode uses the frame at the
 * top of the thread's kernel stack. A trap from the kernel pushes a frame below sp, after a check
 * of sp against the thread's stack: a frame that does not fit means that the stack ran into its
 * guard page, and the report is made on the CPU's emergency stack. SUM may be 1 in an interrupted
 * user copy (mm/user_copy.S): it is cleared here and comes back with the frame's sstatus.
 */
#include <asm/csr.h>
#include <generated/asm_offsets.h>

/* all registers but sp, tp; s0 is stored by the caller of the macro where it needs it earlier */
.macro save_regs
	sd	ra, REGS_RA(sp)
	sd	gp, REGS_GP(sp)
	sd	t0, REGS_T0(sp)
	sd	t1, REGS_T1(sp)
	sd	t2, REGS_T2(sp)
	sd	s0, REGS_S0(sp)
	sd	s1, REGS_S1(sp)
	sd	a0, REGS_A0(sp)
	sd	a1, REGS_A0 + 8(sp)
	sd	a2, REGS_A0 + 16(sp)
	sd	a3, REGS_A0 + 24(sp)
	sd	a4, REGS_A0 + 32(sp)
	sd	a5, REGS_A0 + 40(sp)
	sd	a6, REGS_A0 + 48(sp)
	sd	a7, REGS_A0 + 56(sp)
	sd	s2, REGS_S2(sp)
	sd	s3, REGS_S2 + 8(sp)
	sd	s4, REGS_S2 + 16(sp)
	sd	s5, REGS_S2 + 24(sp)
	sd	s6, REGS_S2 + 32(sp)
	sd	s7, REGS_S2 + 40(sp)
	sd	s8, REGS_S2 + 48(sp)
	sd	s9, REGS_S2 + 56(sp)
	sd	s10, REGS_S2 + 64(sp)
	sd	s11, REGS_S2 + 72(sp)
	sd	t3, REGS_T3(sp)
	sd	t4, REGS_T3 + 8(sp)
	sd	t5, REGS_T3 + 16(sp)
	sd	t6, REGS_T3 + 24(sp)
.endm

/* all registers but sp, tp, and t0 last; frame in sp, sstatus and sepc too */
.macro restore_regs
	ld	t0, REGS_STATUS(sp)
	ld	t1, REGS_PC(sp)
	csrw	sstatus, t0
	csrw	sepc, t1
	ld	ra, REGS_RA(sp)
	ld	gp, REGS_GP(sp)
	ld	t0, REGS_T0(sp)
	ld	t1, REGS_T1(sp)
	ld	t2, REGS_T2(sp)
	ld	s0, REGS_S0(sp)
	ld	s1, REGS_S1(sp)
	ld	a0, REGS_A0(sp)
	ld	a1, REGS_A0 + 8(sp)
	ld	a2, REGS_A0 + 16(sp)
	ld	a3, REGS_A0 + 24(sp)
	ld	a4, REGS_A0 + 32(sp)
	ld	a5, REGS_A0 + 40(sp)
	ld	a6, REGS_A0 + 48(sp)
	ld	a7, REGS_A0 + 56(sp)
	ld	s2, REGS_S2(sp)
	ld	s3, REGS_S2 + 8(sp)
	ld	s4, REGS_S2 + 16(sp)
	ld	s5, REGS_S2 + 24(sp)
	ld	s6, REGS_S2 + 32(sp)
	ld	s7, REGS_S2 + 40(sp)
	ld	s8, REGS_S2 + 48(sp)
	ld	s9, REGS_S2 + 56(sp)
	ld	s10, REGS_S2 + 64(sp)
	ld	s11, REGS_S2 + 72(sp)
	ld	t3, REGS_T3(sp)
	ld	t4, REGS_T3 + 8(sp)
	ld	t5, REGS_T3 + 16(sp)
	ld	t6, REGS_T3 + 24(sp)
.endm

	.text
	.balign	64
	.globl	trap_entry
	.type	trap_entry, @function
trap_entry:
	csrrw	tp, sscratch, tp
	beqz	tp, trap_from_kernel

	/* ---- from user mode */
	sd	sp, TH_SCRATCH(tp)
	ld	sp, TH_FRAME(tp)
	save_regs
	csrr	s0, scause
	csrr	t0, sepc
	csrr	t1, sstatus
	ld	t2, TH_SCRATCH(tp)
	csrrw	t3, sscratch, zero
	li	t4, EXC_ECALL_U
	sd	t1, REGS_STATUS(sp)
	sd	t2, REGS_SP(sp)
	sd	t3, REGS_TP(sp)
	sd	s0, REGS_CAUSE(sp)
	sd	a0, REGS_ORIG_ARG0(sp)
	bne	s0, t4, 1f

	/* system call: the result and all changes of the frame are the up-call's */
	addi	t0, t0, 4
	sd	t0, REGS_PC(sp)
	mv	a0, sp
	li	s0, 0			/* end of the frame chain */
	call	trap_syscall
	j	trap_return_user

1:	sd	t0, REGS_PC(sp)
	csrr	t1, stval
	sd	t1, REGS_BADADDR(sp)
	mv	a0, sp
	mv	a1, s0
	li	s0, 0
	call	riscv_trap

	/* ---- to user mode: interrupts may be on, sp is the user frame of tp's thread */
	.globl	trap_return_user
	.type	trap_return_user, @function
trap_return_user:
	csrci	sstatus, SSTATUS_SIE
	mv	a0, sp
	call	trap_user_exit
	csrw	sscratch, tp
	restore_regs
	ld	tp, REGS_TP(sp)
	ld	sp, REGS_SP(sp)
	sret
	.size	trap_entry, . - trap_entry

	.type	trap_from_kernel, @function
trap_from_kernel:
	csrr	tp, sscratch
	csrw	sscratch, zero
	sd	t0, TH_SCRATCH(tp)	/* no trap can come before it is read again */
	ld	t0, TH_STACK_LO(tp)
	addi	sp, sp, -REGS_SIZE
	bltu	sp, t0, stack_overflow
	ld	t0, TH_SCRATCH(tp)
	save_regs
	csrr	a1, scause
	csrr	t0, sepc
	li	t2, SSTATUS_SUM
	csrr	t1, stval
	csrrc	t2, sstatus, t2
	addi	t3, sp, REGS_SIZE
	sd	t0, REGS_PC(sp)
	sd	t1, REGS_BADADDR(sp)
	sd	t2, REGS_STATUS(sp)
	sd	t3, REGS_SP(sp)
	sd	tp, REGS_TP(sp)
	sd	a1, REGS_CAUSE(sp)
	sd	s0, REGS_LINK_FP(sp)
	sd	t0, REGS_LINK_PC(sp)
	mv	s0, t3
	mv	a0, sp
	call	riscv_trap
	csrci	sstatus, SSTATUS_SIE
	restore_regs
	ld	sp, REGS_SP(sp)
	sret
	.size	trap_from_kernel, . - trap_from_kernel

	/*
	 * sp (less one frame) is below the stack. Take the CPU's emergency stack and never come
	 * back: the thread's stack check is switched off, so that the report itself may trap.
	 */
	.type	stack_overflow, @function
stack_overflow:
	addi	sp, sp, REGS_SIZE
	ld	t0, TH_SCRATCH(tp)
	sd	sp, TH_SCRATCH(tp)
	sd	zero, TH_STACK_LO(tp)
	ld	sp, TH_PERCPU(tp)
	sd	t0, TH_FRAME(tp)	/* as scratch: it does not return to user mode */
	lla	t0, emergency_stack + EMERGENCY_STACK_SIZE - REGS_SIZE
	add	sp, sp, t0
	ld	t0, TH_FRAME(tp)
	save_regs
	csrr	t0, sepc
	csrr	t1, stval
	csrr	t2, sstatus
	csrr	t3, scause
	ld	t4, TH_SCRATCH(tp)
	sd	t0, REGS_PC(sp)
	sd	t1, REGS_BADADDR(sp)
	sd	t2, REGS_STATUS(sp)
	sd	t4, REGS_SP(sp)
	sd	tp, REGS_TP(sp)
	sd	t3, REGS_CAUSE(sp)
	sd	s0, REGS_LINK_FP(sp)
	sd	t0, REGS_LINK_PC(sp)
	addi	s0, sp, REGS_SIZE
	mv	a0, sp
	call	riscv_stack_overflow
	unimp
	.size	stack_overflow, . - stack_overflow

/*
 * struct arch_thread *riscv_switch(struct arch_thread *prev, struct arch_thread *next) Callee-saved
 * registers and stack; tp becomes next. Returns prev, in next's context. Interrupts off.
 */
	.globl	riscv_switch
	.type	riscv_switch, @function
riscv_switch:
	sd	ra, TH_RA(a0)
	sd	sp, TH_SP(a0)
	sd	s0, TH_S0(a0)
	sd	s1, TH_S0 + 8(a0)
	sd	s2, TH_S0 + 16(a0)
	sd	s3, TH_S0 + 24(a0)
	sd	s4, TH_S0 + 32(a0)
	sd	s5, TH_S0 + 40(a0)
	sd	s6, TH_S0 + 48(a0)
	sd	s7, TH_S0 + 56(a0)
	sd	s8, TH_S0 + 64(a0)
	sd	s9, TH_S0 + 72(a0)
	sd	s10, TH_S0 + 80(a0)
	sd	s11, TH_S0 + 88(a0)
	ld	t0, TH_PERCPU(a0)
	sd	t0, TH_PERCPU(a1)
	mv	tp, a1
	ld	ra, TH_RA(a1)
	ld	sp, TH_SP(a1)
	ld	s0, TH_S0(a1)
	ld	s1, TH_S0 + 8(a1)
	ld	s2, TH_S0 + 16(a1)
	ld	s3, TH_S0 + 24(a1)
	ld	s4, TH_S0 + 32(a1)
	ld	s5, TH_S0 + 40(a1)
	ld	s6, TH_S0 + 48(a1)
	ld	s7, TH_S0 + 56(a1)
	ld	s8, TH_S0 + 64(a1)
	ld	s9, TH_S0 + 72(a1)
	ld	s10, TH_S0 + 80(a1)
	ld	s11, TH_S0 + 88(a1)
	ret
	.size	riscv_switch, . - riscv_switch

/* First switch-in of a thread: s1 = entry, s2 = arg (arch_thread_init). */
	.globl	riscv_thread_start
	.type	riscv_thread_start, @function
riscv_thread_start:
	mv	a0, s1
	mv	a1, s2
	li	s0, 0
	call	thread_begin
	unimp
	.size	riscv_thread_start, . - riscv_thread_start

/* void riscv_return_user(struct arch_regs *frame): drop the kernel stack and leave. */
	.globl	riscv_return_user
	.type	riscv_return_user, @function
riscv_return_user:
	csrci	sstatus, SSTATUS_SIE
	mv	sp, a0
	li	s0, 0
	j	trap_return_user
	.size	riscv_return_user, . - riscv_return_user

	.section .note.GNU-stack, "", %progbits
