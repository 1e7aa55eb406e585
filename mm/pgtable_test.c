/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables against a byte model: random map, unmap, protect of pages and blocks in a table of
 * its own.
 */
#include <tessera/ktest/ktest.h>
#include <tessera/mm/slab.h>
#include "internal.h"

enum { PAGES = 2048, BASE_VA = 0x40000000, BASE_PA = 0x80000000 }; /* 8 MiB: four blocks */

/* model: 0 absent, else rights + 1; the physical page is always its own plus offset[] */
struct model {
	uint8_t prot[PAGES];
	uint32_t pa[PAGES];
};

static bool free_in_model(const struct model *m, unsigned at, unsigned n)
{
	for (unsigned i = at; i < at + n; i++)
		if (m->prot[i])
			return false;
	return true;
}

static bool verify(struct pgtable *pt, const struct model *m)
{
	for (unsigned i = 0; i < PAGES; i++) {
		paddr_t pa;
		unsigned prot;
		int err = pt_query(pt, BASE_VA + (vaddr_t)i * PAGE_SIZE, &pa, &prot, NULL);

		if (!m->prot[i]) {
			if (!KEXPECT_EQ(err, -ENOENT))
				return false;
			continue;
		}
		if (!KEXPECT_EQ(err, 0) ||
		    !KEXPECT_EQ(pa, BASE_PA + (paddr_t)m->pa[i] * PAGE_SIZE) ||
		    !KEXPECT_EQ(prot & (VM_READ | VM_WRITE | VM_EXEC), m->prot[i] - 1u))
			return false;
	}
	return true;
}

static unsigned random_prot(uint64_t *seed)
{
	static const uint8_t prots[] = {VM_READ, VM_READ | VM_WRITE, VM_READ | VM_EXEC};

	return prots[ktest_random(seed) % 3];
}

static void step(struct pgtable *pt, struct model *m, uint64_t *seed)
{
	bool big = !(ktest_random(seed) % 4);
	unsigned at = ktest_random(seed) % PAGES, n = ktest_random(seed) % (big ? 1200 : 40) + 1,
		 prot = random_prot(seed);
	unsigned pa = big ? at : ktest_random(seed) % 100000;
	vaddr_t va;

	n = n > PAGES - at ? PAGES - at : n;
	va = BASE_VA + (vaddr_t)at * PAGE_SIZE;
	switch (ktest_random(seed) % 3) {
	case 0:
		if (!free_in_model(m, at, n)) {
			KEXPECT_EQ(pt_map(pt, BASE_VA, BASE_PA, 4096 * (uint64_t)PAGES,
					  prot | VM_USER, MEM_NORMAL),
				   -EEXIST);
			/* what it mapped before it met something is taken out again */
			for (unsigned i = 0; i < PAGES && !m->prot[i]; i++)
				pt_unmap(pt, BASE_VA + (vaddr_t)i * PAGE_SIZE, PAGE_SIZE);
			return;
		}
		KEXPECT_EQ(pt_map(pt, va, BASE_PA + (paddr_t)pa * PAGE_SIZE,
				  (uint64_t)n * PAGE_SIZE, prot | VM_USER, MEM_NORMAL),
			   0);
		for (unsigned i = 0; i < n; i++) {
			m->prot[at + i] = (uint8_t)(prot + 1);
			m->pa[at + i] = pa + i;
		}
		break;
	case 1:
		KEXPECT_EQ(pt_unmap(pt, va, (uint64_t)n * PAGE_SIZE), 0);
		memset(m->prot + at, 0, n);
		break;
	default:
		KEXPECT_EQ(pt_protect(pt, va, (uint64_t)n * PAGE_SIZE, prot | VM_USER), 0);
		for (unsigned i = at; i < at + n; i++)
			if (m->prot[i])
				m->prot[i] = (uint8_t)(prot + 1);
	}
}

KTEST(mm_pgtable, random_model)
{
	struct model *m = kzalloc(sizeof(*m));
	struct account *a = account_create();
	struct pgtable pt;
	uint64_t seed = 0xfeed;

	KASSERT_TRUE(m && a && !pgtable_init(&pt, 1, a));
	for (unsigned i = 0; i < 400 && !ktest_failed(); i++) {
		step(&pt, m, &seed);
		if (!verify(&pt, m))
			break;
	}
	KEXPECT_EQ(a->usage[ACCT_PT], pt.tables);
	pgtable_destroy(&pt);
	KEXPECT_EQ(a->usage[ACCT_PT], 0);
	account_put(a);
	kfree(m);
}

KTEST(mm_pgtable, blocks)
{
	struct pgtable pt;
	unsigned level, prot;
	paddr_t pa;

	KASSERT_TRUE(!pgtable_init(&pt, 1, NULL));
	KEXPECT_EQ(pt_map(&pt, 0x40000000, 0x80000000, 4 << 20, VM_READ | VM_USER, MEM_NORMAL), 0);
	KEXPECT_EQ(pt_query(&pt, 0x40234000, &pa, &prot, &level), 0);
	KEXPECT_EQ(level, 1);
	KEXPECT_EQ(pa, 0x80234000);
	KEXPECT_EQ(pt_unmap(&pt, 0x40200000, PAGE_SIZE), 0); /* splits the second block */
	KEXPECT_EQ(pt_query(&pt, 0x40200000, NULL, NULL, NULL), -ENOENT);
	KEXPECT_EQ(pt_query(&pt, 0x40201000, &pa, &prot, &level), 0);
	KEXPECT_EQ(level, 0);
	KEXPECT_EQ(pa, 0x80201000);
	KEXPECT_EQ(pt_query(&pt, 0x40000000, NULL, NULL, &level), 0);
	KEXPECT_EQ(level, 1);
	KEXPECT_EQ(pt_map(&pt, 0x40000001, 0, PAGE_SIZE, VM_READ, MEM_NORMAL), -EINVAL);
	KEXPECT_EQ(pt_map(&pt, 0x1000, 0, 0, VM_READ, MEM_NORMAL), -EINVAL);
	pgtable_destroy(&pt);
}

KTEST(mm_pgtable, prune)
{
	struct pgtable pt;
	struct pt_pos pos;
	struct page *list = NULL;
	const vaddr_t va = 0x12345678000 & (ARCH_USER_END - 1);

	KASSERT_TRUE(!pgtable_init(&pt, 1, NULL));
	KEXPECT_EQ(pt_walk_lock(&pt, va, 0, false, &pos), -ENOENT);
	KEXPECT_EQ(pt_walk_lock(&pt, va, 0, true, &pos), 0);
	pt_store(pos.table, pos.pte, arch_pte_leaf(0x80000000, 0, VM_READ | VM_USER, MEM_NORMAL));
	pt_unlock(pos.table);
	KEXPECT_EQ(pt.tables, ARCH_PT_LEVELS);
	pt_prune(&pt, va, &list);
	KEXPECT_NULL(list);
	KEXPECT_NE(pt_peek(&pt, va), 0);
	KEXPECT_EQ(pt_walk_lock(&pt, va, 0, false, &pos), 0);
	pt_store(pos.table, pos.pte, 0);
	pt_unlock(pos.table);
	pt_prune(&pt, va, &list);
	KEXPECT_EQ(pt.tables, 1);
	KEXPECT_NOT_NULL(list);
	pt_free_list(list);
	KEXPECT_EQ(pt_peek(&pt, va), 0);
	pgtable_destroy(&pt);
}
