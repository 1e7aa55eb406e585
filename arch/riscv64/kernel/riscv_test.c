/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the port: entry formats, user copies that fault in the middle, floating-point state,
 * backtraces, bit counts, interprocessor interrupts. */
#include <arch/boot.h>
#include <arch/debug.h>
#include <arch/irq.h>
#include <arch/time.h>
#include <arch/user.h>
#include <tessera/ktest/ktest.h>
#include <tessera/lib/string.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>
#include <tessera/smp/smp.h>
#include <tessera/sync/preempt.h>
#include "riscv.h"

KTEST(riscv, pte_formats)
{
	for (unsigned prot = 0; prot < 32; prot++) {
		paddr_t pa = 0x1234400000ull << 12;
		pte_t e = arch_pte_leaf(pa, 1, prot, MEM_NORMAL);
		unsigned rwx = VM_READ | VM_WRITE | VM_EXEC;
		/* write includes read, which the format cannot leave out */
		unsigned want = prot & VM_WRITE ? prot | VM_READ : prot;

		if (!(prot & rwx))
			want = prot & VM_USER;
		KEXPECT(arch_pte_present(e) && arch_pte_is_leaf(e, 1));
		KEXPECT_EQ(arch_pte_paddr(e, 1), pa);
		KEXPECT_EQ(arch_pte_prot(e), want);
		KEXPECT_EQ(!!(e & PTE_V), !!(prot & rwx));
		KEXPECT_EQ(arch_pte_dirty(e), !!(prot & VM_WRITE));
		KEXPECT(arch_pte_young(e) && !arch_pte_young(arch_pte_mkold(e)));
		for (unsigned p2 = 0; p2 < 32; p2++)
			KEXPECT_EQ(arch_pte_set_prot(e, p2), arch_pte_leaf(pa, 1, p2, MEM_NORMAL));
	}
	KEXPECT(!arch_pte_present(0));
	KEXPECT(!arch_pte_is_leaf(arch_pte_table(0x1000), 1));
}

/*
 * Copies that run from mapped memory into a guard page must say exactly what is left, whatever the
 * alignment of both sides, and touch nothing else. Kernel memory takes the place of user memory.
 */
KTEST(riscv, copy_faults)
{
	char *area = vmalloc(2 * PAGE_SIZE), *end = area + 2 * PAGE_SIZE;
	char buf[208];

	KASSERT_TRUE(KEXPECT_NOT_NULL(area));
	for (size_t i = 0; i < 2 * PAGE_SIZE; i++)
		area[i] = (char)(i * 7 | 1);
	for (size_t have = 0; have <= 170; have += have < 24 ? 1 : 13) {
		for (size_t n = 0; n <= 180; n += n < 32 ? 1 : 7) {
			size_t left = n > have ? n - have : 0, off = (have * 5 + n) % 9;

			memset(buf, 0, sizeof(buf));
			KEXPECT_EQ(arch_copy_from_user(buf + off, end - have, n), left);
			KEXPECT_EQ(memcmp(buf + off, end - have, n - left), 0);
			for (size_t i = 0; i < sizeof(buf); i++)
				if (i < off || i >= off + n - left)
					KEXPECT_EQ(buf[i], 0);
			memset(end - 200, 0, 200);
			memset(buf, 0x5a, sizeof(buf));
			KEXPECT_EQ(arch_copy_to_user(end - have, buf + off, n), left);
			for (size_t i = 0; i < 200; i++)
				KEXPECT_EQ(end[(long)i - 200],
					   i >= 200 - have && i < 200 - have + n ? 0x5a : 0);
			KEXPECT_EQ(arch_clear_user(end - have, n), left);
			for (size_t i = 0; i < 200; i++)
				KEXPECT_EQ(end[(long)i - 200], 0);
			for (size_t i = 2 * PAGE_SIZE - 200; i < 2 * PAGE_SIZE; i++)
				area[i] = (char)(i * 7 | 1);
		}
	}
	KEXPECT_EQ(arch_user_load32((const uint32_t *)(uintptr_t)end, (uint32_t *)buf), -14);
	KEXPECT_EQ(arch_user_cmpxchg32((uint32_t *)(uintptr_t)end, 0, 1, (uint32_t *)buf), -14);
	KEXPECT(!(csr_read(sstatus) & SSTATUS_SUM));
	vfree(area);
}

