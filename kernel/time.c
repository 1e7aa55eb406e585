/* SPDX-License-Identifier: BSD-2-Clause */
/* Monotonic time from the port's counter by a 32.32 fixed-point factor, and the wall clock as an offset to it. */
#include <arch/time.h>
#include <tessera/time/time.h>
#include "kernel.h"

static uint64_t ns_per_tick;		/* 32.32 fixed point */
static uint64_t ticks_per_ns;		/* 32.32 fixed point */
static uint64_t counter_zero;
static int64_t wall_offset_ns;		/* atomic */

/** (a << 32) / b, for a below 2^32 * b. */
static uint64_t fixed_quotient(uint64_t a, uint64_t b)
{
	return ((a / b) << 32) + ((a % b) << 32) / b;
}

void time_start(void)
{
	counter_zero = arch_counter();
}

void time_init(void)
{
	uint64_t hz = arch_counter_hz();

	if (hz < 1000 || hz > UINT32_MAX * 4ull)
		boot_fail("counter frequency %llu Hz", (unsigned long long)hz);
	ns_per_tick = fixed_quotient(1000000000, hz);
	ticks_per_ns = fixed_quotient(hz, 1000000000);
}

uint64_t time_now_ns(void)
{
	uint64_t ticks = arch_counter() - counter_zero;

	if (unlikely((int64_t)ticks < 0))	/* a counter that is some ticks behind that of the boot CPU */
		return 0;
	return (uint64_t)(((unsigned __int128)ticks * ns_per_tick) >> 32);
}

uint64_t time_ns_to_counter(uint64_t ns)
{
	/* rounded up, so that a timer never fires early */
	return counter_zero + (uint64_t)(((unsigned __int128)ns * ticks_per_ns) >> 32) + 1;
}

uint64_t time_wall_ns(void)
{
	return time_now_ns() + (uint64_t)__atomic_load_n(&wall_offset_ns, __ATOMIC_RELAXED);
}

void time_wall_set(uint64_t ns)
{
	__atomic_store_n(&wall_offset_ns, (int64_t)(ns - time_now_ns()), __ATOMIC_RELAXED);
}
