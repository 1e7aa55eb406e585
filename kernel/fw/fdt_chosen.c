/* SPDX-License-Identifier: BSD-2-Clause */
/* Device tree: what the boot loader chose, CPUs, and where interrupts go (Devicetree Specification 3.6, 3.8, 2.4). */
#include <tessera/lib/errno.h>
#include <tessera/lib/overflow.h>
#include <tessera/lib/string.h>
#include "fdt_private.h"

const char *fdt_bootargs(struct fdt *f)
{
	int chosen = fdt_node(f, "/chosen");
	const char *args = chosen < 0 ? NULL : fdt_prop_str(f, chosen, "bootargs");

	return args ? args : "";
}

int fdt_initrd(struct fdt *f, struct fdt_range *r)
{
	int chosen = fdt_node(f, "/chosen"), err_start, err_end;
	uint64_t start, end;

	if (chosen < 0)
		return -ENOENT;
	err_start = fdt_prop_cells(f, chosen, "linux,initrd-start", &start);
	err_end = fdt_prop_cells(f, chosen, "linux,initrd-end", &end);
	if (err_start == -ENOENT && err_end == -ENOENT)
		return -ENOENT;
	if (err_start || err_end)
		return fdt_error(
			f, -EINVAL,
			"device tree: boot archive has no begin, no end, or malformed ones");
	if (end < start)
		return fdt_error(f, -EINVAL, "device tree: boot archive ends before it begins");
	*r = (struct fdt_range){start, end - start};
	return 0;
}

int fdt_rng_seed(struct fdt *f, const void **seed, size_t *len)
{
	int chosen = fdt_node(f, "/chosen");
	const void *p = chosen < 0 ? NULL : fdt_prop(f, chosen, "rng-seed", len);

	if (!p || *len == 0)
		return -ENOENT;
	*seed = p;
	return 0;
}

int fdt_kaslr_seed(struct fdt *f, uint64_t *seed)
{
	int chosen = fdt_node(f, "/chosen");

	return chosen < 0 ? -ENOENT : fdt_prop_cells(f, chosen, "kaslr-seed", seed);
}

int fdt_stdout(struct fdt *f, const char **options)
{
	char path[256];
	int chosen = fdt_node(f, "/chosen");
	const char *value;
	size_t n;

	if (chosen < 0)
		return -ENOENT;
	value = fdt_prop_str(f, chosen, "stdout-path");
	if (!value)
		value = fdt_prop_str(f, chosen, "linux,stdout-path");
	if (!value)
		return -ENOENT;
	n = strcspn(value, ":");
	if (n >= sizeof(path))
		return fdt_error(f, -EINVAL, "device tree: stdout-path too long");
	memcpy(path, value, n);
	path[n] = '\0';
	if (options)
		*options = value[n] ? value + n + 1 : NULL;
	return fdt_node(f, path);
}

/* --- CPUs */

static bool is_cpu(struct fdt *f, int node)
{
	const char *type = fdt_prop_str(f, node, "device_type");

	return type ? strcmp(type, "cpu") == 0 : str_starts(fdt_name(f, node), "cpu@");
}

int fdt_cpu(struct fdt *f, unsigned i, struct fdt_cpu *cpu)
{
	int cpus = fdt_node(f, "/cpus"), node, na;
	struct fdt_range reg;

	if (cpus < 0)
		return -ENOENT;
	for (node = fdt_child(f, cpus); node >= 0; node = fdt_sibling(f, node))
		if (is_cpu(f, node) && i-- == 0)
			break;
	if (node < 0)
		return -ENOENT;
	na = fdt_cell_count(f, cpus, "#address-cells", 1, 2);
	if (na <= 0 || fdt_reg_raw(f, node, "reg", 0, (unsigned)na, 0, &reg))
		return fdt_error(f, -EINVAL, "device tree: cpu without a well-formed reg");
	*cpu = (struct fdt_cpu){
		.node = node,
		.hwid = reg.base,
		.enabled = fdt_enabled(f, node),
		.enable_method = fdt_prop_str_at(f, node, "enable-method", 0),
		.isa = fdt_prop_str(f, node, "riscv,isa"),
		.mmu_type = fdt_prop_str(f, node, "mmu-type"),
		.intc = -ENOENT,
	};
	for (int child = fdt_child(f, node); child >= 0; child = fdt_sibling(f, child))
		if (fdt_is_compatible(f, child, "riscv,cpu-intc"))
			cpu->intc = child;
	return 0;
}

/*
 * riscv,isa: "rv64", single letters (each maybe with a version as in "i2p1"), then names of several letters, the first of which
 * begins with s, x or z, separated by "_".
 */
static bool isa_has(const char *isa, const char *ext)
{
	size_t n, want = strlen(ext);

	if (!str_starts(isa, "rv32") && !str_starts(isa, "rv64"))
		return false;
	isa += 4;
	for (; *isa && *isa != '_' && !strchr("sxz", *isa); isa++) {
		if (*isa >= '0' && *isa <= '9') {
			if (isa[1] == 'p' && isa[2] >= '0' && isa[2] <= '9')
				isa++;
			continue;
		}
		if (want == 1 && *isa == *ext)
			return true;
	}
	for (; *isa; isa += n) {
		isa += strspn(isa, "_");
		n = strcspn(isa, "_");
		if (n == want && strncmp(isa, ext, n) == 0)
			return true;
	}
	return false;
}

