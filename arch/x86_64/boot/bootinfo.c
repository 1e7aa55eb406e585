/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the loader and the firmware said: hvm_start_info (Xen's public/arch-x86/hvm/start_info.h), which has the memory map, command
 * line, modules (the first is the boot archive) and the RSDP; ACPI tables from there. All of it is checked before it is used.
 */
#include <arch/debug.h>
#include <arch/mmu.h>
#include <arch/thread.h>
#include <asm/apic.h>
#include <asm/port.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/mm/pgtable.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>
#include <tessera/thread/thread.h>
#include "../kernel/x86.h"

#define EARLY_LIMIT 0x100000000ull /* the boot tables' direct map */
enum {
	PVH_MAGIC = 0x336ec578,
	PVH_ENTRIES_MAX = 1024,
	LOW_MEMORY = 0x100000,
	BIOS_AREA = 0xe0000,
	E820_RAM = 1,
	E820_RESERVED = 2,
	E820_ACPI = 3,
	E820_NVS = 4,
	E820_UNUSABLE = 5,
	PIC1_DATA = 0x21,
	PIC2_DATA = 0xa1,
};

struct pvh_start_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modlist, cmdline, rsdp, memmap; /* memmap: version 1 and later */
	uint32_t memmap_entries, reserved;
};
struct pvh_module {
	uint64_t paddr, size, cmdline, reserved;
};
struct pvh_range {
	uint64_t addr, size;
	uint32_t type, reserved;
};

paddr_t arch_image_phys = X86_IMAGE_PHYS;
struct acpi_info x86_acpi;
bool x86_has_acpi;
extern volatile void *x86_sleep_control, *x86_sleep_status, *x86_reset_reg; /* kernel/power.c */

/** Set the boot CPU up for kernel_main(): tables, vectors, current. */
void x86_boot_setup(void)
{
	struct x86_pcpu *p;

	arch_set_percpu_offset(0);
	arch_set_current(&boot_thread);
	boot_thread.arch.stack_lo = (uintptr_t)boot_stack;
	boot_thread.arch.stack_hi = (uintptr_t)boot_stack_top;
	p = this_cpu_ptr(x86_pcpu);
	p->kernel_sp = (uintptr_t)boot_stack_top;
	x86_tables_init_cpu();
	this_cpu_ptr(x86_tables)->tss.rsp[0] = p->kernel_sp;
}

/* Loader or firmware memory in the boot direct map, NULL when it is elsewhere. */
static const void *early_map(paddr_t pa, size_t size)
{
	if (!pa || pa >= EARLY_LIMIT || size > EARLY_LIMIT - pa)
		return NULL;
	return (const void *)(ARCH_DIRECT_BASE + pa);
}

/* ACPI tables lie in RAM or in what the memory map calls reserved; anything else could be a device. */
static const void *acpi_map(paddr_t pa, size_t size)
{
	const struct pvh_start_info *si = early_map(x86_start_info, sizeof(*si));
	const struct pvh_range *map =
		si ? early_map(si->memmap, (size_t)si->memmap_entries * sizeof(*map)) : NULL;

	if (!early_map(pa, size))
		return NULL;
	if (pa >= BIOS_AREA && pa + size <= LOW_MEMORY)
		return early_map(pa, size);
	for (unsigned i = 0; map && i < si->memmap_entries; i++)
		if (map[i].type >= E820_RAM && map[i].type <= E820_NVS && pa >= map[i].addr &&
		    pa - map[i].addr <= map[i].size && size <= map[i].size - (pa - map[i].addr))
			return early_map(pa, size);
	return NULL;
}

static void add_range(struct boot_range *list, unsigned *n, uint64_t base, uint64_t size)
{
	if (!size || base + size < base)
		return;
	if (*n == BOOT_RANGES_MAX) {
		log_warn("pvh: more than %u memory ranges, one at %#lx is ignored", BOOT_RANGES_MAX,
			 base);
		return;
	}
	list[(*n)++] = (struct boot_range){base, size};
}

