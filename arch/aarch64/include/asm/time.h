/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual counter: the same on all CPUs, since CNTVOFF is 0 or set by the hypervisor for the
 * whole machine.
 */
#ifndef ASM_TIME_H
#define ASM_TIME_H
static inline uint64_t arch_counter(void)
{
	uint64_t v;

	/* isb: the read must not be taken earlier than program order (Arm ARM D11.2.2) */
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(v) : : "memory");
	return v;
}
#endif
