/* SPDX-License-Identifier: BSD-2-Clause */
/* Fixed priorities 1..99: one list each and a bitmap of the lists that are not empty. */
#include "rq.h"

void fixed_init(struct fixed_queue *q)
{
	q->bits[0] = q->bits[1] = 0;
	q->nr = 0;
	for (unsigned i = 0; i < FIXED_PRIOS; i++)
		list_init(&q->list[i]);
}

void fixed_insert(struct fixed_queue *q, struct thread *t, bool head)
{
	unsigned p = t->se.eff_prio;

	if (head)
		list_add(&q->list[p], &t->se.link);
	else
		list_add_tail(&q->list[p], &t->se.link);
	q->bits[p / 64] |= 1ull << (p % 64);
	t->se.in_tree = true;
}

void fixed_remove(struct fixed_queue *q, struct thread *t)
{
	unsigned p = t->se.eff_prio;

	list_del_init(&t->se.link);
	if (list_empty(&q->list[p]))
		q->bits[p / 64] &= ~(1ull << (p % 64));
	t->se.in_tree = false;
}

unsigned fixed_top(const struct fixed_queue *q)
{
	if (q->bits[1])
		return 127 - (unsigned)__builtin_clzll(q->bits[1]);
	return q->bits[0] ? 63 - (unsigned)__builtin_clzll(q->bits[0]) : 0;
}

struct thread *fixed_first(struct fixed_queue *q)
{
	unsigned p = fixed_top(q);

	return p ? container_of(q->list[p].next, struct thread, se.link) : NULL;
}
