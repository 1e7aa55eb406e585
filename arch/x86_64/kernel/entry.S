/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps, interrupts, system calls.
 * In the kernel %gs is the per-CPU offset and MSR_KERNEL_GS_BASE the user's; in user mode the other way round. Gates and
 * syscall turn interrupts off. From user mode the frame lies at the top of the thread's kernel stack.
 * #DB, NMI, #DF, #MC can come in the few instructions where %gs or the stack is still the user's: they have stacks of
 * their own (IST), where the word above the frame holds the CPU's per-CPU offset, and put back the %gs base that they found.
 */
#include <asm/cpureg.h>
#include <generated/asm_offsets.h>

/* clac or stac: three bytes of no-operation until arch_boot_early() finds SMAP (kernel/cpu.c) */
.macro smap_site open
777:	nopl	(%rax)
	.pushsection .smap_sites, "a"
	.balign	4
	.long	777b - .
	.long	\open
	.popsection
.endm

/* from %rsi on; the slot of %rdi is filled */
.macro push_regs
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

/* all but %rdi, with %rsp at r15 */
.macro pop_regs
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
.endm

	.text
	.balign	64
	.globl	x86_entry_text_start
x86_entry_text_start:

	.globl	x86_syscall_entry
	.type	x86_syscall_entry, @function
x86_syscall_entry:
	swapgs
	movq	%rsp, %gs:x86_pcpu + PC_USER_SP
	movq	%gs:x86_pcpu + PC_KERNEL_SP, %rsp
	pushq	$USER_DS
	pushq	%gs:x86_pcpu + PC_USER_SP
	pushq	%r11
	pushq	$USER_CS
	pushq	%rcx
	pushq	%rax
	pushq	%rdi
	push_regs
	pushq	$VEC_SYSCALL
	subq	$REGS_VECTOR, %rsp
	movq	%rsp, %rdi
	xorl	%ebp, %ebp			/* end of the frame chain */
	call	trap_syscall
	/* ---- to user mode: %rsp is the user frame, interrupts are off */
return_user:
	movq	%rsp, %rdi
	call	trap_user_exit
	movq	REGS_RIP(%rsp), %rcx
	movq	REGS_RFLAGS(%rsp), %r11
	movq	%rcx, %rax
	andl	$RFLAGS_USER, %r11d		/* whoever wrote the frame: no IOPL, no NT, always IF */
	orl	$RFLAGS_FIXED | RFLAGS_IF, %r11d
	shrq	$47, %rax
	jnz	bad_user_pc			/* sysret and iretq would fault in the kernel */
	movq	%r11, REGS_RFLAGS(%rsp)
	cmpq	%rcx, REGS_RCX(%rsp)
	jne	return_iret
	cmpq	%r11, REGS_R11(%rsp)		/* else sysret would lose them */
	jne	return_iret
	cmpl	$VEC_SYSCALL, REGS_VECTOR(%rsp)
	jne	return_iret
	testl	$RFLAGS_TF | RFLAGS_RF, %r11d
	jnz	return_iret
	addq	$REGS_R15, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	addq	$8, %rsp			/* %r11, %rcx: flags and pc, as syscall leaves them */
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	addq	$8, %rsp
	popq	%rdx
	popq	%rsi
	popq	%rdi
	movq	REGS_RSP - REGS_ORIG_RAX(%rsp), %rsp
	swapgs
	sysretq

return_iret:
	movq	$USER_CS, REGS_CS(%rsp)
	movq	$USER_DS, REGS_SS(%rsp)
	addq	$REGS_R15, %rsp
	pop_regs
	popq	%rdi
	addq	$8, %rsp
	swapgs
	iretq

bad_user_pc:
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	x86_bad_user_pc
	jmp	return_user
	.size	x86_syscall_entry, . - x86_syscall_entry

/*
 * Exceptions and interrupts. Each stub leaves {vector, error, hardware frame}.
 */
	.balign	16
	.globl	x86_trap_stubs
x86_trap_stubs:
	.set	vec, 0
	.rept	256
	.balign	16
	.if vec == 8 || (vec >= 10 && vec <= 14) || vec == 17 || vec == 21 || vec == 29 || vec == 30
	.else
	pushq	$0
	.endif
	pushq	$vec
	jmp	trap_common
	.set	vec, vec + 1
	.endr

	.balign	64
	.type	trap_common, @function
trap_common:
	testb	$3, 24(%rsp)
	jz	trap_kernel
	swapgs
	xchgq	%rdi, (%rsp)
trap_user:
	push_regs
	movl	REGS_ORIG_RAX - REGS_R15(%rsp), %eax	/* error code */
	movq	$-1, REGS_ORIG_RAX - REGS_R15(%rsp)
	shlq	$32, %rax
	orq	%rdi, %rax
	pushq	%rax
	subq	$REGS_VECTOR, %rsp
	cld
	smap_site 0
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	x86_trap
	jmp	return_user

