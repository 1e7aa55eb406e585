/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: clock and one-shot timer of this CPU. */
#ifndef ARCH_TIME_H
#define ARCH_TIME_H
#include <tessera/lib/types.h>
static inline uint64_t arch_counter(void);		/* free running, same on all CPUs */
uint64_t arch_counter_hz(void);
void arch_timer_arm(uint64_t counter);			/* fire when arch_counter() >= counter; past: at once */
void arch_timer_disarm(void);
#include <asm/time.h>
#endif
