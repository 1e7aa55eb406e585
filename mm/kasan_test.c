/* SPDX-License-Identifier: BSD-2-Clause */
/* The sanitizer finds planted errors, each exactly once, and nothing where there is none. */
#include <arch/thread.h>
#include <tessera/ktest/ktest.h>
#include <tessera/mm/alloc.h>
#include <tessera/mm/kasan.h>
#include <tessera/mm/slab.h>
#include <tessera/mm/vmap.h>

/* The access that the compiler must not see through. */
static __noinline uint8_t load8(volatile uint8_t *p)
{
	return *p;
}
static __noinline uint64_t load64(volatile uint64_t *p)
{
	return *p;
}
static __noinline void store8(volatile uint8_t *p)
{
	*p = 1;
}

KTEST(mm_kasan, bounds)
{
	unsigned hits = 0;
	uint8_t *p = kmalloc(27);

	KASSERT_TRUE(p != NULL);
	kasan_expect(&hits);
	store8(p);
	store8(p + 26);
	KEXPECT_EQ(hits, 0);
	store8(p + 27);
	KEXPECT_EQ(hits, 1);
	load8(p + 40);
	KEXPECT_EQ(hits, 2);
	load64((uint64_t *)(p + 24));
	KEXPECT_EQ(hits, 3);
	kasan_expect(NULL);
	kfree(p);
}

KTEST(mm_kasan, after_free)
{
	unsigned hits = 0;
	uint8_t *p = kmalloc(64);

	KASSERT_TRUE(p != NULL);
	kfree(p);
	kasan_expect(&hits);
	load8(p + 5);
	KEXPECT_EQ(hits, 1);
	store8(p + 63);
	KEXPECT_EQ(hits, 2);
	kfree(p); /* twice: reported, not done */
	KEXPECT_EQ(hits, 3);
	kasan_expect(NULL);
}

KTEST(mm_kasan, pages)
{
	unsigned hits = 0;
	uint8_t *p = kpages_alloc(1, 0), *v = vmalloc(2 * 4096), *s = vmap_stack_alloc();

	KASSERT_TRUE(p && v && s);
	kasan_expect(&hits);
	store8(p + 8191);
	store8(v + 8191);
	store8(s);
	KEXPECT_EQ(hits, 0);
	kpages_free(p);
	vfree(v);
	vmap_stack_free(s);
	load8(p + 4096);
	load8(v + 1);
	load8(s + THREAD_STACK_SIZE - 1);
	kasan_expect(NULL);
	KEXPECT_EQ(hits, 3);
}
