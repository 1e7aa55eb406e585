/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI reader on tables made here, of the shapes that QEMU's q35 and microvm have, and on damaged ones. */
#include <string.h>
#include <tessera/fw/acpi.h>
#include <tessera/lib/errno.h>
#include "tap.h"

enum { BASE = 0xe0000, SIZE = 0x4000 };
static unsigned char mem[SIZE];
static size_t used;
static struct acpi_info info;
static void *last_map;

/* A fresh copy each time: reading an old mapping, or beyond one, is found by the sanitizer */
static const void *map(paddr_t pa, size_t size)
{
	free(last_map);
	last_map = NULL;
	if (pa < BASE || pa - BASE > SIZE || size > SIZE - (pa - BASE))
		return NULL;
	last_map = malloc(size ? size : 1);
	memcpy(last_map, mem + (pa - BASE), size);
	return last_map;
}

static void put(unsigned char *p, uint64_t v, unsigned bytes)
{
	for (; bytes; bytes--, v >>= 8)
		*p++ = (unsigned char)v;
}

static void fix_sum(unsigned char *p, size_t n, size_t at)
{
	unsigned char sum = 0;

	p[at] = 0;
	for (size_t i = 0; i < n; i++)
		sum = (unsigned char)(sum + p[i]);
	p[at] = (unsigned char)-sum;
}

/* A table with room for @n bytes behind the header; its address. Sums are made by finish() */
static struct {
	size_t at, len;
} tables[16];
static unsigned nr_tables;
static unsigned char *table(const char *sig, size_t n, unsigned rev)
{
	unsigned char *t = mem + used;

	memcpy(t, sig, 4);
	put(t + 4, 36 + n, 4);
	t[8] = (unsigned char)rev;
	tables[nr_tables].at = used;
	tables[nr_tables++].len = 36 + n;
	used = (used + 36 + n + 15) & ~(size_t)15;
	return t;
}
static uint64_t address(const unsigned char *t)
{
	return BASE + (uint64_t)(t - mem);
}

static void start(void)
{
	memset(mem, 0, sizeof(mem));
	used = 0x80;
	nr_tables = 0;
}

static int finish(bool v2, unsigned char **list, unsigned n)
{
	unsigned char *root = table(v2 ? "XSDT" : "RSDT", n * (v2 ? 8 : 4), 1), *rsdp = mem + 0x20;

	for (unsigned i = 0; i < n; i++)
		put(root + 36 + i * (v2 ? 8 : 4), address(list[i]), v2 ? 8 : 4);
	for (unsigned i = 0; i < nr_tables; i++)
		fix_sum(mem + tables[i].at, tables[i].len, 9);
	memcpy(rsdp, "RSD PTR ", 8);
	rsdp[15] = v2 ? 2 : 0;
	put(rsdp + 16, v2 ? 0xffffffff : address(root), 4);
	if (v2) {
		put(rsdp + 20, 36, 4);
		put(rsdp + 24, address(root), 8);
	}
	fix_sum(rsdp, 20, 8);
	if (v2)
		fix_sum(rsdp, 36, 32);
	return acpi_parse(acpi_find_rsdp(BASE, SIZE, map), map, &info);
}

