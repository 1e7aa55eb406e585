/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of ranges, page allocator, slab, vmap, accounts: random operations against models. */
#include <arch/boot.h>
#include <arch/thread.h>
#include <tessera/ktest/ktest.h>
#include <tessera/mm/kasan.h>
#include <tessera/mm/slab.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>
#include "internal.h"

enum { RANGE_MODEL = 2048 };

KTEST(mm_ranges, model)
{
	static struct pfn_ranges l;
	static uint8_t model[RANGE_MODEL];
	uint64_t seed = 0x1234567, n;

	memset(&l, 0, sizeof(l));
	memset(model, 0, sizeof(model));
	for (unsigned step = 0; step < 3000; step++) {
		uint64_t a = ktest_random(&seed) % RANGE_MODEL, len = ktest_random(&seed) % 40;
		uint64_t b = a + len > RANGE_MODEL ? RANGE_MODEL : a + len;
		bool add = ktest_random(&seed) & 1;

		if (add ? ranges_add(&l, a, b) : ranges_remove(&l, a, b))
			memset(model + a, add, b - a);
		n = 0;
		for (unsigned i = 0; i < RANGE_MODEL; i++)
			n += model[i];
		KASSERT_TRUE(ranges_total(&l) == n);
		for (unsigned i = 0; i < l.n; i++) {
			KASSERT_TRUE(l.r[i].start < l.r[i].end && model[l.r[i].start] &&
				     model[l.r[i].end - 1]);
			KASSERT_TRUE(l.r[i].end == RANGE_MODEL || !model[l.r[i].end]);
			KASSERT_TRUE(!i || l.r[i - 1].end < l.r[i].start);
		}
	}
}

KTEST(mm_ranges, take_top)
{
	static struct pfn_ranges l;

	l.n = 0;
	KEXPECT(ranges_add(&l, 10, 20) && ranges_add(&l, 100, 200));
	KEXPECT_EQ(ranges_take_top(&l, 10, 1000, 1), 190);
	KEXPECT_EQ(ranges_take_top(&l, 16, 1000, 64), 128);
	KEXPECT_EQ(ranges_take_top(&l, 10, 50, 1), 10);
	KEXPECT_EQ(ranges_take_top(&l, 1000, 1000, 1), ~0ull);
	KEXPECT_EQ(ranges_total(&l), 90 - 16);
}

enum { BLOCKS = 300 };

static void fill(struct page *p, uint64_t tag)
{
	for (unsigned i = 0; i < 1u << page_order(p); i++) {
		uint64_t *w = page_to_virt(p + i);

		w[0] = w[PAGE_SIZE / 8 - 1] = tag + i;
	}
}

static bool check(struct page *p, uint64_t tag)
{
	for (unsigned i = 0; i < 1u << page_order(p); i++) {
		uint64_t *w = page_to_virt(p + i);

		if (w[0] != tag + i || w[PAGE_SIZE / 8 - 1] != tag + i)
			return false;
	}
	return true;
}

