/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Caches. Without Zicbom there are no instructions for data caches: DMA of such machines is coherent (the device trees say
 * dma-coherent), so clean and invalidate order memory only. New code needs fence.i on every hart.
 */
#include <arch/barrier.h>
#include <arch/cache.h>
#include <arch/irq.h>
#include <tessera/percpu/percpu.h>
#include <asm/hart.h>
#include <asm/sbi.h>

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
	unsigned i;

	(void)p;
	(void)n;
	arch_mb();
	__asm__ volatile("fence.i" : : : "memory");
	/* the others by the firmware's remote fence: any context, no wait for interrupts of ours */
	for (i = 0; i < cpus_online; i++)
		sbi_remote_fence_i(1, riscv_harts[i].id);
}
