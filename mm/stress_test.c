/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults, unmaps, protections and forks of one space on several CPUs, through real user accesses
 * with real TLBs.
 */
#include <tessera/ktest/ktest.h>
#include <tessera/mm/user.h>
#include <tessera/thread/thread.h>
#include "space.h"

#define BASE ((vaddr_t)0x10000000)
enum { THREADS = 4, SLOTS = 16, SLOT_PAGES = 8, STEPS = 1500 };

struct stress {
	struct space *s;
	uint32_t stop;
	uint64_t good, faulted;
};

static vaddr_t slot_va(unsigned thread, unsigned slot)
{
	return BASE + ((vaddr_t)(thread * SLOTS + slot) << 15);
}

static void enter(struct space *s)
{
	thread_set_space(space_get(s));
}

static void leave(struct space *s)
{
	thread_set_space(NULL);
	space_put(s);
}

/* Own slots, checked exactly: nobody else touches them, so content must be what was written. */
static void own_slots(void *arg, unsigned id)
{
	struct stress *st = arg;
	uint64_t seed = id + 1, want[SLOTS] = {0};
	uint8_t mapped[SLOTS] = {0};

	enter(st->s);
	for (unsigned n = 0; n < STEPS && !ktest_failed(); n++) {
		unsigned slot = ktest_random(&seed) % SLOTS, page = slot % SLOT_PAGES;
		vaddr_t va = slot_va(id, slot), at = va + (vaddr_t)page * PAGE_SIZE;
		uint64_t v = seed;

		switch (ktest_random(&seed) % 5) {
		case 0:
			if (mapped[slot]) {
				KEXPECT_EQ(space_unmap(st->s, va, SLOT_PAGES * PAGE_SIZE), 0);
				KEXPECT_EQ(copy_from_user(&v, at, sizeof(v)), -EFAULT);
			} else {
				KEXPECT_EQ(space_map_anon(st->s, &va, SLOT_PAGES * PAGE_SIZE,
							  VM_READ | VM_WRITE, AS_FIXED, 0),
					   0);
			}
			mapped[slot] = !mapped[slot];
			want[slot] = 0;
			break;
		case 1:
			if (mapped[slot]) {
				KEXPECT_EQ(
					space_protect(st->s, va, SLOT_PAGES * PAGE_SIZE, VM_READ),
					0);
				KEXPECT_EQ(copy_to_user(at, &v, sizeof(v)), -EFAULT);
				KEXPECT_EQ(space_protect(st->s, va, SLOT_PAGES * PAGE_SIZE,
							 VM_READ | VM_WRITE),
					   0);
			}
			break;
		case 2:
			KEXPECT_EQ(copy_to_user(at, &v, sizeof(v)), mapped[slot] ? 0 : -EFAULT);
			if (mapped[slot])
				want[slot] = v;
			break;
		default:
			KEXPECT_EQ(copy_from_user(&v, at, sizeof(v)), mapped[slot] ? 0 : -EFAULT);
			if (mapped[slot])
				KEXPECT_EQ(v, want[slot]);
		}
	}
	leave(st->s);
}

KTEST(mm_stress, own_slots)
{
	struct account *a = account_create();
	struct stress st = {.s = space_create(a)};

	KASSERT_TRUE(a && st.s);
	KEXPECT(ktest_run_threads(THREADS, own_slots, &st));
	space_put(st.s);
	epoch_barrier();
	epoch_barrier();
	KEXPECT_EQ(a->total, 0);
	account_put(a);
}

/*
 * All on the same pages: thread 0 unmaps and maps them again, or makes them read-only and
 * writable again; the others write their number and read. A word read is 0 or the number of a
 * writer; after an unmap returned nobody may write to the old page.
 */
