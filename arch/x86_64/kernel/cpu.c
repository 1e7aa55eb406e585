/* SPDX-License-Identifier: BSD-2-Clause */
/* The processor: features, control registers, description, random numbers. Every bit is set only if CPUID offers it. */
#include <arch/irq.h>
#include <tessera/lib/printf.h>
#include <tessera/lib/string.h>
#include <tessera/log/log.h>
#include <tessera/percpu/percpu.h>
#include "x86.h"

struct smap_site {
	int32_t insn;
	uint32_t open;
};
extern const struct smap_site smap_sites_start[], smap_sites_end[];

unsigned x86_features;
unsigned x86_leaf_level = 1, x86_asid_bits;

/* CPUID 1: what the port cannot do without. EDX: FPU TSC MSR PAE CX8 APIC PGE CMOV FXSR SSE SSE2 */
static const struct {
	uint8_t bit;
	char name[6];
} required[] = {
	{0, "fpu"},  {4, "tsc"},   {5, "msr"},	 {6, "pae"},  {8, "cx8"},   {9, "apic"},
	{13, "pge"}, {15, "cmov"}, {24, "fxsr"}, {25, "sse"}, {26, "sse2"},
};

static unsigned detect(void)
{
	uint32_t max = cpuid(0, 0).eax;
	struct cpuid c1 = cpuid(1, 0), c7 = {0}, ext = cpuid(0x80000001, 0);
	unsigned f = 0;

	if (max >= 7)
		c7 = cpuid(7, 0);
	f |= c7.ebx & 1u << 7 ? X86_SMEP : 0;
	f |= c7.ebx & 1u << 20 ? X86_SMAP : 0;
	f |= c7.ecx & 1u << 2 ? X86_UMIP : 0;
	f |= c1.ecx & 1u << 26 && max >= 0xd ? X86_XSAVE : 0;
	f |= f & X86_XSAVE && cpuid(0xd, 1).eax & 1 ? X86_XSAVEOPT : 0;
	f |= c1.ecx & 1u << 17 && c7.ebx & 1u << 10 ? X86_PCID : 0; /* with INVPCID only */
	f |= c1.ecx & 1u << 21 ? X86_X2APIC : 0;
	f |= c1.ecx & 1u << 24 ? X86_TSC_DEADLINE : 0;
	f |= c1.ecx & 1u << 30 ? X86_RDRAND : 0;
	f |= c1.edx & 1u << 16 ? X86_PAT : 0;
	f |= (c1.edx & (1u << 7 | 1u << 14)) == (1u << 7 | 1u << 14) ? X86_MCE : 0;
	f |= ext.edx & 1u << 26 ? X86_PAGE1G : 0;
	return f;
}

/* Text is read-only: write through the direct map, before mm takes that right away too. */
static void smap_patch(void)
{
	static const uint8_t stac[3] = {0x0f, 0x01, 0xcb}, clac[3] = {0x0f, 0x01, 0xca};
	const struct smap_site *s;

	for (s = smap_sites_start; s < smap_sites_end; s++) {
		uintptr_t va = (uintptr_t)&s->insn + (intptr_t)s->insn;

		memcpy((void *)(ARCH_DIRECT_BASE + x86_image_phys((void *)va)),
		       s->open ? stac : clac, 3);
	}
	(void)cpuid(0, 0); /* serialise */
}

void x86_features_init(void)
{
	uint32_t edx = cpuid(1, 0).edx;

	for (unsigned i = 0; i < ARRAY_SIZE(required); i++)
		if (!(edx & 1u << required[i].bit))
			boot_fail("this processor lacks %s", required[i].name);
	if (!(cpuid(0x80000001, 0).edx & 1u << 11))
		boot_fail("this processor lacks syscall");
	x86_features = detect();
	if (x86_features & X86_SMAP)
		smap_patch();
	if (x86_features & X86_PAGE1G)
		x86_leaf_level = 2;
	if (x86_features & X86_PCID)
		x86_asid_bits = 12;
}

/* Features that all CPUs must share, since the boot CPU's code and tables rely on them. */
static void check_secondary(void)
{
	unsigned missing = x86_features & ~detect();

	if (missing)
		boot_fail("cpu %u lacks features of the boot cpu: mask %#x", cpu_id(), missing);
}

void arch_cpu_init(void)
{
	unsigned f = x86_features;
	uint64_t cr4 = CR4_DE | CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	arch_irq_disable();
	if (cpu_id())
		check_secondary();
	cr4 |= f & X86_SMEP ? CR4_SMEP : 0;
	cr4 |= f & X86_SMAP ? CR4_SMAP : 0;
	cr4 |= f & X86_UMIP ? CR4_UMIP : 0;
	cr4 |= f & X86_XSAVE ? CR4_OSXSAVE : 0;
	cr4 |= f & X86_MCE ? CR4_MCE : 0;
	cr4 |= f & X86_PCID ? CR4_PCIDE : 0; /* the low bits of CR3 are 0 */
	cr4_write(cr4);
	cr0_write(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	if (f & X86_PAT)
		msr_write(MSR_PAT, 0x0007010600070106); /* WB, WC, UC-, UC, twice */
	x86_fpu_init_cpu();
}

void arch_cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli\n\thlt" : : : "memory");
}

static void brand(char *buf, size_t n)
{
	uint32_t words[13] = {0};
	const char *p = (const char *)words;

	if (cpuid(0x80000000, 0).eax >= 0x80000004) {
		for (unsigned i = 0; i < 3; i++) {
			struct cpuid c = cpuid(0x80000002 + i, 0);

			memcpy(&words[4 * i], &c, sizeof(c));
		}
	}
	while (*p == ' ')
		p++;
	snprintf(buf, n, "%s", *p ? p : "unknown");
}

const char *arch_cpu_describe(void)
{
	static const struct {
		unsigned f;
		const char *name;
	} names[] = {
		{X86_SMEP, "smep"},
		{X86_SMAP, "smap"},
		{X86_UMIP, "umip"},
		{X86_XSAVE, "xsave"},
		{X86_PCID, "pcid"},
		{X86_X2APIC, "x2apic"},
		{X86_TSC_DEADLINE, "tsc-deadline"},
		{X86_RDRAND, "rdrand"},
		{X86_PAGE1G, "1g-pages"},
	};
	static char line[256];
	char model[50];
	int n;

	brand(model, sizeof(model));
	n = snprintf(line, sizeof(line), "x86_64 %s, vector state %u bytes (%#lx)", model,
		     x86_fpu_size, x86_fpu_mask);
	for (unsigned i = 0; i < ARRAY_SIZE(names) && n > 0 && (size_t)n < sizeof(line); i++)
		if (x86_features & names[i].f)
			n += snprintf(line + n, sizeof(line) - (size_t)n, ", %s", names[i].name);
	return line;
}

bool arch_random(uint64_t *out)
{
	bool ok;

	if (!(x86_features & X86_RDRAND))
		return false;
	for (unsigned i = 0; i < 10; i++) {
		__asm__ volatile("rdrand %0\n\tsetc %1" : "=r"(*out), "=qm"(ok) : : "cc");
		if (ok)
			return true;
	}
	return false;
}
