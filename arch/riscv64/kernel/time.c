/* SPDX-License-Identifier: BSD-2-Clause */
/* One-shot timer: stimecmp where the harts have Sstc, else the firmware's (an SBI call costs some
 * 250 instructions). */
#include <arch/cpu.h>
#include <arch/time.h>
#include <asm/sbi.h>
#include <tessera/log/log.h>
#include "riscv.h"

static uint64_t timebase_hz;

void riscv_time_init(uint64_t hz)
{
	if (hz < 1000 || hz > 10000000000ull)
		boot_fail("device tree: timebase-frequency %lu Hz is missing or not usable", hz);
	timebase_hz = hz;
}

uint64_t arch_counter_hz(void)
{
	return timebase_hz;
}

void arch_timer_arm(uint64_t counter)
{
	if (riscv_features & RISCV_SSTC)
		csr_write(CSR_STIMECMP, counter);
	else
		sbi_timer_set(counter);
	csr_set(sie, SIE_STIE);
}

/* Masking is enough, and needs no firmware: a pending timer interrupt is gone when the timer is
 * armed again. */
void arch_timer_disarm(void)
{
	csr_clear(sie, SIE_STIE);
}
