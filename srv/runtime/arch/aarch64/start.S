/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of a native program, its threads, and the core call, on aarch64. */
	.text
	.globl _start
_start:					/* sp: struct call_start */
	mov	x0, sp
	mov	x29, xzr		/* the end of frame pointer chains */
	mov	x30, xzr
	bl	native_begin

	.globl native_thread_entry
native_thread_entry:			/* x0: struct native_thread * */
	mov	x29, xzr
	mov	x30, xzr
	bl	native_thread_begin

	.globl core_call
core_call:				/* x0 number, x1..x4 arguments -> x0 */
	mov	x8, x0
	mov	x0, x1
	mov	x1, x2
	mov	x2, x3
	mov	x3, x4
	svc	#0
	ret
	.section .note.GNU-stack, "", %progbits
