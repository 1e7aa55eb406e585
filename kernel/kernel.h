/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kernel/ share among themselves and with nobody else. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H
#include <tessera/lib/types.h>
#include <tessera/log/log.h>
#include <tessera/thread/thread.h>

struct arch_regs;

/* init order */
void time_start(void);	/* first thing in kernel_main(): monotonic time counts from here */
void time_init(void);
void timer_init_cpu(unsigned cpu);
void percpu_init(void);
int percpu_alloc(unsigned cpu);
void thread_init(void);
void reaper_init(void);
void epoch_init(void);
void smp_init(void);
void options_parse(char *cmdline);
/** Value of option @name on the command line: "" without '=', NULL if it is not there. */
const char *option_get(const char *name);
/** Decimal or 0x number in @s, or @fallback if it is none. */
uint64_t option_number(const char *s, uint64_t fallback);
void log_set_level(const char *value);
void log_start_clock(void);
void backtrace_print(const struct arch_regs *regs);

/* idle and epoch */
void epoch_idle_enter(void);
void epoch_idle_exit(void);

/* scheduler internals used by others here */
uint64_t sched_cpu_switches(unsigned cpu);
void sched_ipi(void);			/* IPI_RESCHED, interrupts off */
void sched_slice_end(void);		/* the slice deadline passed, interrupts off */
void sched_thread_init(struct thread *t);
void sched_new_thread(struct thread *t);	/* first enqueue */
void sched_finish_first(void);		/* first code of a new thread */
void sched_preempt(void);		/* switch if due; preemption count 0 */
void sched_kick(struct thread *t);	/* make it pass through its kernel exit */
bool sched_idle_work(void);		/* something useful before sleeping; false: nothing left */
__noreturn void sched_exit(void);	/* current is dead: switch away for ever */
/** End of the running slice on this CPU, absolute ns; 0: none. Interrupts off. */
void timer_slice_set(uint64_t deadline_ns);

/* reaper */
void reaper_thread(struct thread *t);

/* panic and symbols */
/** Name of the function that contains @pc, its offset in *@off; NULL if unknown. */
const char *ksyms_lookup(uintptr_t pc, uintptr_t *off);
void panic_set_action(const char *value);
void panic_ipi_stop(void);
__noreturn void panic_regs(const struct arch_regs *regs, const char *fmt, ...) __printf(2, 3);
/** Whether a panic is under way (log and console then ignore their locks). */
bool panic_in_progress(void);

/* user mode */
struct process;
/** Run the root process from the boot archive with argument text @arg; its exit status. boot_fail() if it cannot start. */
int root_run(const char *arg);
void calls_init(void);
void crash_run(const char *what);
/** Count UBSAN findings in *@hits instead of stopping; NULL: stop again. For tests. */
void ubsan_expect(unsigned *hits);
void process_exit_thread(struct thread *t);
#endif
