/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception vectors of EL1. A trap from EL0 builds struct arch_regs at the top of the thread's
 * kernel stack (sp_el1 rests there while user code runs); one from EL1 below the interrupted
 * code's sp, after a check that the stack has room for it.
 */
#include <asm/sysreg.h>
#include <generated/asm_offsets.h>

.macro	addr reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
.endm

/* Save x0-x29 */
.macro	save_low
	sub	sp, sp, #S_FRAME_SIZE
	stp	x0, x1, [sp, #16 * 0]
	stp	x2, x3, [sp, #16 * 1]
	stp	x4, x5, [sp, #16 * 2]
	stp	x6, x7, [sp, #16 * 3]
	stp	x8, x9, [sp, #16 * 4]
	stp	x10, x11, [sp, #16 * 5]
	stp	x12, x13, [sp, #16 * 6]
	stp	x14, x15, [sp, #16 * 7]
	stp	x16, x17, [sp, #16 * 8]
	stp	x18, x19, [sp, #16 * 9]
	stp	x20, x21, [sp, #16 * 10]
	stp	x22, x23, [sp, #16 * 11]
	stp	x24, x25, [sp, #16 * 12]
	stp	x26, x27, [sp, #16 * 13]
	stp	x28, x29, [sp, #16 * 14]
.endm
.macro	restore_low
	ldp	x0, x1, [sp, #16 * 0]
	ldp	x2, x3, [sp, #16 * 1]
	ldp	x4, x5, [sp, #16 * 2]
	ldp	x6, x7, [sp, #16 * 3]
	ldp	x8, x9, [sp, #16 * 4]
	ldp	x10, x11, [sp, #16 * 5]
	ldp	x12, x13, [sp, #16 * 6]
	ldp	x14, x15, [sp, #16 * 7]
	ldp	x16, x17, [sp, #16 * 8]
	ldp	x18, x19, [sp, #16 * 9]
	ldp	x20, x21, [sp, #16 * 10]
	ldp	x22, x23, [sp, #16 * 11]
	ldp	x24, x25, [sp, #16 * 12]
	ldp	x26, x27, [sp, #16 * 13]
	ldp	x28, x29, [sp, #16 * 14]
	add	sp, sp, #S_FRAME_SIZE
.endm

/* Rest of the frame; x29 = its frame record. Clobbers x21-x23; leaves x0-x20 as they were. */
.macro	save_high el
	.if	\el == 0
	mrs	x21, sp_el0
	.else
	add	x21, sp, #S_FRAME_SIZE
	.endif
	mrs	x22, elr_el1
	mrs	x23, spsr_el1
	stp	x30, x21, [sp, #S_X30]
	stp	x22, x23, [sp, #S_PC]
	.if	\el == 0
	stp	xzr, xzr, [sp, #S_LINK]
	.else
	stp	x29, x22, [sp, #S_LINK]
	.endif
	add	x29, sp, #S_LINK
.endm

/*
 * From EL1: is there room below sp? tpidrro_el0 lends a register (user code can read it, so it is
 * zero again before anything else runs).
 */
.macro	check_stack
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el1
	ldr	x0, [x0, #THREAD_STACK_MIN]
	sub	x0, sp, x0
	cmp	x0, #STACK_SIZE
	b.hi	stack_overflow
	mrs	x0, tpidrro_el0
	msr	tpidrro_el0, xzr
.endm

.macro	vector label
	.balign	128
	b	\label
.endm

	.text
	.balign	2048
	.globl	vectors
vectors:
	vector	el1t_sync		/* EL1 on SP_EL0: nobody runs so */
	vector	el1t_irq
	vector	el1t_fiq
	vector	el1t_error
	vector	el1_sync
	vector	el1_irq
	vector	el1_fiq
	vector	el1_error
	vector	el0_sync
	vector	el0_irq
	vector	el0_fiq
	vector	el0_error
	vector	el0_32
	vector	el0_32
	vector	el0_32
	vector	el0_32
	.balign	128

el0_sync:
	save_low
	save_high 0
	mrs	x1, esr_el1
	lsr	x24, x1, #26
	cmp	x24, #0x15		/* svc */
	b.ne	1f
	str	x0, [sp, #S_ORIG_ARG0]
	mov	x0, sp
	bl	trap_syscall
	b	ret_to_user
1:	mov	x0, sp
	mrs	x2, far_el1
	bl	arm_el0_sync
	b	ret_to_user

el0_irq:
	save_low
	save_high 0
	mov	x0, sp
	bl	trap_irq
	.globl	ret_to_user
ret_to_user:				/* interrupts off, sp at the frame */
	mov	x0, sp
	bl	trap_user_exit
	ldp	x22, x23, [sp, #S_PC]
	ldp	x30, x21, [sp, #S_X30]
	tst	x23, #0x3ff		/* EL0, AArch64, nothing masked: whoever made the frame */
	b.ne	bad_pstate
	msr	elr_el1, x22
	msr	spsr_el1, x23
	msr	sp_el0, x21
	restore_low
	eret
bad_pstate:
	mov	x0, sp
	bl	arm_bad_pstate		/* noreturn */

el0_fiq:
el0_32:
	save_low
	save_high 0
	mov	x0, sp
	mrs	x1, esr_el1
	bl	arm_bad_vector		/* noreturn */

el0_error:
	save_low
	save_high 0
	mov	x0, sp
	mrs	x1, esr_el1
	bl	arm_el0_error
	b	ret_to_user

el1_sync:
	check_stack
	save_low
	save_high 1
	mov	x0, sp
	mrs	x1, esr_el1
	mrs	x2, far_el1
	bl	arm_el1_sync
	b	ret_to_el1

el1_irq:
	check_stack
	save_low
	save_high 1
	mov	x0, sp
	bl	trap_irq
ret_to_el1:
	ldp	x22, x23, [sp, #S_PC]
	ldr	x30, [sp, #S_X30]
	msr	elr_el1, x22
	msr	spsr_el1, x23
	restore_low
	eret

el1t_sync:
el1t_irq:
el1t_fiq:
el1t_error:
el1_fiq:
el1_error:
	check_stack
	save_low
	save_high 1
	mov	x0, sp
	mrs	x1, esr_el1
	bl	arm_bad_vector		/* noreturn */

/*
 * No room on the stack: this CPU's emergency stack, for good. x0 lies in tpidrro_el0; the bad sp
 * goes to the frame by way of sp_el0, whose own value nobody will need again.
 */
stack_overflow:
	mov	x0, sp
	msr	sp_el0, x0
	mrs	x0, tpidr_el1
	ldr	x0, [x0, #THREAD_PERCPU]
	mov	sp, x0
	addr	x0, arm_emergency_stack + EMERGENCY_SIZE
	add	sp, sp, x0
	mrs	x0, tpidrro_el0
	msr	tpidrro_el0, xzr
	save_low
	save_high 1
	mrs	x21, sp_el0
	str	x21, [sp, #S_X30 + 8]
	mrs	x24, tpidr_el1		/* later traps are to stay on the emergency stack */
	add	x25, sp, #(2 * S_FRAME_SIZE)
	sub	x25, x25, #EMERGENCY_SIZE
	str	x25, [x24, #THREAD_STACK_MIN]
	mov	x0, sp
	mrs	x1, esr_el1
	mrs	x2, far_el1
	bl	arm_stack_overflow	/* noreturn */

/* From arch_thread_enter_user(): x0 = frame; interrupts off */
	.globl	arm_enter_user
arm_enter_user:
	mov	sp, x0
	mov	x29, #0
	b	ret_to_user

/* struct thread *arm_switch(prev x0, next x1): returns prev in its later life */
	.globl	arm_switch
arm_switch:
	add	x9, x0, #THREAD_X19
	mov	x10, sp
	stp	x19, x20, [x9, #16 * 0]
	stp	x21, x22, [x9, #16 * 1]
	stp	x23, x24, [x9, #16 * 2]
	stp	x25, x26, [x9, #16 * 3]
	stp	x27, x28, [x9, #16 * 4]
	stp	x29, x30, [x9, #16 * 5]
	str	x10, [x0, #THREAD_SP]
	add	x9, x1, #THREAD_X19
	ldr	x10, [x1, #THREAD_SP]
	ldp	x19, x20, [x9, #16 * 0]
	ldp	x21, x22, [x9, #16 * 1]
	ldp	x23, x24, [x9, #16 * 2]
	ldp	x25, x26, [x9, #16 * 3]
	ldp	x27, x28, [x9, #16 * 4]
	ldp	x29, x30, [x9, #16 * 5]
	mov	sp, x10
	msr	tpidr_el1, x1
	ret

/* First switch-in of a thread: x19 = entry, x20 = arg (arch_thread_init) */
	.globl	arm_thread_start
arm_thread_start:
	mov	x0, x19
	mov	x1, x20
	mov	x29, #0
	mov	x30, #0
	bl	thread_begin		/* noreturn */
	b	.
