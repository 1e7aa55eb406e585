/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fair class: EEVDF (Stoica, Abdel-Wahab: "Earliest Eligible Virtual Deadline First", 1995). Each thread asks for slices; a request is
 * eligible while the thread has had no more than its share (vruntime not after the weighted average V), and the eligible one with
 * the earliest virtual deadline runs. What a thread was owed or owes (its lag) is kept while it sleeps.
 */
#include <tessera/lib/rbtree.h>
#include "rq.h"

static inline struct thread *thread_of(struct rb_node *n)
{
	return container_of(n, struct thread, se.node);
}

/** Real to virtual time for @weight. */
static inline int64_t to_virtual(uint64_t ns, uint32_t weight)
{
	return weight == WEIGHT_NICE0 ? (int64_t)ns : (int64_t)(ns * WEIGHT_NICE0 / weight);
}

void fair_init(struct fair_queue *fq)
{
	*fq = (struct fair_queue){ .zero = 0 };
}

/** Move the origin to the average, so that the sum of products stays small. */
static void fair_rebase(struct fair_queue *fq)
{
	int64_t d;

	if (fq->sum_w == 0)
		return;
	d = fq->sum_wv / fq->sum_w;
	fq->zero += d;
	fq->sum_wv -= d * fq->sum_w;
}

static inline void sums_add(struct fair_queue *fq, const struct thread *t)
{
	fq->sum_wv += (t->se.vruntime - fq->zero) * t->se.weight;
	fq->sum_w += t->se.weight;
}

static inline void sums_sub(struct fair_queue *fq, const struct thread *t)
{
	fq->sum_wv -= (t->se.vruntime - fq->zero) * t->se.weight;
	fq->sum_w -= t->se.weight;
}

/** vruntime v is not after the average. */
static inline bool eligible(const struct fair_queue *fq, int64_t v)
{
	return (v - fq->zero) * fq->sum_w <= fq->sum_wv;
}

/* --- tree by deadline, augmented with the smallest vruntime of each subtree */

static bool node_update(struct rb_node *n)
{
	struct thread *t = thread_of(n);
	int64_t min = t->se.vruntime;
	bool changed;

	if (n->left && vtime_before(thread_of(n->left)->se.min_vruntime, min))
		min = thread_of(n->left)->se.min_vruntime;
	if (n->right && vtime_before(thread_of(n->right)->se.min_vruntime, min))
		min = thread_of(n->right)->se.min_vruntime;
	changed = t->se.min_vruntime != min;
	t->se.min_vruntime = min;
	return changed;
}

static void tree_insert(struct fair_queue *fq, struct thread *t)
{
	struct rb_node **link = &fq->tree.node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = vtime_before(t->se.deadline, thread_of(parent)->se.deadline) ? &parent->left : &parent->right;
	}
	t->se.min_vruntime = t->se.vruntime;
	rb_insert_augmented(&fq->tree, &t->se.node, parent, link, node_update);
	t->se.in_tree = true;
}

static void tree_remove(struct fair_queue *fq, struct thread *t)
{
	rb_erase_augmented(&fq->tree, &t->se.node, node_update);
	t->se.in_tree = false;
}

void fair_enqueue(struct fair_queue *fq, struct thread *t, bool wakeup)
{
	int64_t lag = t->se.vlag;
	int64_t limit = 2 * to_virtual(t->se.slice_ns, t->se.weight);

	fair_rebase(fq);
	if (lag > limit)
		lag = limit;
	if (lag < -limit)
		lag = -limit;
	/* its arrival moves the average towards it: scale, so that its lag afterwards is what it was */
	if (fq->sum_w)
		lag = lag * (fq->sum_w + t->se.weight) / fq->sum_w;
	t->se.vruntime = fq->zero + (fq->sum_w ? fq->sum_wv / fq->sum_w : 0) - lag;
	t->se.deadline = t->se.vruntime + to_virtual(t->se.slice_ns, t->se.weight);
	sums_add(fq, t);
	fq->nr++;
	tree_insert(fq, t);
}

