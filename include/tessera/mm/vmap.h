/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel virtual areas: stacks with guard pages, device registers, virtually contiguous memory.
 * Each area has an unmapped page before and after it. Freed areas are reused only after all TLBs
 * have been flushed, in batches. Thread context throughout.
 */
#ifndef TESSERA_MM_VMAP_H
#define TESSERA_MM_VMAP_H
#include <tessera/lib/types.h>
#include <tessera/mm/prot.h>

/** Kernel stack of THREAD_STACK_SIZE bytes with a guard page below; its lowest address, or NULL. */
void *vmap_stack_alloc(void);
void vmap_stack_free(void *stack);
/**
 * Is @va in the guard page of a stack or otherwise in the vmap window but not mapped? For fault
 * messages; any context.
 */
bool vmap_is_guard(vaddr_t va);

/**
 * Map @size bytes at physical @pa (any alignment) with memory type @mt, read-write. NULL on bad
 * range or no memory.
 */
void *vmap_phys(paddr_t pa, size_t size, enum mem_type mt);
/** Map device registers; see vmap_phys(). */
static inline void *vmap_io(paddr_t pa, size_t size)
{
	return vmap_phys(pa, size, MEM_DEVICE);
}
void vunmap_phys(void *p);

/** @size bytes of zeroed, virtually contiguous memory; NULL when there is none. */
void *vmalloc(size_t size);
void vfree(void *p);
#endif
