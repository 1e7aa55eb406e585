/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accounts: usage by class in an account and in the root above it, by atomics alone. An account
 * whose references are gone keeps its index until its usage is zero; then the index is reused.
 */
#include <tessera/mm/slab.h>
#include <tessera/sync/spinlock.h>
#include "internal.h"

struct account account_root = {.refs = 1, .index = 1, .service = true};
static struct account *table[ACCOUNTS_MAX];
static struct spinlock table_lock = SPINLOCK_INIT(RANK_PMO);

static void limits_none(struct account *a)
{
	for (unsigned c = 0; c < ACCT_CLASSES; c++)
		a->max[c] = UINT64_MAX;
	a->total_max = UINT64_MAX;
}

void account_init(void)
{
	limits_none(&account_root);
	table[1] = &account_root;
}

struct account *account_create(void)
{
	struct account *a = kzalloc(sizeof(*a));
	unsigned i;

	if (!a)
		return NULL;
	a->refs = 1;
	limits_none(a);
	spin_lock(&table_lock);
	for (i = 2; i < ACCOUNTS_MAX && table[i]; i++)
		;
	if (i < ACCOUNTS_MAX) {
		a->index = (uint16_t)i;
		__atomic_store_n(&table[i], a, __ATOMIC_RELEASE);
	}
	spin_unlock(&table_lock);
	if (i == ACCOUNTS_MAX) {
		kfree(a);
		return NULL;
	}
	return a;
}

struct account *account_get(struct account *a)
{
	__atomic_fetch_add(&a->refs, 1, __ATOMIC_RELAXED);
	return a;
}

/* References are those of holders, plus one for each page charged. */
static void refs_drop(struct account *a, uint32_t n)
{
	if (__atomic_fetch_sub(&a->refs, n, __ATOMIC_ACQ_REL) != n)
		return;
	spin_lock(&table_lock);
	table[a->index] = NULL;
	spin_unlock(&table_lock);
	kfree(a);
}

void account_put(struct account *a)
{
	if (a == &account_root)
		__atomic_fetch_sub(&a->refs, 1, __ATOMIC_RELAXED);
	else
		refs_drop(a, 1);
}

static void peak_note(struct account *a, uint64_t now)
{
	uint64_t peak = __atomic_load_n(&a->peak, __ATOMIC_RELAXED);

	while (now > peak && !__atomic_compare_exchange_n(&a->peak, &peak, now, true,
							  __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static bool charge_one(struct account *a, enum account_class c, uint64_t n)
{
	uint64_t now = __atomic_add_fetch(&a->usage[c], n, __ATOMIC_RELAXED);

	if (now > __atomic_load_n(&a->max[c], __ATOMIC_RELAXED))
		goto refused;
	if (c != ACCT_PIN) {
		now = __atomic_add_fetch(&a->total, n, __ATOMIC_RELAXED);
		if (now > __atomic_load_n(&a->total_max, __ATOMIC_RELAXED)) {
			__atomic_fetch_sub(&a->total, n, __ATOMIC_RELAXED);
			goto refused;
		}
		peak_note(a, now);
	}
	return true;
refused:
	__atomic_fetch_sub(&a->usage[c], n, __ATOMIC_RELAXED);
	__atomic_fetch_add(&a->events, 1, __ATOMIC_RELAXED);
	return false;
}

static void uncharge_one(struct account *a, enum account_class c, uint64_t n)
{
	uint64_t old = __atomic_fetch_sub(&a->usage[c], n, __ATOMIC_RELAXED);

	if (old < n)
		panic("mm: account %u, class %u: uncharge of %llu pages with %llu used", a->index,
		      c, (unsigned long long)n, (unsigned long long)old);
	if (c != ACCT_PIN)
		__atomic_fetch_sub(&a->total, n, __ATOMIC_RELAXED);
}

int account_charge(struct account *a, enum account_class c, uint64_t pages)
{
	if (!a)
		a = &account_root;
	if (!charge_one(&account_root, c, pages))
		return -ENOMEM;
	if (a == &account_root)
		return 0;
	if (!charge_one(a, c, pages)) {
		uncharge_one(&account_root, c, pages);
		return -ENOMEM;
	}
	__atomic_fetch_add(&a->refs, (uint32_t)pages, __ATOMIC_RELAXED);
	return 0;
}

void account_uncharge(struct account *a, enum account_class c, uint64_t pages)
{
	if (!a)
		a = &account_root;
	uncharge_one(&account_root, c, pages);
	if (a == &account_root)
		return;
	uncharge_one(a, c, pages);
	refs_drop(a, (uint32_t)pages);
}

struct account *account_by_index(unsigned i)
{
	struct account *a = i < ACCOUNTS_MAX ? __atomic_load_n(&table[i], __ATOMIC_ACQUIRE) : NULL;

	return a ? a : &account_root;
}

void account_limit(struct account *a, enum account_class c, uint64_t pages)
{
	__atomic_store_n(c == ACCT_CLASSES ? &a->total_max : &a->max[c], pages, __ATOMIC_RELAXED);
}
