/* SPDX-License-Identifier: BSD-2-Clause */
/* Epoch reclaim: no reader sees freed memory, grace periods end whatever idle and busy CPUs do. */
#include <tessera/ktest/ktest.h>
#include <tessera/mm/slab.h>
#include <tessera/sync/epoch.h>
#include <tessera/thread/thread.h>

enum { MS = 1000000, ALIVE = 0x11223344, ROUNDS = 100 };

struct item {
	uint32_t magic;
	struct epoch_head epoch;
};
struct shared {
	struct item *item;		/* published */
	uint32_t stop, freed;		/* atomic */
};
static struct shared shared;

static void item_free(struct epoch_head *h)
{
	struct item *it = container_of(h, struct item, epoch);

	WRITE_ONCE(it->magic, 0);
	kfree(it);
	(void)__atomic_fetch_add(&shared.freed, 1, __ATOMIC_RELAXED);
}

static void reader(uint64_t *seed)
{
	struct item *it;

	epoch_enter();
	it = epoch_deref(shared.item);
	for (unsigned n = 0; n < 50 + ktest_random(seed) % 200; n++)
		if (READ_ONCE(it->magic) != ALIVE) {
			ktest_fail(__FILE__, __LINE__, "a reader saw freed memory");
			break;
		}
	epoch_exit();
}

static void reclaim_task(void *arg, unsigned i)
{
	uint64_t seed = i + 1;

	if (i != 0) {
		while (!__atomic_load_n(&shared.stop, __ATOMIC_ACQUIRE))
			reader(&seed);
		return;
	}
	for (unsigned n = 0; n < ROUNDS; n++) {
		struct item *fresh = kzalloc(sizeof(*fresh)), *old = shared.item;

		VERIFY(fresh);
		fresh->magic = ALIVE;
		epoch_publish(shared.item, fresh);
		epoch_call(&old->epoch, item_free);
		if (n % 32 == 0)
			epoch_wait();
	}
	__atomic_store_n(&shared.stop, 1, __ATOMIC_RELEASE);
}

KTEST(epoch, reclaim)
{
	shared = (struct shared){ .item = kzalloc(sizeof(struct item)) };
	VERIFY(shared.item);
	shared.item->magic = ALIVE;
	(void)ktest_run_threads(4, reclaim_task, NULL);
	epoch_barrier();
	KEXPECT_EQ(shared.freed, ROUNDS);
	kfree(shared.item);
}

/* A reader inside of its section holds the grace period up until it leaves. */
static uint32_t in_section, leave, waited;

static void section_task(void *arg, unsigned i)
{
	if (i == 1) {
		epoch_enter();
		__atomic_store_n(&in_section, 1, __ATOMIC_RELEASE);
		while (!__atomic_load_n(&leave, __ATOMIC_ACQUIRE))
			arch_cpu_relax();
		if (__atomic_load_n(&waited, __ATOMIC_ACQUIRE))
			ktest_fail(__FILE__, __LINE__, "the grace period ended inside of a read section");
		epoch_exit();
	} else if (i == 2) {
		while (!__atomic_load_n(&in_section, __ATOMIC_ACQUIRE))
			(void)thread_sleep_until(time_now_ns() + MS, 0);
		epoch_wait();
		__atomic_store_n(&waited, 1, __ATOMIC_RELEASE);
	} else if (i == 0) {
		while (!__atomic_load_n(&in_section, __ATOMIC_ACQUIRE))
			(void)thread_sleep_until(time_now_ns() + MS, 0);
		(void)thread_sleep_until(time_now_ns() + 50 * MS, 0);
		__atomic_store_n(&leave, 1, __ATOMIC_RELEASE);
	}
}

KTEST(epoch, waits_for_readers)
{
	if (cpus_online < 2) {
		ktest_skip("needs two CPUs");
		return;
	}
	in_section = leave = waited = 0;
	(void)ktest_run_threads(3, section_task, NULL);
	KEXPECT_EQ(waited, 1);
}

/* A CPU that spins with preemption on must not hold it up, nor one that idles. */
static uint32_t stop_busy;

static void busy(void *arg)
{
	while (!__atomic_load_n(&stop_busy, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
}

KTEST(epoch, busy_and_idle_cpus)
{
	struct thread *t;
	uint64_t start;

	stop_busy = 0;
	t = thread_run_on(cpus_online - 1, "busy", busy, NULL);
	VERIFY(t);
	start = time_now_ns();
	for (unsigned n = 0; n < 10; n++)
		epoch_wait();
	ktest_note("ten grace periods in %llu us", (unsigned long long)(time_now_ns() - start) / 1000);
	__atomic_store_n(&stop_busy, 1, __ATOMIC_RELEASE);
	(void)thread_join(t);
	KEXPECT_LT(time_now_ns() - start, 20000ull * MS);
}