static unsigned char *make_madt(void)
{
	static const unsigned char
		entries
			[] =
				{
					0, 8,  0,    0,	 1,    0, 0,	0, /* cpu uid 0 apic 0 enabled */
					0, 8,  1,    5,	 1,    0, 0,	0, /* uid 1 apic 5 enabled */
					0, 8,  2,    6,	 2,    0, 0,	0, /* uid 2 apic 6 online capable */
					0, 8,  3,    7,	 0,    0, 0,	0, /* not there */
					9, 16, 0,    0,	 0x2c, 1, 0,	0,    1,    0,	  0,	0,
					4, 0,  0,    0, /* x2apic 300 */
					9, 16, 0,    0,	 5,    0, 0,	0,    1,    0,	  0,	0,
					1, 0,  0,    0, /* the same as apic 5 */
					1, 12, 2,    0,	 0,    0, 0xc0, 0xfe, 0,    0,	  0,	0,
					2, 10, 0,    0,	 2,    0, 0,	0,    0,    0,	  2,	10,
					0, 9,  9,    0,	 0,    0, 0x0f, 0,    4,    6,	  0xff, 0,
					0, 1,  10,   12, 7,    0, 4,	0,    0,    0,	  0,	0,
					0, 0,  5,    12, 0,    0, 0,	0,    0xe0, 0xfe, 1,	0,
					0, 0,  0x7f, 4,	 0,    0, /* a kind that is not known */
				};
	unsigned char *t = table("APIC", 8 + sizeof(entries), 3);

	put(t + 36, 0xfee00000, 4);
	put(t + 40, 1, 4);
	memcpy(t + 44, entries, sizeof(entries));
	return t;
}

static const unsigned char s5_q35[] = {0x10, 0x20, 0x5c, 0x08, '_',  'S',  '5',	 '_',
				       0x12, 0x06, 0x04, 0x0a, 0x05, 0x00, 0x00, 0x00};

static unsigned char *make_dsdt(const unsigned char *aml, size_t n)
{
	unsigned char *t = table("DSDT", n, 1);

	memcpy(t + 36, aml, n);
	return t;
}

static void gas(unsigned char *p, unsigned space, unsigned width, uint64_t addr)
{
	p[0] = (unsigned char)space;
	p[1] = (unsigned char)width;
	put(p + 4, addr, 8);
}

static void test_q35(void)
{
	unsigned char *list[4], *fadt, *dsdt;

	start();
	dsdt = make_dsdt(s5_q35, sizeof(s5_q35));
	fadt = table("FACP", 244 - 36, 3);
	put(fadt + 40, address(dsdt), 4);
	put(fadt + 64, 0x604, 4);
	put(fadt + 76, 0x608, 4);
	put(fadt + 112, 1 << 10, 4);
	gas(fadt + 116, 1, 8, 0xcf9);
	fadt[128] = 0xf;
	gas(fadt + 172, 1, 16, 0x604);
	list[0] = fadt;
	list[1] = make_madt();
	list[2] = table("HPET", 20, 1);
	gas(list[2] + 40, 0, 64, 0xfed00000);
	list[3] = table("MCFG", 8 + 16, 1);
	put(list[3] + 44, 0xb0000000, 8);
	list[3][44 + 11] = 0xff;
	REQUIRE(finish(true, list, 4) == 0);
	CHECK(!info.reason && info.has_madt && info.has_fadt && info.has_8259 && !info.hw_reduced);
	CHECK(info.nr_cpus == 4 && info.cpus[1].apic_id == 5 && info.cpus[1].enabled &&
	      info.cpus[1].uid == 1);
	CHECK(info.cpus[2].online_capable && !info.cpus[2].enabled && info.cpus[3].apic_id == 300 &&
	      info.cpus[3].x2apic);
	CHECK(info.nr_ioapics == 1 && info.ioapics[0].base == 0xfec00000 &&
	      info.ioapics[0].id == 2 && info.lapic_base == 0x1fee00000);
	CHECK(info.nr_overrides == 2 && info.overrides[0].irq == 0 && info.overrides[0].gsi == 2 &&
	      !info.overrides[0].level);
	CHECK(info.overrides[1].gsi == 9 && info.overrides[1].level &&
	      info.overrides[1].active_low);
	CHECK(info.nr_nmis == 2 && info.nmis[0].uid == UINT32_MAX && info.nmis[0].lint == 1 &&
	      info.nmis[1].uid == 4 && info.nmis[1].active_low);
	CHECK(info.pm1a_cnt == 0x604 && info.pm1b_cnt == 0 && info.pm_timer_port == 0x608 &&
	      info.has_s5 && info.s5_a == 5 && info.s5_b == 0);
	CHECK(info.has_reset && info.reset_reg.addr == 0xcf9 &&
	      info.reset_reg.space == ACPI_SPACE_IO && info.reset_value == 0xf);
	CHECK(info.hpet_base == 0xfed00000 && info.mcfg_base == 0xb0000000 &&
	      info.mcfg_bus_last == 255);
}

