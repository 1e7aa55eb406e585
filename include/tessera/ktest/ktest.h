/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests inside the kernel (kernel/ktest/). KTEST(suite, name) { ... } in a *_test.c listed under obj-$(CONFIG_KTEST); run by the
 * option ktest or ktest=PATTERN,... (suite or suite.name, * at the end), in link order, in a thread with interrupts on; the
 * report is KTAP.
 */
#ifndef TESSERA_KTEST_H
#define TESSERA_KTEST_H
#include <tessera/lib/types.h>
#include <tessera/log/log.h>

struct ktest {
	const char *suite, *name;
	void (*fn)(void);
};
#define KTEST(suite_, name_)								\
	static void ktest_##suite_##_##name_(void);					\
	static const struct ktest ktest_entry_##suite_##_##name_			\
		__attribute__((used, section(".ktests"), aligned(8))) =			\
		{ #suite_, #name_, ktest_##suite_##_##name_ };				\
	static void ktest_##suite_##_##name_(void)

/** Note a failed check of the running test (any thread, any CPU); printed as a diagnostic line. */
void ktest_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);
/** Mark the running test skipped, with the reason; the test should then return. */
void ktest_skip(const char *fmt, ...) __printf(1, 2);
/** Print a diagnostic line "# suite.name: ...". */
void ktest_note(const char *fmt, ...) __printf(1, 2);
/** Whether the running test has failed so far. */
bool ktest_failed(void);
/** Run @fn(arg, i) in @n threads at once, thread i on CPU i % online (pinned), and wait for all. False: no memory (noted as a failure). */
bool ktest_run_threads(unsigned n, void (*fn)(void *arg, unsigned i), void *arg);
/** Deterministic random numbers, per caller-owned @state (any non-zero start). */
static inline uint64_t ktest_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}
/** Run all tests that match @pattern (NULL: all) and power off. Context: thread. */
__noreturn void ktest_main(const char *pattern);

#define KEXPECT(cond) ((cond) ? true : (ktest_fail(__FILE__, __LINE__, "expected: %s", #cond), false))
/* constants are int, what they are compared with mostly is not */
#define KEXPECT_OP(a, op, b) ({								\
	_Pragma("GCC diagnostic push")							\
	_Pragma("GCC diagnostic ignored \"-Wsign-compare\"")				\
	__typeof__((a) + 0) a_ = (a);							\
	__typeof__((b) + 0) b_ = (b);							\
	bool ok_ = a_ op b_;								\
	if (!ok_)									\
		ktest_fail(__FILE__, __LINE__, "expected: %s " #op " %s, got %lld and %lld", #a, #b,	\
			   (long long)a_, (long long)b_);				\
	_Pragma("GCC diagnostic pop")							\
	ok_; })
#define KEXPECT_EQ(a, b) KEXPECT_OP(a, ==, b)
#define KEXPECT_NE(a, b) KEXPECT_OP(a, !=, b)
#define KEXPECT_LT(a, b) KEXPECT_OP(a, <, b)
#define KEXPECT_LE(a, b) KEXPECT_OP(a, <=, b)
#define KEXPECT_GT(a, b) KEXPECT_OP(a, >, b)
#define KEXPECT_GE(a, b) KEXPECT_OP(a, >=, b)
#define KEXPECT_NULL(p) KEXPECT((p) == NULL)
#define KEXPECT_NOT_NULL(p) KEXPECT((p) != NULL)
/** As KEXPECT, and leave the test function when it fails. */
#define KASSERT_TRUE(cond) do { if (!KEXPECT(cond)) return; } while (0)
#endif
