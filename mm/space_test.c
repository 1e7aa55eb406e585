/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: every change of ranges against a model of one byte record per page;
 * copy-on-write and fork patterns; memory objects; and a stress of faults, unmaps, protections
 * and forks on several CPUs. Each ends with all pages given back.
 */
#include <tessera/ktest/ktest.h>
#include <tessera/mm/slab.h>
#include <tessera/mm/user.h>
#include <tessera/thread/thread.h>
#include "space.h"

#define BASE ((vaddr_t)0x10000000)

static bool put_word(struct space *s, vaddr_t va, uint64_t v)
{
	return space_copy(s, va, &v, sizeof(v), true, false) == sizeof(v);
}

/* The word at va, or ~0 when it cannot be read. */
static uint64_t get_word(struct space *s, vaddr_t va)
{
	uint64_t v = 0;

	return space_copy(s, va, &v, sizeof(v), false, false) == sizeof(v) ? v : ~0ull;
}

/* Let the account's pages come back: tables and ranges are freed after grace periods. */
static bool account_empty(struct account *a)
{
	epoch_barrier();
	epoch_barrier();
	return KEXPECT_EQ(a->total, 0);
}

enum { MODEL_PAGES = 600 };

struct page_model {
	uint8_t mapped, prot;
	uint64_t word;
};

struct space_model {
	struct space *s;
	uint64_t seed;
	struct page_model p[MODEL_PAGES];
};

static vaddr_t page_va(unsigned i)
{
	return BASE + (vaddr_t)i * PAGE_SIZE;
}

static bool all_mapped(const struct space_model *m, unsigned at, unsigned n)
{
	for (unsigned i = at; i < at + n; i++)
		if (!m->p[i].mapped)
			return false;
	return true;
}

static unsigned model_prot(struct space_model *m)
{
	static const uint8_t prots[] = {0, VM_READ, VM_READ | VM_WRITE, VM_READ | VM_WRITE,
					VM_READ | VM_EXEC};

	return prots[ktest_random(&m->seed) % sizeof(prots)];
}

static void op_map(struct space_model *m, unsigned at, unsigned n)
{
	unsigned prot = model_prot(m);
	vaddr_t va = page_va(at);

	KEXPECT_EQ(space_map_anon(m->s, &va, (uint64_t)n * PAGE_SIZE, prot, AS_FIXED, 0), 0);
	KEXPECT_EQ(va, page_va(at));
	for (unsigned i = at; i < at + n; i++)
		m->p[i] = (struct page_model){.mapped = 1, .prot = (uint8_t)prot};
}

static void op_protect(struct space_model *m, unsigned at, unsigned n)
{
	unsigned prot = model_prot(m);
	int err = space_protect(m->s, page_va(at), (uint64_t)n * PAGE_SIZE, prot);

	if (!all_mapped(m, at, n)) {
		KEXPECT_EQ(err, -ENOMEM);
		return;
	}
	KEXPECT_EQ(err, 0);
	for (unsigned i = at; i < at + n; i++)
		m->p[i].prot = (uint8_t)prot;
}

static void op_write(struct space_model *m, unsigned i)
{
	uint64_t v = ktest_random(&m->seed);
	bool ok = put_word(m->s, page_va(i) + 8 * (i % 500), v),
	     want = m->p[i].mapped && (m->p[i].prot & VM_WRITE);

	KEXPECT_EQ(ok, want);
	if (ok)
		m->p[i].word = v;
}

static void op_read(struct space_model *m, unsigned i)
{
	uint64_t v;
	bool ok = space_copy(m->s, page_va(i) + 8 * (i % 500), &v, 8, false, false) == 8;

	KEXPECT_EQ(ok, m->p[i].mapped && m->p[i].prot);
	if (ok)
		KEXPECT_EQ(v, m->p[i].word);
}

/*
 * The word of page i sits at an offset that depends on i, so a move takes the content but not the
 * place.
 */
