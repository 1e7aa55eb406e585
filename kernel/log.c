/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel log: a ring of text lines, each also written to the console if its level is urgent enough. Usable anywhere, from the first
 * line of kernel_main() to panic: the writer formats on its own stack, and the ring's lock is passed over by a panic and by a
 * fault inside of the log itself.
 */
#include <arch/irq.h>
#include <tessera/console/console.h>
#include <tessera/lib/printf.h>
#include <tessera/lib/string.h>
#include <tessera/percpu/percpu.h>
#include <tessera/time/time.h>
#include "kernel.h"

enum { LOG_SIZE = 65536, LOG_LINE = 320 };	/* size: a power of two */

/* read by scripts/gdb and the log service: bytes ever written, and the ring they are in */
char log_ring[LOG_SIZE];
uint64_t log_end;
static uint32_t log_lock;		/* CPU number + 1 of the writer; atomic */
static unsigned console_level = LOG_INFO;
static bool clock_runs;

void log_set_level(const char *value)
{
	uint64_t v = option_number(value, LOG_DEBUG + 1);

	if (v > LOG_DEBUG)
		log_warn("options: loglevel=%s: expected 0 (emergencies) to 7 (debug)", value);
	else
		console_level = (unsigned)v;
}

void log_start_clock(void)
{
	clock_runs = true;
}

/** Interrupts off. False: go on without the lock. */
static bool log_acquire(void)
{
	uint32_t me = cpu_id() + 1, zero = 0;

	while (!__atomic_compare_exchange_n(&log_lock, &zero, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (zero == me || panic_in_progress())
			return false;
		zero = 0;
		arch_cpu_relax();
	}
	return true;
}

static void ring_append(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		log_ring[(log_end + i) & (LOG_SIZE - 1)] = s[i];
	__atomic_store_n(&log_end, log_end + n, __ATOMIC_RELEASE);
}

void log_vwrite(enum log_level level, const char *fmt, va_list ap)
{
	char line[LOG_LINE];
	uint64_t us = clock_runs ? time_now_ns() / 1000 : 0;
	uintptr_t irq;
	bool owned;
	int head, body;
	size_t n;

	/* level as <n> in the ring only; then seconds and the CPU */
	head = snprintf(line, sizeof(line), "<%d>[%5llu.%06llu %u] ", (int)level, (unsigned long long)(us / 1000000),
			(unsigned long long)(us % 1000000), cpu_id());
	body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, fmt, ap);
	n = (size_t)head + (body < 0 ? 0 : (size_t)body);
	if (n > sizeof(line) - 2)
		n = sizeof(line) - 2;
	if (line[n - 1] != '\n')
		line[n++] = '\n';
	irq = arch_irq_save();
	owned = log_acquire();
	ring_append(line, n);
	if (owned)
		__atomic_store_n(&log_lock, 0, __ATOMIC_RELEASE);
	if (level <= console_level)
		console_write(line + 3, n - 3);
	arch_irq_restore(irq);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vwrite(level, fmt, ap);
	va_end(ap);
}

size_t log_read(uint64_t *pos, char *buf, size_t n)
{
	uintptr_t irq = arch_irq_save();
	bool owned = log_acquire();
	uint64_t start = *pos;
	size_t done;

	if (start > log_end)
		start = log_end;
	if (log_end - start > LOG_SIZE)
		start = log_end - LOG_SIZE;
	for (done = 0; done < n && start + done < log_end; done++)
		buf[done] = log_ring[(start + done) & (LOG_SIZE - 1)];
	*pos = start + done;
	if (owned)
		__atomic_store_n(&log_lock, 0, __ATOMIC_RELEASE);
	arch_irq_restore(irq);
	return done;
}

uint64_t log_end_position(void)
{
	return __atomic_load_n(&log_end, __ATOMIC_ACQUIRE);
}
