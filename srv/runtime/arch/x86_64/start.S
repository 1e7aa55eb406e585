/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of a native program, its threads, and the core call, on x86_64. */
	.text
	.globl _start
_start:					/* rsp: struct call_start */
	mov	%rsp, %rdi
	xor	%ebp, %ebp		/* the end of frame pointer chains */
	call	native_begin

	.globl native_thread_entry
native_thread_entry:			/* rdi: struct native_thread * */
	xor	%ebp, %ebp
	call	native_thread_begin

	.globl core_call
core_call:				/* rdi number, rsi rdx rcx r8 arguments -> rax */
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	syscall				/* changes rcx and r11 */
	ret
	.section .note.GNU-stack, "", %progbits
