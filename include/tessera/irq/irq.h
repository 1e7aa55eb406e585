/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines (kernel/irq.c). One root controller per machine (GIC, PLIC, APLIC, IO-APIC): a line number is the controller's own
 * input number (GIC INTID, PLIC source, GSI). Controller drivers live in drivers/irqchip.
 */
#ifndef TESSERA_IRQ_H
#define TESSERA_IRQ_H
#include <tessera/lib/types.h>
enum { IRQ_EDGE = 1, IRQ_LEVEL = 2, IRQ_ACTIVE_LOW = 4 };
struct irqchip {
	const char *name;
	unsigned nr_lines;
	void (*mask)(unsigned line);
	void (*unmask)(unsigned line);
	int  (*set_type)(unsigned line, unsigned flags);
	int  (*set_affinity)(unsigned line, unsigned cpu);
};
void irq_set_root(const struct irqchip *chip);
/* Handler runs with interrupts off; returns nothing. The controller ends the interrupt after it (arch_irq_dispatch). */
int  irq_request(unsigned line, unsigned flags, void (*handler)(unsigned line, void *arg), void *arg, const char *name);
void irq_release(unsigned line);
void irq_mask(unsigned line);
void irq_unmask(unsigned line);
void irq_dispatch(unsigned line);	/* from arch_irq_dispatch(), interrupts off */
#endif
