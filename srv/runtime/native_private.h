/* SPDX-License-Identifier: BSD-2-Clause */
/* Called by arch/<A>/start.S. */
#ifndef NATIVE_PRIVATE_H
#define NATIVE_PRIVATE_H
#include <srv/native.h>
__noreturn void native_begin(const struct call_start *start);
__noreturn void native_thread_begin(struct native_thread *t);
void native_thread_entry(void);
#endif
