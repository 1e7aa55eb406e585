/* SPDX-License-Identifier: BSD-2-Clause */
/* Completion: one event, waited for by any number of threads. */
#ifndef TESSERA_SYNC_COMPLETION_H
#define TESSERA_SYNC_COMPLETION_H
#include <tessera/sync/waitq.h>

struct completion {
	struct waitq q;
	uint32_t done;			/* by ->q.lock */
};
#define COMPLETION_INIT(name) { .q = WAITQ_INIT((name).q), .done = 0 }

void completion_init(struct completion *c);
/** Let one waiter (now or later) pass. Any context. The memory of @c may go as soon as the last waiter returned. */
void complete(struct completion *c);
/** Let all waiters pass, now and for ever. Any context. */
void complete_all(struct completion *c);
/** Wait for it. 0, -ETIMEDOUT or -EINTR as wait_event_flags(). Context: thread, may sleep. */
int completion_wait(struct completion *c, unsigned flags, uint64_t deadline_ns);
static inline void wait_for_completion(struct completion *c)
{
	(void)completion_wait(c, WAIT_UNINTERRUPTIBLE, WAIT_FOREVER);
}
#endif
