/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arm PrimeCell UART (PL011 technical reference manual, DDI 0183): console output polled, input
 * by interrupt.
 */
#include <arch/cpu.h>
#include <arch/io.h>
#include <tessera/console/pl011.h>
#include <tessera/irq/irq.h>

enum {
	UART_DR = 0x00,
	UART_FR = 0x18,
	UART_LCR_H = 0x2c,
	UART_CR = 0x30,
	UART_IFLS = 0x34,
	UART_IMSC = 0x38,
	UART_ICR = 0x44,
	DR_ERRORS = 0xf00,
	FR_RX_EMPTY = 0x10,
	FR_TX_FULL = 0x20,
	LCR_FIFO = 0x10,
	CR_ENABLE = 0x001,
	CR_TX = 0x100,
	CR_RX = 0x200,
	INT_RX = 0x10,
	INT_RX_TIMEOUT = 0x40,
	INT_ALL = 0x7ff,
	TX_SPINS = 1000000, /* some 100 ms at most; a character takes 87 us at 115200 baud */
	RX_BATCH = 256,
};

static uint32_t reg_read(uintptr_t base, unsigned reg)
{
	return io_read32((const volatile void *)(base + reg));
}

static void reg_write(uintptr_t base, unsigned reg, uint32_t v)
{
	io_write32((volatile void *)(base + reg), v);
}

void pl011_putc(uintptr_t base, char c)
{
	for (unsigned i = 0; i < TX_SPINS && (reg_read(base, UART_FR) & FR_TX_FULL); i++)
		arch_cpu_relax();
	reg_write(base, UART_DR, (uint8_t)c);
}

static void con_putc(struct console *c, char ch)
{
	const struct pl011 *u = c->priv;

	pl011_putc(u->base, ch);
}

static int con_getc(struct console *c)
{
	const struct pl011 *u = c->priv;
	uint32_t v;

	while (!(reg_read(u->base, UART_FR) & FR_RX_EMPTY)) {
		v = reg_read(u->base, UART_DR);
		if (!(v & DR_ERRORS)) /* break, framing and parity errors are dropped */
			return (int)(v & 0xff);
	}
	return -1;
}

static void con_irq_enable(struct console *c, bool rx)
{
	const struct pl011 *u = c->priv;

	reg_write(u->base, UART_IMSC, rx ? INT_RX | INT_RX_TIMEOUT : 0);
}

static void interrupt(unsigned line, void *arg)
{
	struct pl011 *u = arg;
	int ch;

	(void)line;
	reg_write(u->base, UART_ICR, INT_RX | INT_RX_TIMEOUT);
	/*
	 * bounded: a port that always has data must not hold the CPU; a level-triggered line
	 * comes back
	 */
	for (unsigned i = 0; i < RX_BATCH && (ch = con_getc(&u->con)) >= 0; i++)
		console_rx(ch);
}

int pl011_register(struct pl011 *u)
{
	int err = 0;

	u->con.name = "pl011";
	u->con.putc = con_putc;
	u->con.getc = con_getc;
	u->con.priv = u;
	reg_write(u->base, UART_IMSC, 0);
	reg_write(u->base, UART_ICR, INT_ALL);
	reg_write(u->base, UART_IFLS,
		  0); /* receive interrupt at 1/8; the time-out covers single characters */
	reg_write(u->base, UART_LCR_H, reg_read(u->base, UART_LCR_H) | LCR_FIFO);
	reg_write(u->base, UART_CR, reg_read(u->base, UART_CR) | CR_ENABLE | CR_TX | CR_RX);
	if (u->irq) {
		err = irq_request(u->irq, u->irq_flags, interrupt, u, "pl011");
		if (!err)
			u->con.irq_enable = con_irq_enable;
	}
	console_register(&u->con);
	return err;
}
