/* SPDX-License-Identifier: BSD-2-Clause */
/* The option crash=: commit one error on purpose, so that tests outside see its report. The optimiser is kept from seeing through. */
#include <tessera/lib/string.h>
#include <tessera/mm/slab.h>
#include <tessera/sync/spinlock.h>
#include "kernel.h"

static int recurse(int depth)
{
	char pad[256];

	memset(pad, depth, sizeof(pad));
	__asm__ volatile("" : : "r"(pad) : "memory");
	return depth < 0 ? 0 : recurse(depth + 1) + pad[depth & 255];
}

static void crash_stack(void)
{
	log_info("crash: %d", recurse(0));
}

static void crash_null(void)
{
	int *p = NULL;

	__asm__ volatile("" : "+r"(p));
	*p = 1;
}

static void crash_panic(void)
{
	panic("asked for by crash=panic");
}

static void crash_ubsan(void)
{
	int a = INT32_MAX;

	__asm__ volatile("" : "+r"(a));
	a += 1;
	__asm__ volatile("" : "+r"(a));
}

static void crash_rank(void)
{
	struct spinlock low, high;

	spin_init(&low, RANK_PMO);
	spin_init(&high, RANK_ZONE);
	spin_lock(&high);
	spin_lock(&low);
	spin_unlock(&low);
	spin_unlock(&high);
}

static void crash_kasan_uaf(void)
{
	char *p = kmalloc(64);

	kfree(p);
	__asm__ volatile("" : "+r"(p));
	p[8] = 1;
}

static void crash_kasan_oob(void)
{
	char *p = kmalloc(40);

	__asm__ volatile("" : "+r"(p));
	p[40] = 1;
	kfree(p);
}

static const struct { const char *name; void (*fn)(void); } crashes[] = {
	{ "stack", crash_stack }, { "null", crash_null }, { "panic", crash_panic }, { "ubsan", crash_ubsan },
	{ "rank", crash_rank }, { "kasan-uaf", crash_kasan_uaf }, { "kasan-oob", crash_kasan_oob },
};

void crash_run(const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		if (!strcmp(crashes[i].name, what)) {
			crashes[i].fn();
			boot_fail("crash=%s went unnoticed: this kernel does not check for it", what);
		}
	boot_fail("crash=%s: unknown kind", what);
}
