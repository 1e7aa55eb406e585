/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB shootdown. A CPU that loads a space sets its bit in active_mask, passes a full barrier,
 * then looks at its bit in stale_mask; a flusher has changed the tables, sets stale bits, passes
 * a full barrier, then reads active_mask. So every CPU either is sent the flush or flushes when
 * it loads the space.
 */
#include <arch/barrier.h>
#include <tessera/mm/asid.h>
#include <tessera/mm/tlb.h>
#include <tessera/smp/smp.h>
#include "space.h"

enum { FLUSH_PAGES_MAX = 32 };

uint64_t tlb_flushes_local, tlb_flushes_remote;
PERCPU_DEFINE(struct space *, loaded_space);

struct flush {
	struct space *s;
	vaddr_t start, end;
};

static void flush_local(const struct flush *f)
{
	unsigned asid = asid_of(f->s);

	if (!arch_asid_bits())
		asid = 0;
	if ((f->end - f->start) >> PAGE_SHIFT <= FLUSH_PAGES_MAX)
		for (vaddr_t va = f->start; va < f->end; va += PAGE_SIZE)
			arch_tlb_flush_page(asid, va);
	else if (asid)
		arch_tlb_flush_asid(asid);
	else
		arch_tlb_flush_all();
}

static void flush_call(void *arg)
{
	flush_local(arg);
}

void tlb_flush_space(struct space *s, vaddr_t start, vaddr_t end)
{
	struct flush f = {s, start, end};
	uint64_t self, active;

	arch_pt_sync();
	preempt_disable();
	self = 1ull << cpu_id();
	if (ARCH_TLB_BROADCAST) {
		if (asid_of(s))
			flush_local(&f);
		__atomic_fetch_add(&tlb_flushes_local, 1, __ATOMIC_RELAXED);
		preempt_enable();
		return;
	}
	if (arch_asid_bits())
		__atomic_fetch_or(&s->stale_mask, ~self, __ATOMIC_SEQ_CST);
	smp_mb();
	active = __atomic_load_n(&s->active_mask, __ATOMIC_SEQ_CST);
	if (active & self) {
		flush_local(&f);
		__atomic_fetch_add(&tlb_flushes_local, 1, __ATOMIC_RELAXED);
	} else if (arch_asid_bits()) {
		__atomic_fetch_or(&s->stale_mask, self, __ATOMIC_SEQ_CST);
	}
	if (active & ~self) {
		__atomic_fetch_add(&tlb_flushes_remote, 1, __ATOMIC_RELAXED);
		smp_call_mask(active & ~self, flush_call, &f);
	}
	preempt_enable();
}

static void flush_kernel_call(void *arg)
{
	const struct flush *f = arg;

	if ((f->end - f->start) >> PAGE_SHIFT > FLUSH_PAGES_MAX)
		arch_tlb_flush_all();
	else
		for (vaddr_t va = f->start; va < f->end; va += PAGE_SIZE)
			arch_tlb_flush_page(0, va);
}

void tlb_flush_kernel(vaddr_t start, vaddr_t end)
{
	struct flush f = {NULL, start, end};

	arch_pt_sync();
	if (ARCH_TLB_BROADCAST || cpus_online <= 1) {
		flush_kernel_call(&f);
		return;
	}
	preempt_disable();
	smp_call_mask(cpus_online_mask, flush_kernel_call, &f);
	preempt_enable();
}

struct space *space_loaded(void)
{
	return *this_cpu_ptr(loaded_space);
}

void space_switch(struct space *s)
{
	struct space **loaded = this_cpu_ptr(loaded_space), *old = *loaded;
	uint64_t self = 1ull << cpu_id();

	if (old == s)
		return;
	if (s) {
		unsigned asid;

		__atomic_fetch_or(&s->active_mask, self, __ATOMIC_SEQ_CST);
		smp_mb();
		asid = asid_use(s);
		arch_space_load(s->pt.root, asid);
		if (asid && unlikely(__atomic_load_n(&s->stale_mask, __ATOMIC_SEQ_CST) & self)) {
			__atomic_fetch_and(&s->stale_mask, ~self, __ATOMIC_SEQ_CST);
			arch_tlb_flush_asid(asid);
		}
	} else {
		asid_unuse();
		arch_space_load(0, 0);
	}
	*loaded = s;
	if (old)
		__atomic_fetch_and(&old->active_mask, ~self, __ATOMIC_SEQ_CST);
}
