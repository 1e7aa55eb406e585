/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the device tree reader share. */
#ifndef KERNEL_FW_FDT_PRIVATE_H
#define KERNEL_FW_FDT_PRIVATE_H
#include <tessera/fw/fdt.h>

/* A node and its ancestors: node[0] is the root, node[depth] the node itself */
struct fdt_chain {
	int depth, node[FDT_DEPTH_MAX + 1];
};

/* Note why, return err. */
int fdt_error(struct fdt *f, int err, const char *reason);
/* Big-endian cell at any address. */
uint32_t fdt_be32(const void *p);
/* Fill @c for @node. -EINVAL when it is no node of the tree. */
int fdt_chain_to(struct fdt *f, int node, struct fdt_chain *c);
/* "#address-cells" and the like: @dflt when absent, -EINVAL above @max. */
int fdt_cell_count(struct fdt *f, int node, const char *prop, unsigned dflt, unsigned max);
/* The @i-th entry of @prop, @na address cells (1, 2) and @ns size cells (0..2). -ENOENT beyond its end, -EINVAL wraps. */
int fdt_reg_raw(struct fdt *f, int node, const char *prop, unsigned i, unsigned na, unsigned ns,
		struct fdt_range *r);
#endif
