/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 16550 serial port (National Semiconductor PC16550D data sheet, and the compatible cells of SoCs): console output polled, input
 * by interrupt.
 */
#include <arch/cpu.h>
#include <arch/io.h>
#include <tessera/console/ns16550.h>
#include <tessera/irq/irq.h>
#include <tessera/lib/errno.h>
#include <tessera/log/log.h>

enum {
	UART_DATA = 0,
	UART_IER = 1,
	UART_FCR = 2,
	UART_IIR = 2,
	UART_LCR = 3,
	UART_MCR = 4,
	UART_LSR = 5,
	UART_SCR = 7,
	IER_RX = 1,
	FCR_ENABLE = 1,
	FCR_CLEAR_RX = 2,
	FCR_CLEAR_TX = 4,
	FCR_TRIGGER_1 = 0,
	LCR_8N1 = 3,
	LCR_DLAB = 0x80,
	MCR_DTR = 1,
	MCR_RTS = 2,
	MCR_OUT2 = 8, /* OUT2 gates the interrupt on PCs */
	LSR_DATA = 1,
	LSR_THR_EMPTY = 0x20,
	TX_SPINS = 1000000, /* some 100 ms at most; a character takes 87 us at 115200 baud */
	RX_BATCH = 256,
};

uint8_t ns16550_mem_read(const struct ns16550 *u, unsigned reg)
{
	const volatile void *p =
		(const volatile void *)(u->base + ((uintptr_t)reg << u->reg_shift));

	return u->reg_width == 4 ? (uint8_t)io_read32(p) : io_read8(p);
}

void ns16550_mem_write(const struct ns16550 *u, unsigned reg, uint8_t v)
{
	volatile void *p = (volatile void *)(u->base + ((uintptr_t)reg << u->reg_shift));

	if (u->reg_width == 4)
		io_write32(p, v);
	else
		io_write8(p, v);
}

void ns16550_putc(const struct ns16550 *u, char c)
{
	for (unsigned i = 0; i < TX_SPINS && !(u->read(u, UART_LSR) & LSR_THR_EMPTY); i++)
		arch_cpu_relax();
	u->write(u, UART_DATA, (uint8_t)c);
}

static void con_putc(struct console *c, char ch)
{
	ns16550_putc(c->priv, ch);
}

static int con_getc(struct console *c)
{
	const struct ns16550 *u = c->priv;

	return u->read(u, UART_LSR) & LSR_DATA ? u->read(u, UART_DATA) : -1;
}

static void con_irq_enable(struct console *c, bool rx)
{
	struct ns16550 *u = c->priv;

	u->ier = rx ? IER_RX : 0;
	u->write(u, UART_IER, u->ier);
}

static void interrupt(unsigned line, void *arg)
{
	struct ns16550 *u = arg;
	int ch;

	(void)line;
	(void)u->read(u, UART_IIR);
	/* bounded: a port that always has data must not hold the CPU; a level-triggered line comes back */
	for (unsigned i = 0; i < RX_BATCH && (ch = con_getc(&u->con)) >= 0; i++)
		console_rx(ch);
}

/* A register that keeps what is written tells a port from an empty bus. */
static bool answers(const struct ns16550 *u)
{
	u->write(u, UART_SCR, 0x5a);
	if (u->read(u, UART_SCR) != 0x5a)
		return false;
	u->write(u, UART_SCR, 0xa5);
	return u->read(u, UART_SCR) == 0xa5;
}

static void set_speed(const struct ns16550 *u)
{
	uint32_t div = (u->clock_hz + u->baud * 8) / (u->baud * 16);

	if (div < 1 || div > 0xffff)
		return;
	u->write(u, UART_LCR, LCR_DLAB | LCR_8N1);
	u->write(u, UART_DATA, (uint8_t)div);
	u->write(u, UART_IER, (uint8_t)(div >> 8));
}

int ns16550_register(struct ns16550 *u)
{
	int err;

	if (!answers(u))
		return -ENODEV;
	u->write(u, UART_IER, 0);
	if (u->clock_hz && u->baud && u->baud <= u->clock_hz / 16)
		set_speed(u);
	u->write(u, UART_LCR, LCR_8N1);
	u->write(u, UART_FCR, FCR_ENABLE | FCR_CLEAR_RX | FCR_CLEAR_TX | FCR_TRIGGER_1);
	u->write(u, UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
	u->con.name = "ns16550";
	u->con.putc = con_putc;
	u->con.getc = con_getc;
	u->con.priv = u;
	err = u->irq < 0 ? 0 : irq_request((unsigned)u->irq, u->irq_flags, interrupt, u, "ns16550");
	if (u->irq >= 0 && !err)
		u->con.irq_enable = con_irq_enable; /* else input is polled */
	console_register(&u->con);
	if (err)
		log_warn("ns16550: no interrupt line %d: error %d", u->irq, err);
	return err;
}
