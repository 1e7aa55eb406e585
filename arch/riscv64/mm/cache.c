/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Caches. Without Zicbom there are no instructions for data caches: DMA of such machines is
 * coherent (the device trees say dma-coherent), so clean and invalidate order memory only. New code
 * needs fence.i on every hart.
 */
#include <arch/barrier.h>
#include <arch/cache.h>
#include <tessera/percpu/percpu.h>
#include "../kernel/riscv.h"

void arch_cache_clean(const void *p, size_t n)
{
	(void)p;
	(void)n;
	arch_io_mb();
}

void arch_cache_invalidate(void *p, size_t n)
{
	(void)p;
	(void)n;
	arch_io_mb();
}

void arch_icache_sync(const void *p, size_t n)
{
	uint64_t others;

	(void)p;
	(void)n;
	arch_mb(); /* the others fetch what was stored before */
	__asm__ volatile("fence.i" : : : "memory");
	others = __atomic_load_n(&cpus_online_mask, __ATOMIC_RELAXED);
	if (others & (others - 1))
		riscv_remote_fence_i(others); /* by the firmware: any context, no interrupt of ours
						 to wait for */
}
