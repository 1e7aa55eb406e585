/* SPDX-License-Identifier: BSD-2-Clause */
/* Undefined-behaviour sanitizer: lib/ubsan.c has the handlers that the compiler calls; the program supplies the report. */
#ifndef TESSERA_LIB_UBSAN_H
#define TESSERA_LIB_UBSAN_H
#include <tessera/lib/types.h>

/** Called once per finding with "file:line:column: what". Any context. In the kernel it logs or panics (kernel/panic.c). */
void ubsan_report(const char *what, ...) __printf(1, 2);
#endif
