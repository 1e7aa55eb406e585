/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's device tree, for the port and for drivers of RISC-V hardware. Valid from
 * arch_boot_early() on. */
#ifndef ASM_DT_H
#define ASM_DT_H
#include <tessera/fw/fdt.h>

extern struct fdt riscv_fdt;

/** Next enabled node behind @after (-1: from the start) that is compatible with @compat, or
 * -ENOENT. */
static inline int dt_next(int after, const char *compat)
{
	return fdt_next_enabled(&riscv_fdt, after, compat);
}
/** Cell @i of @prop; false if there is none. */
static inline bool dt_cell(int node, const char *prop, unsigned i, uint32_t *v)
{
	return fdt_prop_u32_at(&riscv_fdt, node, prop, i, v) == 0;
}
/** Number of cells of @prop; 0 if it is not there. */
static inline unsigned dt_cells(int node, const char *prop)
{
	size_t len = 0;

	return fdt_prop(&riscv_fdt, node, prop, &len) ? (unsigned)(len / 4) : 0;
}
/** Entry @i of reg as CPU address; false if there is none or it is malformed. */
static inline bool dt_reg(int node, unsigned i, paddr_t *base, uint64_t *size)
{
	struct fdt_range r;

	if (fdt_reg(&riscv_fdt, node, i, &r))
		return false;
	*base = r.base;
	*size = r.size;
	return true;
}
#endif
