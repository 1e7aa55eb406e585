/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the port and drivers/irqchip/{lapic,ioapic}.c: vectors, the local APIC of each CPU, the I/O APICs. */
#ifndef ASM_APIC_H
#define ASM_APIC_H
#include <tessera/fw/acpi.h>

enum {
	VEC_LINE0 = 0x30, /* line (GSI) n has vector VEC_LINE0 + n */
	VEC_LINES = 0xb0,
	VEC_IPI0 = 0xe0, /* IPI n of arch_ipi_send() */
	VEC_TIMER = 0xf0,
	VEC_ERROR = 0xfe,
	VEC_SPURIOUS = 0xff,
};

/** Find and map the boot CPU's local APIC. @base: physical address as the MADT says. Boot CPU, once, after mm. Panics without one. */
void lapic_init(paddr_t base);
/** Set this CPU's local APIC up: all lines masked, enabled, ready for IPIs. Interrupts off. */
void lapic_init_cpu(void);
uint32_t lapic_id(void);
/** End of interrupt. */
void lapic_eoi(void);
/** One fixed interrupt to one CPU. Interrupts off. */
void lapic_send(uint32_t apic_id, unsigned vector);
/** INIT, STARTUP at physical @page << 12, NMI to one CPU. Interrupts off. */
void lapic_send_init(uint32_t apic_id);
void lapic_send_startup(uint32_t apic_id, unsigned page);
void lapic_send_nmi(uint32_t apic_id);
/** One-shot timer: interrupt VEC_TIMER after @ticks of the APIC's clock (0: stop). */
void lapic_timer_set(uint32_t ticks);
uint32_t lapic_timer_read(void);
/** With TSC deadline: compare the timer with the time stamp counter from now on. */
void lapic_timer_use_deadline(void);
/** Error status, for the log; clears it. */
uint32_t lapic_error(void);
const char *lapic_describe(void);

/** Map and mask all I/O APICs of @info and register them as root controller. 0 or -errno (no I/O APIC: -ENODEV). Boot CPU. */
int ioapic_init(const struct acpi_info *info);
/** Line of ISA interrupt @irq and its enum irq flags. */
unsigned ioapic_isa_line(const struct acpi_info *info, unsigned irq, unsigned *flags);
#endif