void fair_dequeue(struct fair_queue *fq, struct thread *t)
{
	fair_rebase(fq);
	t->se.vlag = fq->zero + fq->sum_wv / fq->sum_w - t->se.vruntime;
	if (t->se.in_tree)
		tree_remove(fq, t);
	sums_sub(fq, t);
	fq->nr--;
}

void fair_put(struct fair_queue *fq, struct thread *t)
{
	tree_insert(fq, t);
}

void fair_take(struct fair_queue *fq, struct thread *t)
{
	tree_remove(fq, t);
}

bool fair_charge(struct fair_queue *fq, struct thread *t, uint64_t ns)
{
	int64_t v = to_virtual(ns, t->se.weight);

	t->se.vruntime += v;
	fq->sum_wv += v * t->se.weight;
	if (vtime_before(t->se.vruntime, t->se.deadline))
		return false;
	t->se.deadline = t->se.vruntime + to_virtual(t->se.slice_ns, t->se.weight);
	fair_rebase(fq);
	return true;
}

struct thread *fair_pick(struct fair_queue *fq, struct thread *curr)
{
	struct rb_node *n = fq->tree.node;
	struct thread *best = NULL;

	if (curr && !eligible(fq, curr->se.vruntime))
		curr = NULL;
	/* leftmost eligible node: go left wherever the left subtree holds an eligible one */
	while (n) {
		struct thread *t = thread_of(n);

		if (n->left && eligible(fq, thread_of(n->left)->se.min_vruntime)) {
			n = n->left;
			continue;
		}
		if (eligible(fq, t->se.vruntime)) {
			best = t;
			break;
		}
		n = n->right;
	}
	if (curr && (!best || vtime_before(curr->se.deadline, best->se.deadline)))
		return curr;
	if (!best && fq->tree.node)	/* rounding: the average is never before all of them, but its quotient can be */
		best = thread_of(rb_first(&fq->tree));
	return best;
}

struct thread *fair_last(struct fair_queue *fq, bool (*ok)(struct thread *t, void *arg), void *arg)
{
	unsigned left = 8;		/* bounded: this runs under the lock */

	for (struct rb_node *n = rb_last(&fq->tree); n && left; n = rb_prev(n), left--)
		if (ok(thread_of(n), arg))
			return thread_of(n);
	return NULL;
}

uint64_t fair_request_left_ns(const struct thread *t)
{
	int64_t v = t->se.deadline - t->se.vruntime;

	if (v <= 0)
		return 0;
	return t->se.weight == WEIGHT_NICE0 ? (uint64_t)v : (uint64_t)v * t->se.weight / WEIGHT_NICE0;
}

void fair_yield(struct fair_queue *fq, struct thread *t)
{
	/* the request is given up: a new one begins where this one would have ended */
	t->se.deadline += to_virtual(t->se.slice_ns, t->se.weight);
}

void fair_set_weight(struct fair_queue *fq, struct thread *t, uint32_t weight)
{
	bool in_tree = t->se.in_tree;
	int64_t avg, lag, left;

	if (!fq) {
		t->se.vlag = t->se.vlag * (int64_t)t->se.weight / (int64_t)weight;
		t->se.weight = weight;
		return;
	}
	fair_rebase(fq);
	avg = fq->zero + fq->sum_wv / fq->sum_w;
	if (in_tree)
		tree_remove(fq, t);
	sums_sub(fq, t);
	/* lag in real time stays, so do the ns left of the request */
	lag = (avg - t->se.vruntime) * (int64_t)t->se.weight / (int64_t)weight;
	left = (t->se.deadline - t->se.vruntime) * (int64_t)t->se.weight / (int64_t)weight;
	t->se.weight = weight;
	t->se.vruntime = avg - lag;
	t->se.deadline = t->se.vruntime + left;
	sums_add(fq, t);
	if (in_tree)
		tree_insert(fq, t);
}
