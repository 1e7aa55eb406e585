/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader to kernel_main(), by the Linux arm64 boot protocol: MMU and data cache
 * off, EL2 or EL1, x0 = physical address of the device tree, this image at a 2 MiB boundary
 * anywhere in RAM. Other CPUs come from PSCI in the same state with x0 = struct arm_start.
 * Everything before the jump to the upper half runs at its physical address: adr/adrp only.
 */
#include <asm/mmu_layout.h>
#include <asm/sysreg.h>
#include <generated/asm_offsets.h>

.macro	mov64 reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #((\value) >> 16 & 0xffff), lsl #16
	movk	\reg, #((\value) >> 32 & 0xffff), lsl #32
	movk	\reg, #((\value) >> 48 & 0xffff), lsl #48
.endm
.macro	addr reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
.endm

	.section .head.text, "ax"
	.globl	kernel_header
kernel_header:				/* Linux: Documentation/arm64/booting */
	b	boot_entry
	.long	0
	.quad	0			/* load offset from a 2 MiB boundary */
	.quad	image_header_size	/* memory needed, .bss included */
	.quad	0xa			/* little endian, 4 KiB pages, anywhere in RAM */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* boot CPU; in: x0 device tree */
boot_entry:
	mov	x19, x0
	bl	drop_to_el1
	adrp	x0, boot_stack_top
	mov	sp, x0
	mov	x0, x19
	adrp	x1, kernel_image_start
	mov	x2, x20			/* 1: came from EL2 */
	bl	early_map		/* builds the boot tables; x0 = TTBR1 */
	bl	mmu_on
	ldr	x1, =upper_entry	/* link address */
	br	x1

/* other CPUs; in: x0 struct arm_start, cleaned to memory */
	.globl	secondary_entry
