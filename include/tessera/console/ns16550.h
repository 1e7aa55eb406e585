/* SPDX-License-Identifier: BSD-2-Clause */
/* 16550-compatible serial ports (drivers/serial/ns16550.c). The port says where the registers are and how they are accessed. */
#ifndef TESSERA_NS16550_H
#define TESSERA_NS16550_H
#include <tessera/console/console.h>

struct ns16550 {
	/* set by the port of the architecture */
	uint8_t (*read)(const struct ns16550 *u, unsigned reg);
	void (*write)(const struct ns16550 *u, unsigned reg, uint8_t v);
	uintptr_t base;	    /* virtual address, or I/O port */
	unsigned reg_shift; /* log2 of the distance of registers */
	unsigned reg_width; /* memory only: bytes per access, 1 or 4 */
	uint32_t clock_hz;  /* input clock; 0: leave the speed as the firmware set it */
	uint32_t baud;	    /* with clock_hz */
	int irq;	    /* interrupt line, -1: none */
	unsigned irq_flags; /* enum of <tessera/irq/irq.h> */

	/* the driver's */
	struct console con;
	uint8_t ier;
};

/** Accessors for registers in memory; @u->base is mapped as device memory. Any context. */
uint8_t ns16550_mem_read(const struct ns16550 *u, unsigned reg);
void ns16550_mem_write(const struct ns16550 *u, unsigned reg, uint8_t v);

/**
 * Set the port up (8N1, FIFOs, no interrupts), make it the console and request its interrupt line. @u stays in use.
 * Context: boot CPU, after the interrupt controller. 0, -ENODEV if nothing answers there, or -errno of irq_request(): the
 * console then works without input interrupts.
 */
int ns16550_register(struct ns16550 *u);
/** Write one character, polled; gives up when the transmitter does not get ready. Any context, before registration too. */
void ns16550_putc(const struct ns16550 *u, char c);
#endif
