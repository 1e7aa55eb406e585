/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cache maintenance by address, with the line sizes of CTR_EL0. Broadcast by hardware in the
 * inner shareable domain.
 */
#include <arch/cache.h>
#include <asm/sysreg.h>

#define FOR_LINES(insn, start, end, line)                                    \
	for (uintptr_t p_ = (start) & ~((line)-1); p_ < (end); p_ += (line)) \
	__asm__ volatile(insn ", %0" : : "r"(p_) : "memory")

static uintptr_t data_line(void)
{
	return 4UL << (sysreg_read(ctr_el0) >> 16 & 0xf);
}

void arch_cache_clean(const void *p, size_t n)
{
	FOR_LINES("dc cvac", (uintptr_t)p, (uintptr_t)p + n, data_line());
	__asm__ volatile("dsb sy" : : : "memory");
}

/* Partial lines at the ends are cleaned too: what else lies in them must not be lost. */
void arch_cache_invalidate(void *p, size_t n)
{
	FOR_LINES("dc civac", (uintptr_t)p, (uintptr_t)p + n, data_line());
	__asm__ volatile("dsb sy" : : : "memory");
}

void arch_icache_sync(const void *p, size_t n)
{
	uint64_t ctr = sysreg_read(ctr_el0);

	if (!(ctr >> 28 & 1)) /* IDC: no cleaning needed */
		FOR_LINES("dc cvau", (uintptr_t)p, (uintptr_t)p + n, data_line());
	__asm__ volatile("dsb ish" : : : "memory");
	if (!(ctr >> 29 & 1)) {		  /* DIC: no invalidation needed */
		if ((ctr >> 14 & 3) == 3) /* physically tagged and indexed: any alias will do */
			FOR_LINES("ic ivau", (uintptr_t)p, (uintptr_t)p + n, 4UL << (ctr & 0xf));
		else
			__asm__ volatile("ic ialluis" : : : "memory");
		__asm__ volatile("dsb ish" : : : "memory");
	}
	__asm__ volatile("isb" : : : "memory");
}
