/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for the few lockless accesses that plain __atomic builtins do not read well for. */
#ifndef TESSERA_SYNC_ATOMIC_H
#define TESSERA_SYNC_ATOMIC_H
#include <tessera/lib/types.h>
#include <arch/barrier.h>

#define atomic_load(p)			__atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_load_acquire(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define atomic_store(p, v)		__atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define atomic_store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define atomic_add(p, v)		((void)__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define atomic_sub(p, v)		((void)__atomic_fetch_sub((p), (v), __ATOMIC_RELAXED))
#define atomic_fetch_add(p, v)		__atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define atomic_fetch_or(p, v)		__atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)
#define atomic_fetch_and(p, v)		__atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL)
#define atomic_xchg(p, v)		__atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
/* true: *p was old and is now new */
#define atomic_cas(p, old, new) ({							\
	__typeof__(*(p)) expected_ = (old);						\
	__atomic_compare_exchange_n((p), &expected_, (new), false,			\
				    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE); })

/** Take a reference unless the count is zero (lookups in an epoch section). */
static inline bool refcount_get_unless_zero(uint32_t *refs)
{
	uint32_t old = __atomic_load_n(refs, __ATOMIC_RELAXED);

	while (old != 0)
		if (__atomic_compare_exchange_n(refs, &old, old + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}
static inline void refcount_get(uint32_t *refs)
{
	(void)__atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
}
/** Drop a reference; true when it was the last. */
static inline bool refcount_put(uint32_t *refs)
{
	return __atomic_fetch_sub(refs, 1, __ATOMIC_ACQ_REL) == 1;
}
#endif