secondary_entry:
	mov	x19, x0
	bl	drop_to_el1
	ldr	x0, [x19, #START_TTBR1]
	bl	mmu_on
	ldr	x21, [x19, #START_THREAD]
	ldr	x22, [x19, #START_SP]
	ldr	x1, =upper_secondary
	br	x1

/* To EL1 with MMU off, interrupts masked. Out: x20 = 1 if it was EL2. Clobbers x0-x3. */
drop_to_el1:
	mov	x20, #0
	msr	daifset, #0xf
	mrs	x0, currentel
	cmp	x0, #(2 << 2)
	b.eq	1f
	mov64	x0, SCTLR_OFF
	msr	sctlr_el1, x0
	isb
	ret
1:	mov	x20, #1
	mov64	x0, (1 << 31 | 1 << 41 | 1 << 40)	/* EL1 is AArch64; PAuth untrapped */
	msr	hcr_el2, x0
	isb
	mov	x0, #3			/* EL1 may use the physical timer and counter */
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x33ff		/* FP/SIMD untrapped, SVE and SME trapped */
	msr	cptr_el2, x0
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	mrs	x1, id_aa64dfr0_el1
	mov	x0, #0
	ubfx	x2, x1, #8, #4		/* PMUVer: 0 none, 15 not the architecture's */
	cbz	x2, 2f
	cmp	x2, #15
	b.eq	2f
	mrs	x0, pmcr_el0
	ubfx	x0, x0, #11, #5		/* all event counters to EL1 */
2:	msr	mdcr_el2, x0
	mrs	x1, id_aa64pfr0_el1
	ubfx	x2, x1, #24, #4		/* GIC system registers */
	cbz	x2, 3f
	mrs	x0, S3_4_C12_C9_5	/* ICC_SRE_EL2: SRE, Enable */
	mov	x1, #9
	orr	x0, x0, x1
	msr	S3_4_C12_C9_5, x0
	isb
	mrs	x0, S3_4_C12_C9_5
	tbz	x0, #0, 3f
	msr	S3_4_C12_C11_0, xzr	/* ICH_HCR_EL2 */
3:	mrs	x1, id_aa64mmfr0_el1
	ubfx	x2, x1, #56, #4		/* fine-grained traps: reset value unknown */
	cbz	x2, 4f
	msr	S3_4_C3_C1_4, xzr	/* HDFGRTR, HDFGWTR, HFGRTR, HFGWTR, HFGITR */
	msr	S3_4_C3_C1_5, xzr
	msr	S3_4_C1_C1_4, xzr
	msr	S3_4_C1_C1_5, xzr
	msr	S3_4_C1_C1_6, xzr
4:	mov64	x0, SCTLR_OFF
	msr	sctlr_el1, x0
	mov	x0, #(SPSR_DAIF | SPSR_EL1H)
	msr	spsr_el2, x0
	msr	elr_el2, x30
	eret

/*
 * MMU on: TTBR0 = boot_idmap (holds the first 2 MiB of the image at their physical address),
 * TTBR1 = x0. Clobbers x1-x4. Returns at the physical address.
 */
mmu_on:
	mrs	x1, id_aa64mmfr0_el1
	ubfx	x2, x1, #28, #4		/* TGran4: 0xf = not implemented */
	cmp	x2, #0xf
	b.eq	no_4k
	mov64	x3, (TCR_T0SZ | TCR_T1SZ | TCR_WALKS | TCR_TG1_4K | TCR_TBI0)
	and	x2, x1, #0xf		/* PARange, at most 48 bits */
	cmp	x2, #5
	mov	x4, #5
	csel	x2, x2, x4, lo
	orr	x3, x3, x2, lsl #TCR_IPS_SHIFT
	ubfx	x2, x1, #4, #4		/* ASIDBits: 2 = 16 */
	ubfx	x2, x2, #1, #1
	orr	x3, x3, x2, lsl #TCR_AS_SHIFT
	msr	tcr_el1, x3
	mov64	x3, MAIR_VALUE
	msr	mair_el1, x3
	adrp	x3, boot_idmap
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, x0
	mov	x3, #CPACR_FPEN_EL1
	msr	cpacr_el1, x3
	msr	mdscr_el1, xzr
	msr	contextidr_el1, xzr
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	mov64	x3, SCTLR_VALUE
	msr	sctlr_el1, x3
	isb
	ret
no_4k:	wfi				/* nothing to print with */
	b	no_4k
	.ltorg

	.text
/* boot CPU at its link address; x19 device tree */
upper_entry:
	addr	x0, kernel_bss_start
	addr	x1, boot_tables_start
1:	stp	xzr, xzr, [x0], #16	/* page aligned bounds */
	cmp	x0, x1
	b.lo	1b
	addr	x0, vectors
	msr	vbar_el1, x0
	addr	x0, boot_thread
	msr	tpidr_el1, x0
	msr	tpidr_el0, xzr
	msr	tpidrro_el0, xzr
	msr	sp_el0, xzr
	addr	x1, boot_stack
	str	x1, [x0, #THREAD_STACK_LO]
	add	x2, x1, #S_FRAME_SIZE
	str	x2, [x0, #THREAD_STACK_MIN]
	add	x1, x1, #BOOT_STACK_SIZE
	str	x1, [x0, #THREAD_STACK_HI]
	mov	sp, x1
	str	xzr, [x0, #THREAD_PERCPU]
	mov	x0, x19
	mov	x1, x20
	mov	x29, #0
	mov	x30, #0
	bl	arm_boot_start		/* noreturn */
	b	.

/* another CPU; x21 idle thread, x22 its stack top */
upper_secondary:
	addr	x0, vectors
	msr	vbar_el1, x0
	msr	tpidr_el1, x21
	msr	tpidr_el0, xzr
	msr	tpidrro_el0, xzr
	msr	sp_el0, xzr
	mov	sp, x22
	mov	x29, #0
	mov	x30, #0
	bl	arm_secondary_start	/* noreturn */
	b	.

/* first in the writable part: what lies below is read-only, so an overflow faults */
	.section .data.boot_stack, "aw"
	.balign	4096
	.globl	boot_stack
boot_stack:
	.zero	BOOT_STACK_SIZE
boot_stack_top:

/*
 * void arm_ttbr1_replace(x0 root, x1 empty root): runs in the identity map; see
 * arch_kernel_root_load()
 */
	.section .head.text, "ax"
	.globl	arm_ttbr1_replace
arm_ttbr1_replace:
	msr	ttbr1_el1, x1
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	ttbr1_el1, x0
	isb
	ret
