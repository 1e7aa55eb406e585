/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: cache maintenance on kernel virtual ranges. */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H
#include <tessera/lib/types.h>
void arch_cache_clean(const void *p, size_t n);		/* to the point of coherency */
void arch_cache_invalidate(void *p, size_t n);
void arch_icache_sync(const void *p, size_t n);		/* new code at p will be executed, by any CPU */
#endif
