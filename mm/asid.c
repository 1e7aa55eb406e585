/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Identifiers of address spaces in the TLB, with generations. An identifier belongs to a space
 * until the generation ends; then those that are loaded on a CPU are kept, every CPU flushes
 * before its next switch, and all others are free again. A CPU announces the space, then looks at
 * the generation; who starts a generation changes it, then reads what is announced: so one of
 * them sees the other.
 */
#include <tessera/mm/asid.h>
#include <tessera/sync/spinlock.h>
#include "space.h"

enum { ASID_LIMIT = 1 << 16, ASID_SHIFT = 16 };

static struct spinlock lock = SPINLOCK_INIT(RANK_ZONE);
static uint64_t generation = 1;
static uint32_t next = 1;		  /* by lock */
static uint64_t used[ASID_LIMIT / 64];	  /* kept from the last generation; by lock */
static struct space *announced[CPUS_MAX]; /* what each CPU has loaded or is about to */
static bool flush_pending[CPUS_MAX];	  /* set under lock, cleared by the CPU */

static unsigned limit(void)
{
	unsigned bits = arch_asid_bits();

	return bits > 16 ? ASID_LIMIT : 1u << bits;
}

/* Lock held, interrupts off: that is also an epoch section, so announced spaces cannot vanish. */
static void new_generation(void)
{
	uint64_t gen = __atomic_add_fetch(&generation, 1, __ATOMIC_SEQ_CST);

	memset(used, 0, sizeof(used));
	for (unsigned c = 0; c < CPUS_MAX; c++) {
		struct space *s = __atomic_load_n(&announced[c], __ATOMIC_SEQ_CST);
		unsigned id;

		__atomic_store_n(&flush_pending[c], true, __ATOMIC_RELEASE);
		if (!s || s->asid >> ASID_SHIFT < gen - 1)
			continue; /* the CPU is on its way here to get a new one */
		id = (unsigned)s->asid & (ASID_LIMIT - 1);
		used[id / 64] |= 1ull << (id % 64);
		__atomic_store_n(&s->asid, gen << ASID_SHIFT | id, __ATOMIC_RELEASE);
	}
	next = 1;
}

/* Lock held: give s an identifier of the present generation. */
static uint64_t assign(struct space *s)
{
	while (s->asid >> ASID_SHIFT != generation) {
		while (next < limit() && used[next / 64] >> (next % 64) & 1)
			next++;
		if (next < limit())
			__atomic_store_n(&s->asid, generation << ASID_SHIFT | next++,
					 __ATOMIC_RELEASE);
		else
			new_generation();
	}
	return s->asid;
}

unsigned asid_use(struct space *s)
{
	unsigned cpu = cpu_id();
	uint64_t a;

	if (!arch_asid_bits())
		return 0;
	__atomic_store_n(&announced[cpu], s, __ATOMIC_SEQ_CST);
	a = __atomic_load_n(&s->asid, __ATOMIC_SEQ_CST);
	if (unlikely(a >> ASID_SHIFT != __atomic_load_n(&generation, __ATOMIC_SEQ_CST))) {
		spin_lock(&lock);
		a = assign(s);
		spin_unlock_noresched(&lock);
	}
	if (unlikely(__atomic_load_n(&flush_pending[cpu], __ATOMIC_ACQUIRE))) {
		__atomic_store_n(&flush_pending[cpu], false, __ATOMIC_RELAXED);
		arch_tlb_flush_all();
	}
	return (unsigned)a & (ASID_LIMIT - 1);
}

void asid_unuse(void)
{
	__atomic_store_n(&announced[cpu_id()], NULL, __ATOMIC_SEQ_CST);
}

unsigned asid_of(const struct space *s)
{
	return (unsigned)__atomic_load_n(&s->asid, __ATOMIC_ACQUIRE) & (ASID_LIMIT - 1);
}
