/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: from the vector to the controller that was found, and from there to the up-calls. */
#include <arch/trap.h>
#include <asm/boot.h>
#include <asm/gic.h>
#include <tessera/irq/irq.h>
#include <tessera/smp/smp.h>

static const struct gic_ops *gic; /* set once, before interrupts are on */

void gic_install(const struct gic_ops *ops)
{
	gic = ops;
}

void gic_handle(unsigned intid)
{
	if (intid < GIC_SGIS)
		ipi_receive(intid);
	else if (!arm_timer_irq(intid))
		irq_dispatch(intid);
}

void arch_irq_dispatch(void)
{
	gic->dispatch();
}

void gic_init_cpu(unsigned cpu)
{
	gic->init_cpu(cpu);
}

void gic_enable_percpu(unsigned intid)
{
	gic->enable_percpu(intid);
}

void gic_send_sgi(uint64_t mask, unsigned n)
{
	if (gic && mask)
		gic->send_sgi(mask, n);
}