static void op_move(struct space_model *m, unsigned at, unsigned n, unsigned to)
{
	struct as_op op = {.op = AS_MOVE,
			   .addr = page_va(at),
			   .size = (uint64_t)n * PAGE_SIZE,
			   .new_size = (uint64_t)n * PAGE_SIZE,
			   .new_addr = page_va(to),
			   .flags = AS_FIXED | AS_MAYMOVE};
	struct range_rec r;
	int err;

	if (to + n > MODEL_PAGES || (to < at + n && at < to + n))
		return;
	if (!space_find(m->s, page_va(at), &r) || r.start > page_va(at) ||
	    r.end < page_va(at + n)) {
		KEXPECT_EQ(space_update(m->s, &op, 1, NULL), -EFAULT);
		return;
	}
	err = space_update(m->s, &op, 1, NULL);
	KEXPECT_EQ(err, 0);
	for (unsigned i = 0; i < n && !err; i++) {
		struct page_model *f = &m->p[at + i], *t = &m->p[to + i];

		*t = *f;
		*f = (struct page_model){0};
		t->word = 0;
		if (t->prot && f != t)
			KEXPECT_EQ(space_copy(m->s, page_va(to + i) + 8 * ((to + i) % 500),
					      &t->word, 8, false, false),
				   8);
	}
}

static bool model_check(struct space_model *m)
{
	for (unsigned i = 0; i < MODEL_PAGES; i++) {
		struct range_rec r;
		bool found = space_find(m->s, page_va(i), &r) && r.start <= page_va(i);

		if (!KEXPECT_EQ(found, (bool)m->p[i].mapped))
			return false;
		if (found && !KEXPECT_EQ(r.prot, m->p[i].prot))
			return false;
		if (!found && !KEXPECT_EQ(space_query(m->s, page_va(i), NULL, NULL), -ENOENT))
			return false;
	}
	return true;
}

static void model_step(struct space_model *m)
{
	unsigned at = ktest_random(&m->seed) % MODEL_PAGES, n = ktest_random(&m->seed) % 30 + 1;

	n = n > MODEL_PAGES - at ? MODEL_PAGES - at : n;
	switch (ktest_random(&m->seed) % 10) {
	case 0:
		op_map(m, at, n);
		break;
	case 1:
		KEXPECT_EQ(space_unmap(m->s, page_va(at), (uint64_t)n * PAGE_SIZE), 0);
		memset(&m->p[at], 0, n * sizeof(m->p[0]));
		break;
	case 2:
		op_protect(m, at, n);
		break;
	case 3:
		op_move(m, at, n, ktest_random(&m->seed) % MODEL_PAGES);
		break;
	case 4:
		if (space_discard(m->s, page_va(at), (uint64_t)n * PAGE_SIZE) == 0)
			KEXPECT(all_mapped(m, at, n));
		else
			KEXPECT(!all_mapped(m, at, n));
		for (unsigned i = at; i < at + n; i++)
			m->p[i].word = 0;
		break;
	case 5:
	case 6:
	case 7:
		op_write(m, at);
		break;
	default:
		op_read(m, at);
	}
}

KTEST(mm_space, random_model)
{
	struct space_model *m = kzalloc(sizeof(*m));
	struct account *a = account_create();

	KASSERT_TRUE(m && a);
	m->s = space_create(a);
	m->seed = 0xabcdef;
	KASSERT_TRUE(m->s != NULL);
	for (unsigned i = 0; i < 4000 && !ktest_failed(); i++) {
		model_step(m);
		if (!(i % 16))
			model_check(m);
	}
	space_put(m->s);
	account_empty(a);
	account_put(a);
	kfree(m);
}

