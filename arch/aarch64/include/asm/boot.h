/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private to the port: boot tables, start of CPUs, and the pieces that arch_boot_early() and
 * arch_boot_late() put together.
 */
#ifndef ASM_BOOT_H
#define ASM_BOOT_H
#include <tessera/fw/fdt.h>
#include <tessera/lib/types.h>
#include <tessera/mm/prot.h>

extern char boot_tables_start[]; /* linker: end part of .bss, not cleared a second time */
extern bool arm_boot_el2;	 /* the loader started us in EL2 */

/** A device tree at @fdt can be mapped: aligned, not zero, inside the direct map. */
static inline bool fdt_in_reach(paddr_t fdt)
{
	return fdt != 0 && fdt % 8 == 0 && fdt < 0x3fffff000000UL;
}

/* What a started CPU finds; read with the MMU off */
struct arm_start {
	uint64_t ttbr1, thread, sp;
};

/** Build the boot tables; MMU off. Returns the physical root for TTBR1. */
uint64_t early_map(paddr_t fdt, paddr_t image, bool el2);
/**
 * Add a mapping to the boot tables (page granular; what is mapped stays). False: no table left.
 * Boot CPU, until mm's tables are loaded.
 */
bool boot_map(vaddr_t va, paddr_t pa, uint64_t size, unsigned prot, enum mem_type mt);
/** Physical address of the kernel half's root of the boot tables. */
paddr_t boot_root_phys(void);

__noreturn void arm_boot_start(paddr_t fdt);
extern struct fdt arm_fdt; /* the device tree, open from arch_boot_early() on */
__noreturn void arm_secondary_start(void);
/** Device tree node of the console port, or -errno; *@base: where it is mapped, 0: it is not. */
int arm_console_node(uintptr_t *base);
void secondary_entry(void); /* head.S */

/* PSCI firmware (kernel/psci.c); from the device tree */
bool psci_init(void);
int psci_cpu_on(uint64_t mpidr, paddr_t entry, uint64_t context);

/* Timer interrupt (kernel/timer.c) */
void arm_timer_init(void); /* from the device tree; boot CPU */
void arm_timer_init_cpu(void);
bool arm_timer_irq(unsigned intid); /* handles it if it is the timer's */
/**
 * INTID of the @index-th interrupt of @node (3-cell GIC binding), or 0 if it has none. *flags:
 * IRQ_* of <tessera/irq/irq.h>.
 */
unsigned arm_fdt_irq(int node, unsigned index, unsigned *flags);

#endif