KTEST(riscv, cmpxchg)
{
	uint32_t word = 0x80000005, old = 0;

	KEXPECT_EQ(arch_user_cmpxchg32(&word, 0x80000005, 7, &old), 0);
	KEXPECT(word == 7 && old == 0x80000005);
	KEXPECT_EQ(arch_user_cmpxchg32(&word, 5, 9, &old), 0);
	KEXPECT(word == 7 && old == 7);
}

KTEST(riscv, fpu_registers)
{
	static struct arch_fpu in, out;
	uint64_t seed = 0x1234567;
	uintptr_t irq = arch_irq_save();

	for (unsigned i = 0; i < 32; i++)
		in.f[i] = ktest_random(&seed);
	in.fcsr = 0x61; /* rounding mode 3, flag NX */
	csr_set(sstatus, SSTATUS_FS_CLEAN);
	riscv_fpu_load(&in);
	KEXPECT_EQ(csr_read(sstatus) & SSTATUS_FS, SSTATUS_FS_DIRTY);
	riscv_fpu_save(&out);
	csr_clear(sstatus, SSTATUS_FS);
	arch_irq_restore(irq);
	KEXPECT_EQ(memcmp(&in, &out, sizeof(in)), 0);
}

static void count_frame(uintptr_t pc, void *arg)
{
	KEXPECT(pc >= (uintptr_t)kernel_text_start && pc < (uintptr_t)kernel_text_end);
	++*(unsigned *)arg;
}

KTEST(riscv, backtrace)
{
	unsigned n = 0, cut = 0;

	arch_backtrace(NULL, count_frame, &n, 64);
	arch_backtrace(NULL, count_frame, &cut, 2);
	KEXPECT_GE(n, 3); /* this function, the runner, the thread's start */
	KEXPECT_EQ(cut, 2);
}

int __popcountdi2(uint64_t v);
int __ctzdi2(uint64_t v);
int __clzdi2(uint64_t v);
uint32_t __bswapsi2(uint32_t v);
uint64_t __bswapdi2(uint64_t v);

KTEST(riscv, bit_counts)
{
	uint64_t seed = 99;

	for (unsigned n = 0; n < 1000; n++) {
		uint64_t v = ktest_random(&seed) >> n % 64 << n % 7, back = 0;
		int ones = 0, low = 64, high = 64;

		for (int i = 0; i < 64; i++) {
			back |= (v >> i & 1) << ((7 - i / 8) * 8 + i % 8);
			if (!(v >> i & 1))
				continue;
			ones++;
			low = low == 64 ? i : low;
			high = 63 - i;
		}
		KEXPECT_EQ(__popcountdi2(v), ones);
		KEXPECT_EQ(__bswapdi2(v), back);
		KEXPECT_EQ(__bswapsi2((uint32_t)(v >> 32)), (uint32_t)back);
		if (v) {
			KEXPECT_EQ(__ctzdi2(v), low);
			KEXPECT_EQ(__clzdi2(v), high);
		}
	}
}

static void note_hart(void *arg)
{
	(void)__atomic_fetch_or((uint64_t *)arg, 1ull << cpu_id(), __ATOMIC_RELAXED);
}

/* Many rounds, each CPU as a sender: an interrupt that got lost would never let the call return. */
static void ipi_storm(void *arg, unsigned i)
{
	for (unsigned n = 0; n < 50; n++) {
		uint64_t seen = 0;

		smp_call_mask(cpus_online_mask, note_hart, &seen);
		KEXPECT_EQ(seen, cpus_online_mask);
	}
}

KTEST(riscv, ipi_storm)
{
	(void)ktest_run_threads(cpus_online, ipi_storm, NULL);
}

KTEST(riscv, control_registers)
{
	KEXPECT_EQ(csr_read(sscratch), 0); /* the trap entry relies on it */
	KEXPECT_EQ(csr_read(sstatus) & (SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS), 0);
	KEXPECT_EQ(csr_read(satp) >> 60, SATP_SV39 >> 60);
	KEXPECT_EQ(csr_read(scounteren) & 7, 7);
}