KTEST(mm_space, gaps_and_limits)
{
	struct space *s = space_create(NULL);
	struct space_policy p;
	vaddr_t a = 0, b = 0, hint = 0x20000000, c = 0x1000;

	KASSERT_TRUE(s != NULL);
	KEXPECT_EQ(space_map_anon(s, &a, 3 * PAGE_SIZE, VM_READ, 0, 0), 0);
	KEXPECT_EQ(space_map_anon(s, &b, 5 * PAGE_SIZE, VM_WRITE, 0, 0), 0);
	KEXPECT_EQ(b + 5 * PAGE_SIZE, a); /* top-down, touching */
	KEXPECT_EQ(space_map_anon(s, &hint, PAGE_SIZE, VM_READ, 0, 0), 0);
	KEXPECT_EQ(hint, 0x20000000);
	KEXPECT_EQ(space_map_anon(s, &hint, PAGE_SIZE, VM_READ, AS_FIXED | AS_NOREPLACE, 0),
		   -EEXIST);
	KEXPECT_EQ(space_map_anon(s, &c, PAGE_SIZE, VM_READ, AS_FIXED, 0),
		   -EINVAL); /* below the first 64 KiB */
	c = ARCH_USER_END - PAGE_SIZE;
	KEXPECT_EQ(space_map_anon(s, &c, 2 * PAGE_SIZE, VM_READ, AS_FIXED, 0), -EINVAL);
	KEXPECT_EQ(space_unmap(s, 0x123, PAGE_SIZE), -EINVAL);
	KEXPECT_EQ(space_unmap(s, UINT64_MAX - PAGE_SIZE + 1, 2 * PAGE_SIZE), -EINVAL);
	space_policy_get(s, &p);
	p.as_max = 12 * PAGE_SIZE;
	space_policy_set(s, &p);
	a = 0;
	KEXPECT_EQ(space_map_anon(s, &a, 4 * PAGE_SIZE, VM_READ, 0, 0), -ENOMEM);
	KEXPECT_EQ(space_map_anon(s, &a, 3 * PAGE_SIZE, VM_READ, 0, 0), 0);
	space_put(s);
}

KTEST(mm_space, brk)
{
	struct space *s = space_create(NULL);

	KASSERT_TRUE(s != NULL);
	space_brk_init(s, BASE);
	KEXPECT_EQ(space_brk(s, 0, UINT64_MAX), BASE);
	KEXPECT_EQ(space_brk(s, BASE + 100000, UINT64_MAX), BASE + 100000);
	KEXPECT(put_word(s, BASE + 99992, 5));
	KEXPECT_EQ(space_brk(s, BASE + 100, UINT64_MAX), BASE + 100);
	KEXPECT(!put_word(s, BASE + 99992, 5));
	KEXPECT_EQ(space_brk(s, BASE + 100000, 50000), BASE + 100); /* over the limit: as it was */
	KEXPECT_EQ(space_brk(s, BASE + 100000, UINT64_MAX), BASE + 100000);
	KEXPECT_EQ(get_word(s, BASE + 99992), 0);
	space_put(s);
}

KTEST(mm_space, stack_growth)
{
	struct space *s = space_create(NULL);
	vaddr_t top = 0x70000000, at = top - 4 * PAGE_SIZE, below = top - (12ull << 20);
	struct range_rec r;

	KASSERT_TRUE(s != NULL);
	KEXPECT_EQ(space_map_anon(s, &at, 4 * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED,
				  RANGE_GROWSDOWN),
		   0);
	KEXPECT(put_word(s, top - 8, 1));
	KEXPECT(put_word(s, top - (1 << 20), 2));
	KEXPECT(space_find(s, top - 8, &r) && r.start == top - (1 << 20));
	KEXPECT_EQ(space_fault(s, top - (9ull << 20), VM_WRITE),
		   -EFAULT); /* beyond the limit of 8 MiB */
	KEXPECT_EQ(space_map_anon(s, &below, PAGE_SIZE, VM_READ, AS_FIXED, 0), 0);
	KEXPECT_EQ(space_fault(s, top - (7ull << 20), VM_WRITE), 0);
	below = top - (7ull << 20) - 300 * PAGE_SIZE;
	KEXPECT_EQ(space_map_anon(s, &below, PAGE_SIZE, VM_READ, AS_FIXED, 0), 0);
	KEXPECT_EQ(space_fault(s, top - (7ull << 20) - 40 * PAGE_SIZE, VM_WRITE), 0);
	KEXPECT_EQ(space_fault(s, top - (7ull << 20) - 100 * PAGE_SIZE, VM_WRITE),
		   -EFAULT); /* within the guard gap */
	space_put(s);
}

