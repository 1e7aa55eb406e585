/* SPDX-License-Identifier: BSD-2-Clause */
/* The runtime of native programs (srv/runtime): core calls as functions, threads, locks on words, text to the log and the console. */
#ifndef SRV_NATIVE_H
#define SRV_NATIVE_H
#include <tessera/calls.h>
#include <tessera/lib/types.h>

/** Make core call @nr: a value or -errno. In srv/runtime/arch/<A>/start.S. */
int64_t core_call(int64_t nr, int64_t a0, int64_t a1, int64_t a2, int64_t a3);

/* One function per core call, with as many arguments as the table says: call_time_now(), call_page_map(addr, size, prot), ... */
#define NATIVE_STUB_0(n, name) static inline int64_t call_##name(void) { return core_call(-(n), 0, 0, 0, 0); }
#define NATIVE_STUB_1(n, name) static inline int64_t call_##name(int64_t a) { return core_call(-(n), a, 0, 0, 0); }
#define NATIVE_STUB_2(n, name) static inline int64_t call_##name(int64_t a, int64_t b) { return core_call(-(n), a, b, 0, 0); }
#define NATIVE_STUB_3(n, name) static inline int64_t call_##name(int64_t a, int64_t b, int64_t c) \
	{ return core_call(-(n), a, b, c, 0); }
#define NATIVE_STUB_4(n, name) static inline int64_t call_##name(int64_t a, int64_t b, int64_t c, int64_t d) \
	{ return core_call(-(n), a, b, c, d); }
#define NATIVE_STUB(n, name, nargs, doc) NATIVE_STUB_##nargs(n, name)
TESSERA_CALLS(NATIVE_STUB)
#undef NATIVE_STUB

/** The program: @arg is its argument text. Its result is the exit code. */
int native_main(const char *arg);
/** One line into the kernel log; @level as in the kernel: 3 error, 4 warning, 6 information. */
void native_log(int level, const char *fmt, ...) __printf(2, 3);
/** Text to the console. */
void native_print(const char *fmt, ...) __printf(1, 2);

struct native_thread {
	void (*fn)(void *arg);
	void *arg;
	void *stack;			/* mapped by native_thread_start() */
	uint32_t done;			/* a word to wait for: 1 when it is about to exit */
};
/** Run @t->fn(@t->arg) in a new thread: its id or -errno. @t lives until native_thread_join(). */
int64_t native_thread_start(struct native_thread *t);
void native_thread_join(struct native_thread *t);

/* A lock on a word: 0 free, 1 held, 2 held and waited for */
struct native_lock { uint32_t word; };
void native_lock(struct native_lock *l);
void native_unlock(struct native_lock *l);
#endif
