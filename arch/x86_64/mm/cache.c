/* SPDX-License-Identifier: BSD-2-Clause */
/* Caches: DMA and instruction fetch are coherent with data caches on x86; only order is needed. */
#include <arch/barrier.h>
#include <arch/cache.h>

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

/* A CPU that runs the code gets there by an interrupt return or a jump after a lock: both are enough (Intel SDM vol. 3, 8.1.3). */
void arch_icache_sync(const void *p, size_t n)
{
	(void)p;
	(void)n;
	arch_mb();
}