KTEST(mm_space, fork_cow)
{
	struct account *a = account_create();
	struct space *p = space_create(a), *c, *g;
	vaddr_t va = BASE;
	struct range_rec r;

	KASSERT_TRUE(a && p);
	KEXPECT_EQ(space_map_anon(p, &va, 64 * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0), 0);
	for (unsigned i = 0; i < 64; i += 2)
		KEXPECT(put_word(p, page_va(i), 100 + i));
	c = space_clone(p, a);
	KASSERT_TRUE(c != NULL);
	KEXPECT_EQ(a->usage[ACCT_ANON], 32); /* shared, not copied */
	KEXPECT(put_word(p, page_va(0), 1));
	KEXPECT(put_word(c, page_va(2), 2));
	KEXPECT_EQ(a->usage[ACCT_ANON], 34);
	KEXPECT_EQ(get_word(c, page_va(0)), 100);
	KEXPECT_EQ(get_word(p, page_va(2)), 102);
	KEXPECT_EQ(get_word(p, page_va(0)), 1);
	KEXPECT_EQ(get_word(c, page_va(2)), 2);
	KEXPECT(put_word(c, page_va(0), 3)); /* sole owner now: no further copy */
	KEXPECT_EQ(a->usage[ACCT_ANON], 34);
	g = space_clone(c, a);
	KASSERT_TRUE(g != NULL);
	space_put(c);
	KEXPECT_EQ(get_word(g, page_va(0)), 3);
	KEXPECT_EQ(get_word(g, page_va(2)), 2);
	KEXPECT_EQ(get_word(g, page_va(4)), 104);
	KEXPECT_EQ(get_word(g, page_va(1)), 0);
	KEXPECT(space_find(g, page_va(0), &r) && r.prot == (VM_READ | VM_WRITE));
	KEXPECT_EQ(space_protect(p, page_va(4), PAGE_SIZE, VM_READ), 0);
	KEXPECT_EQ(space_protect(p, page_va(4), PAGE_SIZE, VM_READ | VM_WRITE), 0);
	KEXPECT(put_word(p, page_va(4), 9)); /* still shared: must be copied */
	KEXPECT_EQ(get_word(g, page_va(4)), 104);
	space_put(p);
	space_put(g);
	account_empty(a);
	account_put(a);
}

KTEST(mm_space, fork_out_of_memory)
{
	struct account *a = account_create();
	struct space *p = space_create(a), *c;
	vaddr_t va = BASE;
	unsigned failed = 0;

	KASSERT_TRUE(a && p);
	KEXPECT_EQ(space_map_anon(p, &va, 32 * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0), 0);
	for (unsigned i = 0; i < 32; i++)
		KEXPECT(put_word(p, page_va(i), i + 1));
	for (int n = 0; n < 12; n++) {
		page_alloc_fail_after(n);
		c = space_clone(p, a);
		page_alloc_fail_after(-1);
		failed += !c;
		for (unsigned i = 0; i < 32; i++)
			KEXPECT_EQ(get_word(p, page_va(i)), i + 1);
		if (c)
			KEXPECT_EQ(get_word(c, page_va(31)), 32);
		space_put(c);
		KEXPECT(put_word(p, page_va(3), 4));
	}
	KEXPECT_GT(failed, 0);
	space_put(p);
	account_empty(a);
	account_put(a);
}