static void same_pages(void *arg, unsigned id)
{
	struct stress *st = arg;
	uint64_t seed = id * 7 + 3;
	vaddr_t va = BASE;

	enter(st->s);
	for (unsigned n = 0;
	     id == 0 &&
	     (n < STEPS / 3 || (cpus_online > 1 && !READ_ONCE(st->good) && n < 100 * STEPS));
	     n++) {
		if (n % 3 == 0) {
			KEXPECT_EQ(space_protect(st->s, va, SLOT_PAGES * PAGE_SIZE, VM_READ), 0);
			KEXPECT_EQ(space_protect(st->s, va, SLOT_PAGES * PAGE_SIZE,
						 VM_READ | VM_WRITE),
				   0);
		} else if (n % 3 == 1) {
			struct page *p = NULL;
			uint64_t before;

			if (!space_get_page(st->s, va, VM_WRITE, &p)) {
				KEXPECT_EQ(space_unmap(st->s, va, SLOT_PAGES * PAGE_SIZE), 0);
				before = *(volatile uint64_t *)page_to_virt(p);
				for (unsigned i = 0; i < 200; i++)
					arch_cpu_relax();
				KEXPECT_EQ(*(volatile uint64_t *)page_to_virt(p), before);
				page_put(p);
				KEXPECT_EQ(space_map_anon(st->s, &va, SLOT_PAGES * PAGE_SIZE,
							  VM_READ | VM_WRITE, AS_FIXED, 0),
					   0);
			}
		} else {
			KEXPECT_EQ(space_map_anon(st->s, &va, SLOT_PAGES * PAGE_SIZE,
						  VM_READ | VM_WRITE, AS_FIXED, 0),
				   0);
		}
	}
	if (id == 0)
		__atomic_store_n(&st->stop, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&st->stop, __ATOMIC_ACQUIRE)) {
		vaddr_t at = va + ktest_random(&seed) % SLOT_PAGES * PAGE_SIZE;
		uint64_t v = (uint64_t)id << 32 | (seed & 0xffffffff);

		if (copy_to_user(at, &v, sizeof(v)))
			__atomic_fetch_add(&st->faulted, 1, __ATOMIC_RELAXED);
		if (!copy_from_user(&v, at, sizeof(v))) {
			KEXPECT_LT(v >> 32, THREADS);
			__atomic_fetch_add(&st->good, 1, __ATOMIC_RELAXED);
		}
	}
	leave(st->s);
}

KTEST(mm_stress, same_pages)
{
	struct account *a = account_create();
	struct stress st = {.s = space_create(a)};
	vaddr_t va = BASE;

	KASSERT_TRUE(a && st.s);
	KEXPECT_EQ(
		space_map_anon(st.s, &va, SLOT_PAGES * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0),
		0);
	KEXPECT(ktest_run_threads(THREADS, same_pages, &st));
	if (cpus_online > 1)
		KEXPECT_GT(st.good, 0);
	space_put(st.s);
	epoch_barrier();
	epoch_barrier();
	KEXPECT_EQ(a->total, 0);
	account_put(a);
}

/*
 * Thread 0 forks again and again; the others count up in their own page of the parent. The
 * child's count must never move.
 */
static void forks(void *arg, unsigned id)
{
	struct stress *st = arg;
	vaddr_t at = BASE + id * PAGE_SIZE;

	if (id) {
		enter(st->s);
		for (uint64_t v = 1; !__atomic_load_n(&st->stop, __ATOMIC_ACQUIRE); v++) {
			uint64_t seen = 0;

			KEXPECT_EQ(copy_to_user(at, &v, sizeof(v)), 0);
			KEXPECT_EQ(copy_from_user(&seen, at, sizeof(seen)), 0);
			KEXPECT_EQ(seen, v); /* a store through a stale entry would be lost */
		}
		leave(st->s);
		return;
	}
	for (unsigned n = 0; n < 150; n++) {
		struct space *c = space_clone(st->s, space_account(st->s));
		uint64_t first[THREADS] = {0}, again;

		if (!KEXPECT(c != NULL))
			break;
		for (unsigned i = 1; i < THREADS; i++)
			KEXPECT_EQ(space_copy(c, BASE + i * PAGE_SIZE, &first[i], 8, false, false),
				   8);
		for (unsigned i = 0; i < 300; i++)
			arch_cpu_relax();
		for (unsigned i = 1; i < THREADS; i++) {
			KEXPECT_EQ(space_copy(c, BASE + i * PAGE_SIZE, &again, 8, false, false), 8);
			KEXPECT_EQ(again, first[i]);
		}
		space_put(c);
	}
	__atomic_store_n(&st->stop, 1, __ATOMIC_RELEASE);
}

