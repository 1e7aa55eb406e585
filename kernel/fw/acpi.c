/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI's static tables (ACPI 6.4 chapter 5): RSDP, RSDT/XSDT, MADT, FADT, HPET, MCFG, and the DSDT's sleep type. */
#include <tessera/lib/errno.h>
#include <tessera/lib/overflow.h>
#include <tessera/lib/string.h>
#include "acpi_private.h"

enum { HEADER_BYTES = 36, RSDP_V1_BYTES = 20, RSDP_V2_BYTES = 36 };

struct parser {
	acpi_map_fn *map;
	struct acpi_info *info;
	paddr_t dsdt;
};

static bool sum_ok(const unsigned char *p, size_t n)
{
	unsigned char sum = 0;

	while (n--)
		sum = (unsigned char)(sum + *p++);
	return sum == 0;
}

static void skip(struct parser *p, const char *reason)
{
	if (!p->info->reason)
		p->info->reason = reason;
}

/* A whole table, its length and checksum good; NULL: skipped */
static const unsigned char *map_table(struct parser *p, paddr_t pa, size_t *len)
{
	const unsigned char *t = pa ? p->map(pa, HEADER_BYTES) : NULL;
	paddr_t end;

	if (!t) {
		skip(p, "acpi: table not in memory");
		return NULL;
	}
	*len = acpi_le32(t + 4);
	if (*len < HEADER_BYTES || *len > ACPI_TABLE_SIZE_MAX ||
	    check_add_overflow(pa, (paddr_t)*len, &end)) {
		skip(p, "acpi: table with a bad length");
		return NULL;
	}
	t = p->map(pa, *len);
	if (!t || acpi_le32(t + 4) != *len || !sum_ok(t, *len)) {
		skip(p, t ? "acpi: table with a bad checksum" : "acpi: table not in memory");
		return NULL;
	}
	return t;
}

/* --- MADT: interrupt controllers (5.2.12) */

enum {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_NMI = 4,
	MADT_LAPIC_ADDRESS = 5,
	MADT_X2APIC = 9,
	MADT_X2APIC_NMI = 10,
	MADT_PCAT_COMPAT = 1,
	CPU_ENABLED = 1,
	CPU_ONLINE_CAPABLE = 2,
};

static void add_cpu(struct acpi_info *info, uint32_t apic_id, uint32_t uid, uint32_t flags,
		    bool x2apic)
{
	if (!(flags & (CPU_ENABLED | CPU_ONLINE_CAPABLE)))
		return; /* not there and cannot come */
	for (unsigned i = 0; i < info->nr_cpus; i++)
		if (info->cpus[i].apic_id == apic_id)
			return;
	if (info->nr_cpus == ACPI_CPUS_MAX) {
		info->nr_cpus_dropped++;
		return;
	}
	info->cpus[info->nr_cpus++] = (struct acpi_cpu){
		.apic_id = apic_id,
		.uid = uid,
		.x2apic = x2apic,
		.enabled = flags & CPU_ENABLED,
		.online_capable = flags & CPU_ONLINE_CAPABLE,
	};
}

/* MPS INTI flags: polarity in bits 1:0 (3: low), trigger in bits 3:2 (3: level); 0 means what the bus says, for ISA high, edge */
static bool flags_low(uint16_t flags)
{
	return (flags & 3) == 3;
}
static bool flags_level(uint16_t flags)
{
	return (flags >> 2 & 3) == 3;
}

static void add_override(struct parser *p, const unsigned char *e)
{
	struct acpi_info *info = p->info;
	uint16_t flags = acpi_le16(e + 8);

	if (e[2] != 0 || e[3] > 15 || info->nr_overrides == ACPI_OVERRIDES_MAX) {
		skip(p, "acpi: interrupt override that makes no sense");
		return;
	}
	info->overrides[info->nr_overrides++] = (struct acpi_override){
		.irq = e[3],
		.gsi = acpi_le32(e + 4),
		.active_low = flags_low(flags),
		.level = flags_level(flags),
	};
}

static void add_ioapic(struct parser *p, const unsigned char *e)
{
	struct acpi_info *info = p->info;

	if (info->nr_ioapics == ACPI_IOAPICS_MAX || acpi_le32(e + 4) == 0) {
		skip(p, "acpi: io-apic that makes no sense");
		return;
	}
	info->ioapics[info->nr_ioapics++] = (struct acpi_ioapic){
		.id = e[2], .base = acpi_le32(e + 4), .gsi_base = acpi_le32(e + 8)};
}

