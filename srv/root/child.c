/* SPDX-License-Identifier: BSD-2-Clause */
/* The root program as a child of itself: each kind does one thing that must end the child and nothing else. */
#include <srv/native.h>
#include <tessera/lib/string.h>
#include "root.h"

static void poke(uintptr_t address)
{
	__asm__("" : "+r"(address));	/* the compiler knows some of these to be wrong */
	*(volatile char *)address = 1;
}

static int recurse(int depth)
{
	volatile char pad[4096];

	pad[0] = (char)depth;
	return depth < 0 ? 0 : recurse(depth + 1) + pad[0];
}

static void fault_in_thread(void *unused)
{
	poke(8);
}

static int sleeper(void)
{
	static struct native_thread t = { .fn = fault_in_thread };

	if (native_thread_start(&t) < 0)
		return 1;
	/* killed here, although another thread did it */
	(void)call_thread_sleep(-1);
	return 2;
}

int child_main(const char *arg)
{
	static const char text[] = "read-only";
	void (*volatile code)(void) = (void (*)(void))(uintptr_t)text;

	if (!strcmp(arg, "null"))
		poke(0);
	else if (!strcmp(arg, "kernel"))
		poke((uintptr_t)0xffffffff80001000);
	else if (!strcmp(arg, "wild"))
		poke((uintptr_t)0x5555555555555555);
	else if (!strcmp(arg, "readonly"))
		poke((uintptr_t)text);
	else if (!strcmp(arg, "noexec"))
		code();
	else if (!strcmp(arg, "illegal"))
		__builtin_trap();
	else if (!strcmp(arg, "stack"))
		return recurse(0);
	else if (!strcmp(arg, "thread"))
		return sleeper();
	else if (!strcmp(arg, "exit7"))
		return 7;
	else if (!strcmp(arg, "spawn"))
		return call_process_spawn((int64_t)(intptr_t)"tessera/root", 12, (int64_t)(intptr_t)"exit7", 5) == -1 ? 9 : 10;
	return 99;
}
