/* SPDX-License-Identifier: BSD-2-Clause */
/* Porting contract: user memory, by exception table; PAN/SMAP/SUM opened only inside. Ranges are checked by the caller (mm/user.c). */
#ifndef ARCH_USER_H
#define ARCH_USER_H
#include <tessera/lib/types.h>
/* Copy n bytes; return the number NOT copied (0 = all). May sleep in the fault handler (context: thread, no spinlock). */
size_t arch_copy_from_user(void *dst, const void *usrc, size_t n);
size_t arch_copy_to_user(void *udst, const void *src, size_t n);
size_t arch_clear_user(void *udst, size_t n);
/* 32-bit load and compare-exchange on user memory; 0 or -EFAULT; *old gets the value found. */
int arch_user_load32(const uint32_t *u, uint32_t *val);
int arch_user_cmpxchg32(uint32_t *u, uint32_t expect, uint32_t desired, uint32_t *old);
#endif
