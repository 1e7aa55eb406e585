/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for words of user memory by native threads; keys are {space, address}. */
#ifndef KERNEL_WAIT_WORD_H
#define KERNEL_WAIT_WORD_H
#include <tessera/lib/types.h>
struct space;
void wait_word_init(void);
/** Sleep until woken while the word at @addr is @expect: 0, -EAGAIN, -ETIMEDOUT, -EINTR, -EFAULT, -EINVAL. */
int wait_word(struct space *s, uint64_t addr, uint32_t expect, uint64_t deadline_ns);
/** Wake up to @n threads that wait for @addr; returns how many, or -EINVAL. */
int wake_word(struct space *s, uint64_t addr, unsigned n);
#endif
