/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory calls: decided ahead by the space's policy, so the shim goes to the core itself. */
#include "lx.h"

enum {
	PROT_BITS = 7,
	MAP_SHARED = 1,
	MAP_PRIVATE = 2,
	MAP_SHARED_VALIDATE = 3,
	MAP_TYPE = 15,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
	MAP_32BIT = 0x40,
	MAP_GROWSDOWN = 0x100,
	MAP_LOCKED = 0x2000,
	MAP_NORESERVE = 0x4000,
	MAP_POPULATE = 0x8000,
	MAP_HUGETLB = 0x40000,
	MAP_FIXED_NOREPLACE = 0x100000,
};

static unsigned prot_of(uint32_t p)
{
	return (p & 1 ? VM_READ : 0) | (p & 2 ? VM_WRITE | VM_READ : 0) | (p & 4 ? VM_EXEC : 0);
}

int64_t lx_brk(uint64_t addr)
{
	return (int64_t)space_brk(current->space, addr, lx_task()->group->pub->rlimit[2].cur);
}

int64_t lx_mmap(uint64_t addr, uint64_t len, uint32_t prot, uint32_t flags, int fd, int64_t off)
{
	uint32_t type = flags & MAP_TYPE, asf = 0, rf = 0;
	struct conn *c = NULL;
	vaddr_t at = addr;
	uint64_t size;
	int err = 0;

	if (off & (PAGE_SIZE - 1))
		return -EINVAL;
	if (!len || (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE))
		return -EINVAL;
	if (len > ARCH_USER_END)
		return -ENOMEM;
	size = ALIGN_UP(len, PAGE_SIZE);
	if (flags & MAP_HUGETLB)
		return -ENOMEM;
	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if (addr & (PAGE_SIZE - 1))
			return -EINVAL;
		asf |= AS_FIXED | (flags & MAP_FIXED_NOREPLACE ? AS_NOREPLACE : 0);
	} else {
		at = ALIGN_DOWN(addr, PAGE_SIZE);
	}
	if (flags & MAP_POPULATE)
		asf |= AS_POPULATE;
	if (type != MAP_PRIVATE)
		rf |= RANGE_SHARED;
	if (flags & MAP_LOCKED)
		rf |= RANGE_LOCKED;
	if (flags & MAP_ANONYMOUS) {
		if (type == MAP_PRIVATE) {
			err = space_map_anon(current->space, &at, size, prot_of(prot), asf, rf);
		} else {
			struct pmo *o = pmo_create_anon(size / PAGE_SIZE, NULL);

			if (!o)
				return -ENOMEM;
			err = space_map_obj(current->space, &at, size, prot_of(prot), asf, rf, o, 0,
					    0);
			pmo_put(o);
		}
		return err ? err : (int64_t)at;
	}
	c = fd_get_mode(fd, 0, &err);
	if (!c)
		return err;
	if (!(c->ofd.mode & LX_M_READ) ||
	    (type != MAP_PRIVATE && (prot & 2) && !(c->ofd.mode & LX_M_WRITE)))
		err = -EACCES;
	else if (!c->pmo)
		err = -ENODEV;
	else if (off < 0 || (uint64_t)off + size < size)
		err = -EOVERFLOW;
	else
		err = space_map_obj(current->space, &at, size, prot_of(prot), asf, rf, c->pmo,
				    (uint64_t)off, c->ofd.cookie[0]);
	conn_put(c);
	return err ? err : (int64_t)at;
}

int64_t lx_munmap(uint64_t addr, uint64_t len)
{
	if ((addr & (PAGE_SIZE - 1)) || !len || !user_range_ok(addr, len))
		return -EINVAL;
	return space_unmap(current->space, addr, ALIGN_UP(len, PAGE_SIZE));
}

int64_t lx_mprotect(uint64_t addr, uint64_t len, uint32_t prot)
{
	if ((addr & (PAGE_SIZE - 1)) || (prot & ~(uint32_t)(PROT_BITS | 0x3000000)))
		return -EINVAL;
	if (!len)
		return 0;
	if (!user_range_ok(addr, len))
		return -ENOMEM;
	return space_protect(current->space, addr, ALIGN_UP(len, PAGE_SIZE), prot_of(prot));
}

int64_t lx_mremap(uint64_t addr, uint64_t olen, uint64_t nlen, uint32_t flags, uint64_t naddr)
{
	struct as_op op = {.op = AS_MOVE,
			   .addr = addr,
			   .size = ALIGN_UP(olen, PAGE_SIZE),
			   .new_size = ALIGN_UP(nlen, PAGE_SIZE),
			   .new_addr = naddr};
	int err;

	if ((addr & (PAGE_SIZE - 1)) || !nlen || (flags & ~7u) || ((flags & 6) && !(flags & 1)))
		return -EINVAL;
	if (nlen > ARCH_USER_END || olen > ARCH_USER_END)
		return -EINVAL;
	op.flags = (flags & 1 ? AS_MAYMOVE : 0) | (flags & 2 ? AS_FIXED : 0) |
		   (flags & 4 ? AS_DONTUNMAP : 0);
	err = space_update(current->space, &op, 1, NULL);
	return err ? err : (int64_t)op.addr;
}

int64_t lx_madvise(uint64_t addr, uint64_t len, int advice)
{
	struct as_op op = {.op = AS_ADVISE, .addr = addr, .size = ALIGN_UP(len, PAGE_SIZE)};

	if (addr & (PAGE_SIZE - 1))
		return -EINVAL;
	if (!len)
		return 0;
	if (!user_range_ok(addr, len))
		return -ENOMEM;
	switch (advice) {
	case 4:
	case 8: /* DONTNEED; FREE may drop at once */
		return space_discard(current->space, addr, op.size);
	case 0:
		op.advice = ADVICE_NORMAL;
		break;
	case 1:
		op.advice = ADVICE_RANDOM;
		break;
	case 2:
		op.advice = ADVICE_SEQUENTIAL;
		break;
	case 10:
		op.advice = ADVICE_DONTFORK;
		break;
	case 11:
		op.advice = ADVICE_NORMAL;
		break;
	case 14:
		op.advice = ADVICE_HUGE;
		break;
	case 15:
		op.advice = ADVICE_NOHUGE;
		break;
	case 18:
		op.advice = ADVICE_WIPE;
		break;
	case 19:
		op.advice = ADVICE_NORMAL;
		break;
	case 3:
	case 20:
	case 21: /* WILLNEED, COLD, PAGEOUT: hints without effect */
		return 0;
	default:
		lx_count_refused();
		return -EINVAL;
	}
	return space_update(current->space, &op, 1, NULL);
}

int64_t lx_msync(uint64_t addr, uint64_t len, uint32_t flags)
{
	struct range_rec r;

	if ((addr & (PAGE_SIZE - 1)) || (flags & ~7u) || (flags & 5) == 5)
		return -EINVAL;
	for (uint64_t end = addr + ALIGN_UP(len, PAGE_SIZE); addr < end; addr = r.end)
		if (!space_find(current->space, addr, &r) || r.start > addr)
			return -ENOMEM;
	return 0;
}

/* Pages never leave memory here, so locking them is faulting them in. */
int64_t lx_mlock(uint64_t addr, uint64_t len)
{
	struct range_rec r;
	uint64_t end = ALIGN_UP(addr + len, PAGE_SIZE);

	if (!user_range_ok(addr, len))
		return -ENOMEM;
	for (addr = ALIGN_DOWN(addr, PAGE_SIZE); addr < end; addr = r.end)
		if (!space_find(current->space, addr, &r) || r.start > addr)
			return -ENOMEM;
	return 0;
}
