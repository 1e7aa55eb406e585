/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layout of the kernel image: linked at the last 2 GiB, loadable at any 2 MiB boundary; the ELF's
 * load address suits QEMU's virt board. The writable part begins with the boot stack: below it
 * lies read-only memory, so that its overflow faults.
 */
#include <asm/mmu_layout.h>
#define LOAD(sec) AT(ADDR(sec) - ARCH_KERNEL_BASE + 0x40200000)

OUTPUT_ARCH(aarch64)
ENTRY(kernel_header)
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
		boot_idmap_end = .;
		*(.text .text.*)
	} :text
	. = ALIGN(4096);
	kernel_text_end = .;
	kernel_rodata_start = .;
	.rodata : LOAD(.rodata) {
		ktests_start = .;
		KEEP(*(.ktests))
		ktests_end = .;
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
		*(.data.boot_stack)
		percpu_start = .;
		*(.percpu)
		. = ALIGN(4096);
		percpu_end = .;
		*(.data .data.*)
		*(.got .got.plt)		/* before bss, which head.S zeroes */
		. = ALIGN(4096);
	} :data
	kernel_data_end = .;
	kernel_bss_start = .;
	.bss (NOLOAD) : LOAD(.bss) {
		*(.bss .bss.[!b]* .bss.b[!o]* COMMON)
		. = ALIGN(4096);
		boot_tables_start = .;
		*(.bss.boot_tables)
		. = ALIGN(4096);
	} :data
	kernel_bss_end = .;
	kernel_image_end = .;
	image_header_size = kernel_image_end - kernel_image_start;
	/DISCARD/ : { *(.note.*) *(.eh_frame*) *(.comment) *(.interp) *(.dynamic) }
}
ASSERT(image_header_size <= 0x1000000, "the tables of boot/early_map.c reach 16 MiB")
ASSERT(boot_idmap_end - kernel_image_start <= 0x200000,
       "the code that turns the MMU on is in the first 2 MiB")
