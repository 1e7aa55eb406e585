/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel log with levels, and panic. Implemented in kernel/log.c, kernel/panic.c; usable from any context, any level of the tree. */
#ifndef TESSERA_LOG_H
#define TESSERA_LOG_H
#include <stdarg.h>
#include <tessera/lib/types.h>
enum log_level { LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR, LOG_WARN, LOG_NOTICE, LOG_INFO, LOG_DEBUG };
void log_write(enum log_level level, const char *fmt, ...) __printf(2, 3);
void log_vwrite(enum log_level level, const char *fmt, va_list ap);
/* Copy log text (lines "<level>[seconds cpu] text") from position *pos on, which then is behind what was copied; returns bytes.
 * A position that has been overwritten moves to the oldest byte. n at most some KiB: interrupts are off meanwhile. */
size_t log_read(uint64_t *pos, char *buf, size_t n);
uint64_t log_end_position(void);
#define log_err(...)	log_write(LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)	log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_write(LOG_DEBUG, __VA_ARGS__)
/* Prints "kernel panic: ...", CPU, thread, registers if in a trap, symbolised backtrace; stops other CPUs; then as 'panic=' says
 * (halt | poweroff | reboot; default halt). */
__noreturn void panic(const char *fmt, ...) __printf(1, 2);
/* For bad firmware or configuration, not bugs: prints "kernel panic: cannot boot: ..." with no backtrace, then the same. */
__noreturn void boot_fail(const char *fmt, ...) __printf(1, 2);
#define VERIFY(c) do { if (unlikely(!(c))) panic("verify failed: %s (%s:%d)", #c, __FILE__, __LINE__); } while (0)
#define ASSERT(c) do {									\
	if (IS_ENABLED(CONFIG_DEBUG_ASSERT) && unlikely(!(c)))				\
		panic("assert failed: %s (%s:%d)", #c, __FILE__, __LINE__);		\
} while (0)
#endif
