/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI's static tables (ACPI 6.4 chapter 5), as far as a core needs them: CPUs, interrupt controllers, power off. The tables are
 * not believed. No AML interpreter: \_S5_ is found in the DSDT's bytes. Memory is reached through a callback; no allocation.
 */
#ifndef TESSERA_FW_ACPI_H
#define TESSERA_FW_ACPI_H
#include <tessera/lib/types.h>

enum { ACPI_CPUS_MAX = 256, ACPI_IOAPICS_MAX = 16, ACPI_OVERRIDES_MAX = 32, ACPI_NMIS_MAX = 16 };
enum { ACPI_TABLE_SIZE_MAX = 1 << 20, ACPI_TABLES_MAX = 128 };

enum acpi_space { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1 };
/** Generic address; width 0: register is not there. */
struct acpi_reg { uint64_t addr; uint8_t space /* enum acpi_space */, bit_width, bit_offset, access_size; };

struct acpi_cpu { uint32_t apic_id, uid; bool enabled, online_capable, x2apic; };
struct acpi_ioapic { paddr_t base; uint32_t gsi_base; uint8_t id; };
/** ISA interrupt @irq comes in on @gsi. */
struct acpi_override { uint32_t gsi; uint8_t irq; bool active_low, level; };
/** NMI on LINT0/1 of the CPU with @uid (UINT32_MAX: all). */
struct acpi_nmi { uint32_t uid; uint8_t lint; bool active_low, level; };

struct acpi_info {
	unsigned nr_cpus, nr_ioapics, nr_overrides, nr_nmis;
	unsigned nr_cpus_dropped;		/* beyond ACPI_CPUS_MAX */
	struct acpi_cpu cpus[ACPI_CPUS_MAX];
	struct acpi_ioapic ioapics[ACPI_IOAPICS_MAX];
	struct acpi_override overrides[ACPI_OVERRIDES_MAX];
	struct acpi_nmi nmis[ACPI_NMIS_MAX];
	paddr_t lapic_base;			/* 0: no MADT */
	bool has_madt, has_fadt, has_8259;	/* 8259 pair present, to be masked */
	bool hw_reduced;			/* no PM1 registers; sleep control and status instead */
	uint16_t pm1a_cnt, pm1b_cnt;		/* I/O ports, 0: none */
	uint32_t pm_timer_port;			/* 0: none */
	struct acpi_reg sleep_control, sleep_status;
	struct acpi_reg reset_reg;
	uint8_t reset_value;
	bool has_reset;
	bool has_s5;				/* \_S5_ found: */
	uint8_t s5_a, s5_b;			/* SLP_TYP values for pm1a and pm1b, or sleep_control */
	paddr_t hpet_base;			/* 0: none */
	paddr_t mcfg_base;			/* PCI configuration space of segment 0; 0: none */
	uint8_t mcfg_bus_first, mcfg_bus_last;
	const char *reason;			/* of the error, or of the first table that was skipped; NULL */
};

/** Readable memory of @size bytes at physical @pa, valid until the next call; NULL when it is not RAM or firmware memory. */
typedef const void *acpi_map_fn(paddr_t pa, size_t size);

/**
 * Read all tables from the RSDP at @rsdp. A bad table of its own is skipped (info->reason); 0, or -EINVAL when the RSDP or the
 * RSDT/XSDT is bad. Boot context; @info is large (not on the stack).
 */
int __must_check acpi_parse(paddr_t rsdp, acpi_map_fn *map, struct acpi_info *info);
/** Search [@start, @start + @size) for an RSDP on 16-byte boundaries (BIOS area). 0 when there is none. */
paddr_t acpi_find_rsdp(paddr_t start, size_t size, acpi_map_fn *map);
#endif
