/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generic timer's virtual timer as this CPU's one-shot.
 * Its interrupt is level triggered, so it is switched off before it is handled. */
#include <arch/time.h>
#include <tessera/irq/irq.h>
#include <tessera/log/log.h>
#include <tessera/time/time.h>
#include <asm/gic.h>
#include "arm.h"

enum { TIMER_ENABLE = 1, TIMER_VIRTUAL = 2 /* index in "interrupts" */ };
static unsigned timer_intid;
static uint64_t timer_hz;

uint64_t arch_counter_hz(void)
{
	uint32_t cell;
	int node;

	if (timer_hz == 0) {
		timer_hz = sysreg_read(cntfrq_el0);
		node = fdt_next_enabled(&arm_fdt, -1, "arm,armv8-timer");
		if (node >= 0 && fdt_prop_u32(&arm_fdt, node, "clock-frequency", &cell) == 0)
			timer_hz = cell; /* says so because the firmware left the register wrong */
		if (timer_hz < 1000000 || timer_hz > 10000000000ULL)
			boot_fail("timer frequency of %llu Hz makes no sense",
				  (unsigned long long)timer_hz);
	}
	return timer_hz;
}

void arch_timer_arm(uint64_t counter)
{
	sysreg_write(cntv_cval_el0, counter);
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
	__asm__ volatile("isb" : : : "memory");
}

void arch_timer_disarm(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	__asm__ volatile("isb" : : : "memory");
}

bool arm_timer_irq(unsigned intid)
{
	if (intid != timer_intid)
		return false;
	arch_timer_disarm();
	timer_interrupt();
	return true;
}

void arm_timer_init(void)
{
	int node = fdt_next_enabled(&arm_fdt, -1, "arm,armv8-timer");
	unsigned flags;

	if (node < 0)
		boot_fail("no arm,armv8-timer in the device tree");
	timer_intid = arm_fdt_irq(node, TIMER_VIRTUAL, &flags);
	if (timer_intid < 16 || timer_intid > 31)
		boot_fail("the device tree gives the virtual timer no interrupt of its cpu");
}

void arm_timer_init_cpu(void)
{
	gic_enable_percpu(timer_intid);
}
