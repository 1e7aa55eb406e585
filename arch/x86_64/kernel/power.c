/* SPDX-License-Identifier: BSD-2-Clause */
/* Power off by ACPI S5 (PM1 control, or the sleep control register of hardware-reduced machines); reset by ACPI, then by older ways. */
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/power.h>
#include <arch/time.h>
#include <asm/port.h>
#include <tessera/log/log.h>
#include "x86.h"

enum {
	PM1_SLP_TYP_SHIFT = 10,
	PM1_SLP_EN = 1 << 13,
	PM1_KEEP = 0x0203, /* SCI_EN, BM_RLD, and bit 9, which is ignored */
	SLEEP_TYP_SHIFT = 2,
	SLEEP_EN = 0x20,
	SLEEP_WAK_STS = 0x80,
	KBD_STATUS = 0x64,
	KBD_RESET = 0xfe,
	PORT_CF9 = 0xcf9,
};

/* Registers that the machine's firmware named, mapped by arch_boot_late(): no memory is needed at the end. */
volatile void *x86_sleep_control, *x86_sleep_status, *x86_reset_reg;

static void reg_write(const struct acpi_reg *r, volatile void *mapped, uint8_t v)
{
	if (r->space == ACPI_SPACE_IO && r->addr <= UINT16_MAX)
		port_write8((uint16_t)r->addr, v);
	else if (mapped)
		io_write8(mapped, v);
}

static void wait_ms(unsigned ms)
{
	uint64_t end = arch_counter() + arch_counter_hz() / 1000 * ms;

	while (arch_counter() < end)
		arch_cpu_relax();
}

static void pm1_sleep(uint16_t port, uint8_t type)
{
	uint16_t v;

	if (!port)
		return;
	v = (uint16_t)((port_read16(port) & PM1_KEEP) | type << PM1_SLP_TYP_SHIFT);
	port_write16(port, v);
	port_write16(port, v | PM1_SLP_EN);
}

void arch_poweroff(void)
{
	arch_irq_disable();
	if (x86_has_acpi && x86_acpi.has_s5) {
		if (x86_acpi.hw_reduced && x86_acpi.sleep_control.bit_width) {
			reg_write(&x86_acpi.sleep_status, x86_sleep_status, SLEEP_WAK_STS);
			reg_write(&x86_acpi.sleep_control, x86_sleep_control,
				  (uint8_t)((x86_acpi.s5_a & 7) << SLEEP_TYP_SHIFT | SLEEP_EN));
		} else {
			pm1_sleep(x86_acpi.pm1a_cnt, x86_acpi.s5_a & 7);
			pm1_sleep(x86_acpi.pm1b_cnt, x86_acpi.s5_b & 7);
		}
		wait_ms(500);
	}
	log_err("power: the machine does not switch off");
	arch_cpu_halt();
}

void arch_reboot(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __packed none = {0, 0};

	arch_irq_disable();
	if (x86_has_acpi && x86_acpi.has_reset) {
		reg_write(&x86_acpi.reset_reg, x86_reset_reg, x86_acpi.reset_value);
		wait_ms(50);
	}
	for (unsigned i = 0; i < 1000 && (port_read8(KBD_STATUS) & 2); i++)
		arch_cpu_relax();
	port_write8(KBD_STATUS, KBD_RESET);
	wait_ms(50);
	port_write8(PORT_CF9, 0x02);
	port_write8(PORT_CF9, 0x06);
	wait_ms(50);
	/* no interrupt table: the next exception is a triple fault, which resets */
	__asm__ volatile("lidt %0\n\tint3" : : "m"(none) : "memory");
	arch_cpu_halt();
}
