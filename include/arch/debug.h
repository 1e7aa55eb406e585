/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: debugging. */
#ifndef ARCH_DEBUG_H
#define ARCH_DEBUG_H
#include <tessera/lib/types.h>
struct arch_regs;
void arch_early_putc(char c);		/* polled serial; works from arch_boot_early() on, and in panic */
/* Walk frame pointers from regs (or from the caller when NULL); cb gets each return address; at most max frames; never faults. */
void arch_backtrace(const struct arch_regs *regs, void (*cb)(uintptr_t pc, void *arg), void *arg, unsigned max);
#endif
