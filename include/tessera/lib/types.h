/* SPDX-License-Identifier: BSD-2-Clause */
/* The scalar types, attributes and small macros that every file of the tree may use. Includes nothing of ours. */
#ifndef TESSERA_LIB_TYPES_H
#define TESSERA_LIB_TYPES_H
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t;	/* physical address */
typedef uint64_t vaddr_t;	/* virtual address */
typedef long ssize_t;		/* size or -errno */

#define __must_check	__attribute__((warn_unused_result))
#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define __noreturn	__attribute__((noreturn))
#define __used		__attribute__((used))
#define __maybe_unused	__attribute__((unused))
#define __weak		__attribute__((weak))
#define __section(s)	__attribute__((section(s)))
#define __noinline	__attribute__((noinline))
#define __cold		__attribute__((cold))
#define __malloc	__attribute__((malloc))
#ifndef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#endif
#ifndef fallthrough
#define fallthrough	__attribute__((fallthrough))
#endif

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define unreachable()	__builtin_unreachable()
#define barrier()	__asm__ volatile("" ::: "memory")

#ifndef static_assert
#define static_assert	_Static_assert
#endif

/* One access, not torn, not repeated, not left out by the compiler; orders nothing. */
#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#ifndef offsetof
#define offsetof(t, m)	__builtin_offsetof(t, m)
#endif
/** The structure of type @type whose member @member is at @ptr; the member's type is checked. */
#define container_of(ptr, type, member) ({					\
	__typeof__(((type *)0)->member) *member_ptr_ = (ptr);			\
	(type *)(void *)((char *)(uintptr_t)member_ptr_ - __builtin_offsetof(type, member)); })

/** Elements of an array; a pointer is a compile error. */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]) + 0 * sizeof(struct {		\
	int must_be_array : 1 - 2 * !!__builtin_types_compatible_p(__typeof__(a), __typeof__(&(a)[0])); }))

/* @a is a power of two */
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN_UP(x, a)	(((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))

#ifndef MIN
#define MIN(a, b) ({ __typeof__(a) min_a_ = (a); __typeof__(b) min_b_ = (b); min_a_ < min_b_ ? min_a_ : min_b_; })
#define MAX(a, b) ({ __typeof__(a) max_a_ = (a); __typeof__(b) max_b_ = (b); max_a_ > max_b_ ? max_a_ : max_b_; })
#endif

#define BIT(n)		(1UL << (n))
/** Bits @h..@l set, @h >= @l. */
#define GENMASK(h, l)	((~0UL >> (63 - (h))) & (~0UL << (l)))

/** Is @x a power of two (zero is not)? */
static inline bool is_power_of_2(uint64_t x)
{
	return x != 0 && (x & (x - 1)) == 0;
}

/** Index of the highest bit of @x, which is not zero. */
static inline unsigned ilog2(uint64_t x)
{
	return 63u - (unsigned)__builtin_clzll(x);
}
#endif
