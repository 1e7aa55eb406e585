/* SPDX-License-Identifier: BSD-2-Clause */
/* The contended path of spinlocks, out of line. */
#include <tessera/sync/spinlock.h>

void spin_lock_slow(struct spinlock *l, uint16_t ticket)
{
	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket)
		arch_cpu_relax();
}
