/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptor tables of a CPU: GDT, TSS with the stacks for the traps that need their own, IDT, and the MSRs of syscall. */
#include <tessera/percpu/percpu.h>
#include "x86.h"

struct idt_gate {
	uint16_t offset0, selector;
	uint8_t ist, type;
	uint16_t offset1;
	uint32_t offset2, reserved;
};
struct table_ptr {
	uint16_t limit;
	uint64_t base;
} __packed;

enum { GATE_INTERRUPT = 0x8e, GATE_USER = 0x60, STUB_SIZE = 16 };

PERCPU_DEFINE(struct x86_pcpu, x86_pcpu) __aligned(64);
PERCPU_DEFINE(struct x86_tables, x86_tables) __aligned(64);
static struct idt_gate idt[256] __aligned(4096);

static void gate_set(unsigned vec, const void *entry, unsigned ist, unsigned extra)
{
	uintptr_t a = (uintptr_t)entry;

	idt[vec] = (struct idt_gate){
		.offset0 = (uint16_t)a,
		.selector = KERNEL_CS,
		.ist = (uint8_t)ist,
		.type = (uint8_t)(GATE_INTERRUPT | extra),
		.offset1 = (uint16_t)(a >> 16),
		.offset2 = (uint32_t)(a >> 32),
	};
}

static void idt_init(void)
{
	for (unsigned v = 0; v < 256; v++)
		gate_set(v, x86_trap_stubs + v * STUB_SIZE, 0, 0);
	gate_set(VEC_DB, x86_entry_db, IST_DB, 0);
	gate_set(VEC_NMI, x86_entry_nmi, IST_NMI, 0);
	gate_set(VEC_DF, x86_entry_df, IST_DF, 0);
	gate_set(VEC_MC, x86_entry_mc, IST_MC, 0);
	gate_set(VEC_BP, x86_trap_stubs + VEC_BP * STUB_SIZE, 0, GATE_USER);
	gate_set(VEC_OF, x86_trap_stubs + VEC_OF * STUB_SIZE, 0, GATE_USER);
}

uintptr_t x86_ist_stack(unsigned ist)
{
	return (uintptr_t)this_cpu_ptr(x86_tables)->ist[ist - 1].bytes;
}

static void tss_init(struct x86_tables *t)
{
	for (unsigned i = 0; i < IST_STACKS; i++) {
		uint64_t *top = (uint64_t *)(uintptr_t)(t->ist[i].bytes + IST_STACK_SIZE - 16);

		*top = arch_percpu_offset();
		t->tss.ist[i] = (uintptr_t)top;
	}
	t->tss.iomap = sizeof(t->tss); /* beyond the limit: no ports for user mode */
}

static void gdt_init(struct x86_tables *t)
{
	uint64_t base = (uintptr_t)&t->tss, limit = sizeof(t->tss) - 1;

	t->gdt[KERNEL_CS / 8] = 0x00af9b000000ffff;
	t->gdt[KERNEL_DS / 8] = 0x00cf93000000ffff;
	t->gdt[USER_DS / 8] = 0x00cff3000000ffff;
	t->gdt[USER_CS / 8] = 0x00affb000000ffff;
	t->gdt[TSS_SEL / 8] = limit | (base & 0xffffff) << 16 | 0x89ull << 40 |
			      (base >> 24 & 0xff) << 56;
	t->gdt[TSS_SEL / 8 + 1] = base >> 32;
}

static void tables_load(struct x86_tables *t)
{
	struct table_ptr gdtr = {sizeof(t->gdt) - 1, (uintptr_t)t->gdt},
			 idtr = {sizeof(idt) - 1, (uintptr_t)idt};

	__asm__ volatile("lgdt %0" : : "m"(gdtr) : "memory");
	__asm__ volatile("lidt %0" : : "m"(idtr) : "memory");
	__asm__ volatile("lldt %w0" : : "r"(0) : "memory");
	__asm__ volatile("ltr %w0" : : "r"(TSS_SEL) : "memory");
	/* the selectors that the start code loaded mean the same in this table */
}

void x86_tables_init_cpu(void)
{
	struct x86_tables *t = this_cpu_ptr(x86_tables);

	if (!idt[0].selector)
		idt_init();
	tss_init(t);
	gdt_init(t);
	tables_load(t);
	msr_write(MSR_STAR, (uint64_t)USER32_CS << 48 | (uint64_t)KERNEL_CS << 32);
	msr_write(MSR_LSTAR, (uintptr_t)x86_syscall_entry);
	msr_write(MSR_CSTAR, 0);
	msr_write(MSR_SFMASK, RFLAGS_SYSCALL_CLEAR);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	msr_write(MSR_FS_BASE, 0);
}