KTEST(mm_stress, fork_while_writing)
{
	struct account *a = account_create();
	struct stress st = {.s = space_create(a)};
	vaddr_t va = BASE;

	KASSERT_TRUE(a && st.s);
	KEXPECT_EQ(
		space_map_anon(st.s, &va, SLOT_PAGES * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0),
		0);
	KEXPECT(ktest_run_threads(THREADS, forks, &st));
	space_put(st.s);
	epoch_barrier();
	epoch_barrier();
	KEXPECT_EQ(a->total, 0);
	account_put(a);
}

/*
 * Many spaces over few identifiers cannot be forced, but many switches between spaces with the
 * same addresses can.
 */
static void switches(void *arg, unsigned id)
{
	struct space *s[6];
	vaddr_t va = BASE;

	for (unsigned i = 0; i < 6; i++) {
		uint64_t v = id * 100 + i;

		s[i] = space_create(NULL);
		if (!KEXPECT(s[i] != NULL))
			return;
		KEXPECT_EQ(space_map_anon(s[i], &va, PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0),
			   0);
		KEXPECT_EQ(space_copy(s[i], va, &v, 8, true, false), 8);
	}
	for (unsigned n = 0; n < 600; n++) {
		struct space *t = s[n % 6];
		uint64_t v = ~0ull;

		enter(t);
		KEXPECT_EQ(copy_from_user(&v, va, 8), 0);
		KEXPECT_EQ(v, id * 100 + n % 6);
		leave(t);
	}
	for (unsigned i = 0; i < 6; i++)
		space_put(s[i]);
}

KTEST(mm_stress, space_switches)
{
	KEXPECT(ktest_run_threads(THREADS, switches, NULL));
}

/*
 * A fault is held between its look-up and its lock while another CPU does something to the page;
 * then it must not install.
 */
struct held_fault {
	struct space *s;
	struct pmo *o;
	vaddr_t va;
	unsigned access;
	uint32_t arrived, done;
	int result;
	void (*meanwhile)(struct held_fault *h);
};
static struct held_fault *held;

