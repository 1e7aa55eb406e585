/* SPDX-License-Identifier: BSD-2-Clause */
/* The PC's first serial port: early output, then the 16550 driver. */
#include <arch/debug.h>
#include <asm/apic.h>
#include <asm/port.h>
#include <tessera/console/ns16550.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>
#include "x86.h"

enum { COM1 = 0x3f8, COM1_IRQ = 4, UART_CLOCK_HZ = 1843200, UART_BAUD = 115200 };

static uint8_t uart_read(const struct ns16550 *u, unsigned reg)
{
	return port_read8((uint16_t)(u->base + reg));
}

static void uart_write(const struct ns16550 *u, unsigned reg, uint8_t v)
{
	port_write8((uint16_t)(u->base + reg), v);
}

static struct ns16550 com1 = {
	.read = uart_read,
	.write = uart_write,
	.base = COM1,
	.clock_hz = UART_CLOCK_HZ,
	.baud = UART_BAUD,
	.irq = -1,
};

void arch_early_putc(char c)
{
	if (IS_ENABLED(CONFIG_NS16550))
		ns16550_putc(&com1, c);
	else
		port_write8(COM1, (uint8_t)c);
}

/** Make the port the console, if the machine has it. Boot CPU, after the interrupt controllers. */
void x86_console_init(void)
{
	if (!IS_ENABLED(CONFIG_NS16550))
		return;
	if (x86_has_acpi && x86_acpi.nr_ioapics)
		com1.irq = (int)ioapic_isa_line(&x86_acpi, COM1_IRQ, &com1.irq_flags);
	if (ns16550_register(&com1) == -ENODEV)
		log_warn("console: no serial port at %#x", COM1);
}
