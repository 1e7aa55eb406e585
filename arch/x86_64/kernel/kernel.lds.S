/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout of the kernel image: linked at the last 2 GiB, loaded at X86_IMAGE_PHYS, with the PVH note for the loader. */
#include <asm/mmu_layout.h>
#define LOAD(sec) AT(ADDR(sec) - ARCH_KERNEL_BASE + X86_IMAGE_PHYS)

OUTPUT_ARCH(i386:x86-64)
ENTRY(pvh_entry)
PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
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
	.note.Xen : LOAD(.note.Xen) {
		KEEP(*(.note.Xen))
	} :rodata :note
	.rodata : LOAD(.rodata) {
		. = ALIGN(16);
		ktests_start = .;
		KEEP(*(.ktests))
		ktests_end = .;
		. = ALIGN(8);
		extable_start = .;
		KEEP(*(.extable))
		extable_end = .;
		smap_sites_start = .;
		KEEP(*(.smap_sites))
		smap_sites_end = .;
		*(.rodata .rodata.[!k]* .rodata.k[!s]*)
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
		*(.data .data.*)
		. = ALIGN(4096);
	} :data
	kernel_data_end = .;
	kernel_bss_start = .;
	.bss (NOLOAD) : LOAD(.bss) {
		*(.bss .bss.* COMMON)
		. = ALIGN(4096);
	} :data
	kernel_bss_end = .;
	kernel_image_end = .;
	kernel_image_size = kernel_image_end - kernel_image_start;
	pvh_entry = pvh_start - ARCH_KERNEL_BASE + X86_IMAGE_PHYS;
	/DISCARD/ : { *(.note.GNU*) *(.note.gnu*) *(.eh_frame*) *(.comment) *(.interp) *(.dynamic) }
}
ASSERT(kernel_image_size <= 0x1000000, "the early page tables of boot/head.S reach 16 MiB")
