/* SPDX-License-Identifier: BSD-2-Clause */
/* Device tree: addresses. "reg" and "ranges" (Devicetree Specification 2.3.6, 2.3.8), memory and what of it is reserved. */
#include <libfdt.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/overflow.h>
#include <tessera/lib/string.h>
#include "fdt_private.h"

enum { ADDRESS_CELLS_DEFAULT = 2, SIZE_CELLS_DEFAULT = 1, CELLS_MAX = 2 };

static uint64_t read_cells(const char *p, unsigned n)
{
	uint64_t v = 0;

	for (; n; n--, p += 4)
		v = v << 32 | fdt_be32(p);
	return v;
}

int fdt_reg_raw(struct fdt *f, int node, const char *prop, unsigned i, unsigned na, unsigned ns,
		struct fdt_range *r)
{
	size_t len, stride = (na + ns) * 4;
	const char *p = fdt_prop(f, node, prop, &len);
	uint64_t base, size, end;

	if (!p)
		return -ENOENT;
	if (na == 0 || len % stride)
		return fdt_error(f, -EINVAL, "device tree: reg is not a whole number of entries");
	if (i >= len / stride)
		return -ENOENT;
	p += i * stride;
	base = read_cells(p, na);
	size = read_cells(p + na * 4, ns);
	if (check_add_overflow(base, size, &end))
		return fdt_error(f, -EINVAL, "device tree: address range wraps around");
	*r = (struct fdt_range){base, size};
	return 0;
}

/* @r, in the address space below @bus, into that above it (whose addresses have @pna cells) */
static int translate_once(struct fdt *f, int bus, int pna, struct fdt_range *r)
{
	size_t len, stride;
	const char *p = fdt_prop(f, bus, "ranges", &len);
	int na = fdt_cell_count(f, bus, "#address-cells", ADDRESS_CELLS_DEFAULT, CELLS_MAX);
	int ns = fdt_cell_count(f, bus, "#size-cells", SIZE_CELLS_DEFAULT, CELLS_MAX);
	uint64_t child, parent, size, end;

	if (!p)
		return fdt_error(f, -EINVAL, "device tree: device behind a bus without ranges");
	if (na <= 0 || ns < 0 || pna <= 0)
		return fdt_error(f, -EINVAL, "device tree: unsupported number of cells");
	if (len == 0)
		return 0;
	stride = (size_t)(na + pna + ns) * 4;
	if (len % stride)
		return fdt_error(f, -EINVAL,
				 "device tree: ranges is not a whole number of entries");
	for (; len; len -= stride, p += stride) {
		child = read_cells(p, (unsigned)na);
		parent = read_cells(p + na * 4, (unsigned)pna);
		size = read_cells(p + (na + pna) * 4, (unsigned)ns);
		if (r->base < child || !range_within(r->base - child, r->size, size))
			continue;
		if (check_add_overflow(parent, r->base - child, &parent) ||
		    check_add_overflow(parent, r->size, &end))
			return fdt_error(f, -EINVAL,
					 "device tree: translated address wraps around");
		r->base = parent;
		return 0;
	}
	return fdt_error(f, -EINVAL, "device tree: address not in the ranges of its bus");
}

int fdt_reg(struct fdt *f, int node, unsigned i, struct fdt_range *r)
{
	struct fdt_range found;
	struct fdt_chain c;
	int na, ns, err = fdt_chain_to(f, node, &c);

	if (err)
		return err;
	if (c.depth == 0)
		return -ENOENT;
	na = fdt_cell_count(f, c.node[c.depth - 1], "#address-cells", ADDRESS_CELLS_DEFAULT,
			    CELLS_MAX);
	ns = fdt_cell_count(f, c.node[c.depth - 1], "#size-cells", SIZE_CELLS_DEFAULT, CELLS_MAX);
	if (na < 0 || ns < 0)
		return -EINVAL;
	err = fdt_reg_raw(f, node, "reg", i, (unsigned)na, (unsigned)ns, &found);
	for (int d = c.depth - 1; !err && d > 0; d--) {
		na = fdt_cell_count(f, c.node[d - 1], "#address-cells", ADDRESS_CELLS_DEFAULT,
				    CELLS_MAX);
		err = translate_once(f, c.node[d], na, &found);
	}
	if (!err)
		*r = found;
	return err;
}

int fdt_reg_named(struct fdt *f, int node, const char *name, struct fdt_range *r)
{
	const char *s;

	for (unsigned i = 0; (s = fdt_prop_str_at(f, node, "reg-names", i)); i++)
		if (strcmp(s, name) == 0)
			return fdt_reg(f, node, i, r);
	return -ENOENT;
}

/* The *@i-th non-empty entry of @node's reg, a child of @parent whose addresses are the CPU's. *@i counts down over entries */
static int nth_range(struct fdt *f, int parent, int node, unsigned *i, struct fdt_range *r)
{
	struct fdt_range cur;
	int na = fdt_cell_count(f, parent, "#address-cells", ADDRESS_CELLS_DEFAULT, CELLS_MAX);
	int ns = fdt_cell_count(f, parent, "#size-cells", SIZE_CELLS_DEFAULT, CELLS_MAX);
	int err = na < 0 || ns < 0 ? -EINVAL : 0;

	for (unsigned k = 0; !err; k++) {
		err = fdt_reg_raw(f, node, "reg", k, (unsigned)na, (unsigned)ns, &cur);
		if (!err && cur.size && (*i)-- == 0) {
			*r = cur;
			return 0;
		}
	}
	return err;
}

int fdt_memory(struct fdt *f, unsigned i, struct fdt_range *r)
{
	const char *type;
	int err;

	for (int node = fdt_child(f, 0); node >= 0; node = fdt_sibling(f, node)) {
		type = fdt_prop_str(f, node, "device_type");
		if (!type || strcmp(type, "memory") != 0 || !fdt_enabled(f, node))
			continue;
		err = nth_range(f, 0, node, &i, r);
		if (err != -ENOENT)
			return err;
	}
	return -ENOENT;
}

int fdt_reserved(struct fdt *f, unsigned i, struct fdt_range *r)
{
	int n = fdt_num_mem_rsv(f->blob), parent, err;
	uint64_t base, size, end;

	for (int k = 0; k < n; k++) {
		if (fdt_get_mem_rsv(f->blob, k, &base, &size) ||
		    check_add_overflow(base, size, &end))
			return fdt_error(f, -EINVAL,
					 "device tree: memory reservation wraps around");
		if (size && i-- == 0) {
			*r = (struct fdt_range){base, size};
			return 0;
		}
	}
	parent = fdt_node(f, "/reserved-memory");
	if (parent < 0)
		return parent;
	for (int node = fdt_child(f, parent); node >= 0; node = fdt_sibling(f, node)) {
		if (!fdt_enabled(f, node))
			continue;
		err = nth_range(f, parent, node, &i, r);
		if (err != -ENOENT)
			return err;
	}
	return -ENOENT;
}
