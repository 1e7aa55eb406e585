/* SPDX-License-Identifier: BSD-2-Clause */
/* Between thread.c, the reaper and the scheduler. */
#ifndef KERNEL_THREAD_PRIVATE_H
#define KERNEL_THREAD_PRIVATE_H
#include <tessera/thread/thread.h>

/** Free a thread that nobody refers to and that left its CPU for ever. Reaper only. */
void thread_free(struct thread *t);
/** A thread that is not in the list and not counted: idle threads. NULL: no memory. */
struct thread *thread_create_idle(unsigned cpu);
/** Fill in what every thread has; @t is zeroed apart from type-stable fields. */
void thread_setup(struct thread *t, const char *name, uint32_t flags);
#endif