static void add_nmi(struct parser *p, uint32_t uid, uint16_t flags, uint8_t lint)
{
	struct acpi_info *info = p->info;

	if (info->nr_nmis == ACPI_NMIS_MAX || lint > 1) {
		skip(p, "acpi: nmi entry that makes no sense");
		return;
	}
	info->nmis[info->nr_nmis++] = (struct acpi_nmi){
		.uid = uid,
		.lint = lint,
		.active_low = flags_low(flags),
		.level = flags_level(flags),
	};
}

static void madt_entry(struct parser *p, const unsigned char *e, unsigned len)
{
	struct acpi_info *info = p->info;

	if (e[0] == MADT_LAPIC && len >= 8) {
		if (e[3] != 0xff)
			add_cpu(info, e[3], e[2], acpi_le32(e + 4), false);
	} else if (e[0] == MADT_X2APIC && len >= 16) {
		if (acpi_le32(e + 4) != UINT32_MAX)
			add_cpu(info, acpi_le32(e + 4), acpi_le32(e + 12), acpi_le32(e + 8), true);
	} else if (e[0] == MADT_IOAPIC && len >= 12) {
		add_ioapic(p, e);
	} else if (e[0] == MADT_OVERRIDE && len >= 10) {
		add_override(p, e);
	} else if (e[0] == MADT_LAPIC_NMI && len >= 6) {
		add_nmi(p, e[2] == 0xff ? UINT32_MAX : e[2], acpi_le16(e + 3), e[5]);
	} else if (e[0] == MADT_X2APIC_NMI && len >= 9) {
		add_nmi(p, acpi_le32(e + 4), acpi_le16(e + 2), e[8]);
	} else if (e[0] == MADT_LAPIC_ADDRESS && len >= 12) {
		info->lapic_base = acpi_le64(e + 4);
	}
}

static void parse_madt(struct parser *p, const unsigned char *t, size_t len)
{
	struct acpi_info *info = p->info;

	if (info->has_madt)
		return;
	if (len < 44) {
		skip(p, "acpi: madt too short");
		return;
	}
	info->has_madt = true;
	info->lapic_base = acpi_le32(t + 36);
	info->has_8259 = acpi_le32(t + 40) & MADT_PCAT_COMPAT;
	for (size_t at = 44; at < len; at += t[at + 1]) {
		if (len - at < 2 || t[at + 1] < 2 || t[at + 1] > len - at) {
			skip(p, "acpi: madt entry with a bad length");
			return;
		}
		madt_entry(p, t + at, t[at + 1]);
	}
}

/* --- FADT: fixed hardware (5.2.9) */

enum { FADT_RESET_REG_SUP = 1 << 10, FADT_HW_REDUCED_ACPI = 1 << 20, GAS_BYTES = 12 };

/* Generic address structure (5.2.3.2) at offset @at; absent when the table ends before it, the address is 0 or the space not ours */
static bool read_gas(const unsigned char *t, size_t len, size_t at, struct acpi_reg *r)
{
	if (len < at + GAS_BYTES || acpi_le64(t + at + 4) == 0 || t[at] > ACPI_SPACE_IO)
		return false;
	*r = (struct acpi_reg){
		.space = t[at],
		.bit_width = t[at + 1] ? t[at + 1] : 8,
		.bit_offset = t[at + 2],
		.access_size = t[at + 3],
		.addr = acpi_le64(t + at + 4),
	};
	return r->space == ACPI_SPACE_MEMORY || r->addr <= 0xffff;
}

/* The extended field at @at64 if it is I/O, else the old 32-bit one at @at32 */
static uint32_t io_port(const unsigned char *t, size_t len, size_t at32, size_t at64)
{
	struct acpi_reg r;
	uint32_t port = 0;

	if (read_gas(t, len, at64, &r) && r.space == ACPI_SPACE_IO)
		port = (uint32_t)r.addr;
	else if (len >= at32 + 4)
		port = acpi_le32(t + at32);
	return port <= 0xffff ? port : 0;
}

static void parse_fadt(struct parser *p, const unsigned char *t, size_t len)
{
	struct acpi_info *info = p->info;
	uint32_t flags;

	if (info->has_fadt)
		return;
	if (len < 116) { /* the size in ACPI 1.0 */
		skip(p, "acpi: fadt too short");
		return;
	}
	info->has_fadt = true;
	flags = acpi_le32(t + 112);
	p->dsdt = len >= 148 && acpi_le64(t + 140) ? acpi_le64(t + 140) : acpi_le32(t + 40);
	info->hw_reduced = t[8] >= 5 && (flags & FADT_HW_REDUCED_ACPI);
	if (!info->hw_reduced) {
		info->pm1a_cnt = (uint16_t)io_port(t, len, 64, 172);
		info->pm1b_cnt = (uint16_t)io_port(t, len, 68, 184);
		info->pm_timer_port = io_port(t, len, 76, 208);
	}
	if (len >= 129 && (flags & FADT_RESET_REG_SUP) && read_gas(t, len, 116, &info->reset_reg)) {
		info->has_reset = true;
		info->reset_value = t[128];
	} else {
		info->reset_reg = (struct acpi_reg){0};
	}
	if (!read_gas(t, len, 244, &info->sleep_control))
		info->sleep_control = (struct acpi_reg){0};
	if (!read_gas(t, len, 256, &info->sleep_status))
		info->sleep_status = (struct acpi_reg){0};
}

