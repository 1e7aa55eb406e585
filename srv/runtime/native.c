/* SPDX-License-Identifier: BSD-2-Clause */
/* Begin and end of a native program; its text output. */
#include <srv/native.h>
#include <tessera/lib/printf.h>
#include "native_private.h"

enum { LINE = 240 };

void native_begin(const struct call_start *start)
{
	(void)call_process_exit(native_main((const char *)(uintptr_t)start->arg));
	__builtin_trap();
}

void native_log(int level, const char *fmt, ...)
{
	char line[LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= LINE)
		n = LINE - 1;
	(void)call_log_write(level, (int64_t)(intptr_t)line, n);
}

void native_print(const char *fmt, ...)
{
	char line[LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= LINE)
		n = LINE - 1;
	(void)call_console_write((int64_t)(intptr_t)line, n);
}
