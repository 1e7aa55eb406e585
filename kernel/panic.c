/* SPDX-License-Identifier: BSD-2-Clause */
/* The end: say what happened and where, stop everything, then halt, power off or reboot as the option panic= says. */
#include <arch/cpu.h>
#include <arch/debug.h>
#include <arch/irq.h>
#include <arch/power.h>
#include <arch/smp.h>
#include <arch/trap.h>
#include <tessera/lib/printf.h>
#include <tessera/lib/string.h>
#include <tessera/lib/ubsan.h>
#include <tessera/percpu/percpu.h>
#include "kernel.h"

enum { BACKTRACE_MAX = 32 };
enum panic_action { PANIC_HALT, PANIC_POWEROFF, PANIC_REBOOT };

static enum panic_action action;
static uint32_t panic_owner;		/* CPU number + 1; atomic, never reset */
static unsigned panic_depth;		/* by the owner */

void panic_set_action(const char *value)
{
	if (!strcmp(value, "halt"))
		action = PANIC_HALT;
	else if (!strcmp(value, "poweroff"))
		action = PANIC_POWEROFF;
	else if (!strcmp(value, "reboot"))
		action = PANIC_REBOOT;
	else
		log_warn("options: panic=%s: expected halt, poweroff or reboot", value);
}

bool panic_in_progress(void)
{
	return __atomic_load_n(&panic_owner, __ATOMIC_RELAXED) == cpu_id() + 1;
}

void panic_ipi_stop(void)
{
	arch_cpu_halt();
}

struct trace {
	unsigned n;
	bool exact;			/* the next address is where a trap happened, not where a call returns to */
};

static void print_frame(uintptr_t pc, void *arg)
{
	struct trace *t = arg;
	uintptr_t off = 0, back = t->exact ? 0 : 1;
	/* a call that never returns may be the last instruction of its function: look for the call itself */
	const char *name = ksyms_lookup(pc - back, &off);

	t->exact = false;
	if (name)
		log_write(LOG_EMERG, "  #%u %p %s+0x%lx", t->n++, (void *)pc, name, (unsigned long)(off + back));
	else
		log_write(LOG_EMERG, "  #%u %p", t->n++, (void *)pc);
}

void backtrace_print(const struct arch_regs *regs)
{
	struct trace t = { .exact = regs != NULL };

	log_write(LOG_EMERG, "backtrace:");
	arch_backtrace(regs, print_frame, &t, BACKTRACE_MAX);
}

static __noreturn void panic_end(void)
{
	switch (action) {
	case PANIC_POWEROFF:
		arch_poweroff();
	case PANIC_REBOOT:
		arch_reboot();
	case PANIC_HALT:
		break;
	}
	log_write(LOG_EMERG, "system halted");
	arch_cpu_halt();
}

/** One CPU panics, the others stop; a panic inside of a panic ends at once. Interrupts off afterwards. */
static void panic_begin(void)
{
	uint32_t me, zero = 0;

	(void)arch_irq_save();
	me = cpu_id() + 1;
	if (!__atomic_compare_exchange_n(&panic_owner, &zero, me, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) && zero != me)
		arch_cpu_halt();
	if (panic_depth++ > 2)
		arch_cpu_halt();
	if (panic_depth == 1 && cpus_online > 1)
		arch_smp_halt_others();
}

static __noreturn void panic_report(const struct arch_regs *regs, bool trace, const char *prefix, const char *fmt, va_list ap)
{
	char text[256];

	panic_begin();
	vsnprintf(text, sizeof(text), fmt, ap);
	log_write(LOG_EMERG, "kernel panic: %s%s", prefix, text);
	if (panic_depth > 1)
		panic_end();
	if (trace) {
		log_write(LOG_EMERG, "cpu %u, thread %u %s", cpu_id(), current->id, current->name);
		if (regs)
			arch_regs_dump(regs);
		backtrace_print(regs);
	}
	panic_end();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_report(NULL, true, "", fmt, ap);
}

void panic_regs(const struct arch_regs *regs, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_report(regs, true, "", fmt, ap);
}

void boot_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_report(NULL, false, "cannot boot: ", fmt, ap);
}

static unsigned *ubsan_hits;		/* findings that a test planted; atomic */

void ubsan_expect(unsigned *hits)
{
	__atomic_store_n(&ubsan_hits, hits, __ATOMIC_RELEASE);
}

void ubsan_report(const char *what, ...)
{
	unsigned *hits = __atomic_load_n(&ubsan_hits, __ATOMIC_ACQUIRE);
	char text[200];
	va_list ap;

	if (hits) {
		(*hits)++;
		return;
	}
	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	panic("ubsan: %s", text);
}
