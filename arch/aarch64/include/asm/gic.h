/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the port and its interrupt controller (drivers/irqchip/gicv2.c, gicv3.c): one of them
 * installs itself at boot.
 */
#ifndef ASM_GIC_H
#define ASM_GIC_H
#include <tessera/lib/types.h>

enum { GIC_SPI_FIRST = 32, GIC_LINES_MAX = 1020, GIC_PRIORITY = 0xa0, GIC_SGIS = 16 };

struct gic_ops {
	void (*init_cpu)(unsigned cpu);		     /* this CPU's part; interrupts off */
	void (*enable_percpu)(unsigned intid);	     /* SGI or PPI on this CPU */
	void (*send_sgi)(uint64_t mask, unsigned n); /* to logical CPUs; any context */
	void (*dispatch)(
		void); /* acknowledge, gic_handle(), end, until none is pending; interrupts off */
};

/** Look in the device tree and install. 0, -ENODEV none, -EINVAL, -ENOMEM. Boot CPU, after mm. */
int gicv2_probe(void);
int gicv3_probe(void);
void gic_install(const struct gic_ops *ops);
/** Hand an acknowledged interrupt on: IPI, timer or line. Interrupts off. */
void gic_handle(unsigned intid);

void gic_init_cpu(unsigned cpu);
void gic_enable_percpu(unsigned intid);
void gic_send_sgi(uint64_t mask, unsigned n);
#endif