KTEST(mm_alloc, random_blocks)
{
	static struct page *blocks[BLOCKS];
	static uint64_t tags[BLOCKS];
	struct account *a = account_create();
	uint64_t seed = 99, held = 0, free_before;

	KASSERT_TRUE(a != NULL);
	free_before = page_free_count();
	for (unsigned step = 0; step < 6000; step++) {
		unsigned i = ktest_random(&seed) % BLOCKS,
			 order = ktest_random(&seed) % 8 ? 0 : ktest_random(&seed) % 6;
		unsigned flags = ktest_random(&seed) % 3 ? 0 : ALLOC_ZERO;

		if (blocks[i]) {
			KEXPECT(check(blocks[i], tags[i]));
			held -= 1ull << page_order(blocks[i]);
			page_put(blocks[i]);
			blocks[i] = NULL;
			continue;
		}
		blocks[i] = page_alloc(PAGE_ANON, order, flags, a);
		KASSERT_TRUE(blocks[i] != NULL);
		KEXPECT_EQ(page_to_pfn(blocks[i]) & ((1u << order) - 1), 0);
		KEXPECT_EQ(page_order(blocks[i]), order);
		KEXPECT(page_kind(blocks[i]) == PAGE_ANON && blocks[i]->acct == a->index);
		if (flags & ALLOC_ZERO)
			KEXPECT(mem_is(page_to_virt(blocks[i]), 0, (size_t)PAGE_SIZE << order));
		tags[i] = (uint64_t)step << 20;
		fill(blocks[i], tags[i]);
		held += 1ull << order;
		KEXPECT_EQ(a->usage[ACCT_ANON], held);
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		if (blocks[i]) {
			KEXPECT(check(blocks[i], tags[i]));
			page_free(blocks[i]);
			blocks[i] = NULL;
		}
	KEXPECT_EQ(a->usage[ACCT_ANON], 0);
	if (cpus_online == 1)
		KEXPECT_EQ(page_free_count(), free_before);
	account_put(a);
}

KTEST(mm_alloc, limits_and_injection)
{
	struct account *a = account_create();
	struct page *p, *q;

	KASSERT_TRUE(a != NULL);
	account_limit(a, ACCT_ANON, 1);
	p = page_alloc(PAGE_ANON, 0, 0, a);
	KEXPECT_NOT_NULL(p);
	KEXPECT_NULL(page_alloc(PAGE_ANON, 0, 0, a));
	KEXPECT_EQ(a->events, 1);
	q = page_alloc(PAGE_SHM, 0, 0, a);
	KEXPECT_NOT_NULL(q);
	account_limit(a, ACCT_CLASSES, 2);
	KEXPECT_NULL(page_alloc(PAGE_KOBJ, 0, 0, a));
	KEXPECT_EQ(a->total, 2);
	page_put(p);
	page_put(q);
	KEXPECT_EQ(a->total, 0);
	KEXPECT_EQ(a->peak, 2);
	account_put(a);
	page_alloc_fail_after(0);
	p = page_alloc(PAGE_ANON, 0, 0, NULL);
	page_alloc_fail_after(-1);
	KEXPECT_NULL(p);
	KEXPECT_NULL(page_alloc(PAGE_ANON, PAGE_ORDER_MAX + 1, 0, NULL));
}

KTEST(mm_alloc, exhaustion_comes_back)
{
	uint32_t chain = PFN_NONE;
	uint64_t n = 0, before = page_free_count();
	struct page *p;

	while ((p = page_alloc(PAGE_ANON, 0, 0, NULL))) {
		p->link = chain;
		chain = (uint32_t)page_to_pfn(p);
		n++;
	}
	KEXPECT_GT(n, before / 2);
	p = page_alloc(PAGE_ANON, 0, ALLOC_ATOMIC, NULL); /* the reserve */
	KEXPECT_NOT_NULL(p);
	if (p)
		page_put(p);
	while (chain != PFN_NONE) {
		p = pfn_to_page(chain);
		chain = p->link;
		page_put(p);
	}
	p = page_alloc(PAGE_ANON, 9, 0, NULL); /* blocks have merged again */
	KEXPECT_NOT_NULL(p);
	if (p)
		page_put(p);
}

enum { ALLOC_THREADS = 4, ALLOC_HELD = 64 };

static void alloc_worker(void *arg, unsigned id)
{
	struct page *held[ALLOC_HELD] = {NULL};
	uint64_t seed = 77 + id * 13;

	for (unsigned step = 0; step < 4000; step++) {
		unsigned i = ktest_random(&seed) % ALLOC_HELD;

		if (held[i]) {
			if (!KEXPECT(check(held[i], (uint64_t)id << 32 | i)))
				return;
			page_put(held[i]);
			held[i] = NULL;
		} else {
			held[i] = page_alloc(PAGE_ANON, step % 16 ? 0 : 2, 0, NULL);
			if (held[i])
				fill(held[i], (uint64_t)id << 32 | i);
		}
	}
	for (unsigned i = 0; i < ALLOC_HELD; i++)
		if (held[i])
			page_put(held[i]);
}

KTEST(mm_alloc, many_cpus)
{
	uint64_t before = account_root.usage[ACCT_ANON];

	KEXPECT(ktest_run_threads(ALLOC_THREADS, alloc_worker, NULL));
	KEXPECT_EQ(account_root.usage[ACCT_ANON], before);
}

KTEST(mm_alloc, idle_zeroing)
{
	struct mm_stats s;
	unsigned n = 0;
	struct page *p;

	while (n < 5000 && mm_idle_work())
		n++;
	mm_stats_get(&s);
	KEXPECT_GT(s.zeroed_pages, 0);
	p = page_alloc(PAGE_ANON, 0, ALLOC_ZERO, NULL);
	KEXPECT(p && mem_is(page_to_virt(p), 0, PAGE_SIZE));
	if (p)
		page_put(p);
}

enum { OBJS = 400 };

KTEST(mm_slab, random_sizes)
{
	static uint8_t *objs[OBJS];
	static size_t sizes[OBJS];
	uint64_t seed = 4242;

	for (unsigned step = 0; step < 8000; step++) {
		unsigned i = ktest_random(&seed) % OBJS;
		size_t size = ktest_random(&seed) % (step % 50 ? 600 : 9000) + 1;

		if (objs[i]) {
			KASSERT_TRUE(mem_is(objs[i], (int)(i & 0xff), sizes[i]));
			kfree(objs[i]);
			objs[i] = NULL;
			continue;
		}
		objs[i] = kmalloc(size);
		KASSERT_TRUE(objs[i] != NULL);
		KEXPECT_EQ((uintptr_t)objs[i] & 15, 0);
		KEXPECT_GE(kmalloc_usable(objs[i]), size);
		sizes[i] = size;
		memset(objs[i], (int)(i & 0xff), size);
	}
	for (unsigned i = 0; i < OBJS; i++) {
		kfree(objs[i]);
		objs[i] = NULL;
	}
	KEXPECT_NULL(kcalloc(SIZE_MAX / 2, 3));
	kfree(NULL);
}

static void stable_ctor(void *o)
{
	*(uint64_t *)o = 0x57ab1e;
}

KTEST(mm_slab, type_stable)
{
	struct kmem_cache *c =
		kmem_cache_create("test-stable", 72, 64, SLAB_TYPE_STABLE, stable_ctor);
	void *o[200];

	KASSERT_TRUE(c != NULL);
	for (unsigned i = 0; i < 200; i++) {
		o[i] = kmem_cache_alloc(c);
		KASSERT_TRUE(o[i] != NULL);
		KEXPECT_EQ((uintptr_t)o[i] & 63, 0);
		KEXPECT_EQ(*(uint64_t *)o[i], 0x57ab1e);
	}
	KEXPECT_EQ(kmem_cache_used(c), 200);
	KEXPECT_EQ(kmem_cache_destroy(c), -EBUSY);
	for (unsigned i = 0; i < 200; i++)
		kmem_cache_free(c, o[i]);
	for (unsigned i = 0; i < 200; i++)
		KEXPECT_EQ(*(uint64_t *)o[i],
			   0x57ab1e); /* readable after the free: that is the point */
	KEXPECT_EQ(kmem_cache_destroy(c), 0);
	KEXPECT_NULL(kmem_cache_create("bad", 0, 0, 0, NULL));
	KEXPECT_NULL(kmem_cache_create("bad", 8, 3, 0, NULL));
}

static void slab_worker(void *arg, unsigned id)
{
	uint64_t *held[32] = {NULL}, seed = id + 5;

	for (unsigned step = 0; step < 5000; step++) {
		unsigned i = ktest_random(&seed) % 32;

		if (held[i]) {
			if (!KEXPECT(*held[i] == (uint64_t)(id << 8 | i)))
				return;
			kmem_cache_free(arg, held[i]);
			held[i] = NULL;
		} else if ((held[i] = kmem_cache_alloc(arg))) {
			*held[i] = id << 8 | i;
		}
	}
	for (unsigned i = 0; i < 32; i++)
		kmem_cache_free(arg, held[i]);
}

KTEST(mm_slab, many_cpus)
{
	struct kmem_cache *c = kmem_cache_create("test-smp", 40, 8, 0, NULL);

	KASSERT_TRUE(c != NULL);
	KEXPECT(ktest_run_threads(4, slab_worker, c));
	kasan_quarantine_flush();
	KEXPECT_EQ(kmem_cache_used(c), 0);
	KEXPECT_EQ(kmem_cache_destroy(c), 0);
}

KTEST(mm_vmap, areas)
{
	enum { N = 60 };
	static uint8_t *area[N];
	uint64_t seed = 31337;
	uint8_t *s;

	for (unsigned step = 0; step < 600; step++) {
		unsigned i = ktest_random(&seed) % N;

		if (area[i]) {
			KASSERT_TRUE(area[i][0] == i && area[i][PAGE_SIZE] == i);
			vfree(area[i]);
			area[i] = NULL;
			continue;
		}
		area[i] = vmalloc((ktest_random(&seed) % 4 + 2) * PAGE_SIZE);
		KASSERT_TRUE(area[i] != NULL);
		KEXPECT(vmap_is_guard((vaddr_t)area[i] - 1));
		KEXPECT(mem_is(area[i], 0, 2 * PAGE_SIZE));
		area[i][0] = area[i][PAGE_SIZE] = (uint8_t)i;
	}
	for (unsigned i = 0; i < N; i++) {
		vfree(area[i]);
		area[i] = NULL;
	}
	s = vmap_stack_alloc();
	KASSERT_TRUE(s != NULL);
	KEXPECT(vmap_is_guard((vaddr_t)s - 1));
	KEXPECT(vmap_is_guard((vaddr_t)s + THREAD_STACK_SIZE));
	KEXPECT(!vmap_is_guard((vaddr_t)s));
	s[0] = s[THREAD_STACK_SIZE - 1] = 1;
	vmap_stack_free(s);
}

KTEST(mm_vmap, physical)
{
	struct page *p = page_alloc(PAGE_KOBJ, 1, ALLOC_ZERO, NULL);
	uint8_t *m, *v;

	KASSERT_TRUE(p != NULL);
	v = page_to_virt(p);
	m = vmap_phys(page_to_phys(p) + 100, PAGE_SIZE, MEM_NORMAL);
	KASSERT_TRUE(m != NULL);
	KEXPECT_EQ((uintptr_t)m & (PAGE_SIZE - 1), 100);
	m[0] = 7;
	m[PAGE_SIZE - 1] = 9;
	KEXPECT_EQ(v[100], 7);
	KEXPECT_EQ(v[100 + PAGE_SIZE - 1], 9);
	vunmap_phys(m);
	page_put(p);
	KEXPECT_NULL(vmap_phys(UINT64_MAX - 10, PAGE_SIZE, MEM_NORMAL));
	KEXPECT_NULL(vmap_phys(0x1000, 0, MEM_NORMAL));
}

KTEST(mm_pgtable, no_writable_code)
{
	paddr_t pa = image_to_phys(kernel_text_start) & ~(paddr_t)(PAGE_SIZE - 1);

	KEXPECT_EQ(pt_check_wx(), 0);
	KEXPECT_EQ(pt_map(&kernel_pgtable, ARCH_VMAP_BASE, pa, PAGE_SIZE,
			  VM_READ | VM_WRITE | VM_EXEC, MEM_NORMAL),
		   -EINVAL);
}
