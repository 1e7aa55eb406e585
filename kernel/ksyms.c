/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols of the kernel's own functions, from the table that scripts/link-kernel adds. */
#include <arch/boot.h>
#include "kernel.h"

extern const uint32_t ksyms_count __attribute__((weak));
extern const uint32_t ksyms_addrs[] __attribute__((weak));
extern const uint32_t ksyms_names_off[] __attribute__((weak));
extern const char ksyms_names[] __attribute__((weak));

const char *ksyms_lookup(uintptr_t pc, uintptr_t *off)
{
	const uint32_t *count = &ksyms_count;
	uint32_t lo = 0, hi, rel;

	__asm__("" : "+r"(count));	/* the compiler must not take the weak symbol for defined */
	if (!count || *count == 0)
		return NULL;
	if (pc < (uintptr_t)kernel_text_start || pc >= (uintptr_t)kernel_text_end)
		return NULL;
	rel = (uint32_t)(pc - (uintptr_t)kernel_image_start);
	hi = *count;
	while (hi - lo > 1) {		/* addrs[lo] <= rel < addrs[hi] */
		uint32_t mid = lo + (hi - lo) / 2;

		if (ksyms_addrs[mid] <= rel)
			lo = mid;
		else
			hi = mid;
	}
	if (ksyms_addrs[lo] > rel)
		return NULL;
	*off = rel - ksyms_addrs[lo];
	return ksyms_names + ksyms_names_off[lo];
}
