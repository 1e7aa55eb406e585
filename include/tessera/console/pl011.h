/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm PrimeCell serial port (drivers/serial/pl011.c). The port finds the device and maps it; the
 * firmware has set its speed.
 */
#ifndef TESSERA_CONSOLE_PL011_H
#define TESSERA_CONSOLE_PL011_H
#include <tessera/console/console.h>

enum { PL011_SIZE = 0x48 }; /* registers that are used */
struct pl011 {
	struct console con; /* filled by pl011_register() */
	uintptr_t base;	    /* mapped registers */
	unsigned irq;	    /* line, 0: none, input is polled */
	unsigned irq_flags; /* IRQ_* */
};

/** Send one character, polled; waits a bounded time for room. Any context. */
void pl011_putc(uintptr_t base, char c);
/**
 * Make @u the console. 0, or -errno of the interrupt (output works anyway). Boot CPU, after
 * irq_set_root().
 */
int pl011_register(struct pl011 *u);
#endif
