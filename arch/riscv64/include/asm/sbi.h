/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of the supervisor binary interface (RISC-V SBI 1.0). */
#ifndef ASM_SBI_H
#define ASM_SBI_H
#include <tessera/lib/types.h>

struct sbi_ret {
	long error, value;
};
struct sbi_ret sbi_call(unsigned long ext, unsigned long fn, unsigned long a0, unsigned long a1,
			unsigned long a2);
void sbi_probe(void);	       /* read version and extensions; boot CPU, once */
void sbi_console_putc(char c); /* legacy extension 1: works before sbi_probe() */
void sbi_timer_set(uint64_t counter);
int sbi_send_ipi(unsigned long mask, unsigned long base); /* bit i: hart base + i */
int sbi_remote_fence_i(
	unsigned long mask,
	unsigned long base); /* returns when they have executed fence.i; any context */
int sbi_hart_start(unsigned long hart, paddr_t entry, unsigned long arg);
void sbi_system_reset(unsigned type); /* SBI_SHUTDOWN, SBI_COLD_REBOOT; returns if not supported */
bool sbi_has_smp(void);		      /* other harts can be started, signalled and fenced */
const char *sbi_describe(void);	      /* implementation and version, one line */

enum { SBI_SHUTDOWN = 0, SBI_COLD_REBOOT = 1 };
#endif
