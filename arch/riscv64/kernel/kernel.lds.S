/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout of the kernel image: linked at the last 2 GiB, loadable at any page; the ELF's load
 * address suits QEMU's virt board.
 */
#include <asm/mmu_layout.h>
#define LOAD(sec) AT(ADDR(sec) - ARCH_KERNEL_BASE + 0x80200000)

OUTPUT_ARCH(riscv)
ENTRY(_start)
PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}
SECTIONS
{
	. = ARCH_KERNEL_BASE;
	kernel_image_start = .;
	kernel_text_start = .;
	.text : LOAD(.text) {
		*(.head.text)
		*(.text .text.*)
	} :text
	. = ALIGN(4096);
	kernel_text_end = .;
	kernel_rodata_start = .;
	.rodata : LOAD(.rodata) {
		ktests_start = .;
		KEEP(*(.ktests))
		ktests_end = .;
		*(.srodata .srodata.*)
		*(.rodata .rodata.[!k]* .rodata.k[!s]*)
		. = ALIGN(8);
		extable_start = .;
		KEEP(*(.extable))
		extable_end = .;
		. = ALIGN(8);
		KEEP(*(.rodata.ksyms))
	} :rodata
	. = ALIGN(4096);
	kernel_rodata_end = .;
	kernel_data_start = .;
	.data : LOAD(.data) {
		percpu_start = .;
		*(.percpu)
		. = ALIGN(4096);
		percpu_end = .;
		*(.data .data.* .sdata .sdata.*)
		. = ALIGN(4096);
	} :data
	kernel_data_end = .;
	kernel_bss_start = .;
	.bss (NOLOAD) : LOAD(.bss) {
		*(.bss .bss.* .sbss .sbss.* COMMON)
		. = ALIGN(4096);
	} :data
	kernel_bss_end = .;
	kernel_image_end = .;
	kernel_image_size = kernel_image_end - kernel_image_start;
	/DISCARD/ : {
		*(.note.*) *(.eh_frame*) *(.comment) *(.riscv.attributes) *(.interp) *(.dynamic)
	}
}
ASSERT(kernel_image_size <= 0x1000000, "the early page tables of boot/early_map.c reach 16 MiB")
