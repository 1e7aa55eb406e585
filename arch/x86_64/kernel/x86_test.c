/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the port: entry formats, user copies that fault in the middle, backtraces, the clock against the timer. */
#include <arch/debug.h>
#include <arch/irq.h>
#include <arch/time.h>
#include <arch/user.h>
#include <tessera/ktest/ktest.h>
#include <tessera/lib/string.h>
#include <tessera/mm/vmap.h>
#include <tessera/time/time.h>
#include "x86.h"

KTEST(x86, pte_formats)
{
	for (unsigned prot = 0; prot < 32; prot++) {
		for (unsigned level = 0; level < 3; level++) {
			for (unsigned mt = MEM_NORMAL; mt <= MEM_WC; mt++) {
				paddr_t pa = 0x0000123440000000;
				pte_t e = arch_pte_leaf(pa, level, prot, (enum mem_type)mt);
				/* any right includes reading; without one, only VM_USER is kept */
				unsigned want = prot & (VM_READ | VM_WRITE | VM_EXEC)
							? prot | VM_READ
							: prot & VM_USER;

				KEXPECT(arch_pte_present(e));
				KEXPECT(arch_pte_is_leaf(e, level));
				KEXPECT_EQ(arch_pte_paddr(e, level), pa);
				KEXPECT_EQ(arch_pte_prot(e), want);
				KEXPECT_EQ(!!(e & PTE_P), want != (prot & VM_USER));
				KEXPECT_EQ(arch_pte_dirty(e), !!(prot & VM_WRITE));
				KEXPECT(arch_pte_young(e) && !arch_pte_young(arch_pte_mkold(e)));
				for (unsigned p2 = 0; p2 < 32; p2++)
					KEXPECT_EQ(arch_pte_mkclean(arch_pte_set_prot(e, p2)),
						   arch_pte_mkclean(arch_pte_leaf(
							   pa, level, p2, (enum mem_type)mt)));
			}
		}
	}
	KEXPECT(!arch_pte_present(0));
	KEXPECT(!arch_pte_is_leaf(arch_pte_table(0x1000), 1));
}

/* A copy that runs from mapped memory into a guard page must say exactly what is left, whatever the alignment. */
KTEST(x86, copy_faults)
{
	char *area = vmalloc(2 * PAGE_SIZE), *end = area + 2 * PAGE_SIZE;
	char buf[96];

	KASSERT_TRUE(KEXPECT_NOT_NULL(area));
	memset(area, 0x5a, 2 * PAGE_SIZE);
	for (size_t have = 0; have <= 40; have++) {
		for (size_t n = 0; n <= 80; n++) {
			size_t left = n > have ? n - have : 0;

			memset(buf, 0, sizeof(buf));
			KEXPECT_EQ(arch_copy_from_user(buf, end - have, n), left);
			for (size_t i = 0; i < sizeof(buf); i++)
				KEXPECT_EQ(buf[i], i < n - left ? 0x5a : 0);
			KEXPECT_EQ(arch_copy_to_user(end - have, buf + 1, n), left);
			KEXPECT_EQ(arch_clear_user(end - have, n), left);
			memset(end - 64, 0x5a, 64);
		}
	}
	KEXPECT_EQ(arch_user_load32((const uint32_t *)(uintptr_t)end, (uint32_t *)buf), -14);
	KEXPECT_EQ(arch_user_cmpxchg32((uint32_t *)(uintptr_t)end, 0, 1, (uint32_t *)buf), -14);
	vfree(area);
}

KTEST(x86, cmpxchg)
{
	uint32_t word = 5, old = 0;

	KEXPECT_EQ(arch_user_cmpxchg32(&word, 5, 7, &old), 0);
	KEXPECT(word == 7 && old == 5);
	KEXPECT_EQ(arch_user_cmpxchg32(&word, 5, 9, &old), 0);
	KEXPECT(word == 7 && old == 7);
}

static void count_frame(uintptr_t pc, void *arg)
{
	KEXPECT(pc >= (uintptr_t)kernel_text_start && pc < (uintptr_t)kernel_text_end);
	++*(unsigned *)arg;
}

KTEST(x86, backtrace)
{
	unsigned n = 0, cut = 0;

	arch_backtrace(NULL, count_frame, &n, 64);
	arch_backtrace(NULL, count_frame, &cut, 2);
	KEXPECT_GE(n, 3); /* this function, the runner, the thread's start */
	KEXPECT_EQ(cut, 2);
}

static uintptr_t timer_frame;

static void timer_fired(struct timer *t)
{
	__atomic_store_n(&timer_frame, (uintptr_t)__builtin_frame_address(0), __ATOMIC_RELEASE);
}

/* The ABI's alignment of frames, in a thread and in an interrupt: compilers compute addresses from it. */
KTEST(x86, stack_alignment)
{
	struct timer t;

	KEXPECT_EQ((uintptr_t)__builtin_frame_address(0) & 15, 0);
	timer_init(&t, timer_fired);
	timer_start(&t, time_now_ns() + 1000000);
	while (!__atomic_load_n(&timer_frame, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
	timer_cancel_sync(&t);
	KEXPECT_EQ(timer_frame & 15, 0);
}

KTEST(x86, control_registers)
{
	uint64_t cr0 = cr0_read(), cr4 = cr4_read();

	KEXPECT(cr0 & CR0_WP);
	KEXPECT(msr_read(MSR_EFER) & EFER_NXE);
	KEXPECT_EQ(!!(cr4 & CR4_SMEP), !!(x86_features & X86_SMEP));
	KEXPECT_EQ(!!(cr4 & CR4_SMAP), !!(x86_features & X86_SMAP));
	KEXPECT(!(cr4 & 1u << 16)); /* FSGSBASE: user mode must not choose %gs */
}
