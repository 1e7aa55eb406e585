/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other CPUs: found in the MADT, started by INIT and STARTUP (Intel SDM vol. 3, 9.4.4) through a page below 1 MiB. The start
 * root is the boot CPU's first table: its upper half becomes that of the final tables, its lower half maps only the page, RX.
 */
#include <arch/barrier.h>
#include <arch/irq.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <asm/apic.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/percpu/percpu.h>
#include "x86.h"

enum { AP_PAGE_MIN = 0x1000, AP_PAGE_MAX = 0x9f000, INIT_WAIT_US = 10, STARTUP_WAIT_US = 1000 };

struct x86_ap_boot x86_ap_boot;
uint32_t x86_halting; /* atomic */
static pte_t low_table[512] __aligned(4096);
static paddr_t ap_page; /* 0: not prepared */

unsigned arch_smp_enumerate(uint64_t *hwid, unsigned max)
{
	uint32_t self = lapic_id();
	unsigned n = 0;

	if (max)
		hwid[n++] = self;
	for (unsigned i = 0; x86_has_acpi && i < x86_acpi.nr_cpus; i++) {
		const struct acpi_cpu *c = &x86_acpi.cpus[i];

		if (!c->enabled || c->apic_id == self)
			continue;
		if (c->apic_id > 254 && !(x86_features & X86_X2APIC))
			continue; /* not reachable by xAPIC */
		if (n == max) {
			log_warn("smp: more than %u cpus: the rest stays off", max);
			break;
		}
		hwid[n++] = c->apic_id;
	}
	return n;
}

/* Is the page at pa usable RAM according to the firmware? The first MiB is never given to the allocator. */
static bool low_ram(paddr_t pa)
{
	for (unsigned i = 0; i < boot_info.nr_ram; i++) {
		const struct boot_range *r = &boot_info.ram[i];

		if (pa >= r->base && r->size >= PAGE_SIZE && pa - r->base <= r->size - PAGE_SIZE)
			return true;
	}
	return false;
}

static void patch32(char *page, const char *sym, uint32_t add)
{
	uint32_t v;

	memcpy(&v, page + (sym - x86_ap_trampoline), sizeof(v));
	v += add;
	memcpy(page + (sym - x86_ap_trampoline), &v, sizeof(v));
}

static int ap_prepare(void)
{
	const pte_t *kernel = (const pte_t *)(ARCH_DIRECT_BASE + x86_kernel_root);
	paddr_t pa;
	char *page;

	for (pa = 0x8000; pa < AP_PAGE_MAX && !low_ram(pa); pa += PAGE_SIZE)
		;
	if (pa >= AP_PAGE_MAX)
		for (pa = AP_PAGE_MIN; pa < 0x8000 && !low_ram(pa); pa += PAGE_SIZE)
			;
	if (!low_ram(pa))
		return -ENOMEM;
	page = (char *)(ARCH_DIRECT_BASE + pa);
	memcpy(page, x86_ap_trampoline, (size_t)(x86_ap_trampoline_end - x86_ap_trampoline));
	patch32(page, x86_ap_gdtr_base, (uint32_t)pa);
	patch32(page, x86_ap_entry64, (uint32_t)pa);
	patch32(page, x86_ap_root, (uint32_t)x86_image_phys(early_pml4));
	low_table[pa >> PAGE_SHIFT] = pa | PTE_P | PTE_A;
	early_pd_low[0] = x86_image_phys(low_table) | PTE_P | PTE_A;
	early_pd_low[1] = 0;
	for (unsigned i = ARCH_PT_KERNEL_INDEX; i < 512; i++)
		early_pml4[i] = kernel[i];
	ap_page = pa;
	return 0;
}

static void wait_us(unsigned us)
{
	uint64_t end = arch_counter() + arch_counter_hz() / 1000000 * us;

	while (arch_counter() < end && !__atomic_load_n(&x86_ap_boot.arrived, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
}

static void send(void (*fn)(uint32_t id), uint32_t id)
{
	uintptr_t state = arch_irq_save();

	fn(id);
	arch_irq_restore(state);
}

static void send_startup(uint32_t id)
{
	lapic_send_startup(id, (unsigned)(ap_page >> PAGE_SHIFT));
}

int arch_smp_start(unsigned cpu, uint64_t hwid, struct thread *idle, uintptr_t percpu_offset)
{
	const struct arch_thread *a = (const struct arch_thread *)idle;
	int err = ap_page ? 0 : ap_prepare();

	if (err)
		return err;
	if (cpu >= CPUS_MAX || hwid > UINT32_MAX)
		return -EINVAL;
	percpu_ptr(x86_pcpu, cpu)->apic_id = (uint32_t)hwid;
	x86_ap_boot.stack = a->stack_hi - sizeof(struct arch_regs);
	x86_ap_boot.thread = (uintptr_t)idle;
	x86_ap_boot.percpu_offset = percpu_offset;
	__atomic_store_n(&x86_ap_boot.arrived, 0, __ATOMIC_SEQ_CST);
	send(lapic_send_init, (uint32_t)hwid);
	wait_us(INIT_WAIT_US);
	/* the second STARTUP is for a CPU that missed the first; a running one ignores it */
	for (unsigned i = 0; i < 2 && !__atomic_load_n(&x86_ap_boot.arrived, __ATOMIC_ACQUIRE);
	     i++) {
		send(send_startup, (uint32_t)hwid);
		wait_us(STARTUP_WAIT_US);
	}
	/* the block is the next CPU's too: the caller goes on only when this one is up, or gives up altogether */
	return 0;
}

/** First C code of a started CPU: final tables, idle thread's stack, %gs set. */
void x86_ap_main(struct thread *idle, uintptr_t percpu_offset)
{
	struct x86_pcpu *p;

	arch_set_percpu_offset(percpu_offset);
	arch_set_current(idle);
	p = this_cpu_ptr(x86_pcpu);
	p->kernel_sp = ((const struct arch_thread *)idle)->stack_hi;
	x86_tables_init_cpu();
	this_cpu_ptr(x86_tables)->tss.rsp[0] = p->kernel_sp;
	__atomic_store_n(&x86_ap_boot.arrived, 1, __ATOMIC_RELEASE);
	secondary_main();
}

void arch_smp_cpu_init(void)
{
	lapic_init_cpu();
}

void arch_smp_halt_others(void)
{
	uintptr_t state = arch_irq_save();
	uint64_t mask = cpus_online_mask & ~(1ull << cpu_id());

	__atomic_store_n(&x86_halting, 1, __ATOMIC_SEQ_CST);
	for (; mask; mask &= mask - 1)
		lapic_send_nmi(percpu_ptr(x86_pcpu, __builtin_ctzll(mask))->apic_id);
	arch_irq_restore(state);
}
