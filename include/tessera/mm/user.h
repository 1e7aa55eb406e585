/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User memory of the space that is loaded: checked copies. All may sleep in the fault handler;
 * thread context, no spinlock held.
 */
#ifndef TESSERA_MM_USER_H
#define TESSERA_MM_USER_H
#include <arch/mmu.h>
#include <tessera/lib/types.h>

/** Does [@u, @u + @n) lie in the user half? */
static inline bool user_range_ok(uint64_t u, size_t n)
{
	return u <= ARCH_USER_END && n <= ARCH_USER_END - u;
}

/** Copy @n bytes in; returns 0 or -EFAULT (then @dst's content is undefined). */
int __must_check copy_from_user(void *dst, uint64_t usrc, size_t n);
/** Copy @n bytes out; 0 or -EFAULT (then part may have been copied). */
int __must_check copy_to_user(uint64_t udst, const void *src, size_t n);
/** As above, but return how many bytes were copied. */
size_t copy_from_user_some(void *dst, uint64_t usrc, size_t n);
size_t copy_to_user_some(uint64_t udst, const void *src, size_t n);
/** Zero @n bytes; 0 or -EFAULT. */
int __must_check clear_user(uint64_t udst, size_t n);
/**
 * Copy a string with its NUL into @dst[@max]: its length without NUL, -EFAULT, or -ENAMETOOLONG
 * if no NUL within @max.
 */
ssize_t __must_check strncpy_from_user(char *dst, uint64_t usrc, size_t max);
/** 32-bit words for futexes: 0 or -EFAULT; aligned addresses only (-EINVAL). */
int __must_check user_load32(uint64_t u, uint32_t *val);
int __must_check user_store32(uint64_t u, uint32_t val);
int __must_check user_cmpxchg32(uint64_t u, uint32_t expect, uint32_t desired, uint32_t *old);
int __must_check user_load64(uint64_t u, uint64_t *val);
#endif