static void hold(struct space *s, vaddr_t va)
{
	struct held_fault *h = held;

	if (s != h->s || va != h->va || __atomic_exchange_n(&h->arrived, 1, __ATOMIC_ACQ_REL))
		return;
	while (!__atomic_load_n(&h->done, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
}

static void held_thread(void *arg, unsigned id)
{
	struct held_fault *h = arg;

	if (id == 1) {
		h->result = space_fault(h->s, h->va, h->access);
		return;
	}
	while (!__atomic_load_n(&h->arrived, __ATOMIC_ACQUIRE))
		sched_yield_now();
	h->meanwhile(h);
	__atomic_store_n(&h->done, 1, __ATOMIC_RELEASE);
}

static bool run_held(struct held_fault *h)
{
	if (cpus_online < 2) {
		ktest_skip("one processor");
		return false;
	}
	h->arrived = h->done = 0;
	held = h;
	__atomic_store_n(&fault_test_hook, hold, __ATOMIC_RELEASE);
	KEXPECT(ktest_run_threads(2, held_thread, h));
	__atomic_store_n(&fault_test_hook, NULL, __ATOMIC_RELEASE);
	return true;
}

static void do_unmap(struct held_fault *h)
{
	KEXPECT_EQ(space_unmap(h->s, BASE, SLOT_PAGES * PAGE_SIZE), 0);
}

static void do_protect(struct held_fault *h)
{
	KEXPECT_EQ(space_protect(h->s, BASE, SLOT_PAGES * PAGE_SIZE, VM_READ), 0);
}

static void do_truncate(struct held_fault *h)
{
	KEXPECT_EQ(pmo_resize(h->o, 1), 0);
}

static void do_clone(struct held_fault *h)
{
	struct space *c = space_clone(h->s, NULL);
	uint64_t v = 0;

	KASSERT_TRUE(c != NULL);
	KEXPECT_EQ(space_copy(c, h->va, &v, 8, false, false), 8);
	KEXPECT_EQ(v, 4711);
	space_put(c);
}

KTEST(mm_stress, fault_against_unmap)
{
	struct held_fault h = {.s = space_create(NULL),
			       .va = BASE + PAGE_SIZE,
			       .access = VM_WRITE,
			       .meanwhile = do_unmap};
	vaddr_t va = BASE;

	KASSERT_TRUE(h.s != NULL);
	KEXPECT_EQ(
		space_map_anon(h.s, &va, SLOT_PAGES * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0),
		0);
	if (run_held(&h)) {
		KEXPECT_EQ(h.result, -EFAULT);
		KEXPECT_EQ(space_query(h.s, h.va, NULL, NULL), -ENOENT);
	}
	space_put(h.s);
}

KTEST(mm_stress, fault_against_protect)
{
	struct held_fault h = {.s = space_create(NULL),
			       .va = BASE + PAGE_SIZE,
			       .access = VM_WRITE,
			       .meanwhile = do_protect};
	vaddr_t va = BASE;

	KASSERT_TRUE(h.s != NULL);
	KEXPECT_EQ(
		space_map_anon(h.s, &va, SLOT_PAGES * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0),
		0);
	if (run_held(&h)) {
		KEXPECT_EQ(h.result, -EACCES);
		KEXPECT_EQ(space_query(h.s, h.va, NULL, NULL), -ENOENT);
	}
	space_put(h.s);
}

KTEST(mm_stress, fault_against_truncate)
{
	struct held_fault h = {.s = space_create(NULL),
			       .o = pmo_create_anon(SLOT_PAGES, NULL),
			       .va = BASE + PAGE_SIZE,
			       .access = VM_READ,
			       .meanwhile = do_truncate};
	vaddr_t va = BASE;

	KASSERT_TRUE(h.s && h.o);
	KEXPECT_EQ(space_map_obj(h.s, &va, SLOT_PAGES * PAGE_SIZE, VM_READ, AS_FIXED, RANGE_SHARED,
				 h.o, 0, 0),
		   0);
	if (run_held(&h)) {
		KEXPECT_EQ(h.result, -EIO);
		KEXPECT_EQ(space_query(h.s, h.va, NULL, NULL), -ENOENT);
	}
	space_put(h.s);
	pmo_put(h.o);
}

KTEST(mm_stress, cow_against_clone)
{
	struct held_fault h = {.s = space_create(NULL),
			       .va = BASE + PAGE_SIZE,
			       .access = VM_WRITE,
			       .meanwhile = do_clone};
	vaddr_t va = BASE;
	uint64_t v = 4711;
	struct space *c;

	KASSERT_TRUE(h.s != NULL);
	KEXPECT_EQ(
		space_map_anon(h.s, &va, SLOT_PAGES * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0),
		0);
	KEXPECT_EQ(space_copy(h.s, h.va, &v, 8, true, false), 8);
	c = space_clone(h.s, NULL);
	KASSERT_TRUE(c != NULL);
	run_held(&h);
	v = 1;
	KEXPECT_EQ(space_copy(h.s, h.va, &v, 8, true, false), 8);
	KEXPECT_EQ(space_copy(c, h.va, &v, 8, false, false), 8);
	KEXPECT_EQ(v, 4711);
	space_put(c);
	space_put(h.s);
}

/*
 * Thread 0 writes through copy-on-write and posts the value; the others, with the old page in
 * their TLBs, must see it.
 */
static void cow_seen(void *arg, unsigned id)
{
	struct stress *st = arg;
	uint64_t seen, posted;

	enter(st->s);
	for (uint64_t v = 1; !id && v <= 200; v++) {
		struct space *c = space_clone(st->s, NULL);

		if (!KEXPECT(c != NULL))
			break;
		for (unsigned i = 0; i < 100; i++)
			arch_cpu_relax();
		KEXPECT_EQ(copy_to_user(BASE, &v, sizeof(v)), 0);
		__atomic_store_n(&st->good, v, __ATOMIC_RELEASE);
		for (unsigned i = 0; i < 100; i++)
			arch_cpu_relax();
		space_put(c);
	}
	if (!id)
		__atomic_store_n(&st->stop, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&st->stop, __ATOMIC_ACQUIRE)) {
		posted = __atomic_load_n(&st->good, __ATOMIC_ACQUIRE);
		KEXPECT_EQ(copy_from_user(&seen, BASE, sizeof(seen)), 0);
		if (!KEXPECT_GE(seen, posted))
			break;
	}
	leave(st->s);
}

KTEST(mm_stress, cow_seen_by_others)
{
	struct stress st = {.s = space_create(NULL)};
	vaddr_t va = BASE;

	KASSERT_TRUE(st.s != NULL);
	KEXPECT_EQ(space_map_anon(st.s, &va, PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0), 0);
	KEXPECT(ktest_run_threads(THREADS, cow_seen, &st));
	space_put(st.s);
}
