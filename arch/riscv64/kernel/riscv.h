/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to arch/riscv64: what its files share. Drivers use <asm/hart.h>. */
#ifndef RISCV_PRIVATE_H
#define RISCV_PRIVATE_H
#include <tessera/lib/types.h>
#include <arch/boot.h>
#include <arch/mmu.h>
#include <arch/thread.h>

enum { EMERGENCY_STACK_BYTES = 8192 };

/* What a started hart finds, by its id, before it has an address space (boot/head.S). Indexed by
 * logical CPU. */
struct secondary_boot {
	uint64_t hart;	 /* id */
	uint64_t satp;	 /* the kernel's own root; written last, 0: not in use */
	uint64_t thread; /* idle thread, virtual */
	uint64_t stack;	 /* top of its stack, virtual */
	uint64_t percpu_offset;
};
extern struct secondary_boot secondary_boot[];
extern char secondary_start[]; /* boot/head.S; entered at its physical address */

/* boot/head.S keeps what the firmware passed */
extern uint64_t riscv_boot_hart, riscv_boot_fdt;
extern paddr_t riscv_kernel_root; /* final tables; 0 before arch_kernel_root_load() */

/** Physical address of a symbol of the kernel image. */
static inline paddr_t riscv_image_phys(const void *p)
{
	return (uintptr_t)p - ARCH_KERNEL_BASE + arch_image_phys;
}

/* entry.S, fpu.S */
void trap_entry(void);
struct arch_thread *riscv_switch(struct arch_thread *prev, struct arch_thread *next);
void riscv_thread_start(void);
__noreturn void riscv_return_user(struct arch_regs *frame);
void riscv_fpu_save(struct arch_fpu *fpu);
void riscv_fpu_load(const struct arch_fpu *fpu);

/* called from entry.S */
void riscv_trap(struct arch_regs *regs, uint64_t cause);
__noreturn void riscv_stack_overflow(struct arch_regs *regs);

bool riscv_fpu_first_use(struct arch_regs *regs); /* thread.c */
void riscv_time_init(uint64_t hz);		  /* time.c; hz as the device tree says, 0: not */
unsigned riscv_asid_probe(void);		  /* mm/mmu.c */
void riscv_remote_fence_i(uint64_t mask);	  /* irq.c; CPUs by logical number */
uintptr_t riscv_emergency_stack(void);		  /* trap.c; lowest address, this CPU's */
#endif
