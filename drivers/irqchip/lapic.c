/* SPDX-License-Identifier: BSD-2-Clause */
/* Local APIC (Intel SDM vol. 3, chapter 11): IPIs, timer, end of interrupt; by memory (xAPIC), or by MSRs where CPUID has x2APIC. */
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <asm/apic.h>
#include <tessera/log/log.h>
#include <tessera/mm/vmap.h>
#include <tessera/percpu/percpu.h>

enum {
	REG_ID = 0x20,
	REG_VERSION = 0x30,
	REG_TPR = 0x80,
	REG_EOI = 0xb0,
	REG_LDR = 0xd0,
	REG_DFR = 0xe0,
	REG_SVR = 0xf0,
	REG_ESR = 0x280,
	REG_LVT_CMCI = 0x2f0,
	REG_ICR = 0x300,
	REG_ICR_HIGH = 0x310,
	REG_LVT_TIMER = 0x320,
	REG_LVT_THERMAL = 0x330,
	REG_LVT_PERF = 0x340,
	REG_LVT_LINT0 = 0x350,
	REG_LVT_LINT1 = 0x360,
	REG_LVT_ERROR = 0x370,
	REG_TIMER_INIT = 0x380,
	REG_TIMER_COUNT = 0x390,
	REG_TIMER_DIVIDE = 0x3e0,

	SVR_ENABLE = 0x100,
	LVT_MASKED = 0x10000,
	LVT_NMI = 0x400,
	LVT_TSC_DEADLINE = 2 << 17,
	DIVIDE_BY_1 = 0xb,
	ICR_NMI = 0x400,
	ICR_INIT = 0x500,
	ICR_STARTUP = 0x600,
	ICR_ASSERT = 0x4000,
	ICR_BUSY = 0x1000,
	BASE_ENABLE = 1 << 11,
	BASE_X2APIC = 1 << 10,
	LAPIC_BASE_DEFAULT = 0xfee00000,
	ICR_SPINS = 1000000,
};

static char *regs; /* NULL: by MSRs */
static bool x2apic, deadline;

static uint32_t reg_read(unsigned reg)
{
	return x2apic ? (uint32_t)msr_read(MSR_X2APIC + (reg >> 4)) : io_read32(regs + reg);
}

static void reg_write(unsigned reg, uint32_t v)
{
	if (x2apic)
		msr_write(MSR_X2APIC + (reg >> 4), v);
	else
		io_write32(regs + reg, v);
}

void lapic_init(paddr_t base)
{
	uint64_t msr = msr_read(MSR_APIC_BASE);

	if (x86_features & X86_X2APIC) {
		x2apic = true;
		return;
	}
	if (!base)
		base = LAPIC_BASE_DEFAULT;
	if ((msr & 0xffffff000) != base)
		log_warn("lapic: at %#lx, the tables say %#lx", msr & 0xffffff000, base);
	regs = vmap_io(msr & 0xffffff000, 4096);
	if (!regs)
		boot_fail("local apic at %#lx cannot be mapped", msr & 0xffffff000);
}

void lapic_init_cpu(void)
{
	uint32_t max;

	msr_write(MSR_APIC_BASE,
		  msr_read(MSR_APIC_BASE) | BASE_ENABLE | (x2apic ? BASE_X2APIC : 0));
	max = reg_read(REG_VERSION) >> 16 & 0xff;
	reg_write(REG_LVT_TIMER, LVT_MASKED);
	reg_write(REG_LVT_LINT0, LVT_MASKED);
	reg_write(REG_LVT_LINT1, LVT_NMI); /* where boards wire the NMI */
	if (max >= 4)
		reg_write(REG_LVT_PERF, LVT_MASKED);
	if (max >= 5)
		reg_write(REG_LVT_THERMAL, LVT_MASKED);
	if (max >= 6)
		reg_write(REG_LVT_CMCI, LVT_MASKED);
	reg_write(REG_TPR, 0);
	reg_write(REG_SVR, SVR_ENABLE | VEC_SPURIOUS);
	reg_write(REG_ESR, 0);
	reg_write(REG_LVT_ERROR, VEC_ERROR);
	reg_write(REG_TIMER_INIT, 0);
	reg_write(REG_TIMER_DIVIDE, DIVIDE_BY_1);
	reg_write(REG_LVT_TIMER, VEC_TIMER | (deadline ? LVT_TSC_DEADLINE : 0));
	this_cpu_ptr(x86_pcpu)->apic_id = lapic_id();
	lapic_eoi(); /* what the firmware may have left in service */
}

uint32_t lapic_id(void)
{
	uint32_t id = reg_read(REG_ID);

	return x2apic ? id : id >> 24;
}

void lapic_eoi(void)
{
	reg_write(REG_EOI, 0);
}

static void icr_send(uint32_t apic_id, uint32_t cmd)
{
	if (x2apic) {
		/* the MSR write is not ordered after stores */
		__asm__ volatile("mfence\n\tlfence" : : : "memory");
		msr_write(MSR_X2APIC + (REG_ICR >> 4), (uint64_t)apic_id << 32 | cmd);
		return;
	}
	for (unsigned i = 0; i < ICR_SPINS && (reg_read(REG_ICR) & ICR_BUSY); i++)
		arch_cpu_relax();
	reg_write(REG_ICR_HIGH, apic_id << 24);
	reg_write(REG_ICR, cmd);
}

void lapic_send(uint32_t apic_id, unsigned vector)
{
	icr_send(apic_id, ICR_ASSERT | vector);
}

void lapic_send_init(uint32_t apic_id)
{
	icr_send(apic_id, ICR_ASSERT | ICR_INIT);
}

void lapic_send_startup(uint32_t apic_id, unsigned page)
{
	icr_send(apic_id, ICR_ASSERT | ICR_STARTUP | (page & 0xff));
}

void lapic_send_nmi(uint32_t apic_id)
{
	icr_send(apic_id, ICR_ASSERT | ICR_NMI);
}

void lapic_timer_set(uint32_t ticks)
{
	reg_write(REG_TIMER_INIT, ticks);
}

uint32_t lapic_timer_read(void)
{
	return reg_read(REG_TIMER_COUNT);
}

void lapic_timer_use_deadline(void)
{
	deadline = true;
	reg_write(REG_LVT_TIMER, VEC_TIMER | LVT_TSC_DEADLINE);
	/* the mode must be set before the first deadline is written */
	__asm__ volatile("mfence" : : : "memory");
}

uint32_t lapic_error(void)
{
	reg_write(REG_ESR, 0);
	return reg_read(REG_ESR);
}

const char *lapic_describe(void)
{
	return x2apic ? "x2apic" : "xapic";
}
