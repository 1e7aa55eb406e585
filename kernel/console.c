/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial console: raw output for the log and for programs, and a ring of received bytes. */
#include <arch/debug.h>
#include <arch/irq.h>
#include <tessera/console/console.h>
#include <tessera/sync/spinlock.h>
#include <tessera/sync/waitq.h>
#include "kernel.h"

enum { RX_SIZE = 1024 };		/* a power of two */

static struct console *console;		/* published once; NULL: the port's early output */
static uint32_t out_lock;		/* CPU number + 1 of the writer; atomic. Not a spinlock: panic must get past it */
static struct spinlock rx_lock = SPINLOCK_INIT(RANK_LOG);
static char rx_ring[RX_SIZE];		/* by rx_lock */
static uint32_t rx_head, rx_tail;	/* by rx_lock: bytes written, read */
struct waitq console_rx_waiters = WAITQ_INIT(console_rx_waiters);

static void out_char(struct console *c, char ch)
{
	if (c)
		c->putc(c, ch);
	else
		arch_early_putc(ch);
}

/** Own the output; false: this CPU has it already (a fault inside of it), or a panic goes first. Interrupts off. */
static bool out_acquire(void)
{
	uint32_t me = cpu_id() + 1, zero = 0;

	while (!__atomic_compare_exchange_n(&out_lock, &zero, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (zero == me || panic_in_progress())
			return false;
		zero = 0;
		arch_cpu_relax();
	}
	return true;
}

static size_t write_bytes(const char *buf, size_t n, bool raw)
{
	uintptr_t irq = arch_irq_save();
	bool owned = out_acquire();
	struct console *c = __atomic_load_n(&console, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < n; i++) {
		if (buf[i] == '\n' && !raw)
			out_char(c, '\r');
		out_char(c, buf[i]);
	}
	if (owned)
		__atomic_store_n(&out_lock, 0, __ATOMIC_RELEASE);
	arch_irq_restore(irq);
	return n;
}

size_t console_write(const char *buf, size_t n)
{
	return write_bytes(buf, n, false);
}

size_t console_write_raw(const char *buf, size_t n)
{
	return write_bytes(buf, n, true);
}

void console_register(struct console *c)
{
	__atomic_store_n(&console, c, __ATOMIC_RELEASE);
	if (c->irq_enable)
		c->irq_enable(c, true);
	log_info("console: %s", c->name);
}

void console_rx(int ch)
{
	uintptr_t irq;

	if (ch < 0)
		return;
	irq = spin_lock_irqsave(&rx_lock);
	if (rx_head - rx_tail < RX_SIZE)	/* full: the newest are lost, as a serial line does */
		rx_ring[rx_head++ % RX_SIZE] = (char)ch;
	spin_unlock_irqrestore(&rx_lock, irq);
	waitq_wake_all(&console_rx_waiters);
}

size_t console_read(char *buf, size_t n)
{
	uintptr_t irq = spin_lock_irqsave(&rx_lock);
	struct console *c = __atomic_load_n(&console, __ATOMIC_ACQUIRE);
	size_t done = 0;

	while (done < n && rx_tail != rx_head)
		buf[done++] = rx_ring[rx_tail++ % RX_SIZE];
	/* a driver without a receive interrupt is polled */
	if (c && !c->irq_enable && c->getc)
		for (int ch; done < n && (ch = c->getc(c)) >= 0;)
			buf[done++] = (char)ch;
	spin_unlock_irqrestore(&rx_lock, irq);
	return done;
}

static bool rx_any(void)
{
	uintptr_t irq = spin_lock_irqsave(&rx_lock);
	bool any = rx_head != rx_tail;

	spin_unlock_irqrestore(&rx_lock, irq);
	return any;
}

void console_wait(void)
{
	wait_event(&console_rx_waiters, rx_any());
}