static void test_microvm(void)
{
	unsigned char *list[2], *fadt, *dsdt;

	start();
	dsdt = make_dsdt(s5_q35, sizeof(s5_q35));
	fadt = table("FACP", 268 - 36, 5);
	put(fadt + 64, 0x604, 4); /* not to be used when the hardware is reduced */
	put(fadt + 112, 1 << 20 | 1 << 10, 4);
	gas(fadt + 116, 0, 8, 0xfea00002);
	fadt[128] = 0x42;
	put(fadt + 140, address(dsdt), 8);
	gas(fadt + 244, 0, 8, 0xfea00000);
	gas(fadt + 256, 0, 8, 0xfea00001);
	list[0] = fadt;
	list[1] = make_madt();
	REQUIRE(finish(false, list, 2) == 0);
	CHECK(info.hw_reduced && info.pm1a_cnt == 0 && info.sleep_control.addr == 0xfea00000 &&
	      info.sleep_status.addr == 0xfea00001);
	CHECK(info.has_reset && info.reset_reg.space == ACPI_SPACE_MEMORY &&
	      info.reset_reg.addr == 0xfea00002 && info.has_s5);
	CHECK(info.nr_cpus == 4 && !info.hpet_base && !info.mcfg_base);
}

static bool s5_of(const unsigned char *aml, size_t n)
{
	unsigned char *list[1], *dsdt;

	start();
	dsdt = make_dsdt(aml, n);
	list[0] = table("FACP", 116 - 36, 1);
	put(list[0] + 40, address(dsdt), 4);
	return CHECK(finish(false, list, 1) == 0) && info.has_s5;
}
#define S5(...) \
	s5_of((const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__}))

static void test_sleep_type(void)
{
	CHECK(S5(0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, 7, 0x0a, 6, 0, 0) &&
	      info.s5_a == 7 && info.s5_b == 6);
	CHECK(S5(0x08, '\\', '_', 'S', '5', '_', 0x12, 0x04, 0x02, 1, 0) && info.s5_a == 1 &&
	      info.s5_b == 0);
	CHECK(S5(0x08, '_', 'S', '5', '_', 0x12, 0x40, 0x01, 0x02, 0x0b, 5, 0, 0x0c, 4, 0, 0, 0, 0,
		 0, 0, 0, 0, 0, 0, 0) &&
	      info.s5_a == 5 && info.s5_b == 4);
	CHECK(S5('_', 'S', '5', '_', 0, 0x08, '_', 'S', '5', '_', 0x12, 0x04, 0x02, 1,
		 0));						/* a reference before the name */
	CHECK(!S5('_', 'S', '5', '_', 0x12, 0x04, 0x02, 1, 0)); /* no NameOp */
	CHECK(!S5(0x08, '_', 'S', '5', '_', 0x12, 0x7f, 0x02, 1, 0)); /* longer than the table */
	CHECK(!S5(0x08, '_', 'S', '5', '_', 0x12, 0x00, 0x02, 1, 0));
	CHECK(!S5(0x08, '_', 'S', '5', '_', 0x12, 0xc0));
	CHECK(!S5(0x08, '_', 'S', '5', '_', 0x12, 0x03, 0x02, 0x0a,
		  5)); /* element beyond the package */
	CHECK(!S5(0x08, '_', 'S', '5', '_', 0x12, 0x04, 0x02, 0x0a, 9)); /* not 3 bits */
	CHECK(!S5(0x08, '_', 'S', '5', '_', 0x12, 0x04, 0x02, 0x11, 0)); /* not a constant */
	CHECK(!S5(0x08, '_', 'S', '5', '_'));
	CHECK(!S5('_', 'S', '5'));
}

