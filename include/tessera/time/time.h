/* SPDX-License-Identifier: BSD-2-Clause */
/* Monotonic time and high-resolution one-shot timers (kernel/time.c, kernel/timer.c). Tickless: nothing runs unless armed. */
#ifndef TESSERA_TIME_H
#define TESSERA_TIME_H
#include <tessera/lib/types.h>
#include <tessera/lib/rbtree.h>
uint64_t time_now_ns(void);			/* monotonic since boot */
void timer_interrupt(void);			/* up-call: this CPU's one-shot fired */
struct timer {
	struct rb_node node; uint64_t deadline_ns; void (*fn)(struct timer *); unsigned cpu; unsigned state;
};
void timer_init(struct timer *t, void (*fn)(struct timer *));	/* fn runs in interrupt context, interrupts off */
void timer_start(struct timer *t, uint64_t deadline_ns);	/* (re)arm on this CPU */
bool timer_cancel(struct timer *t);		/* true: it will not run; false: it ran or was not armed */
void timer_cancel_sync(struct timer *t);	/* also waits for a running fn on another CPU */
#endif
