/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to arch/x86_64: what its files share. Drivers use <asm/apic.h>. */
#ifndef X86_PRIVATE_H
#define X86_PRIVATE_H
#include <tessera/lib/types.h>
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/thread.h>
#include <arch/trap.h>
#include <tessera/fw/acpi.h>

enum { IST_STACK_SIZE = 8192, IST_STACKS = 4 };

struct x86_tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, iomap;
} __packed;

/* Tables of one CPU, per-CPU. The word at the top of an IST stack is the CPU's per-CPU offset (entry.S). */
struct x86_tables {
	struct x86_tss tss;
	uint32_t pad[2];
	uint64_t gdt[GDT_SIZE / 8];
	struct {
		char bytes[IST_STACK_SIZE];
	} ist[IST_STACKS] __aligned(16);
};
extern struct x86_tables x86_tables;

/* What a started CPU finds (boot/head.S); CPUs are started one at a time. */
struct x86_ap_boot {
	uint64_t stack, thread, percpu_offset;
	uint32_t arrived;
};
extern struct x86_ap_boot x86_ap_boot;
extern const char x86_ap_trampoline[], x86_ap_trampoline_end[], x86_ap_gdtr_base[],
	x86_ap_entry64[], x86_ap_root[];

/* boot/head.S */
extern uint64_t x86_start_info; /* physical address of hvm_start_info */
extern pte_t early_pml4[], early_pd_low[];
extern char boot_stack_guard[], boot_stack[], boot_stack_top[];

/** Physical address of a symbol of the kernel image. */
static inline paddr_t x86_image_phys(const void *p)
{
	return (uintptr_t)p - ARCH_KERNEL_BASE + X86_IMAGE_PHYS;
}

extern struct acpi_info x86_acpi; /* boot/bootinfo.c */
extern bool x86_has_acpi;

/* called from boot/head.S */
void x86_boot_setup(void);
__noreturn void x86_ap_main(struct thread *idle, uintptr_t percpu_offset);

/* entry.S */
extern char x86_trap_stubs[], x86_entry_text_start[], x86_entry_text_end[];
extern char x86_entry_db[], x86_entry_nmi[], x86_entry_df[], x86_entry_mc[];
void x86_syscall_entry(void);
struct arch_thread *x86_switch(struct arch_thread *prev, struct arch_thread *next);
void x86_thread_start(void);
__noreturn void x86_return_user(struct arch_regs *frame);

/* called from entry.S */
void x86_trap(struct arch_regs *regs);
void x86_ist_trap(struct arch_regs *regs);
void x86_bad_user_pc(struct arch_regs *regs);

void x86_tables_init_cpu(void); /* desc.c: GDT, TSS, IDT, system call MSRs of this CPU */
void x86_features_init(void);	/* cpu.c: what the boot CPU has; patches the SMAP sites */
void x86_fpu_init(void);	/* thread.c: layout of the vector state, boot CPU */
void x86_fpu_init_late(void);	/* thread.c: after mm */
void x86_fpu_init_cpu(void);
void x86_time_init(void);	       /* time.c: frequency of the time stamp counter */
void x86_timer_init(void);	       /* time.c: rate of the local APIC's timer; boot CPU */
void x86_console_init(void);	       /* console.c */
uintptr_t x86_ist_stack(unsigned ist); /* desc.c; lowest address, this CPU's */
extern uint32_t x86_halting;	       /* smp.c: a panic has begun; an NMI means halt */
#endif