static void test_refused(void)
{
	unsigned char *list[2];

	start();
	list[0] = make_madt();
	REQUIRE(finish(true, list, 1) == 0);
	CHECK(acpi_parse(0, map, &info) == -EINVAL &&
	      acpi_parse(BASE + 0x21, map, &info) == -EINVAL && info.reason);
	CHECK(acpi_find_rsdp(BASE + 0x30, SIZE - 0x30, map) == 0 &&
	      acpi_find_rsdp(BASE, 0x20 + 19, map) == 0);
	list[0][40]++; /* checksum of a table: skipped, with a reason */
	CHECK(acpi_parse(BASE + 0x20, map, &info) == 0 && !info.has_madt &&
	      strstr(info.reason, "checksum"));
	mem[0x20 + 30]++; /* of the extended part */
	CHECK(acpi_parse(BASE + 0x20, map, &info) == -EINVAL);
	start();
	list[0] = make_madt();
	list[0][45] = 0; /* an entry without length would never end */
	CHECK(finish(true, list, 1) == 0 && info.nr_cpus == 0 && strstr(info.reason, "length"));
	start();
	list[0] = make_madt();
	list[0][45] = 0xff;
	list[0][4 + 0] = 60;
	tables[0].len = 60;
	CHECK(finish(true, list, 1) == 0 && info.nr_cpus == 0);
	start();
	list[0] = make_madt();
	REQUIRE(finish(true, list, 1) == 0);
	put(list[0] + 4, 0xfffffff0, 4);
	CHECK(acpi_parse(BASE + 0x20, map, &info) == 0 && !info.has_madt && info.reason);
	put(list[0] + 4, 12, 4);
	CHECK(acpi_parse(BASE + 0x20, map, &info) == 0 && !info.has_madt);
}

static void test_many_cpus(void)
{
	unsigned char *list[1], *t;

	start();
	t = list[0] = table("APIC", 8 + 16 * 300, 4);
	for (unsigned i = 0; i < 300; i++) {
		t[44 + i * 16] = 9;
		t[45 + i * 16] = 16;
		put(t + 44 + i * 16 + 4, 1000 + i, 4);
		t[44 + i * 16 + 8] = 1;
	}
	REQUIRE(finish(true, list, 1) == 0);
	CHECK(info.nr_cpus == ACPI_CPUS_MAX && info.nr_cpus_dropped == 300 - ACPI_CPUS_MAX &&
	      info.cpus[255].apic_id == 1255);
}

/* Random damage with mended sums, under the sanitizers */
static void test_damaged(void)
{
	unsigned char *list[2];

	for (unsigned round = 0; round < 3000; round++) {
		start();
		list[0] = make_madt();
		list[1] = table("FACP", 268 - 36, 5);
		put(list[1] + 40, address(make_dsdt(s5_q35, sizeof(s5_q35))), 4);
		for (unsigned k = 1 + (unsigned)rnd(4); k; k--)
			mem[0x80 + rnd(used - 0x80)] =
				(unsigned char)(rnd(2) ? rnd(256) : rnd(3) * 127);
		CHECK(finish(rnd(2), list, 2) == 0 || info.reason);
		CHECK(info.nr_cpus <= ACPI_CPUS_MAX &&
		      (!info.has_s5 || (info.s5_a < 8 && info.s5_b < 8)));
	}
	free(last_map);
	last_map = NULL;
}

static const struct tap_test tests[] = {
	{"q35", test_q35},	   {"microvm", test_microvm},	  {"sleep type", test_sleep_type},
	{"refused", test_refused}, {"many cpus", test_many_cpus}, {"damaged", test_damaged},
};
TAP_MAIN(tests)
