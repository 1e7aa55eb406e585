/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies to and from user memory by ldtr/sttr: they have the rights of EL0 whatever PAN says, so
 * PAN is never opened and a user page that user code may not write is not written here. size_t
 * f(x0 dst, x1 src, x2 n): bytes not copied. A fault in the fast loop goes on byte by byte, so
 * that the count is exact.
 */
	.text

.macro	extable insn, fixup
	.pushsection .extable, "a"
	.balign	4
	.long	\insn - ., \fixup - .
	.popsection
.endm

	.globl	arch_copy_from_user
arch_copy_from_user:
	cmp	x2, #32
	b.lo	2f
1:	ldtr	x3, [x1]
11:	ldtr	x4, [x1, #8]
12:	ldtr	x5, [x1, #16]
13:	ldtr	x6, [x1, #24]
	stp	x3, x4, [x0]
	stp	x5, x6, [x0, #16]
	add	x1, x1, #32
	add	x0, x0, #32
	sub	x2, x2, #32
	cmp	x2, #32
	b.hs	1b
2:	cbz	x2, 4f
3:	ldtrb	w3, [x1]
	strb	w3, [x0], #1
	add	x1, x1, #1
	subs	x2, x2, #1
	b.ne	3b
4:	mov	x0, x2
	ret
	extable	1b, 2b
	extable	11b, 2b
	extable	12b, 2b
	extable	13b, 2b
	extable	3b, 4b

	.globl	arch_copy_to_user
arch_copy_to_user:
	cmp	x2, #32
	b.lo	2f
1:	ldp	x3, x4, [x1]
	ldp	x5, x6, [x1, #16]
10:	sttr	x3, [x0]
11:	sttr	x4, [x0, #8]
12:	sttr	x5, [x0, #16]
13:	sttr	x6, [x0, #24]
	add	x1, x1, #32
	add	x0, x0, #32
	sub	x2, x2, #32
	cmp	x2, #32
	b.hs	1b
2:	cbz	x2, 4f
3:	ldrb	w3, [x1]
30:	sttrb	w3, [x0]
	add	x1, x1, #1
	add	x0, x0, #1
	subs	x2, x2, #1
	b.ne	3b
4:	mov	x0, x2
	ret
	extable	10b, 2b
	extable	11b, 2b
	extable	12b, 2b
	extable	13b, 2b
	extable	30b, 4b

/* size_t arch_clear_user(x0 dst, x1 n) */
	.globl	arch_clear_user
arch_clear_user:
	cmp	x1, #32
	b.lo	2f
1:	sttr	xzr, [x0]
11:	sttr	xzr, [x0, #8]
12:	sttr	xzr, [x0, #16]
13:	sttr	xzr, [x0, #24]
	add	x0, x0, #32
	sub	x1, x1, #32
	cmp	x1, #32
	b.hs	1b
2:	cbz	x1, 4f
3:	sttrb	wzr, [x0]
	add	x0, x0, #1
	subs	x1, x1, #1
	b.ne	3b
4:	mov	x0, x1
	ret
	extable	1b, 2b
	extable	11b, 2b
	extable	12b, 2b
	extable	13b, 2b
	extable	3b, 4b

/* int arch_user_load32(x0 u, x1 val) */
	.globl	arch_user_load32
arch_user_load32:
1:	ldtr	w2, [x0]
	str	w2, [x1]
	mov	w0, #0
	ret
2:	mov	w0, #-14		/* EFAULT */
	ret
	extable	1b, 2b

/*
 * int arm_user_cmpxchg32(x0 u, w1 expect, w2 desired, x3 old): exclusives exist with the rights
 * of EL1 only, so the caller opens PAN (mm/user.c) around this.
 */
	.globl	arm_user_cmpxchg32
arm_user_cmpxchg32:
1:	ldaxr	w4, [x0]
	cmp	w4, w1
	b.ne	3f
2:	stlxr	w5, w2, [x0]
	cbnz	w5, 1b
	dmb	ish
	str	w4, [x3]
	mov	w0, #0
	ret
3:	clrex
	dmb	ish
	str	w4, [x3]
	mov	w0, #0
	ret
4:	mov	w0, #-14		/* EFAULT */
	ret
	extable	1b, 4b
	extable	2b, 4b
