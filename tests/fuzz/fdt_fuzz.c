/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: everything that the core reads from a device tree, on a blob of exactly the given size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tessera/fw/fdt.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum; /* results are used, so that every byte handed out is touched */

static void use(const void *p, size_t n)
{
	const unsigned char *b = p;

	while (n--)
		sum += *b++;
}

static void use_string(const char *s)
{
	if (s)
		use(s, strlen(s));
}

static void walk_node(struct fdt *f, int node)
{
	static const char *const props[] = {"reg",    "compatible", "interrupts", "method",
					    "status", "ranges",	    "phandle"};
	struct fdt_range r;
	struct fdt_irq irq;
	const void *p;
	uint64_t cells;
	uint32_t v;
	size_t len;

	use_string(fdt_name(f, node));
	for (unsigned i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
		if ((p = fdt_prop(f, node, props[i], &len)))
			use(p, len);
		use_string(fdt_prop_str(f, node, props[i]));
		for (unsigned k = 0; k < 4; k++)
			use_string(fdt_prop_str_at(f, node, props[i], k));
		for (unsigned k = 0; k < 4; k++)
			if (!fdt_prop_u32_at(f, node, props[i], k, &v))
				sum += v;
		if (!fdt_prop_cells(f, node, props[i], &cells))
			sum += cells;
	}
	for (unsigned i = 0; i < 4 && !fdt_reg(f, node, i, &r); i++)
		if (r.base + r.size < r.base)
			abort();
	(void)fdt_reg_named(f, node, "gicd", &r);
	for (unsigned i = 0; i < 8 && !fdt_irq(f, node, i, &irq); i++)
		if (irq.nr_cells == 0 || irq.nr_cells > FDT_IRQ_CELLS_MAX || irq.controller < 0)
			abort();
	sum += fdt_enabled(f, node) + fdt_is_compatible(f, node, "arm,gic-v3");
}

static void walk(struct fdt *f)
{
	unsigned budget = 64;
	int node = 0, depth = 0, parents[FDT_DEPTH_MAX + 1], next;

	while (budget--) {
		walk_node(f, node);
		next = fdt_child(f, node);
		if (next >= 0 && depth < FDT_DEPTH_MAX) {
			parents[depth++] = node;
			node = next;
			continue;
		}
		while ((next = fdt_sibling(f, node)) < 0 && depth > 0)
			node = parents[--depth];
		if (next < 0)
			return;
		node = next;
	}
}

static void whole(struct fdt *f)
{
	struct fdt_range r;
	struct fdt_cpu cpu;
	const char *options = NULL;
	const void *seed;
	uint64_t v;
	uint32_t on;
	size_t len;

	for (unsigned i = 0; i < 64 && !fdt_memory(f, i, &r); i++)
		if (r.size == 0 || r.base + r.size < r.base)
			abort();
	for (unsigned i = 0; i < 64 && !fdt_reserved(f, i, &r); i++)
		if (r.size == 0 || r.base + r.size < r.base)
			abort();
	use_string(fdt_bootargs(f));
	if (!fdt_initrd(f, &r) && r.base + r.size < r.base)
		abort();
	if (!fdt_rng_seed(f, &seed, &len))
		use(seed, len);
	if (!fdt_kaslr_seed(f, &v) && !fdt_timebase(f, &v))
		sum += v;
	(void)fdt_stdout(f, &options);
	use_string(options);
	for (unsigned i = 0; i < 16 && !fdt_cpu(f, i, &cpu); i++) {
		use_string(cpu.enable_method);
		use_string(cpu.isa);
		use_string(cpu.mmu_type);
		sum += fdt_cpu_has_ext(f, &cpu, "sstc") + fdt_cpu_has_ext(f, &cpu, "v");
	}
	sum += fdt_psci(f, &on);
	for (int n = -1, k = 0; k < 32 && (n = fdt_next_enabled(f, n, "arm,pl011")) >= 0; k++)
		sum += (unsigned)n;
	(void)fdt_node(f, "serial0");
	(void)fdt_node(f, "serial0/child");
	(void)fdt_node(f, "/cpus/cpu@0");
	(void)fdt_by_phandle(f, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdt f;
	void *blob = aligned_alloc(8, (size + 7) & ~(size_t)7);

	/* the end of the allocation is the end of the blob, up to alignment */
	if (blob && size >= 8) {
		memcpy(blob, data, size);
		if (fdt_open(&f, blob, size) == 0) {
			whole(&f);
			walk(&f);
		} else if (!f.reason) {
			abort();
		}
	}
	free(blob);
	return 0;
}