trap_kernel:
	xchgq	%rdi, (%rsp)
	push_regs
	movl	REGS_ORIG_RAX - REGS_R15(%rsp), %eax
	movq	$-1, REGS_ORIG_RAX - REGS_R15(%rsp)
	shlq	$32, %rax
	orq	%rdi, %rax
	pushq	%rax
	pushq	REGS_RIP - REGS_VECTOR(%rsp)		/* link_pc, link_fp: a frame record */
	pushq	%rbp
	movq	%rsp, %rbp
	cld
	smap_site 0
	movq	%rsp, %rdi
	call	x86_trap
	addq	$REGS_R15, %rsp
	pop_regs
	popq	%rdi
	addq	$8, %rsp
	iretq
	.size	trap_common, . - trap_common

/* On an IST stack. {vector, error, hardware frame} is pushed. */
	.type	ist_common, @function
ist_common:
	xchgq	%rdi, (%rsp)
	push_regs
	movl	REGS_ORIG_RAX - REGS_R15(%rsp), %eax
	movq	$-1, REGS_ORIG_RAX - REGS_R15(%rsp)
	shlq	$32, %rax
	orq	%rdi, %rax
	pushq	%rax
	pushq	REGS_RIP - REGS_VECTOR(%rsp)
	pushq	%rbp
	xorl	%ebp, %ebp
	testb	$3, REGS_CS(%rsp)
	jnz	1f
	movq	%rsp, %rbp
1:	cld
	smap_site 0
	movl	$MSR_GS_BASE, %ecx
	rdmsr
	movl	%eax, %r12d
	movl	%edx, %r13d
	movl	REGS_SIZE(%rsp), %eax
	movl	REGS_SIZE + 4(%rsp), %edx
	wrmsr
	movq	%rsp, %rdi
	call	x86_ist_trap
	movl	$MSR_GS_BASE, %ecx
	movl	%r12d, %eax
	movl	%r13d, %edx
	wrmsr
	addq	$REGS_R15, %rsp
	pop_regs
	popq	%rdi
	addq	$8, %rsp
	iretq
	.size	ist_common, . - ist_common

	.globl	x86_entry_db, x86_entry_nmi, x86_entry_df, x86_entry_mc
x86_entry_nmi:
	pushq	$0
	pushq	$VEC_NMI
	jmp	ist_common
x86_entry_df:
	pushq	$VEC_DF
	jmp	ist_common
x86_entry_mc:
	pushq	$0
	pushq	$VEC_MC
	jmp	ist_common
x86_entry_db:
	pushq	$0
	pushq	$VEC_DB
	testb	$3, 24(%rsp)
	jz	ist_common
	/* from user mode: an ordinary trap, on the thread's stack */
	swapgs
	xchgq	%rdi, (%rsp)
	movq	%rsp, %rdi
	movq	%gs:x86_pcpu + PC_KERNEL_SP, %rsp
	pushq	48(%rdi)
	pushq	40(%rdi)
	pushq	32(%rdi)
	pushq	24(%rdi)
	pushq	16(%rdi)
	pushq	8(%rdi)
	pushq	(%rdi)
	movl	$VEC_DB, %edi
	jmp	trap_user

	.globl	x86_entry_text_end
x86_entry_text_end:

/*
 * struct arch_thread *x86_switch(struct arch_thread *prev, struct arch_thread *next)
 * Callee-saved registers and stack; returns prev, in next's context. Interrupts off.
 */
	.globl	x86_switch
	.type	x86_switch, @function
x86_switch:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, TH_SP(%rdi)
	movq	TH_SP(%rsi), %rsp
	movq	TH_STACK_HI(%rsi), %rdx
	movq	%rsi, %gs:x86_pcpu + PC_CURRENT
	movq	%rdx, %gs:x86_pcpu + PC_KERNEL_SP
	movq	%rdx, %gs:x86_tables + TSS_RSP0
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	movq	%rdi, %rax
	ret
	.size	x86_switch, . - x86_switch

/* First switch-in of a thread: %r12 = entry, %r13 = arg (arch_thread_init). */
	.globl	x86_thread_start
	.type	x86_thread_start, @function
x86_thread_start:
	movq	%r12, %rdi
	movq	%r13, %rsi
	xorl	%ebp, %ebp
	call	thread_begin
	ud2
	.size	x86_thread_start, . - x86_thread_start

/* void x86_return_user(struct arch_regs *frame): drop the kernel stack and leave. */
	.globl	x86_return_user
	.type	x86_return_user, @function
x86_return_user:
	cli
	movq	%rdi, %rsp
	xorl	%ebp, %ebp
	jmp	return_user
	.size	x86_return_user, . - x86_return_user

	.section .note.GNU-stack, "", @progbits
