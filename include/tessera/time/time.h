/* SPDX-License-Identifier: BSD-2-Clause */
/* Monotonic time and high-resolution one-shot timers (kernel/time.c, kernel/timer.c). Tickless: nothing runs unless armed. */
#ifndef TESSERA_TIME_H
#define TESSERA_TIME_H
#include <tessera/lib/types.h>
#include <tessera/lib/rbtree.h>
uint64_t time_now_ns(void);			/* monotonic since boot */
uint64_t time_wall_ns(void);			/* since 1970, UTC; since boot until a clock driver or service set it */
void time_wall_set(uint64_t ns);
uint64_t time_ns_to_counter(uint64_t ns);	/* arch_counter() value at which @ns is reached */
void timer_interrupt(void);			/* up-call: this CPU's one-shot fired */
struct timer {
	struct rb_node node; uint64_t deadline_ns; void (*fn)(struct timer *); unsigned cpu; unsigned state;
};
void timer_init(struct timer *t, void (*fn)(struct timer *));	/* fn runs in interrupt context, interrupts off */
/* (Re)arm on this CPU. Starts of one timer are serialised by its user; started again elsewhere while fn runs, fn may run twice at once. */
void timer_start(struct timer *t, uint64_t deadline_ns);
bool timer_cancel(struct timer *t);		/* true: it will not run; false: it ran or was not armed */
void timer_cancel_sync(struct timer *t);	/* also waits for a running fn on another CPU; not from fn itself */
#endif
