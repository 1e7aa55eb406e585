/* SPDX-License-Identifier: BSD-2-Clause */
/* Harts: logical CPU <-> hart id and interrupt-controller handle; the port's hooks for
 * interrupt-controller drivers. */
#ifndef ASM_HART_H
#define ASM_HART_H
#include <tessera/lib/types.h>

struct hart {
	uint64_t id;   /* hart id: sparse, 64 bits */
	uint32_t intc; /* phandle of its interrupt-controller node; 0: none */
};
extern struct hart riscv_harts[]; /* by logical CPU; all usable ones, started or not */
extern unsigned riscv_nr_harts;

/** Logical CPU whose local interrupt controller has this phandle, or -1. */
int riscv_hart_by_intc(uint32_t phandle);

/*
 * Filled by the interrupt-controller driver that was found. external: one round of supervisor
 * external interrupts. ipi: make the CPU take an external interrupt that ends in riscv_ipi_poll();
 * NULL: SBI.
 */
struct riscv_intc {
	const char *name;
	void (*external)(void);
	void (*ipi)(unsigned cpu);
	void (*cpu_init)(void); /* on every CPU, interrupts off */
};
extern const struct riscv_intc *riscv_intc;

/* Deliver the IPI numbers that other CPUs have posted for this one. */
void riscv_ipi_poll(void);

/* Probe: take over if the device tree has the controller. 0, -ENODEV (not there), other errors were
 * logged. */
int plic_probe(void);
int aia_probe(void);
#endif
