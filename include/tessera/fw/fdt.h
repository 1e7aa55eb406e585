/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flattened device tree (Devicetree Specification 0.4), read in place through libfdt. The blob comes from outside and is not
 * believed: it is checked whole once, every property is length-checked at use. No allocation, no state besides struct fdt,
 * any context. Nodes are libfdt offsets (0 is the root); an error is -errno.
 */
#ifndef TESSERA_FW_FDT_H
#define TESSERA_FW_FDT_H
#include <tessera/lib/types.h>

enum { FDT_DEPTH_MAX = 16, FDT_IRQ_CELLS_MAX = 4, FDT_SIZE_MAX = 2 << 20, FDT_NODES_MAX = 65536 };

struct fdt {
	const void *blob;
	size_t size;			/* totalsize, bytes */
	const char *reason;		/* of the last error, a line for people */
};
struct fdt_range { uint64_t base, size; };

/**
 * Check the blob at @blob, of which at most @max_size bytes may be read. 0; -EINVAL malformed, -E2BIG larger than @max_size or
 * FDT_SIZE_MAX, -ELOOP nested deeper than FDT_DEPTH_MAX or more than FDT_NODES_MAX nodes; then f->reason says why.
 */
int __must_check fdt_open(struct fdt *f, const void *blob, size_t max_size);
/** Size in bytes that the header at @blob (at least 8 readable bytes) claims; 0 when it is no device tree. */
size_t fdt_claimed_size(const void *blob);

/* --- nodes and properties. Lookups give -ENOENT when the thing is not there */
/** Node at @path ("/soc/uart@1000", or an alias). */
int fdt_node(struct fdt *f, const char *path);
/** Next node of the tree (in order, any depth) behind @after that is compatible with @compat; begin with -1. */
int fdt_next_compatible(struct fdt *f, int after, const char *compat);
/** As above, only nodes that are not disabled. */
int fdt_next_enabled(struct fdt *f, int after, const char *compat);
/** status is absent, "okay" or "ok". */
bool fdt_enabled(struct fdt *f, int node);
bool fdt_is_compatible(struct fdt *f, int node, const char *compat);
/** First child of @node, next sibling of @child; -ENOENT at the end. */
int fdt_child(struct fdt *f, int node);
int fdt_sibling(struct fdt *f, int child);
/** Name with unit address, terminated. "" on a bad node. */
const char *fdt_name(struct fdt *f, int node);
/** Value of @prop and its length in bytes; NULL when it is not there. */
const void *fdt_prop(struct fdt *f, int node, const char *prop, size_t *len);
/** A property that is one terminated string; NULL when it is not there or not terminated. */
const char *fdt_prop_str(struct fdt *f, int node, const char *prop);
/** The @i-th string of a list; NULL beyond its end. */
const char *fdt_prop_str_at(struct fdt *f, int node, const char *prop, unsigned i);
/** The @i-th 32-bit cell. 0, -ENOENT. */
int fdt_prop_u32_at(struct fdt *f, int node, const char *prop, unsigned i, uint32_t *v);
static inline int fdt_prop_u32(struct fdt *f, int node, const char *prop, uint32_t *v)
{
	return fdt_prop_u32_at(f, node, prop, 0, v);
}
/** One or two cells. 0, -ENOENT, -EINVAL other length. */
int fdt_prop_cells(struct fdt *f, int node, const char *prop, uint64_t *v);
/** Node with @phandle. */
int fdt_by_phandle(struct fdt *f, uint32_t phandle);

/* --- addresses */
/** The @i-th entry of "reg", translated to CPU addresses through the "ranges" of all parents. 0; -ENOENT no such entry;
 * -EINVAL malformed, wraps or cannot be translated. */
int fdt_reg(struct fdt *f, int node, unsigned i, struct fdt_range *r);
/** The entry whose name in "reg-names" is @name. */
int fdt_reg_named(struct fdt *f, int node, const char *name, struct fdt_range *r);

/** The @i-th range of RAM (nodes with device_type "memory" that are enabled); empty ones are left out. 0, -ENOENT at the end, -EINVAL. */
int fdt_memory(struct fdt *f, unsigned i, struct fdt_range *r);
/** The @i-th reserved range: the memory reservation block, then /reserved-memory children with "reg". 0, -ENOENT at the end, -EINVAL. */
int fdt_reserved(struct fdt *f, unsigned i, struct fdt_range *r);

/* --- /chosen */
/** Command line, terminated; "" when there is none. */
const char *fdt_bootargs(struct fdt *f);
/** linux,initrd-start and -end (32 or 64 bits). 0, -ENOENT, -EINVAL (only one, or end before start). */
int fdt_initrd(struct fdt *f, struct fdt_range *r);
/** rng-seed: bytes; kaslr-seed: one number. The blob is read only: the caller wipes its copies. 0, -ENOENT. */
int fdt_rng_seed(struct fdt *f, const void **seed, size_t *len);
int fdt_kaslr_seed(struct fdt *f, uint64_t *seed);
/** Node of stdout-path (alias or path, options after ':' ignored; *@options, if not NULL, points at them or is NULL). */
int fdt_stdout(struct fdt *f, const char **options);

/* --- CPUs */
struct fdt_cpu {
	int node;
	uint64_t hwid;			/* "reg": MPIDR affinity, hart id */
	bool enabled;			/* status is okay; "disabled" CPUs may be started, see enable_method */
	const char *enable_method;	/* "psci", "spin-table"; NULL */
	const char *isa;		/* riscv,isa; NULL */
	const char *mmu_type;		/* riscv,sv39...; NULL */
	int intc;			/* riscv,cpu-intc child node; -ENOENT */
};
/** The @i-th node below /cpus with device_type "cpu" (or a reg). 0, -ENOENT at the end, -EINVAL malformed reg. */
int fdt_cpu(struct fdt *f, unsigned i, struct fdt_cpu *cpu);
/** Is @ext in the CPU's "riscv,isa-extensions", or else in its riscv,isa string? Lower case, "v" or "sstc". */
bool fdt_cpu_has_ext(struct fdt *f, const struct fdt_cpu *cpu, const char *ext);
/** timebase-frequency of the CPU or of /cpus, Hz. 0, -ENOENT. */
int fdt_timebase(struct fdt *f, uint64_t *hz);

enum fdt_psci { FDT_PSCI_NONE, FDT_PSCI_HVC, FDT_PSCI_SMC };
/** How PSCI is called; @cpu_on, if not NULL, is the function number of PSCI 0.1, else 0. */
enum fdt_psci fdt_psci(struct fdt *f, uint32_t *cpu_on);

/* --- interrupts */
struct fdt_irq {
	int controller;			/* node */
	unsigned nr_cells;
	uint32_t cells[FDT_IRQ_CELLS_MAX];
};
/** The @i-th interrupt of @node: interrupts-extended, or interrupts with the inherited interrupt-parent; not through interrupt-map.
 * 0; -ENOENT; -EINVAL malformed. */
int fdt_irq(struct fdt *f, int node, unsigned i, struct fdt_irq *irq);
#endif
