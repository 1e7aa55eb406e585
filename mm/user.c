/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User memory of the loaded space: range checks in front of the port's copies, which recover from
 * faults by their table.
 */
#include <arch/user.h>
#include <tessera/mm/user.h>
#include <tessera/sync/lockrank.h>
#include "internal.h"

size_t copy_from_user_some(void *dst, uint64_t usrc, size_t n)
{
	might_sleep();
	if (!user_range_ok(usrc, n))
		return 0;
	return n - arch_copy_from_user(dst, (const void *)(uintptr_t)usrc, n);
}

size_t copy_to_user_some(uint64_t udst, const void *src, size_t n)
{
	might_sleep();
	if (!user_range_ok(udst, n))
		return 0;
	return n - arch_copy_to_user((void *)(uintptr_t)udst, src, n);
}

int copy_from_user(void *dst, uint64_t usrc, size_t n)
{
	return copy_from_user_some(dst, usrc, n) == n ? 0 : -EFAULT;
}

int copy_to_user(uint64_t udst, const void *src, size_t n)
{
	return copy_to_user_some(udst, src, n) == n ? 0 : -EFAULT;
}

int clear_user(uint64_t udst, size_t n)
{
	might_sleep();
	if (!user_range_ok(udst, n))
		return -EFAULT;
	return arch_clear_user((void *)(uintptr_t)udst, n) ? -EFAULT : 0;
}

ssize_t strncpy_from_user(char *dst, uint64_t usrc, size_t max)
{
	size_t done = 0;

	while (done < max) {
		uint64_t at = usrc + done;
		size_t piece = mm_min(max - done, PAGE_SIZE - (at & (PAGE_SIZE - 1))), got;
		const char *nul;

		if (at < usrc || at >= ARCH_USER_END)
			return -EFAULT;
		piece = mm_min(mm_min(piece, ARCH_USER_END - at), 256);
		got = copy_from_user_some(dst + done, at, piece);
		nul = memchr(dst + done, 0, got);
		if (nul)
			return nul - dst;
		if (got < piece)
			return -EFAULT;
		done += got;
	}
	return -ENAMETOOLONG;
}

static int word_check(uint64_t u, size_t size)
{
	might_sleep();
	if (u & (size - 1))
		return -EINVAL;
	return user_range_ok(u, size) ? 0 : -EFAULT;
}

int user_load32(uint64_t u, uint32_t *val)
{
	int err = word_check(u, sizeof(*val));

	return err ? err : arch_user_load32((const uint32_t *)(uintptr_t)u, val);
}

int user_store32(uint64_t u, uint32_t val)
{
	int err = word_check(u, sizeof(val));

	return err ? err : copy_to_user(u, &val, sizeof(val));
}

int user_cmpxchg32(uint64_t u, uint32_t expect, uint32_t desired, uint32_t *old)
{
	int err = word_check(u, sizeof(*old));

	return err ? err : arch_user_cmpxchg32((uint32_t *)(uintptr_t)u, expect, desired, old);
}

int user_load64(uint64_t u, uint64_t *val)
{
	int err = word_check(u, sizeof(*val));

	return err ? err : copy_from_user(val, u, sizeof(*val));
}