bool fdt_cpu_has_ext(struct fdt *f, const struct fdt_cpu *cpu, const char *ext)
{
	size_t len;
	const char *s;

	if (!*ext)
		return false;
	if (!fdt_prop(f, cpu->node, "riscv,isa-extensions", &len))
		return cpu->isa && isa_has(cpu->isa, ext);
	for (unsigned i = 0; (s = fdt_prop_str_at(f, cpu->node, "riscv,isa-extensions", i)); i++)
		if (strcmp(s, ext) == 0)
			return true;
	return false;
}

int fdt_timebase(struct fdt *f, uint64_t *hz)
{
	int cpus = fdt_node(f, "/cpus");

	if (cpus < 0)
		return -ENOENT;
	if (fdt_prop_cells(f, cpus, "timebase-frequency", hz) == 0)
		return 0;
	for (int node = fdt_child(f, cpus); node >= 0; node = fdt_sibling(f, node))
		if (is_cpu(f, node) && fdt_prop_cells(f, node, "timebase-frequency", hz) == 0)
			return 0;
	return -ENOENT;
}

enum fdt_psci fdt_psci(struct fdt *f, uint32_t *cpu_on)
{
	static const char *const compat[] = {"arm,psci-1.0", "arm,psci-0.2", "arm,psci"};
	const char *method;
	int node = -ENOENT;
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(compat); i++) {
		node = fdt_next_enabled(f, -1, compat[i]);
		if (node >= 0)
			break;
	}
	method = node < 0 ? NULL : fdt_prop_str(f, node, "method");
	if (!method || (strcmp(method, "hvc") != 0 && strcmp(method, "smc") != 0))
		return FDT_PSCI_NONE;
	if (cpu_on) {
		*cpu_on = 0;
		if (i == 2 && fdt_prop_u32(f, node, "cpu_on", cpu_on) != 0)
			return FDT_PSCI_NONE;
	}
	return strcmp(method, "hvc") == 0 ? FDT_PSCI_HVC : FDT_PSCI_SMC;
}

/* --- interrupts */

/* Read the specifier at byte @off of @prop, for @controller. Its length in bytes, or -errno */
static int read_specifier(struct fdt *f, int node, const char *prop, unsigned cell, int controller,
			  struct fdt_irq *irq)
{
	uint32_t n;
	size_t len;

	if (fdt_prop_u32(f, controller, "#interrupt-cells", &n) || n == 0 || n > FDT_IRQ_CELLS_MAX)
		return fdt_error(f, -EINVAL,
				 "device tree: interrupt controller with a bad number of cells");
	if (!fdt_prop(f, controller, "interrupt-controller", &len))
		return fdt_error(f, -EINVAL, "device tree: interrupt parent is no controller");
	irq->controller = controller;
	irq->nr_cells = n;
	for (unsigned k = 0; k < n; k++)
		if (fdt_prop_u32_at(f, node, prop, cell + k, &irq->cells[k]))
			return k == 0 ? -ENOENT
				      : fdt_error(f, -EINVAL,
						  "device tree: interrupt specifier cut short");
	return (int)n;
}

/* The controller that "interrupts" of @node belong to */
static int interrupt_parent(struct fdt *f, int node)
{
	enum { HOPS_MAX = 2 * FDT_DEPTH_MAX };
	struct fdt_chain c;
	uint32_t phandle;
	size_t len;
	int err = fdt_chain_to(f, node, &c), d;

	if (err)
		return err;
	d = c.depth;
	for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
		if (fdt_prop_u32(f, c.node[d], "interrupt-parent", &phandle) == 0) {
			int next = fdt_by_phandle(f, phandle);

			if (next < 0 || fdt_chain_to(f, next, &c))
				return fdt_error(f, -EINVAL,
						 "device tree: interrupt-parent is no node");
			d = c.depth;
		} else if (d-- == 0) {
			return fdt_error(f, -EINVAL, "device tree: no interrupt parent");
		}
		if (fdt_prop(f, c.node[d], "#interrupt-cells", &len))
			return c.node[d];
	}
	return fdt_error(f, -EINVAL, "device tree: interrupt parents form a loop");
}

int fdt_irq(struct fdt *f, int node, unsigned i, struct fdt_irq *irq)
{
	struct fdt_irq cur = {0};
	uint32_t phandle;
	unsigned cell = 0;
	size_t len;
	int n, parent;

	if (fdt_prop(f, node, "interrupts-extended", &len)) {
		for (unsigned k = 0;; k++) {
			if (fdt_prop_u32_at(f, node, "interrupts-extended", cell, &phandle))
				return -ENOENT;
			parent = fdt_by_phandle(f, phandle);
			if (parent < 0)
				return fdt_error(f, -EINVAL,
						 "device tree: interrupts-extended names no node");
			n = read_specifier(f, node, "interrupts-extended", cell + 1, parent, &cur);
			if (n < 0)
				return n == -ENOENT
					       ? fdt_error(
							 f, -EINVAL,
							 "device tree: interrupt specifier cut short")
					       : n;
			if (k == i)
				break;
			cell += 1 + (unsigned)n;
		}
	} else {
		if (!fdt_prop(f, node, "interrupts", &len))
			return -ENOENT;
		parent = interrupt_parent(f, node);
		if (parent < 0)
			return parent;
		n = fdt_cell_count(f, parent, "#interrupt-cells", 0, FDT_IRQ_CELLS_MAX);
		if (n < 0)
			return n;
		if (i > UINT32_MAX / FDT_IRQ_CELLS_MAX)
			return -ENOENT;
		n = read_specifier(f, node, "interrupts", i * (unsigned)n, parent, &cur);
		if (n < 0)
			return n;
	}
	*irq = cur;
	return 0;
}
