/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads and locks of native programs, on wait_word and wake_word. */
#include <srv/native.h>
#include "native_private.h"

enum { STACK_SIZE = 64 * 1024 };

void native_thread_begin(struct native_thread *t)
{
	t->fn(t->arg);
	__atomic_store_n(&t->done, 1, __ATOMIC_RELEASE);
	(void)call_wake_word((int64_t)(intptr_t)&t->done, 1);
	(void)call_thread_exit(0);
	__builtin_trap();
}

int64_t native_thread_start(struct native_thread *t)
{
	int64_t stack = call_page_map(0, STACK_SIZE, CALL_PROT_READ | CALL_PROT_WRITE), id;

	if (stack < 0)
		return stack;
	t->stack = (void *)(intptr_t)stack;
	t->done = 0;
	id = call_thread_create((int64_t)(intptr_t)native_thread_entry, stack + STACK_SIZE, (int64_t)(intptr_t)t, 0);
	if (id < 0)
		(void)call_page_unmap(stack, STACK_SIZE);
	return id;
}

void native_thread_join(struct native_thread *t)
{
	/* its stack stays mapped: the thread may still be on its way out */
	while (!__atomic_load_n(&t->done, __ATOMIC_ACQUIRE))
		(void)call_wait_word((int64_t)(intptr_t)&t->done, 0, -1);
}

void native_lock(struct native_lock *l)
{
	uint32_t zero = 0;

	if (__atomic_compare_exchange_n(&l->word, &zero, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	while (__atomic_exchange_n(&l->word, 2, __ATOMIC_ACQUIRE) != 0)
		(void)call_wait_word((int64_t)(intptr_t)&l->word, 2, -1);
}

void native_unlock(struct native_lock *l)
{
	if (__atomic_exchange_n(&l->word, 0, __ATOMIC_RELEASE) == 2)
		(void)call_wake_word((int64_t)(intptr_t)&l->word, 1);
}
