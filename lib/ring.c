/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring between one producer and one consumer (Lamport 1977); the release of an index pairs with the other side's acquire. */
#include <tessera/lib/errno.h>
#include <tessera/lib/overflow.h>
#include <tessera/lib/ring.h>
#include <tessera/lib/string.h>

int ring_init(struct ring *r, void *buf, uint32_t size, uint32_t elem_size)
{
	size_t bytes;

	if (!is_power_of_2(size) || size > 1u << 31 || elem_size == 0 ||
	    check_mul_overflow((size_t)size, (size_t)elem_size, &bytes))
		return -EINVAL;
	*r = (struct ring){.size = size, .elem_size = elem_size, .buf = buf};
	return 0;
}

uint32_t ring_used(const struct ring *r)
{
	uint32_t used = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE) -
			__atomic_load_n(&r->head, __ATOMIC_ACQUIRE);

	return MIN(used, r->size);
}

uint32_t ring_space(const struct ring *r)
{
	return r->size - ring_used(r);
}

/* The elements [@index, @index + @n) of the ring in up to two pieces */
static void copy_in(struct ring *r, uint32_t index, const unsigned char *from, uint32_t n)
{
	uint32_t at = index & (r->size - 1), first = MIN(n, r->size - at);
	size_t bytes = (size_t)first * r->elem_size;

	memcpy(r->buf + (size_t)at * r->elem_size, from, bytes);
	memcpy(r->buf, from + bytes, (size_t)(n - first) * r->elem_size);
}

static void copy_out(const struct ring *r, uint32_t index, unsigned char *to, uint32_t n)
{
	uint32_t at = index & (r->size - 1), first = MIN(n, r->size - at);
	size_t bytes = (size_t)first * r->elem_size;

	memcpy(to, r->buf + (size_t)at * r->elem_size, bytes);
	memcpy(to + bytes, r->buf, (size_t)(n - first) * r->elem_size);
}

uint32_t ring_write(struct ring *r, const void *elems, uint32_t n)
{
	uint32_t tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);

	n = MIN(n, ring_space(r));
	copy_in(r, tail, elems, n);
	__atomic_store_n(&r->tail, tail + n, __ATOMIC_RELEASE);
	return n;
}

uint32_t ring_read(struct ring *r, void *elems, uint32_t n)
{
	uint32_t head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);

	n = MIN(n, ring_used(r));
	copy_out(r, head, elems, n);
	__atomic_store_n(&r->head, head + n, __ATOMIC_RELEASE);
	return n;
}
