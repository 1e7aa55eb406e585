/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry from the loader (PVH, as in Xen's public/arch-x86/hvm/start_info.h): 32-bit protected mode with flat segments, paging
 * off, interrupts off, %ebx = physical address of hvm_start_info. The ELF loader has cleared .bss.
 * Builds the boot tables, with W^X for the image already: text RX, rodata R, data RW, a direct map of the first 4 GiB RW
 * without X, and an identity mapping (RX) of the image's first 2 MiB for the jump. Then 64-bit mode and the upper half.
 */
#include <asm/cpureg.h>
#include <asm/mmu_layout.h>
#include <generated/asm_offsets.h>

#define PHYS(sym)	((sym) - ARCH_KERNEL_BASE + X86_IMAGE_PHYS)
#define EARLY_TABLES	8		/* 2 MiB of image each; kernel.lds.S asserts the total */
#define PTE_TABLE	0x27		/* P W U A */
#define PTE_IDENT	0xa1		/* P A PS */
#define PTE_DIRECT	0x1e3		/* P W A D PS G, and NX */
#define PTE_RO		0x121		/* P A G */
#define PTE_RW		0x163		/* P W A D G */
#define HIGH_NX		0x80000000

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 8, 18		/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz	"Xen"
	.quad	PHYS(pvh_start)

	.section .head.text, "ax"
	.code32
	.globl	pvh_start
	.type	pvh_start, @function
pvh_start:
	cli
	cld
	movl	$PHYS(boot_stack_top), %esp
	movl	%ebx, PHYS(x86_start_info)

	/* long mode and NX, or the end */
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	no_long_mode
	movl	$0x80000001, %eax
	cpuid
	btl	$29, %edx
	jnc	no_long_mode
	btl	$20, %edx
	jnc	no_nx

	/* upper levels */
	movl	$PHYS(early_pdpt_low) + PTE_TABLE, PHYS(early_pml4)
	movl	$PHYS(early_pdpt_direct) + PTE_TABLE, PHYS(early_pml4) + 256 * 8
	movl	$PHYS(early_pdpt_image) + PTE_TABLE, PHYS(early_pml4) + 511 * 8
	movl	$PHYS(early_pd_low) + PTE_TABLE, PHYS(early_pdpt_low)
	movl	$X86_IMAGE_PHYS + PTE_IDENT, PHYS(early_pd_low) + 8
	movl	$PHYS(early_pd_image) + PTE_TABLE, PHYS(early_pdpt_image) + 510 * 8

	/* direct map: 4 tables, 2048 entries of 2 MiB */
	movl	$PHYS(early_pd_direct), %edi
	leal	PTE_TABLE(%edi), %eax
	movl	$PHYS(early_pdpt_direct), %esi
	movl	$4, %ecx
1:	movl	%eax, (%esi)
	addl	$4096, %eax
	addl	$8, %esi
	loop	1b
	movl	$PTE_DIRECT, %eax
	movl	$2048, %ecx
2:	movl	%eax, (%edi)
	movl	$HIGH_NX, 4(%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	2b

	/* image: tables, then pages up to kernel_image_end */
	movl	$PHYS(early_pd_image), %esi
	movl	$PHYS(early_pt_image), %edi
	leal	PTE_TABLE(%edi), %eax
	movl	$EARLY_TABLES, %ecx
3:	movl	%eax, (%esi)
	addl	$4096, %eax
	addl	$8, %esi
	loop	3b
	movl	$X86_IMAGE_PHYS, %esi
4:	leal	PTE_RO(%esi), %eax
	xorl	%edx, %edx
	cmpl	$PHYS(kernel_text_end), %esi
	jb	5f
	movl	$HIGH_NX, %edx
	cmpl	$PHYS(kernel_data_start), %esi
	jb	5f
	leal	PTE_RW(%esi), %eax
5:	movl	%eax, (%edi)
	movl	%edx, 4(%edi)
	addl	$8, %edi
	addl	$4096, %esi
	cmpl	$PHYS(kernel_image_end), %esi
	jb	4b

	movl	$CR4_PAE | CR4_PGE, %eax
	movl	%eax, %cr4
	movl	$PHYS(early_pml4), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	$EFER_LME | EFER_NXE | EFER_SCE, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE, %eax
	movl	%eax, %cr0
	lgdtl	PHYS(boot_gdtr)
	ljmpl	$KERNEL_CS, $PHYS(start64)

no_long_mode:
	movl	$PHYS(msg_no_long_mode), %esi
	jmp	boot_stop
no_nx:
	movl	$PHYS(msg_no_nx), %esi
boot_stop:
	movw	$0x3f8, %dx
6:	lodsb
	testb	%al, %al
	jz	7f
	outb	%al, %dx
	jmp	6b
7:	cli
	hlt
	jmp	7b
	.size	pvh_start, . - pvh_start

	.code64
start64:
	movq	$start_upper, %rax
	jmp	*%rax

	.text
start_upper:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$KERNEL_DS, %eax
	movl	%eax, %ss
	movq	$boot_stack_top - REGS_SIZE, %rsp
	xorl	%ebp, %ebp
	movl	$MSR_GS_BASE, %ecx	/* CPU 0 uses the per-CPU section itself */
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	call	x86_boot_setup
	call	kernel_main
	ud2

	.globl	x86_ap_upper
x86_ap_upper:
	/* a started CPU, from the trampoline: upper half, final tables, no stack yet */
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$KERNEL_DS, %eax
	movl	%eax, %ss
	movl	$MSR_GS_BASE, %ecx
	movl	x86_ap_boot + AP_PERCPU(%rip), %eax
	movl	x86_ap_boot + AP_PERCPU + 4(%rip), %edx
	wrmsr
	movq	x86_ap_boot + AP_STACK(%rip), %rsp
	movq	x86_ap_boot + AP_THREAD(%rip), %rdi
	movq	x86_ap_boot + AP_PERCPU(%rip), %rsi
	xorl	%ebp, %ebp
	call	x86_ap_main
	ud2

/*
 * Start of another CPU: copied below 1 MiB, entered in real mode at offset 0 of its page (%cs:0). Straight to 64-bit mode.
 * The words at x86_ap_patch are filled in by the copier: addresses of the page, and the root, which maps the page at its own address.
 */
	.section .rodata, "a"
	.balign	16
	.globl	x86_ap_trampoline, x86_ap_trampoline_end, x86_ap_gdtr_base, x86_ap_entry64, x86_ap_root
	.code16
x86_ap_trampoline:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	x86_ap_gdtr - x86_ap_trampoline
	movl	$CR4_PAE | CR4_PGE, %eax
	movl	%eax, %cr4
	movl	x86_ap_root - x86_ap_trampoline, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	movl	$EFER_LME | EFER_NXE | EFER_SCE, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	*(x86_ap_entry64 - x86_ap_trampoline)
	.code64
x86_ap_64:
	movq	$x86_ap_upper, %rax
	jmp	*%rax
	.balign	8
x86_ap_gdt:
	.quad	0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff
x86_ap_gdtr:
	.word	x86_ap_gdtr - x86_ap_gdt - 1
x86_ap_gdtr_base:
	.long	x86_ap_gdt - x86_ap_trampoline	/* + page */
x86_ap_entry64:
	.long	x86_ap_64 - x86_ap_trampoline	/* + page */
	.word	KERNEL_CS
x86_ap_root:
	.long	0
x86_ap_trampoline_end:

	.balign	8
boot_gdt:
	.quad	0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdtr:
	.word	boot_gdtr - boot_gdt - 1
	.quad	PHYS(boot_gdt)

msg_no_long_mode:
	.asciz	"kernel panic: cannot boot: this processor has no 64-bit mode\r\n"
msg_no_nx:
	.asciz	"kernel panic: cannot boot: this processor has no execute-disable bit (NX)\r\n"

	.section .data, "aw"
	.balign	8
	.globl	x86_start_info
x86_start_info:
	.quad	0

	.section .bss, "aw", @nobits
	.balign	4096
	.globl	early_pml4, early_pd_low
early_pml4:		.skip	4096
early_pdpt_low:		.skip	4096
early_pd_low:		.skip	4096
early_pdpt_direct:	.skip	4096
early_pd_direct:	.skip	4 * 4096
early_pdpt_image:	.skip	4096
early_pd_image:		.skip	4096
early_pt_image:		.skip	EARLY_TABLES * 4096
	.globl	boot_stack_guard, boot_stack, boot_stack_top
boot_stack_guard:	.skip	4096	/* unmapped by arch_boot_late() */
boot_stack:		.skip	16384
boot_stack_top:
	.section .note.GNU-stack, "", @progbits