KTEST(mm_space, object_sharing)
{
	struct account *acct = account_create();
	struct space *a = space_create(acct), *b = space_create(acct);
	struct pmo *o = pmo_create_anon(20, acct);
	vaddr_t va = BASE, vb = BASE + (1 << 30), priv = BASE + (2ull << 30);
	uint64_t w;

	KASSERT_TRUE(acct && a && b && o);
	KEXPECT_EQ(space_map_obj(a, &va, 20 * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, RANGE_SHARED,
				 o, 0, 0),
		   0);
	KEXPECT_EQ(space_map_obj(b, &vb, 16 * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, RANGE_SHARED,
				 o, 4 * PAGE_SIZE, 0),
		   0);
	KEXPECT_EQ(
		space_map_obj(b, &priv, 20 * PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, 0, o, 0, 0),
		0);
	KEXPECT_EQ(pmo_nr_ranges(o), 3);
	KEXPECT(put_word(a, va + 5 * PAGE_SIZE, 55));
	KEXPECT_EQ(get_word(b, vb + PAGE_SIZE), 55);
	KEXPECT_EQ(get_word(b, priv + 5 * PAGE_SIZE), 55);
	KEXPECT(put_word(b, priv + 5 * PAGE_SIZE, 66)); /* a private copy */
	KEXPECT_EQ(get_word(a, va + 5 * PAGE_SIZE), 55);
	KEXPECT_EQ(pmo_read(o, 5 * PAGE_SIZE, &w, 8), 8);
	KEXPECT_EQ(w, 55);
	w = 77;
	KEXPECT_EQ(pmo_write(o, 5 * PAGE_SIZE, &w, 8), 8);
	KEXPECT_EQ(get_word(b, vb + PAGE_SIZE), 77);
	KEXPECT_EQ(get_word(b, priv + 5 * PAGE_SIZE), 66);
	KEXPECT_EQ(pmo_punch(o, 5, 1), 0);
	KEXPECT_EQ(get_word(a, va + 5 * PAGE_SIZE), 0);
	KEXPECT_EQ(get_word(b, priv + 5 * PAGE_SIZE), 66); /* a punch leaves private copies */
	KEXPECT(put_word(a, va + 10 * PAGE_SIZE, 1));
	KEXPECT_EQ(pmo_resize(o, 5), 0);
	KEXPECT_EQ(space_fault(a, va + 10 * PAGE_SIZE, VM_READ), -EIO);
	KEXPECT_EQ(space_fault(b, priv + 5 * PAGE_SIZE, VM_READ),
		   -EIO); /* truncation takes private copies */
	KEXPECT_EQ(pmo_resize(o, 20), 0);
	KEXPECT_EQ(get_word(a, va + 10 * PAGE_SIZE), 0);
	KEXPECT_EQ(pmo_seal(o, PMO_SEAL_WRITE), -EBUSY);
	space_put(a);
	space_put(b);
	epoch_barrier();
	KEXPECT_EQ(pmo_seal(o, PMO_SEAL_WRITE | PMO_SEAL_SHRINK), 0);
	KEXPECT_EQ(pmo_write(o, 0, &w, 8), -EPERM);
	KEXPECT_EQ(pmo_resize(o, 1), -EPERM);
	pmo_put(o);
	account_empty(acct);
	account_put(acct);
}

