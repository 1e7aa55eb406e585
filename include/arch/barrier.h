/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: memory barriers. Between CPUs use __atomic or smp_*; io_* order device accesses with memory. */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H
static inline void arch_mb(void);
static inline void arch_rmb(void);
static inline void arch_wmb(void);
static inline void arch_io_mb(void);
#include <asm/barrier.h>
#define smp_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#endif
