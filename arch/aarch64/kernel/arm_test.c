/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of the port: entry formats, user copies that fault in the middle, compare-exchange on user
 * memory, vector registers, backtraces, interprocessor interrupts, control registers.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/debug.h>
#include <arch/irq.h>
#include <arch/mmu.h>
#include <arch/time.h>
#include <arch/user.h>
#include <tessera/ktest/ktest.h>
#include <tessera/lib/string.h>
#include <tessera/mm/page.h>
#include <tessera/mm/space.h>
#include <tessera/percpu/percpu.h>
#include <tessera/smp/smp.h>
#include <tessera/thread/thread.h>
#include "arm.h"

KTEST(aarch64, pte_formats)
{
	for (unsigned prot = 0; prot < 32; prot++) {
		paddr_t pa = 0x123456ull << 21;
		unsigned rwx = VM_READ | VM_WRITE | VM_EXEC;

		for (unsigned level = 0; level < 3; level++) {
			pte_t e = arch_pte_leaf(pa, level, prot, MEM_NORMAL);
			/* anything includes read: the format cannot leave it out */
			unsigned want = prot & rwx ? prot | VM_READ : prot;

			KEXPECT(arch_pte_present(e) && arch_pte_is_leaf(e, level));
			KEXPECT_EQ(arch_pte_paddr(e, level), pa);
			KEXPECT_EQ(arch_pte_prot(e), want);
			KEXPECT_EQ(!!(e & PTE_VALID), !!(prot & rwx));
			KEXPECT_EQ(arch_pte_dirty(e), !!(prot & VM_WRITE));
			KEXPECT(!arch_pte_dirty(arch_pte_mkclean(e)));
			KEXPECT_EQ(arch_pte_prot(arch_pte_mkclean(e)), want);
			KEXPECT(arch_pte_young(e) && !arch_pte_young(arch_pte_mkold(e)));
			/* user pages are never executable for the core, nor the core's for users */
			KEXPECT(e & (prot & VM_USER ? PTE_PXN : PTE_UXN));
			for (unsigned p2 = 0; p2 < 32; p2++)
				KEXPECT_EQ(arch_pte_set_prot(e, p2),
					   arch_pte_leaf(pa, level, p2, MEM_NORMAL));
		}
	}
	KEXPECT(!arch_pte_present(0) && !arch_pte_is_leaf(0, 0));
	KEXPECT(!arch_pte_is_leaf(arch_pte_table(0x1000), 1));
}

enum { AREA = 2 * PAGE_SIZE, WINDOW = 200 };

/* A space of this thread with AREA bytes at *va, writable, and nothing behind them. */
static struct space *enter_space(vaddr_t *va)
{
	struct space *s = space_create(NULL);

	*va = 0x10000000;
	if (!KEXPECT_NOT_NULL(s))
		return NULL;
	if (!KEXPECT_EQ(space_map_anon(s, va, AREA, VM_READ | VM_WRITE, AS_FIXED, 0), 0)) {
		space_put(s);
		return NULL;
	}
	thread_set_space(s);
	return s;
}

static void leave_space(struct space *s)
{
	thread_set_space(NULL);
	space_put(s);
}

/* @n bytes where @have are mapped, at this alignment of the other side: exact counts, and no byte
 * beyond. */
static void copies(uint8_t *end, size_t have, size_t n)
{
	size_t left = n > have ? n - have : 0, done = n - left, off = (have * 5 + n) % 9;
	uint8_t buf[WINDOW + 16], back[WINDOW];

	memset(buf, 0x5a, sizeof(buf));
	KEXPECT_EQ(arch_clear_user(end - WINDOW, WINDOW), 0);
	KEXPECT_EQ(arch_copy_to_user(end - have, buf + off, n), left);
	KEXPECT_EQ(arch_copy_from_user(back, end - WINDOW, WINDOW), 0);
	for (size_t i = 0; i < WINDOW; i++) {
		bool in = i >= WINDOW - have && i < WINDOW - have + done;

		KEXPECT_EQ(back[i], in ? 0x5a : 0);
	}
	memset(buf, 0, sizeof(buf));
	KEXPECT_EQ(arch_copy_from_user(buf + off, end - have, n), left);
	for (size_t i = 0; i < sizeof(buf); i++)
		KEXPECT_EQ(buf[i], i >= off && i < off + done ? 0x5a : 0);
	KEXPECT_EQ(arch_clear_user(end - have, n), left);
	KEXPECT_EQ(arch_copy_from_user(back, end - WINDOW, WINDOW), 0);
	for (size_t i = 0; i < WINDOW; i++)
		KEXPECT_EQ(back[i], 0);
}

