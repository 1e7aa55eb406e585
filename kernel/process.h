/* SPDX-License-Identifier: BSD-2-Clause */
/* Native processes: a space, its threads, an end. They have core calls, and no Linux calls. */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H
#include <tessera/sync/completion.h>
#include <tessera/thread/thread.h>
#include <tessera/trap/trap.h>

struct process {
	struct list_head link;		/* by the process list's lock */
	struct spinlock lock;		/* RANK_SIGHAND */
	struct list_head threads;	/* by ->lock */
	unsigned nthreads;		/* by ->lock */
	bool dying;			/* by ->lock */
	bool fault;			/* by ->lock: ended by a fault */
	bool root;
	int32_t code;			/* by ->lock until exited */
	uint32_t id;
	uint32_t refs;			/* atomic */
	struct space *space;
	struct completion exited;
};
extern struct trap_hooks native_hooks;
void native_call(struct arch_regs *regs);	/* calls.c */

/* For root.c: an empty process with one reference; listing it; adding its first thread. */
struct process *process_new(bool root);
void process_list(struct process *p);
struct thread *process_add_thread(struct process *p, const char *name, uint64_t entry, uint64_t sp, uint64_t arg);

/**
 * Start program @name of the boot archive with argument text @arg. @root: it may start others and power off.
 * *out gets a reference. 0, -ENOENT no such program, -ENOEXEC bad image, -ENOMEM; *why says more. May sleep.
 */
int process_spawn(const char *name, const char *arg, bool root, struct process **out, const char **why);
/** A further thread of the current process at @entry with @sp and @arg. Its id, or -errno. */
int process_thread(uint64_t entry, uint64_t sp, uint64_t arg);
/** End the current thread; the last one ends the process with @code. */
__noreturn void process_thread_exit(int code);
/** End the current process: all its threads go. */
__noreturn void process_exit(int code);
/** End it because of a fault. */
__noreturn void process_fault_exit(void);
void process_put(struct process *p);
/** Spawned process by id with a reference, or NULL. */
struct process *process_find(uint32_t id);
/** Take it out of the list, so that its id is free; false: somebody else has. */
bool process_forget(struct process *p);

/** The boot archive as mapped by the core; 0 bytes: none. */
const void *root_archive(size_t *size);
#endif