/* --- others */

static void parse_hpet(struct parser *p, const unsigned char *t, size_t len)
{
	struct acpi_reg r;

	if (!p->info->hpet_base && read_gas(t, len, 40, &r) && r.space == ACPI_SPACE_MEMORY)
		p->info->hpet_base = r.addr;
}

static void parse_mcfg(struct parser *p, const unsigned char *t, size_t len)
{
	for (size_t at = 44; len >= 16 && at <= len - 16; at += 16) {
		if (acpi_le16(t + at + 8) != 0 || t[at + 10] > t[at + 11] || p->info->mcfg_base)
			continue;
		p->info->mcfg_base = acpi_le64(t + at);
		p->info->mcfg_bus_first = t[at + 10];
		p->info->mcfg_bus_last = t[at + 11];
	}
}

static void parse_table(struct parser *p, paddr_t pa)
{
	size_t len;
	const unsigned char *t = map_table(p, pa, &len);

	if (!t)
		return;
	if (memcmp(t, "APIC", 4) == 0)
		parse_madt(p, t, len);
	else if (memcmp(t, "FACP", 4) == 0)
		parse_fadt(p, t, len);
	else if (memcmp(t, "HPET", 4) == 0)
		parse_hpet(p, t, len);
	else if (memcmp(t, "MCFG", 4) == 0)
		parse_mcfg(p, t, len);
}

static void parse_dsdt(struct parser *p)
{
	size_t len;
	const unsigned char *t = p->dsdt ? map_table(p, p->dsdt, &len) : NULL;

	if (t && memcmp(t, "DSDT", 4) == 0)
		p->info->has_s5 = acpi_aml_find_s5(t + HEADER_BYTES, len - HEADER_BYTES,
						   &p->info->s5_a, &p->info->s5_b);
}

static int bad(struct acpi_info *info, const char *reason)
{
	info->reason = reason;
	return -EINVAL;
}

int acpi_parse(paddr_t rsdp, acpi_map_fn *map, struct acpi_info *info)
{
	struct parser p = {.map = map, .info = info};
	const unsigned char *t;
	paddr_t root, table;
	size_t len, n, width;

	memset(info, 0, sizeof(*info));
	t = map(rsdp, RSDP_V1_BYTES);
	if (!t || memcmp(t, "RSD PTR ", 8) != 0 || !sum_ok(t, RSDP_V1_BYTES))
		return bad(info, "acpi: bad rsdp");
	root = acpi_le32(t + 16);
	width = 4;
	if (t[15] >= 2) {
		t = map(rsdp, RSDP_V2_BYTES);
		if (!t || acpi_le32(t + 20) < RSDP_V2_BYTES || !sum_ok(t, RSDP_V2_BYTES))
			return bad(info, "acpi: bad extended rsdp");
		if (acpi_le64(t + 24)) {
			root = acpi_le64(t + 24);
			width = 8;
		}
	}
	t = map_table(&p, root, &len);
	if (!t || memcmp(t, width == 8 ? "XSDT" : "RSDT", 4) != 0)
		return bad(info,
			   info->reason ? info->reason : "acpi: root table is no rsdt or xsdt");
	n = (len - HEADER_BYTES) / width;
	if (n > ACPI_TABLES_MAX) {
		skip(&p, "acpi: too many tables");
		n = ACPI_TABLES_MAX;
	}
	for (size_t i = 0; i < n; i++) {
		t = map(root, len); /* the last mapping was another table's */
		if (!t)
			return bad(info, "acpi: root table not in memory");
		t += HEADER_BYTES + i * width;
		table = width == 8 ? acpi_le64(t) : acpi_le32(t);
		parse_table(&p, table);
	}
	parse_dsdt(&p);
	return 0;
}

paddr_t acpi_find_rsdp(paddr_t start, size_t size, acpi_map_fn *map)
{
	const unsigned char *t;

	for (paddr_t pa = ALIGN_UP(start, 16); range_within(pa - start, RSDP_V1_BYTES, size);
	     pa += 16) {
		t = map(pa, RSDP_V1_BYTES);
		if (t && memcmp(t, "RSD PTR ", 8) == 0 && sum_ok(t, RSDP_V1_BYTES))
			return pa;
	}
	return 0;
}