KTEST(aarch64, user_copies)
{
	vaddr_t va;
	struct space *s = enter_space(&va);
	uint8_t *end = (uint8_t *)(uintptr_t)(va + AREA);
	uint32_t v = 0;

	KASSERT_TRUE(s != NULL);
	for (size_t have = 0; have <= 170; have += have < 24 ? 1 : 13)
		for (size_t n = 0; n <= 180; n += n < 40 ? 1 : 7)
			copies(end, have, n);
	KEXPECT_EQ(arch_user_load32((const uint32_t *)(uintptr_t)end, &v), -14);
	KEXPECT_EQ(arch_user_cmpxchg32((uint32_t *)(uintptr_t)end, 0, 1, &v), -14);
	/* the core's memory has no rights for users: the copies must not reach it */
	KEXPECT_EQ(arch_copy_from_user(&v, &boot_info, 4), 4);
	KEXPECT_EQ(arch_copy_to_user(&boot_info, &v, 4), 4);
	leave_space(s);
}

KTEST(aarch64, cmpxchg)
{
	vaddr_t va;
	struct space *s = enter_space(&va);
	uint32_t *word = (uint32_t *)(uintptr_t)(va + 64), v = 0x80000005, old = 0;

	KASSERT_TRUE(s != NULL);
	KEXPECT_EQ(arch_copy_to_user(word, &v, 4), 0);
	KEXPECT_EQ(arch_user_cmpxchg32(word, 0x80000005, 7, &old), 0);
	KEXPECT_EQ(old, 0x80000005);
	KEXPECT_EQ(arch_user_cmpxchg32(word, 5, 9, &old), 0);
	KEXPECT_EQ(old, 7);
	KEXPECT_EQ(arch_user_load32(word, &v), 0);
	KEXPECT_EQ(v, 7);
	leave_space(s);
}

KTEST(aarch64, fpu_registers)
{
	static struct arm_fpu in, out;
	uint64_t seed = 0x1234567;
	uintptr_t irq = arch_irq_save();

	for (unsigned i = 0; i < ARRAY_SIZE(in.v); i++)
		in.v[i] = ktest_random(&seed);
	in.fpcr = 3 << 22; /* round towards zero */
	in.fpsr = 0x10;	   /* inexact */
	arm_fpu_load(&in);
	arm_fpu_save(&out);
	*this_cpu_ptr(fpu_owner) = NULL; /* whose registers these were */
	arch_irq_restore(irq);
	KEXPECT_EQ(memcmp(&in, &out, sizeof(in)), 0);
}

static void count_frame(uintptr_t pc, void *arg)
{
	KEXPECT(pc >= (uintptr_t)kernel_text_start && pc < (uintptr_t)kernel_text_end);
	++*(unsigned *)arg;
}

KTEST(aarch64, backtrace)
{
	unsigned n = 0, cut = 0;

	arch_backtrace(NULL, count_frame, &n, 64);
	arch_backtrace(NULL, count_frame, &cut, 2);
	KEXPECT_GE(n, 3); /* this function, the runner, the thread's start */
	KEXPECT_EQ(cut, 2);
}

static void note_cpu(void *arg)
{
	(void)__atomic_fetch_or((uint64_t *)arg, 1ull << cpu_id(), __ATOMIC_RELAXED);
}

/* Many rounds, each CPU as a sender: an interrupt that got lost would never let the call return. */
static void ipi_storm(void *arg, unsigned i)
{
	for (unsigned n = 0; n < 50; n++) {
		uint64_t seen = 0;

		smp_call_mask(cpus_online_mask, note_cpu, &seen);
		KEXPECT_EQ(seen, cpus_online_mask);
	}
}

KTEST(aarch64, ipi_storm)
{
	(void)ktest_run_threads(cpus_online, ipi_storm, NULL);
}

static void check_registers(void *arg, unsigned i)
{
	KEXPECT_EQ(sysreg_read(currentel), 1 << 2);
	KEXPECT_EQ(sysreg_read(spsel), 1);
	KEXPECT_EQ(sysreg_read(tpidrro_el0), 0); /* scratch of the vectors, readable by programs */
	KEXPECT_EQ(sysreg_read(sctlr_el1) & SCTLR_VALUE, SCTLR_VALUE);
	KEXPECT_EQ(sysreg_read(sctlr_el1) & SCTLR_SPAN, 0);
	KEXPECT_EQ(sysreg_read(mair_el1), MAIR_VALUE);
	if (arm_features & ARM_PAN)
		KEXPECT_EQ(sysreg_read(SYS_PAN) >> 22 & 1, 1);
	if (arm_features & ARM_E0PD)
		KEXPECT(sysreg_read(tcr_el1) & TCR_E0PD1);
	if (arm_features & ARM_PMU) {
		uint64_t before = sysreg_read(pmccntr_el0);

		KEXPECT_EQ(sysreg_read(pmuserenr_el0), 1 << 2);
		for (unsigned n = 0; n < 1000; n++)
			barrier();
		KEXPECT_GT(sysreg_read(pmccntr_el0), before);
	}
}

KTEST(aarch64, control_registers)
{
	(void)ktest_run_threads(cpus_online, check_registers, NULL);
}
