/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatted text. Conversions d i u x X o c s p %, flags - 0 + space #, width and precision (also *), lengths hh h l ll z t j.
 * No floating point, no %n, no positional arguments: a conversion that is not known is copied as it stands.
 */
#ifndef TESSERA_LIB_PRINTF_H
#define TESSERA_LIB_PRINTF_H
#include <tessera/lib/types.h>

/** Takes @n bytes of the text. */
typedef void fmt_sink(void *arg, const char *text, size_t n);

/** Format to @sink(@arg, ...) piece by piece; no buffer, any context. Returns the number of bytes. */
int fmt_write(fmt_sink *sink, void *arg, const char *fmt, va_list ap) __printf(3, 0);
/** Format into @buf of @size bytes, always terminated when @size is not 0. Returns the length that the whole text has. */
int vsnprintf(char *restrict buf, size_t size, const char *restrict fmt, va_list ap) __printf(3, 0);
int snprintf(char *restrict buf, size_t size, const char *restrict fmt, ...) __printf(3, 4);
/** As snprintf, but returns the length of what is in @buf. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
#endif
