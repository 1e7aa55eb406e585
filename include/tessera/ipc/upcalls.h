/* SPDX-License-Identifier: BSD-2-Clause */
/* What ipc needs of the level above (the Linux shim fills it once at init); the include order of the tree stays one-way. */
#ifndef TESSERA_IPC_UPCALLS_H
#define TESSERA_IPC_UPCALLS_H
#include <tessera/lx/proc.h>
struct ipc_upcalls {
	const struct lx_cred *(*client_cred)(
		void); /* of the current thread; NULL if it is no Linux thread */
	const struct lx_thread *(*client_thread)(void);
	const struct lx_proc *(*client_proc)(void);
	int (*signal_pgrp)(uint32_t pgid, int sig);
	int (*signal_pid)(uint32_t pid, int sig, int code, uint32_t from_pid, int status);
	const void *(*archive)(size_t *size);
	uint64_t (*realtime_offset_ns)(void);
	void (*random)(void *buf, size_t n);
};
extern struct ipc_upcalls ipc_upcalls;
void service_locks_init(void);
#endif
