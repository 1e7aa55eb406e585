/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of a native program, its threads, and the core call, on riscv64. */
	.text
	.globl _start
_start:					/* sp: struct call_start */
	mv	a0, sp
	andi	sp, sp, -16
	li	s0, 0			/* the end of frame pointer chains */
	call	native_begin

	.globl native_thread_entry
native_thread_entry:			/* a0: struct native_thread * */
	li	s0, 0
	call	native_thread_begin

	.globl core_call
core_call:				/* a0 number, a1..a4 arguments -> a0 */
	mv	a7, a0
	mv	a0, a1
	mv	a1, a2
	mv	a2, a3
	mv	a3, a4
	ecall
	ret
	.section .note.GNU-stack, "", %progbits
