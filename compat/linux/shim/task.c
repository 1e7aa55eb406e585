/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks and groups: the shim's threads and processes, their visible pages, and lookup by number. */
#include "lx.h"

static struct spinlock groups_lock = SPINLOCK_INIT(RANK_SIGHAND);
static struct list_head groups = LIST_HEAD_INIT(groups);

struct lx_group *lx_group_new(void)
{
	struct lx_group *g = kzalloc(sizeof(*g));
	uintptr_t s;

	if (!g)
		return NULL;
	g->pub = kpages_alloc(0, ALLOC_ZERO);
	if (!g->pub) {
		kfree(g);
		return NULL;
	}
	g->refs = 1;
	spin_init(&g->lock, RANK_SIGHAND);
	list_init(&g->tasks);
	list_init(&g->queue);
	waitq_init(&g->stop_wait);
	for (unsigned i = 0; i < ARRAY_SIZE(g->pub->rlimit); i++)
		g->pub->rlimit[i] = (struct lx_rlimit){~0ull, ~0ull};
	g->pub->rlimit[3] = (struct lx_rlimit){8 << 20, ~0ull};
	g->pub->rlimit[4] = (struct lx_rlimit){0, ~0ull};
	g->pub->rlimit[7] = (struct lx_rlimit){1024, 4096};
	s = spin_lock_irqsave(&groups_lock);
	list_add_tail(&groups, &g->all);
	spin_unlock_irqrestore(&groups_lock, s);
	return g;
}

void lx_group_put(struct lx_group *g)
{
	uintptr_t s;

	if (!g)
		return;
	s = spin_lock_irqsave(&groups_lock);
	if (!refcount_put(&g->refs)) {
		spin_unlock_irqrestore(&groups_lock, s);
		return;
	}
	list_del(&g->all);
	spin_unlock_irqrestore(&groups_lock, s);
	timer_cancel_sync(&g->alarm);
	while (!list_empty(&g->queue)) {
		struct sigq *q = list_first_entry(&g->queue, struct sigq, node);

		list_del(&q->node);
		kfree(q);
	}
	kpages_free(g->pub);
	kfree(g);
}

struct lx_group *lx_group_get(uint32_t pid)
{
	struct lx_group *g, *found = NULL;
	uintptr_t s = spin_lock_irqsave(&groups_lock);

	list_for_each_entry (g, &groups, all)
		if (g->pub->pid == pid && pid) {
			refcount_get(&g->refs);
			found = g;
			break;
		}
	spin_unlock_irqrestore(&groups_lock, s);
	return found;
}

/* fn may not sleep: it runs under the list's lock, and may take a group's lock nested in it. */
void lx_groups_each(bool (*fn)(struct lx_group *g, void *arg), void *arg)
{
	struct lx_group *g;
	uintptr_t s = spin_lock_irqsave(&groups_lock);

	list_for_each_entry (g, &groups, all)
		if (!fn(g, arg))
			break;
	spin_unlock_irqrestore(&groups_lock, s);
}

struct lx_task *lx_task_new(struct lx_group *g)
{
	struct lx_task *t = kzalloc(sizeof(*t));

	if (!t)
		return NULL;
	t->pub = kzalloc(sizeof(*t->pub));
	if (!t->pub) {
		kfree(t);
		return NULL;
	}
	t->group = g;
	list_init(&t->queue);
	list_init(&t->node);
	t->pub->altstack.flags = SS_DISABLE;
	t->pub->timerslack = 50000;
	return t;
}

static void actions_put(struct lx_actions *a)
{
	if (a && refcount_put(&a->users))
		kfree(a);
}

static void cred_put(struct lx_cred *c)
{
	kfree(c);
}

void fs_put(struct lx_fs *f)
{
	if (!f || !refcount_put(&f->users))
		return;
	conn_put(f->root);
	conn_put(f->cwd);
	kfree(f);
}

struct lx_fs *fs_copy(struct lx_fs *o)
{
	struct lx_fs *f = kzalloc(sizeof(*f));

	if (!f)
		return NULL;
	f->users = 1;
	mutex_init(&f->lock, RANK_CAPTABLE);
	mutex_lock(&o->lock);
	f->root = conn_get(o->root);
	f->cwd = conn_get(o->cwd);
	f->umask = o->umask;
	mutex_unlock(&o->lock);
	return f;
}

void lx_task_free(struct lx_task *t)
{
	fdtab_put(t->fdtab);
	fs_put(t->fs);
	actions_put(t->actions);
	cred_put(t->cred);
	while (!list_empty(&t->queue)) {
		struct sigq *q = list_first_entry(&t->queue, struct sigq, node);

		list_del(&q->node);
		kfree(q);
	}
	kfree(t->pub);
	kfree(t);
}

bool lx_capable(unsigned cap)
{
	return lx_task()->cred->cap_effective >> cap & 1;
}
