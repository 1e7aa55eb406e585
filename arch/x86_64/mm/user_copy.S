/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access to user memory. RFLAGS.AC is set (SMAP open) only inside. String instructions restart where they faulted, so a fault among
 * the 8-byte units goes on byte by byte and the count returned is exact.
 */

.macro smap_site open
777:	nopl	(%rax)			/* clac or stac, see kernel/entry.S */
	.pushsection .smap_sites, "a"
	.balign	4
	.long	777b - .
	.long	\open
	.popsection
.endm

.macro acc fixup, insn:vararg
	.pushsection .extable, "a"
	.balign	4
	.long	778f - .
	.long	\fixup - .
	.popsection
778:	\insn
.endm

.macro func name
	.text
	.balign	16
	.globl	\name
	.type	\name, @function
\name:
.endm

/* size_t NAME(void *dst, const void *src, size_t n) */
func arch_copy_from_user
	.globl	arch_copy_to_user
	.type	arch_copy_to_user, @function
arch_copy_to_user:
	movq	%rdx, %rcx
	shrq	$3, %rcx
	andl	$7, %edx
	smap_site 1
	acc	.Lcopy_units, rep movsq
	movl	%edx, %ecx
.Lcopy_bytes:
	acc	.Lcopy_done, rep movsb
.Lcopy_done:
	smap_site 0
	movq	%rcx, %rax
	ret
.Lcopy_units:
	leaq	(%rdx, %rcx, 8), %rcx
	jmp	.Lcopy_bytes
	.size	arch_copy_from_user, . - arch_copy_from_user
	.size	arch_copy_to_user, . - arch_copy_to_user

/* size_t arch_clear_user(void *dst, size_t n) */
func arch_clear_user
	movq	%rsi, %rcx
	movl	%esi, %edx
	shrq	$3, %rcx
	andl	$7, %edx
	xorl	%eax, %eax
	smap_site 1
	acc	.Lclear_units, rep stosq
	movl	%edx, %ecx
.Lclear_bytes:
	acc	.Lclear_done, rep stosb
.Lclear_done:
	smap_site 0
	movq	%rcx, %rax
	ret
.Lclear_units:
	leaq	(%rdx, %rcx, 8), %rcx
	jmp	.Lclear_bytes
	.size	arch_clear_user, . - arch_clear_user

/* int arch_user_load32(const uint32_t *u, uint32_t *val) */
func arch_user_load32
	smap_site 1
	acc	.Lfault, movl (%rdi), %eax
	smap_site 0
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret
	.size	arch_user_load32, . - arch_user_load32

/* int arch_user_cmpxchg32(uint32_t *u, uint32_t expect, uint32_t desired, uint32_t *old) */
func arch_user_cmpxchg32
	movl	%esi, %eax
	smap_site 1
	acc	.Lfault, lock cmpxchgl %edx, (%rdi)
	smap_site 0
	movl	%eax, (%rcx)
	xorl	%eax, %eax
	ret
.Lfault:
	smap_site 0
	movl	$-14, %eax			/* -EFAULT */
	ret
	.size	arch_user_cmpxchg32, . - arch_user_cmpxchg32

	.section .note.GNU-stack, "", @progbits
