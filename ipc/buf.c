/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies between a service or the core and a declared client buffer, bounds checked here, faults by exception table. */
#include <tessera/ipc/rpc.h>
#include <tessera/lib/string.h>
#include <tessera/mm/user.h>

static ssize_t copy_piece(const struct rpc_buf *b, uintptr_t at, void *mem, size_t n,
			  bool to_client)
{
	size_t left;

	if (b->space == RPC_SPACE_KERNEL) {
		if (to_client)
			memcpy((void *)at, mem, n);
		else
			memcpy(mem, (const void *)at, n);
		return (ssize_t)n;
	}
	left = n - (to_client ? copy_to_user_some(at, mem, n) : copy_from_user_some(mem, at, n));
	return (ssize_t)(n - left);
}

ssize_t rpc_buf_copy(const struct rpc_buf *b, size_t off, void *mem, size_t n, bool to_client)
{
	const struct rpc_iov *v = b->iov ? b->iov : &b->one;
	unsigned nv = b->iov ? b->niov : 1, i;
	size_t done = 0;

	if (to_client ? !b->writable : !b->readable)
		return -EFAULT;
	if (off > b->len)
		return -EFAULT;
	n = MIN(n, b->len - off);
	for (i = 0; i < nv && off >= v[i].len; i++)
		off -= v[i].len;
	for (; i < nv && done < n; i++, off = 0) {
		size_t part = MIN(v[i].len - off, n - done);
		ssize_t got = copy_piece(b, v[i].base + off, (char *)mem + done, part, to_client);

		done += (size_t)got;
		if ((size_t)got < part)
			return done ? (ssize_t)done : -EFAULT;
	}
	return (ssize_t)done;
}
