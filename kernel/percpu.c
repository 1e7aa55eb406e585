/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU areas: CPU 0 lives in the section itself; the others get a copy of it as it was at percpu_init(), before anything
 * but the port's start code had written to it.
 */
#include <arch/boot.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/mm/alloc.h>
#include <tessera/percpu/percpu.h>
#include "kernel.h"

uintptr_t percpu_offsets[CPUS_MAX];
PERCPU_DEFINE(unsigned, cpu_number);
unsigned cpus_online = 1;
uint64_t cpus_online_mask = 1;
static void *pristine;

static size_t percpu_size(void)
{
	return (size_t)(percpu_end - percpu_start);
}

void percpu_init(void)
{
	pristine = phys_to_virt(boot_alloc_pages((percpu_size() + PAGE_SIZE - 1) >> PAGE_SHIFT));
	memcpy(pristine, percpu_start, percpu_size());
}

int percpu_alloc(unsigned cpu)
{
	unsigned order = 0;
	char *area;

	while (((size_t)PAGE_SIZE << order) < percpu_size())
		order++;
	area = kpages_alloc(order, ALLOC_ZERO);
	if (!area)
		return -ENOMEM;
	memcpy(area, pristine, percpu_size());
	percpu_offsets[cpu] = (uintptr_t)area - (uintptr_t)percpu_start;
	*percpu_ptr(cpu_number, cpu) = cpu;
	return 0;
}