static void read_memmap(const struct pvh_start_info *si)
{
	const struct pvh_range *map;

	if (si->version < 1 || !si->memmap_entries || si->memmap_entries > PVH_ENTRIES_MAX)
		boot_fail("pvh: no memory map (version %u, %u entries)", si->version,
			  si->memmap_entries);
	map = early_map(si->memmap, si->memmap_entries * sizeof(*map));
	if (!map)
		boot_fail("pvh: memory map at %#lx is out of reach", si->memmap);
	for (unsigned i = 0; i < si->memmap_entries; i++) {
		const struct pvh_range *r = &map[i];

		if (r->type == E820_RAM)
			add_range(boot_info.ram, &boot_info.nr_ram, r->addr, r->size);
		else if (r->addr < 0xfe000000 ||
			 r->addr >= EARLY_LIMIT) /* not the APICs and the flash below 4 GiB */
			add_range(boot_info.reserved, &boot_info.nr_reserved, r->addr, r->size);
	}
	/* start pages of other CPUs, BIOS data, the loader's own structures */
	add_range(boot_info.reserved, &boot_info.nr_reserved, 0, LOW_MEMORY);
}

static void read_cmdline(const struct pvh_start_info *si)
{
	const char *s = early_map(si->cmdline, 1);
	size_t i;

	if (!s)
		return;
	for (i = 0; i < BOOT_CMDLINE_MAX - 1 && early_map(si->cmdline + i, 1) && s[i]; i++)
		boot_info.cmdline[i] = s[i];
	boot_info.cmdline_truncated = i == BOOT_CMDLINE_MAX - 1 && s[i];
}

static void read_modules(const struct pvh_start_info *si)
{
	const struct pvh_module *m;

	if (!si->nr_modules)
		return;
	m = early_map(si->modlist, sizeof(*m));
	if (!m || !early_map(m->paddr, m->size)) {
		log_warn("pvh: the boot archive's place is out of reach");
		return;
	}
	if (si->nr_modules > 1)
		log_warn("pvh: %u modules, only the first is used", si->nr_modules);
	boot_info.archive = (struct boot_range){m->paddr, m->size};
}

static void read_acpi(const struct pvh_start_info *si)
{
	boot_info.acpi_rsdp = si->rsdp;
	if (!boot_info.acpi_rsdp)
		boot_info.acpi_rsdp = acpi_find_rsdp(BIOS_AREA, LOW_MEMORY - BIOS_AREA, acpi_map);
	if (!boot_info.acpi_rsdp) {
		log_warn("acpi: no tables");
		return;
	}
	if (acpi_parse(boot_info.acpi_rsdp, acpi_map, &x86_acpi)) {
		log_warn("acpi: %s", x86_acpi.reason ? x86_acpi.reason : "bad tables");
		return;
	}
	if (x86_acpi.reason)
		log_warn("acpi: a table was skipped: %s", x86_acpi.reason);
	x86_has_acpi = true;
}

void arch_boot_early(void)
{
	const struct pvh_start_info *si = early_map(x86_start_info, sizeof(*si));

	x86_features_init();
	x86_fpu_init();
	if (!si || si->magic != PVH_MAGIC)
		boot_fail("pvh: no start info at %#lx", x86_start_info);
	boot_info.early_limit = EARLY_LIMIT;
	read_cmdline(si);
	read_memmap(si);
	read_modules(si);
	read_acpi(si);
	for (unsigned i = 0; i < 4 && boot_info.seed_len + sizeof(uint64_t) <= BOOT_SEED_MAX; i++) {
		uint64_t v;

		if (!arch_random(&v))
			break;
		memcpy(boot_info.seed + boot_info.seed_len, &v, sizeof(v));
		boot_info.seed_len += sizeof(v);
	}
	x86_time_init();
}

static volatile void *map_reg(const struct acpi_reg *r)
{
	return r->bit_width && r->space == ACPI_SPACE_MEMORY ? vmap_io(r->addr, 1) : NULL;
}

void arch_boot_late(void)
{
	int err;

	if (pt_unmap(&kernel_pgtable, (uintptr_t)boot_stack_guard, PAGE_SIZE))
		boot_fail("no memory for the boot stack's guard page");
	arch_tlb_flush_page(0, (uintptr_t)boot_stack_guard);
	x86_fpu_init_late();
	x86_sleep_control = map_reg(&x86_acpi.sleep_control);
	x86_sleep_status = map_reg(&x86_acpi.sleep_status);
	if (x86_acpi.has_reset)
		x86_reset_reg = map_reg(&x86_acpi.reset_reg);
	if (!x86_has_acpi || !x86_acpi.has_madt || x86_acpi.has_8259) {
		port_write8(PIC1_DATA, 0xff);
		port_write8(PIC2_DATA, 0xff);
	}
	lapic_init(x86_acpi.lapic_base);
	lapic_init_cpu();
	err = ioapic_init(&x86_acpi);
	if (err)
		log_warn("ioapic: no interrupt lines: error %d", err);
	x86_timer_init();
	x86_console_init();
}
