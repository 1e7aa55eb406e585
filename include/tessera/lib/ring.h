/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring of fixed-size elements between one producer and one consumer, which may run at the same time without a lock. Indices run
 * freely and are masked at use, so that full and empty differ. An index that was damaged by the other side only ever gives
 * wrong elements, never an access outside of the buffer.
 */
#ifndef TESSERA_LIB_RING_H
#define TESSERA_LIB_RING_H
#include <tessera/lib/types.h>

struct ring {
	uint32_t head __aligned(64);	/* next to read; written by the consumer */
	uint32_t tail __aligned(64);	/* next to write; written by the producer */
	uint32_t size __aligned(64);	/* elements, a power of two */
	uint32_t elem_size;		/* bytes */
	unsigned char *buf;
};

/** Ring over @buf, which has room for @size (a power of two up to 2^31) elements of @elem_size bytes. -EINVAL on other sizes. */
int __must_check ring_init(struct ring *r, void *buf, uint32_t size, uint32_t elem_size);
/** Elements that can be read, at most size. */
uint32_t ring_used(const struct ring *r);
uint32_t ring_space(const struct ring *r);
/** Producer: append up to @n elements; returns how many had room. */
uint32_t ring_write(struct ring *r, const void *elems, uint32_t n);
/** Consumer: take up to @n elements out; returns how many there were. */
uint32_t ring_read(struct ring *r, void *elems, uint32_t n);
static inline bool ring_put(struct ring *r, const void *elem) { return ring_write(r, elem, 1) == 1; }
static inline bool ring_get(struct ring *r, void *elem) { return ring_read(r, elem, 1) == 1; }
#endif
