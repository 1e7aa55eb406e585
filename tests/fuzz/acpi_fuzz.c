/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: ACPI tables. The input is physical memory from 0x1000 on. So that checksums do not stop the fuzzer, the sums of the RSDP
 * and of what looks like a table at a multiple of 16 are mended first, unless the first byte is odd.
 */
#include <stdlib.h>
#include <string.h>
#include <tessera/fw/acpi.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BASE = 0x1000 };
static unsigned char *memory;
static size_t memory_size;
static struct acpi_info info;

/* Each mapping is a copy of its own, freed at the next one: reading an old one or beyond the size is found */
static const void *map(paddr_t pa, size_t size)
{
	static void *last;

	free(last);
	last = NULL;
	if (pa < BASE || pa - BASE > memory_size || size > memory_size - (pa - BASE))
		return NULL;
	last = malloc(size ? size : 1);
	if (last)
		memcpy(last, memory + (pa - BASE), size);
	return last;
}

static void mend(unsigned char *p, size_t n, size_t at)
{
	unsigned char sum = 0;

	p[at] = 0;
	for (size_t i = 0; i < n; i++)
		sum = (unsigned char)(sum + p[i]);
	p[at] = (unsigned char)-sum;
}

static void mend_all(void)
{
	uint32_t len;

	for (size_t at = 0; at + 36 <= memory_size; at += 16) {
		if (memcmp(memory + at, "RSD PTR ", 8) == 0) {
			mend(memory + at, 20, 8);
			mend(memory + at, 36, 32);
			continue;
		}
		memcpy(&len, memory + at + 4, 4);
		if (len >= 36 && len <= memory_size - at && memory[at] >= 'A' && memory[at] <= 'Z')
			mend(memory + at, len, 9);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	paddr_t rsdp;

	if (size < 2)
		return 0;
	memory_size = size - 1;
	memory = malloc(memory_size);
	if (!memory)
		return 0;
	memcpy(memory, data + 1, memory_size);
	if (!(data[0] & 1))
		mend_all();
	rsdp = acpi_find_rsdp(BASE, memory_size, map);
	if (acpi_parse(rsdp ? rsdp : BASE, map, &info) && !info.reason)
		abort();
	if (info.nr_cpus > ACPI_CPUS_MAX || info.nr_ioapics > ACPI_IOAPICS_MAX ||
	    info.nr_overrides > ACPI_OVERRIDES_MAX || info.nr_nmis > ACPI_NMIS_MAX ||
	    (info.has_s5 && (info.s5_a > 7 || info.s5_b > 7)))
		abort();
	free(memory);
	return 0;
}
