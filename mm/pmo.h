/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of memory objects, for pmo.c and pmo_ops.c. */
#ifndef MM_PMO_H
#define MM_PMO_H
#include <tessera/lib/xarray.h>
#include "space.h"

struct pmo {
	uint32_t refs, id;
	uint8_t kind, maxprot, mt;
	uint32_t flags;	      /* by lock */
	uint64_t size;	      /* pages; by lock to change */
	uint64_t nr_pages;    /* by lock */
	struct spinlock lock; /* slots */
	struct xarray pages;
	struct mutex rmap_lock;
	struct list_head ranges;   /* by rmap_lock */
	uint32_t nr_ranges, wmaps; /* by rmap_lock */
	paddr_t pa;		   /* DEVICE, CONTIG */
	struct pmo *parent;	   /* SLICE */
	uint64_t first;
	struct account *acct;
	struct pmo *next_id;
	struct epoch_head epoch;
};

void pmo_init(void);
#endif
