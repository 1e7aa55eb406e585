/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core calls of native programs: the one table from which numbers, stubs, dispatch, trace names and the documentation page are made.
 * Append only: a number is never used again. X(number, name, count of arguments, description with errors).
 *
 * A call is made by the system call instruction with the negated number in the number register and up to six arguments in the argument
 * registers of the architecture; the result is a value >= 0 or -errno. Numbers 1 to 15 are taken by calls through handles.
 */
#ifndef UAPI_TESSERA_CALLS_H
#define UAPI_TESSERA_CALLS_H
#include <stdint.h>

#define TESSERA_CALLS(X) \
	X(16, log_write, 3, \
	  "level, text, length: one line into the kernel log, at most 240 bytes. Returns the length. EFAULT, " \
	  "EINVAL.") \
	X(17, console_write, 2, \
	  "text, length: raw bytes to the console. Returns the count. EFAULT.") \
	X(18, console_read, 3, \
	  "buffer, size, deadline_ns: bytes typed; waits for the first until the deadline. ETIMEDOUT, EFAULT, " \
	  "EINTR.") \
	X(19, thread_exit, 1, \
	  "code: end this thread; the process ends with its last thread.") \
	X(20, process_exit, 1, \
	  "code: end the process with all its threads.") \
	X(21, thread_yield, 0, \
	  "let other threads run. Returns 0.") \
	X(22, thread_sleep, 1, \
	  "deadline_ns: sleep until then (absolute, of time_now). EINTR.") \
	X(23, time_now, 0, \
	  "nanoseconds since boot.") \
	X(24, page_map, 3, \
	  "address or 0, bytes, CALL_PROT_* bits: zeroed memory of one's own. Returns its address. ENOMEM, " \
	  "EINVAL.") \
	X(25, page_unmap, 2, \
	  "address, bytes: give memory back. EINVAL.") \
	X(26, page_protect, 3, \
	  "address, bytes, CALL_PROT_*. ENOMEM, EINVAL, EACCES.") \
	X(27, power_off, 1, \
	  "code: 0 powers the machine off, else it halts as a panic does. Root process only: EPERM.") \
	X(28, system_info, 2, \
	  "struct call_system_info *, its size: CPUs and memory. EFAULT, EINVAL.") \
	X(29, thread_create, 4, \
	  "entry, stack pointer, argument, 0: a thread of this process; returns its id. ENOMEM, EINVAL.") \
	X(30, wait_word, 3, \
	  "address, expected, deadline_ns: sleep while the 32-bit word has that value, until woken. EAGAIN, " \
	  "ETIMEDOUT, EINTR, EFAULT, EINVAL.") \
	X(31, wake_word, 2, \
	  "address, count: wake threads of this process that wait there. Returns how many. EINVAL.") \
	X(32, process_spawn, 4, \
	  "name, length, argument text, its length: start a program of the boot archive; returns its id. Root " \
	  "only: EPERM; ENOENT, ENOEXEC, ENOMEM.") \
	X(33, process_wait, 2, \
	  "id, struct call_exit *: wait for the end of a spawned process, which frees its id. ECHILD, EINTR, " \
	  "EFAULT.") \
	X(34, thread_self, 0, \
	  "id of this thread.")

enum tessera_call {
#define TESSERA_CALL_ENUM(nr, name, nargs, doc) CALL_##name = nr,
	TESSERA_CALLS(TESSERA_CALL_ENUM)
#undef TESSERA_CALL_ENUM
	CALL_FIRST = 16, CALL_LAST = 34
};

enum { CALL_PROT_READ = 1, CALL_PROT_WRITE = 2, CALL_PROT_EXEC = 4 };

struct call_system_info {
	uint64_t page_size, ram_pages, free_pages;
	uint32_t cpus, reserved;
};

/* How a process ended: code for an exit; fault 1: killed for an access or exception of its own */
struct call_exit {
	int32_t code;
	uint32_t fault;
};

/* What a program finds at its initial stack pointer */
struct call_start {
	uint64_t arg;			/* address of the argument text, NUL-terminated */
	uint64_t arg_len;
};
#endif