KTEST(mm_space, object_slices)
{
	struct space *s = space_create(NULL);
	struct pmo *o = pmo_create_anon(10, NULL), *half, *ro;
	vaddr_t va = BASE;
	uint64_t w = 3;

	KASSERT_TRUE(s && o);
	half = pmo_create_slice(o, 5, 5, VM_READ | VM_WRITE);
	KASSERT_TRUE(half != NULL);
	ro = pmo_create_slice(half, 1, 2, VM_READ);
	KASSERT_TRUE(ro != NULL);
	KEXPECT_NULL(pmo_create_slice(half, 3, 3, VM_READ));
	KEXPECT_EQ(pmo_write(half, PAGE_SIZE, &w, 8), 8);
	KEXPECT_EQ(pmo_write(ro, 0, &w, 8), -EACCES);
	w = 0;
	KEXPECT_EQ(pmo_read(ro, 0, &w, 8), 8);
	KEXPECT_EQ(w, 3);
	KEXPECT_EQ(pmo_read(o, 6 * PAGE_SIZE, &w, 8), 8);
	KEXPECT_EQ(w, 3);
	KEXPECT_EQ(space_map_obj(s, &va, 3 * PAGE_SIZE, VM_READ, AS_FIXED, RANGE_SHARED, ro, 0, 0),
		   -EINVAL);
	KEXPECT_EQ(space_map_obj(s, &va, PAGE_SIZE, VM_READ | VM_WRITE, AS_FIXED, RANGE_SHARED, ro,
				 0, 0),
		   -EACCES);
	KEXPECT_EQ(space_map_obj(s, &va, 2 * PAGE_SIZE, VM_READ, AS_FIXED, RANGE_SHARED, ro, 0, 0),
		   0);
	KEXPECT_EQ(get_word(s, va), 3);
	KEXPECT_EQ(space_protect(s, va, PAGE_SIZE, VM_READ | VM_WRITE), -EACCES);
	space_put(s);
	pmo_put(ro);
	pmo_put(half);
	pmo_put(o);
}

KTEST(mm_space, contiguous_blocks)
{
	struct space *s = space_create(NULL);
	struct pmo *o = pmo_create_contig(512, false, NULL);
	vaddr_t va = 0x40000000;
	unsigned level;
	paddr_t pa;

	KASSERT_TRUE(s != NULL);
	if (!o) {
		ktest_skip("no free block of 2 MiB");
		space_put(s);
		return;
	}
	KEXPECT_EQ(
		space_map_obj(s, &va, 2 << 20, VM_READ | VM_WRITE, AS_FIXED, RANGE_SHARED, o, 0, 0),
		0);
	KEXPECT(put_word(s, va + 0x5008, 42));
	KEXPECT_EQ(pt_query(&s->pt, va, &pa, NULL, &level), 0);
	KEXPECT_EQ(level, 1); /* one 2 MiB entry */
	KEXPECT_EQ(*(uint64_t *)phys_to_virt(pa + 0x5008), 42);
	KEXPECT_EQ(space_unmap(s, va + 0x5000, PAGE_SIZE), 0);
	KEXPECT(!put_word(s, va + 0x5008, 1));
	KEXPECT(put_word(s, va + 0x6008, 43)); /* the rest comes back as small pages */
	KEXPECT_EQ(pt_query(&s->pt, va + 0x6000, NULL, NULL, &level), 0);
	KEXPECT_EQ(level, 0);
	space_put(s);
	epoch_barrier();
	pmo_put(o);
}

KTEST(mm_space, forced_writes)
{
	struct space *s = space_create(NULL);
	struct pmo *o = pmo_create_anon(1, NULL);
	vaddr_t va = BASE, sh = BASE + (1 << 24);
	uint64_t w = 5;

	KASSERT_TRUE(s && o);
	KEXPECT_EQ(space_map_obj(s, &va, PAGE_SIZE, VM_READ | VM_EXEC, AS_FIXED, 0, o, 0, 0), 0);
	KEXPECT_EQ(space_map_obj(s, &sh, PAGE_SIZE, VM_READ, AS_FIXED, RANGE_SHARED, o, 0, 0), 0);
	KEXPECT_EQ(space_copy(s, va, &w, 8, true, false), -EFAULT);
	KEXPECT_EQ(space_copy(s, va, &w, 8, true, true),
		   8); /* a debugger's breakpoint: in a private copy */
	KEXPECT_EQ(get_word(s, va), 5);
	KEXPECT_EQ(get_word(s, sh), 0);
	KEXPECT_EQ(space_fault(s, va, VM_WRITE), -EACCES);
	KEXPECT_LT(space_copy(s, sh, &w, 8, true, true), 0);
	space_put(s);
	pmo_put(o);
}
