/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clock: the time stamp counter. Timer: the local APIC's, one-shot, or its TSC deadline mode.
 * The counter's frequency comes from CPUID or a hypervisor leaf; else it is measured against the ACPI
 * timer or the PIT. A measurement begins and ends at an edge of the reference; how exactly that is known
 * is the time between two reads, so the window needs to be only MEASURE_RATIO times as long: 0.2 ms where
 * reads are quick (also with QEMU's -icount), some ms where they are not. A virtual machine may be stopped
 * in between: the widths show it.
 */
#include <arch/irq.h>
#include <arch/time.h>
#include <asm/apic.h>
#include <asm/port.h>
#include <tessera/log/log.h>
#include "x86.h"

enum {
	PIT_HZ = 1193182,
	PIT_CH0 = 0x40,
	PIT_CMD = 0x43,
	PIT_MODE2_CH0 = 0x34,
	PIT_LATCH_CH0 = 0x00,
	PM_TIMER_HZ = 3579545,
	MEASURE_RATIO = 2048,
	LAPIC_RATIO = 256,
	MEASURE_ATTEMPTS = 200000,
	EDGES = 4,	    /* of which the narrowest is taken */
	ATTEMPTS = 20,
	STALL_RATIO = 4000, /* of the PIT's 27 ms for half a turn, reads take some us */
};

struct reference {
	const char *name;
	uint32_t hz, mask;
	uint32_t (*read)(void);
};
struct edge {
	uint32_t ref;
	uint64_t tsc, width;
};

static uint64_t tsc_hz;
static const char *tsc_from = "cpuid"; /* for the log */
static uint64_t lapic_per_tsc;	       /* 32.32 fixed point */
static bool deadline;

/* Counts down; made to count up. */
static uint32_t pit_read(void)
{
	uint32_t lo, hi;

	port_write8(PIT_CMD, PIT_LATCH_CH0);
	lo = port_read8(PIT_CH0);
	hi = port_read8(PIT_CH0);
	return ~(hi << 8 | lo) & 0xffff;
}

static uint32_t pm_timer_read(void)
{
	return port_read32((uint16_t)x86_acpi.pm_timer_port) & 0xffffff;
}

/* Wait for the reference to change. False: it does not. */
static bool edge_find(const struct reference *r, struct edge *e)
{
	uint32_t first = r->read(), now;
	uint64_t before = arch_counter(), after;

	for (unsigned i = 0; i < MEASURE_ATTEMPTS; i++) {
		now = r->read();
		after = arch_counter();
		if (now != first) {
			*e = (struct edge){.ref = now,
					   .tsc = before + (after - before) / 2,
					   .width = after - before};
			return true;
		}
		before = after;
	}
	return false;
}

/* The narrowest of some edges in a row. */
static bool edge_best(const struct reference *r, struct edge *best)
{
	struct edge e;

	if (!edge_find(r, best))
		return false;
	for (unsigned i = 1; i < EDGES; i++) {
		if (!edge_find(r, &e))
			return false;
		if (e.width < best->width)
			*best = e;
	}
	return true;
}

/*
 * One measurement from an edge on: ticks per second and in *ratio how many times longer the window was than its ends are
 * wide. 0: the reference stopped, or this CPU did for so long that the reference may have gone round.
 */
static uint64_t measure_once(const struct reference *r, uint64_t *ratio)
{
	struct edge a, b;
	uint64_t elapsed, hz = 0;
	uint32_t ticks;

	*ratio = 0;
	if (!edge_best(r, &a))
		return 0;
	do {
		if (!edge_find(r, &b) || b.width > a.width * STALL_RATIO)
			return hz;
		elapsed = b.tsc - a.tsc;
		ticks = (b.ref - a.ref) & r->mask;
		if (ticks && elapsed / (a.width + b.width) > *ratio) {
			*ratio = elapsed / (a.width + b.width);
			hz = elapsed * r->hz / ticks;	/* some seconds at most: no overflow */
		}
		/* half a turn of the reference is the longest that is told for sure */
	} while (*ratio < MEASURE_RATIO && ticks < r->mask / 2);
	return hz;
}

/* Counter ticks per second by @r, 0 if it does not work. Interrupts off. */
static uint64_t measure(const struct reference *r)
{
	uint64_t best = 0, best_ratio = 0, hz, ratio;
	struct edge e;

	if (!edge_find(r, &e))
		return 0;		/* it does not count at all */
	for (unsigned i = 0; i < ATTEMPTS && best_ratio < MEASURE_RATIO / 2; i++) {
		hz = measure_once(r, &ratio);
		if (ratio > best_ratio) {
			best = hz;
			best_ratio = ratio;
		}
	}
	return best;
}

static uint64_t tsc_from_cpuid(void)
{
	uint32_t max = cpuid(0, 0).eax;
	struct cpuid c;

	/* under a hypervisor leaf 0x40000010 may have kHz (VMware's, also KVM's) */
	if (cpuid(1, 0).ecx & 1u << 31) {
		c = cpuid(0x40000000, 0);
		if (c.eax >= 0x40000010 && c.eax < 0x40001000) {
			c = cpuid(0x40000010, 0);
			if (c.eax)
				return (uint64_t)c.eax * 1000;
		}
	}
	if (max >= 0x15) {
		c = cpuid(0x15, 0);
		if (c.eax && c.ebx && c.ecx)
			return (uint64_t)c.ecx * c.ebx / c.eax;
		if (c.eax && c.ebx && max >= 0x16 && (cpuid(0x16, 0).eax & 0xffff))
			return (uint64_t)(cpuid(0x16, 0).eax & 0xffff) * 1000000;
	}
	return 0;
}

void x86_time_init(void)
{
	struct reference pm = {"acpi timer", PM_TIMER_HZ, 0xffffff, pm_timer_read};
	struct reference pit = {"pit", PIT_HZ, 0xffff, pit_read};
	uintptr_t state = arch_irq_save();

	tsc_hz = tsc_from_cpuid();
	if (!tsc_hz && x86_has_acpi && x86_acpi.pm_timer_port && x86_acpi.pm_timer_port <= 0xfffc) {
		tsc_from = pm.name;
		tsc_hz = measure(&pm);
	}
	if (!tsc_hz) {
		port_write8(PIT_CMD, PIT_MODE2_CH0);
		port_write8(PIT_CH0, 0);
		port_write8(PIT_CH0, 0);
		tsc_from = pit.name;
		tsc_hz = measure(&pit);
	}
	arch_irq_restore(state);
	if (tsc_hz < 1000000 || tsc_hz > 16000000000ull)
		boot_fail("time stamp counter: no clock to measure it (got %lu Hz)", tsc_hz);
}

uint64_t arch_counter_hz(void)
{
	return tsc_hz;
}

/* Read the timer at a known time: the quickest of some reads. */
static void lapic_sample(struct edge *best)
{
	best->width = UINT64_MAX;
	for (unsigned i = 0; i < EDGES; i++) {
		uint64_t before = arch_counter();
		uint32_t count = lapic_timer_read();
		uint64_t width = arch_counter() - before;

		if (width < best->width)
			*best = (struct edge){ .ref = count, .tsc = before + width / 2, .width = width };
	}
}

/* Rate of the local APIC's timer, against the counter; 0.4 % is enough, since a timer that fires early is armed again. */
static uint64_t measure_lapic(void)
{
	struct edge a, b;

	lapic_timer_set(UINT32_MAX);
	lapic_sample(&a);
	do {
		lapic_sample(&b);
	} while (b.tsc - a.tsc < (a.width + b.width) * LAPIC_RATIO && b.tsc - a.tsc < tsc_hz / 10);
	lapic_timer_set(0);
	return ((uint64_t)(a.ref - b.ref) << 32) / (b.tsc - a.tsc);
}

void x86_timer_init(void)
{
	uintptr_t state;

	log_info("time: counter %lu.%06lu MHz (%s)", tsc_hz / 1000000, tsc_hz % 1000000, tsc_from);
	if (x86_features & X86_TSC_DEADLINE) {
		deadline = true;
		lapic_timer_use_deadline();
		log_info("time: timer is the tsc deadline");
		return;
	}
	state = arch_irq_save();
	lapic_per_tsc = measure_lapic();
	arch_irq_restore(state);
	if (!lapic_per_tsc)
		boot_fail("local apic: its timer does not count");
	log_info("time: local apic timer %lu kHz",
		 (uint64_t)(((unsigned __int128)tsc_hz * lapic_per_tsc) >> 32) / 1000);
}

void arch_timer_arm(uint64_t counter)
{
	uint64_t now = arch_counter(), ticks;

	if (deadline) {
		msr_write(MSR_TSC_DEADLINE, counter ? counter : 1);
		return;
	}
	ticks = counter > now
			? (uint64_t)(((unsigned __int128)(counter - now) * lapic_per_tsc) >> 32) + 1
			: 1;
	/* longer than the timer reaches: it fires early, and the core arms it again */
	lapic_timer_set(ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks);
}

void arch_timer_disarm(void)
{
	if (deadline)
		msr_write(MSR_TSC_DEADLINE, 0);
	else
		lapic_timer_set(0);
}
