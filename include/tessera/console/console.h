/* SPDX-License-Identifier: BSD-2-Clause */
/* Serial console (kernel/console.c); UART drivers in drivers/serial register here. */
#ifndef TESSERA_CONSOLE_H
#define TESSERA_CONSOLE_H
#include <tessera/lib/types.h>
struct console {
	const char *name;
	void (*putc)(struct console *c, char ch);	/* polled, any context */
	int  (*getc)(struct console *c);		/* -1: nothing */
	void (*irq_enable)(struct console *c, bool rx);	/* receive interrupt on/off */
	void *priv;
};
void console_register(struct console *c);	/* replaces arch_early_putc for the log */
void console_rx(int ch);			/* up-call of the driver's interrupt handler, per character */
size_t console_write(const char *buf, size_t n);	/* text, not through the log ring: a carriage return before each newline */
size_t console_write_raw(const char *buf, size_t n);	/* the bytes as they are */
extern struct waitq console_rx_waiters;	/* woken when bytes arrive */
size_t console_read(char *buf, size_t n);		/* what was received; does not wait */
void console_wait(void);	/* sleep until there is something to read */
#endif
