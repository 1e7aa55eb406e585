/* SPDX-License-Identifier: BSD-2-Clause */
/* Intrusive lists: circular doubly linked (head and members are struct list_head), and singly linked stacks. No locking. */
#ifndef TESSERA_LIB_LIST_H
#define TESSERA_LIB_LIST_H
#include <tessera/lib/types.h>

struct list_head { struct list_head *next, *prev; };

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void list_init(struct list_head *h) { h->next = h; h->prev = h; }
static inline bool list_empty(const struct list_head *h) { return h->next == h; }
static inline bool list_is_last(const struct list_head *h, const struct list_head *n) { return n->next == h; }
static inline bool list_is_singular(const struct list_head *h) { return h->next != h && h->next == h->prev; }

static inline void list_add_between(struct list_head *n, struct list_head *prev, struct list_head *next)
{
	next->prev = n;
	n->next = next;
	n->prev = prev;
	prev->next = n;
}
/** Put @n first in (right after) @head. */
static inline void list_add(struct list_head *head, struct list_head *n) { list_add_between(n, head, head->next); }
/** Put @n last in (right before) @head. */
static inline void list_add_tail(struct list_head *head, struct list_head *n) { list_add_between(n, head->prev, head); }
/** Take @n out; its pointers become NULL. */
static inline void list_del(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	n->next = NULL;
	n->prev = NULL;
}
/** Take @n out; it is an empty list then, so that taking it out again is harmless. */
static inline void list_del_init(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	list_init(n);
}
static inline void list_move(struct list_head *head, struct list_head *n) { list_del(n); list_add(head, n); }
static inline void list_move_tail(struct list_head *head, struct list_head *n) { list_del(n); list_add_tail(head, n); }
/** Move all members of @from to the end of @to; @from is empty then. */
static inline void list_splice_tail_init(struct list_head *to, struct list_head *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first_entry(head, type, member) container_of((head)->next, type, member)
#define list_last_entry(head, type, member) container_of((head)->prev, type, member)
#define list_next_entry(pos, member)	container_of((pos)->member.next, __typeof__(*(pos)), member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : list_first_entry(head, type, member))
#define list_for_each(pos, head) \
	for (struct list_head *pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_entry(pos, head, member) \
	for (pos = container_of((head)->next, __typeof__(*pos), member); &pos->member != (head); \
	     pos = container_of(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_reverse(pos, head, member) \
	for (pos = container_of((head)->prev, __typeof__(*pos), member); &pos->member != (head); \
	     pos = container_of(pos->member.prev, __typeof__(*pos), member))
/** The current member may be taken out (and freed) in the body. */
#define list_for_each_entry_safe(pos, tmp, head, member) \
	for (pos = container_of((head)->next, __typeof__(*pos), member), \
	     tmp = container_of(pos->member.next, __typeof__(*pos), member); &pos->member != (head); \
	     pos = tmp, tmp = container_of(tmp->member.next, __typeof__(*pos), member))

/* --- singly linked: a stack */
struct slist_node { struct slist_node *next; };
struct slist_head { struct slist_node *first; };

static inline void slist_init(struct slist_head *h) { h->first = NULL; }
static inline bool slist_empty(const struct slist_head *h) { return h->first == NULL; }
static inline void slist_push(struct slist_head *h, struct slist_node *n) { n->next = h->first; h->first = n; }
/** The first node, taken out; NULL when there is none. */
static inline struct slist_node *slist_pop(struct slist_head *h)
{
	struct slist_node *n = h->first;

	if (n)
		h->first = n->next;
	return n;
}
#define slist_for_each(pos, head) for (struct slist_node *pos = (head)->first; pos; pos = pos->next)
#endif
