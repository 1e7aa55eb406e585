/* SPDX-License-Identifier: BSD-2-Clause */
/* Per-CPU variables: a section copied for each CPU; CPU 0 uses the template itself until percpu_init(). */
#ifndef TESSERA_PERCPU_H
#define TESSERA_PERCPU_H
#include <arch/cpu.h>
enum { CPUS_MAX = CONFIG_NR_CPUS_MAX };
#define PERCPU_DEFINE(type, name) __attribute__((section(".percpu"))) __typeof__(type) name
#define PERCPU_DECLARE(type, name) extern __typeof__(type) name
extern uintptr_t percpu_offsets[CPUS_MAX];		/* kernel/percpu.c */
#define percpu_ptr(name, cpu) ((__typeof__(&(name)))((uintptr_t)&(name) + percpu_offsets[cpu]))
#define this_cpu_ptr(name) ((__typeof__(&(name)))((uintptr_t)&(name) + arch_percpu_offset()))	/* preemption off */
PERCPU_DECLARE(unsigned, cpu_number);
static inline unsigned cpu_id(void) { return *this_cpu_ptr(cpu_number); }
extern unsigned cpus_online;				/* count; CPUs are numbered 0..cpus_online-1 */
extern uint64_t cpus_online_mask;
#endif
