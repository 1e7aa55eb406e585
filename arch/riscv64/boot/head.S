/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry from the firmware: image header, first steps of the boot hart and of started harts.
 * Firmware state (SBI): S-mode, satp 0, interrupts off, a0 = hart id, a1 = device tree (boot) or
 * our argument (hart_start). Any hart may boot; the image may lie at any page-aligned address. The
 * jump to the upper half needs no identity mapping: with satp set, the next fetch faults, and stvec
 * is the target.
 */
#include <asm/csr.h>
#include <asm/mmu_layout.h>
#include <generated/asm_offsets.h>

	.section .head.text, "ax"
	.globl	_start
_start:
	/* header of a RISC-V Linux Image, version 0.2 (boot protocol of U-Boot, QEMU) */
	j	boot_start
	.balign	4
	.word	0
	.balign	8
	.dword	0x200000		/* load offset from the start of RAM */
	.dword	kernel_image_size	/* in memory, with .bss */
	.dword	0			/* flags: little endian */
	.word	2			/* version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\005"
	.word	0

boot_start:
	csrw	sie, zero
	csrci	sstatus, SSTATUS_SIE
	/*
	 * The first hart boots. Others come here if the firmware has no HSM and starts all harts,
	 * or by a race in OpenSBI before 1.3: a hart that it starts may see the request before the
	 * new entry address, and take the boot hart's.
	 */
	lla	t0, boot_taken
	li	t1, 1
	amoswap.w t1, t1, (t0)
	bnez	t1, secondary_start
	mv	s1, a0
	mv	s2, a1
	lla	t0, kernel_bss_start
	lla	t1, kernel_bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	lla	sp, boot_stack_top
	li	s0, 0
	lla	a0, _start
	call	riscv_early_map		/* physical; returns satp */
	lla	t1, boot_upper
	lla	t2, _start
	sub	t1, t1, t2
	li	t2, ARCH_KERNEL_BASE
	add	t1, t1, t2
	csrw	stvec, t1
	sfence.vma
	csrw	satp, a0
	/* still here: the hart did not accept the mode */
	lla	s3, msg_no_sv39
2:	lbu	a0, 0(s3)
	beqz	a0, park
	li	a7, 1			/* legacy console putchar */
	ecall
	addi	s3, s3, 1
	j	2b
	.balign	4
park:
	csrw	sie, zero
	wfi
	j	park

	.balign	4
boot_upper:
	lla	t0, trap_entry
	csrw	stvec, t0
	csrw	sscratch, zero
	lla	tp, boot_thread
	lla	t0, boot_stack
	lla	sp, boot_stack_top
	sd	t0, TH_STACK_LO(tp)
	sd	sp, TH_STACK_HI(tp)
	addi	sp, sp, -REGS_SIZE
	sd	sp, TH_FRAME(tp)
	sd	zero, TH_PERCPU(tp)
	lla	t0, riscv_boot_hart
	sd	s1, 0(t0)
	lla	t0, riscv_boot_fdt
	sd	s2, 0(t0)
	call	kernel_main
	unimp

/*
 * A hart started by arch_smp_start(), a0 = hart id (for the reason above, the argument in a1 is not
 * used). It finds its record by its id; one that has none was not asked for.
 */
	.balign	4
	.globl	secondary_start
secondary_start:
	csrw	sie, zero
	csrci	sstatus, SSTATUS_SIE
	lla	t0, secondary_boot
	li	t1, SEC_COUNT
1:	ld	t2, SEC_SATP(t0)
	fence	r, r			/* pairs with the release of satp in arch_smp_start() */
	ld	t3, SEC_HART(t0)
	beqz	t2, 2f
	beq	t3, a0, 3f
2:	addi	t0, t0, SEC_SIZE
	addi	t1, t1, -1
	bnez	t1, 1b
	j	park
3:	mv	a0, t2
	ld	s1, SEC_THREAD(t0)
	ld	s2, SEC_STACK(t0)
	ld	s3, SEC_PERCPU(t0)
	lla	t1, secondary_upper
	lla	t2, _start
	sub	t1, t1, t2
	li	t2, ARCH_KERNEL_BASE
	add	t1, t1, t2
	csrw	stvec, t1
	sfence.vma
	csrw	satp, a0
	j	park			/* a hart without Sv39: it stays offline */

	.balign	4
secondary_upper:
	lla	t0, trap_entry
	csrw	stvec, t0
	csrw	sscratch, zero
	fence.i
	mv	tp, s1
	mv	sp, s2
	sd	s3, TH_PERCPU(tp)
	li	s0, 0
	call	secondary_main
	unimp

	.section .rodata, "a"
msg_no_sv39:
	.asciz	"kernel panic: cannot boot: this hart has no Sv39 address translation\n"

	.section .data, "aw"
	.balign	4
boot_taken:
	.word	0

	.section .bss, "aw", @nobits
	.balign	4096
boot_stack:
	.skip	BOOT_STACK_SIZE
boot_stack_top:
	.section .note.GNU-stack, "", %progbits
