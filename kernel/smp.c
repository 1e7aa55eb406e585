/* SPDX-License-Identifier: BSD-2-Clause */
/* Other CPUs: starting them, calling functions on them, receiving their interrupts. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/smp.h>
#include <tessera/mm/alloc.h>
#include <tessera/smp/smp.h>
#include "kernel.h"
#include "thread_private.h"

enum { CPU_START_TIMEOUT_S = 20 };

/* One call in progress; lives on the caller's stack until all have answered. */
struct smp_call {
	void (*fn)(void *arg);
	void *arg;
	uint64_t pending;		/* CPUs that have not run it; atomic */
};
struct smp_node {
	struct smp_node *next;
	struct smp_call *call;
};
/* queue: nodes for this CPU, LIFO, atomic. nodes[c]: what this CPU sends to CPU c; free between calls, since a call waits. */
struct smp_cpu {
	struct smp_node *queue;
	struct smp_node nodes[CPUS_MAX];
};
static PERCPU_DEFINE(struct smp_cpu, smp_cpu);
static uint32_t cpu_up[CPUS_MAX];	/* 1: runs, 2: given up, must halt; atomic */

void smp_call_mask(uint64_t mask, void (*fn)(void *arg), void *arg)
{
	struct smp_call call = { .fn = fn, .arg = arg };
	struct smp_cpu *sc;
	uint64_t others, self;
	uintptr_t irq;

	preempt_disable();
	self = 1ull << cpu_id();
	others = mask & cpus_online_mask & ~self;
	if (others) {
		ASSERT(!arch_irq_disabled());
		sc = this_cpu_ptr(smp_cpu);
		call.pending = others;
		for (uint64_t m = others; m; m &= m - 1) {
			unsigned cpu = (unsigned)__builtin_ctzll(m);
			struct smp_node *n = &sc->nodes[cpu], **q = &percpu_ptr(smp_cpu, cpu)->queue;

			n->call = &call;
			n->next = __atomic_load_n(q, __ATOMIC_RELAXED);
			while (!__atomic_compare_exchange_n(q, &n->next, n, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
				;
		}
		arch_ipi_send(others, IPI_CALL);
	}
	if (mask & self) {
		irq = arch_irq_save();
		fn(arg);
		arch_irq_restore(irq);
	}
	/* acquire: what the others did is seen by the caller */
	while (others && __atomic_load_n(&call.pending, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
	preempt_enable();
}

/** Run what others want of this CPU; interrupts off. */
static void smp_answer(void)
{
	struct smp_node *n = __atomic_exchange_n(&this_cpu_ptr(smp_cpu)->queue, NULL, __ATOMIC_ACQUIRE), *next;
	uint64_t self = 1ull << cpu_id();

	for (; n; n = next) {
		struct smp_call *call = n->call;

		next = n->next;
		call->fn(call->arg);
		/* node and call belong to the caller again after this */
		(void)__atomic_fetch_and(&call->pending, ~self, __ATOMIC_RELEASE);
	}
}

void ipi_receive(unsigned n)
{
	switch (n) {
	case IPI_RESCHED:
		sched_ipi();
		break;
	case IPI_CALL:
		smp_answer();
		break;
	case IPI_STOP:
		panic_ipi_stop();
		break;
	default:
		log_warn("smp: unknown interrupt %u from another CPU", n);
	}
}

/** Wait for @cpu to say that it runs; false: it did not. */
static bool wait_for_cpu(unsigned cpu)
{
	uint64_t end = time_now_ns() + CPU_START_TIMEOUT_S * 1000000000ull;
	uint32_t zero = 0;

	while (!__atomic_load_n(&cpu_up[cpu], __ATOMIC_ACQUIRE))
		if (time_now_ns() > end)
			return !__atomic_compare_exchange_n(&cpu_up[cpu], &zero, 2, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
		else
			arch_cpu_relax();
	return true;
}

static bool start_cpu(unsigned cpu, uint64_t hwid)
{
	struct thread *idle = thread_create_idle(cpu);
	int ret;

	if (!idle || percpu_alloc(cpu)) {
		log_err("smp: no memory for cpu %u", cpu);
		return false;
	}
	timer_init_cpu(cpu);
	sched_cpu_init(cpu, idle);
	ret = arch_smp_start(cpu, hwid, idle, percpu_offsets[cpu]);
	if (ret || !wait_for_cpu(cpu)) {
		log_err("smp: cpu %u (hardware id %llx) did not start: error %d", cpu, (unsigned long long)hwid, ret);
		return false;
	}
	return true;
}

void smp_init(void)
{
	static uint64_t hwid[CPUS_MAX];
	unsigned found = arch_smp_enumerate(hwid, CPUS_MAX);
	const char *limit = option_get("maxcpus");
	unsigned max = limit ? (unsigned)option_number(limit, CPUS_MAX) : CPUS_MAX;

	for (unsigned cpu = 1; cpu < found && cpu < max; cpu++)
		if (!start_cpu(cpu, hwid[cpu]))
			break;
	log_info("smp: %u of %u cpus", cpus_online, found);
}

void secondary_main(void)
{
	unsigned cpu = cpu_id();
	uint32_t zero = 0;

	arch_cpu_init();
	mm_init_cpu();
	arch_smp_cpu_init();
	(void)__atomic_fetch_or(&cpus_online_mask, 1ull << cpu, __ATOMIC_SEQ_CST);
	__atomic_store_n(&cpus_online, cpu + 1, __ATOMIC_RELEASE);
	if (!__atomic_compare_exchange_n(&cpu_up[cpu], &zero, 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		(void)__atomic_fetch_and(&cpus_online_mask, ~(1ull << cpu), __ATOMIC_SEQ_CST);
		arch_cpu_halt();
	}
	arch_irq_enable();
	sched_idle_loop();
}
