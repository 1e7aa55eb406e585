/* SPDX-License-Identifier: BSD-2-Clause */
/* TLB shootdown. When these return, no CPU can use an entry that was in the tables before. */
#ifndef TESSERA_MM_TLB_H
#define TESSERA_MM_TLB_H
#include <tessera/lib/types.h>
struct space;

/**
 * Flush user range [@start, @end) of @s everywhere. Interrupts on; a leaf table lock may be held.
 */
void tlb_flush_space(struct space *s, vaddr_t start, vaddr_t end);
/** Flush kernel range [@start, @end) on all CPUs. Interrupts on (or only one CPU online). */
void tlb_flush_kernel(vaddr_t start, vaddr_t end);

/** Statistics. */
extern uint64_t tlb_flushes_local, tlb_flushes_remote;
#endif
