/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the core's start calls of the levels above it. kernel/personality.c has weak functions for a kernel without them; compat/linux
 * defines its own. Both run in the init thread, all CPUs up, interrupts on.
 */
#ifndef TESSERA_PERSONALITY_H
#define TESSERA_PERSONALITY_H
#include <tessera/lib/types.h>

/** Fill the hooks (trap_hooks, ipc_upcalls), make cells, start the services. Before tests and before the root process. */
void personality_start(void);
/** Run program @path as process 1, with the words of @args, and wait for its end: its exit status; the option init= asks for it. */
int personality_run(const char *path, const char *args);
#endif
