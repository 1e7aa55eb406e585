/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Porting contract: how the boot CPU reaches kernel_main(), and what the firmware said.
 * Entry state of kernel_main(): upper half, MMU and caches on with the port's boot tables (image mapped at
 * its link address, direct map covering at least the RAM that holds image, boot archive and device tree,
 * up to boot_info.early_limit), vectors installed, interrupts off, arch_current() == &boot_thread,
 * per-CPU offset of CPU 0 set, .bss cleared.
 */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H
#include <tessera/lib/types.h>

enum { BOOT_RANGES_MAX = 64, BOOT_CMDLINE_MAX = 2048, BOOT_SEED_MAX = 64 };

struct boot_range { paddr_t base; uint64_t size; };

/* Filled by arch_boot_early() from firmware (all of it hostile: checked, clamped, overlaps tolerated). */
struct boot_info {
	struct boot_range ram[BOOT_RANGES_MAX];		/* usable RAM, any order */
	struct boot_range reserved[BOOT_RANGES_MAX];	/* never allocate: image, archive, fdt, firmware */
	unsigned nr_ram, nr_reserved;
	struct boot_range archive;			/* boot archive (cpio newc); size 0: none */
	struct boot_range fdt;				/* device tree blob; size 0: none */
	paddr_t acpi_rsdp;				/* 0: none */
	paddr_t early_limit;				/* direct map reaches [ram base, early_limit) at entry */
	bool cmdline_truncated;
	size_t seed_len;
	uint8_t seed[BOOT_SEED_MAX];			/* firmware entropy */
	char cmdline[BOOT_CMDLINE_MAX];
};
extern struct boot_info boot_info;			/* defined by kernel/init */

extern paddr_t arch_image_phys;	/* defined by the port: physical address of kernel_image_start */

void arch_boot_early(void);	/* fill boot_info, make arch_early_putc work. Bad firmware data: panic() with a clear line */
void arch_boot_late(void);	/* after mm, before other CPUs: irqchip, timer, console drivers of the port */
void arch_cpu_init(void);	/* every CPU, early: control registers, feature detection; unsupported CPU: panic() */

/* up-calls, implemented in kernel/ */
__noreturn void kernel_main(void);			/* boot CPU */
__noreturn void secondary_main(void);			/* other CPUs, on their idle thread, interrupts off */

/* linker script symbols every port defines (page aligned section bounds, upper-half addresses) */
extern char kernel_image_start[], kernel_text_start[], kernel_text_end[], kernel_rodata_start[],
	kernel_rodata_end[], kernel_data_start[], kernel_data_end[], kernel_bss_start[], kernel_bss_end[],
	kernel_image_end[], percpu_start[], percpu_end[];
#endif
