/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access to user memory. Every routine opens SUM once and closes it once; only the accesses to user
 * memory have entries in the exception table. Copies use 8-byte units (merging shifted words when
 * source and destination are differently aligned, since a misaligned access may trap to the
 * firmware); a fault in one goes on byte by byte from the start of the unit, so that the count
 * returned is exact.
 */
#include <asm/csr.h>

/* one instruction; \user 1: it accesses user memory, and goes to \fixup if that faults */
.macro acc user, fixup, insn:vararg
	.if \user
	.pushsection .extable, "a"
	.balign	4
	.word	777f - .
	.word	\fixup - .
	.popsection
	.endif
777:	\insn
.endm

.macro open_user
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
.endm

.macro func name
	.text
	.balign	4
	.globl	\name
	.type	\name, @function
\name:
.endm

/*
 * size_t NAME(void *dst, const void *src, size_t n): a0, a1, a2 (then: end of dst). L, S: is the
 * load, the store on user memory. t6 SUM, t5 last start of a unit, t0-t4 and a3-a7 data.
 */
.macro copy_func name, L, S
func \name
	li	t5, 16
	mv	t0, a2
	add	a2, a0, a2
	beqz	t0, .Lnone\@
	open_user
	bltu	t0, t5, .Lbytes\@
.Lalign\@:
	andi	t0, a0, 7
	beqz	t0, .Laligned\@
	acc	\L, .Ldone\@, lbu t0, 0(a1)
	acc	\S, .Ldone\@, sb t0, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	j	.Lalign\@
.Laligned\@:
	andi	t2, a1, 7
	bnez	t2, .Lshifted\@
	sub	t0, a2, a0
	li	t5, 64
	bltu	t0, t5, .Lwords\@
	addi	t5, a2, -64
.Lblock\@:
	acc	\L, .Lbytes\@, ld t0, 0(a1)
	acc	\L, .Lbytes\@, ld t1, 8(a1)
	acc	\L, .Lbytes\@, ld t2, 16(a1)
	acc	\L, .Lbytes\@, ld t3, 24(a1)
	acc	\L, .Lbytes\@, ld a4, 32(a1)
	acc	\L, .Lbytes\@, ld a5, 40(a1)
	acc	\L, .Lbytes\@, ld a6, 48(a1)
	acc	\L, .Lbytes\@, ld a7, 56(a1)
	acc	\S, .Lbytes\@, sd t0, 0(a0)
	acc	\S, .Lbytes\@, sd t1, 8(a0)
	acc	\S, .Lbytes\@, sd t2, 16(a0)
	acc	\S, .Lbytes\@, sd t3, 24(a0)
	acc	\S, .Lbytes\@, sd a4, 32(a0)
	acc	\S, .Lbytes\@, sd a5, 40(a0)
	acc	\S, .Lbytes\@, sd a6, 48(a0)
	acc	\S, .Lbytes\@, sd a7, 56(a0)
	addi	a0, a0, 64
	addi	a1, a1, 64
	bleu	a0, t5, .Lblock\@
.Lwords\@:
	addi	t5, a2, -8
	bgtu	a0, t5, .Ltail\@
.Lword\@:
	acc	\L, .Lbytes\@, ld t0, 0(a1)
	acc	\S, .Lbytes\@, sd t0, 0(a0)
	addi	a0, a0, 8
	addi	a1, a1, 8
	bleu	a0, t5, .Lword\@
	j	.Ltail\@
.Lshifted\@:
	/* whole aligned words around the source: only words that hold wanted bytes are read */
	andi	a3, a1, -8
	slli	t2, t2, 3
	li	t3, 64
	sub	t3, t3, t2
	addi	t5, a2, -8
	acc	\L, .Lbytes\@, ld t0, 0(a3)
.Lshift\@:
	bgtu	a0, t5, .Ltail\@
	acc	\L, .Lbytes\@, ld t1, 8(a3)
	srl	t0, t0, t2
	sll	t4, t1, t3
	or	t0, t0, t4
	acc	\S, .Lbytes\@, sd t0, 0(a0)
	mv	t0, t1
	addi	a3, a3, 8
	addi	a0, a0, 8
	addi	a1, a1, 8
	j	.Lshift\@
.Ltail\@:
	beq	a0, a2, .Ldone\@
.Lbytes\@:
	acc	\L, .Ldone\@, lbu t0, 0(a1)
	acc	\S, .Ldone\@, sb t0, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	bne	a0, a2, .Lbytes\@
.Ldone\@:
	csrc	sstatus, t6
.Lnone\@:
	sub	a0, a2, a0
	ret
	.size	\name, . - \name
.endm

	copy_func arch_copy_from_user, 1, 0
	copy_func arch_copy_to_user, 0, 1

/* size_t arch_clear_user(void *dst, size_t n) */
func arch_clear_user
	add	a2, a0, a1
	beq	a0, a2, .Lcnone
	open_user
	li	t0, 16
	bltu	a1, t0, .Lcbytes
.Lcalign:
	andi	t0, a0, 7
	beqz	t0, .Lcaligned
	acc	1, .Lcdone, sb zero, 0(a0)
	addi	a0, a0, 1
	j	.Lcalign
.Lcaligned:
	addi	t5, a2, -8
.Lcword:
	bgtu	a0, t5, .Lctail
	acc	1, .Lcbytes, sd zero, 0(a0)
	addi	a0, a0, 8
	j	.Lcword
.Lctail:
	beq	a0, a2, .Lcdone
.Lcbytes:
	acc	1, .Lcdone, sb zero, 0(a0)
	addi	a0, a0, 1
	bne	a0, a2, .Lcbytes
.Lcdone:
	csrc	sstatus, t6
.Lcnone:
	sub	a0, a2, a0
	ret
	.size	arch_clear_user, . - arch_clear_user

/* int arch_user_load32(const uint32_t *u, uint32_t *val) */
func arch_user_load32
	open_user
	acc	1, .Lfault, lw t0, 0(a0)
	csrc	sstatus, t6
	sw	t0, 0(a1)
	li	a0, 0
	ret
	.size	arch_user_load32, . - arch_user_load32

/* int arch_user_cmpxchg32(uint32_t *u, uint32_t expect, uint32_t desired, uint32_t *old) */
func arch_user_cmpxchg32
	sext.w	a1, a1
	open_user
1:	acc	1, .Lfault, lr.w.aqrl t0, (a0)
	bne	t0, a1, 2f
	acc	1, .Lfault, sc.w.aqrl t1, a2, (a0)
	bnez	t1, 1b
2:	csrc	sstatus, t6
	sw	t0, 0(a3)
	li	a0, 0
	ret
.Lfault:
	csrc	sstatus, t6
	li	a0, -14			/* -EFAULT */
	ret
	.size	arch_user_cmpxchg32, . - arch_user_cmpxchg32

	.section .note.GNU-stack, "", %progbits
