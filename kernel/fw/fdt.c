/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device tree: the blob's check, nodes and properties. libfdt bounds every access by the header, so the header and the
 * structure are checked first; aliases are resolved here because libfdt follows them by recursion.
 */
#include <libfdt.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/overflow.h>
#include <tessera/lib/string.h>
#include "fdt_private.h"

int fdt_error(struct fdt *f, int err, const char *reason)
{
	f->reason = reason;
	return err;
}

uint32_t fdt_be32(const void *p)
{
	const unsigned char *b = p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

size_t fdt_claimed_size(const void *blob)
{
	if (fdt_be32(blob) != FDT_MAGIC)
		return 0;
	return fdt_be32((const char *)blob + 4);
}

/* libfdt's result as ours: offsets pass, "not found" is -ENOENT, everything else malformed */
static int result(struct fdt *f, int r)
{
	if (r >= 0)
		return r;
	if (r == -FDT_ERR_NOTFOUND)
		return -ENOENT;
	return fdt_error(f, -EINVAL, "device tree: malformed node or property");
}

/* The memory reservation block ends inside the blob */
static bool reservations_end(const struct fdt *f)
{
	size_t pos = fdt_off_mem_rsvmap(f->blob);

	if (pos % 8)
		return false;
	for (; range_within(pos, 16, f->size); pos += 16)
		if (mem_is((const char *)f->blob + pos + 8, 0, 8) &&
		    mem_is((const char *)f->blob + pos, 0, 8))
			return true;
	return false;
}

static bool name_ok(const struct fdt *f, int offset)
{
	int len;
	const char *name = fdt_get_name(f->blob, offset, &len);

	return name && len >= 0 && len <= 255;
}

/* Walk all tags once: nesting, names, property headers, exactly one root, nothing behind it but the end */
static int check_structure(struct fdt *f)
{
	int offset = 0, next = 0, depth = 0, nodes = 0, len;
	uint32_t tag;

	for (;; offset = next) {
		tag = fdt_next_tag(f->blob, offset, &next);
		if (next < 0)
			return fdt_error(f, -EINVAL,
					 "device tree: structure cut short or malformed");
		switch (tag) {
		case FDT_NOP:
			break;
		case FDT_BEGIN_NODE:
			if (depth == 0 && nodes)
				return fdt_error(f, -EINVAL, "device tree: more than one root");
			if (++depth > FDT_DEPTH_MAX)
				return fdt_error(f, -ELOOP, "device tree: nested too deep");
			if (++nodes > FDT_NODES_MAX)
				return fdt_error(f, -ELOOP, "device tree: too many nodes");
			if (!name_ok(f, offset))
				return fdt_error(f, -EINVAL, "device tree: bad node name");
			break;
		case FDT_END_NODE:
			if (--depth < 0)
				return fdt_error(f, -EINVAL,
						 "device tree: end of a node that did not begin");
			break;
		case FDT_PROP:
			if (depth == 0)
				return fdt_error(f, -EINVAL,
						 "device tree: property outside of a node");
			if (!fdt_getprop_by_offset(f->blob, offset, NULL, &len))
				return fdt_error(f, -EINVAL,
						 "device tree: property with a bad name or length");
			break;
		case FDT_END:
			if (depth || !nodes)
				return fdt_error(f, -EINVAL,
						 "device tree: ends inside a node or is empty");
			return 0;
		default:
			return fdt_error(f, -EINVAL, "device tree: unknown tag");
		}
	}
}

int fdt_open(struct fdt *f, const void *blob, size_t max_size)
{
	enum { HEADER_BYTES = 40 };

	*f = (struct fdt){.blob = blob};
	if ((uintptr_t)blob % 8)
		return fdt_error(f, -EINVAL, "device tree: not aligned to 8 bytes");
	if (max_size < HEADER_BYTES || fdt_claimed_size(blob) == 0)
		return fdt_error(f, -EINVAL, "device tree: bad magic");
	f->size = fdt_claimed_size(blob);
	if (f->size > max_size || f->size > FDT_SIZE_MAX)
		return fdt_error(f, -E2BIG, "device tree: larger than allowed");
	if (fdt_check_header(blob) || fdt_version(blob) < 17)
		return fdt_error(f, -EINVAL, "device tree: bad header or unsupported version");
	if (fdt_off_dt_struct(blob) % 4)
		return fdt_error(f, -EINVAL, "device tree: structure not aligned");
	if (!reservations_end(f))
		return fdt_error(f, -EINVAL, "device tree: memory reservations not terminated");
	return check_structure(f);
}

int fdt_child(struct fdt *f, int node)
{
	return node < 0 ? -ENOENT : result(f, fdt_first_subnode(f->blob, node));
}

int fdt_sibling(struct fdt *f, int child)
{
	return child < 0 ? -ENOENT : result(f, fdt_next_subnode(f->blob, child));
}

/* Does @node have the name @name[0..len), with or without a unit address? */
static bool name_matches(struct fdt *f, int node, const char *name, size_t len)
{
	const char *own = fdt_name(f, node);

	if (strncmp(own, name, len) != 0)
		return false;
	return own[len] == '\0' || (own[len] == '@' && !memchr(name, '@', len));
}

static int node_absolute(struct fdt *f, const char *path, size_t len)
{
	const char *end = path + len, *comp;
	int node = 0;

	while (path < end) {
		if (*path == '/') {
			path++;
			continue;
		}
		comp = path;
		while (path < end && *path != '/')
			path++;
		for (node = fdt_child(f, node); node >= 0; node = fdt_sibling(f, node))
			if (name_matches(f, node, comp, (size_t)(path - comp)))
				break;
		if (node < 0)
			return node;
	}
	return node;
}

/* /aliases has properties whose names are looked for by a prefix of the path, so not terminated */
static const char *alias_value(struct fdt *f, const char *name, size_t len)
{
	char key[32];
	int aliases = node_absolute(f, "/aliases", 8);

	if (aliases < 0 || len == 0 || len >= sizeof(key))
		return NULL;
	memcpy(key, name, len);
	key[len] = '\0';
	return fdt_prop_str(f, aliases, key);
}

int fdt_node(struct fdt *f, const char *path)
{
	size_t len = strlen(path), alias_len;
	const char *target;
	int node;

	if (*path == '/')
		return node_absolute(f, path, len);
	alias_len = strcspn(path, "/");
	target = alias_value(f, path, alias_len);
	if (!target || *target != '/') /* an alias of an alias is not followed */
		return -ENOENT;
	node = node_absolute(f, target, strlen(target));
	if (node < 0 || alias_len == len)
		return node;
	for (path += alias_len; node >= 0 && *path; path += strcspn(path, "/")) {
		path += strspn(path, "/");
		if (!*path)
			break;
		for (node = fdt_child(f, node); node >= 0; node = fdt_sibling(f, node))
			if (name_matches(f, node, path, strcspn(path, "/")))
				break;
	}
	return node;
}

int fdt_next_compatible(struct fdt *f, int after, const char *compat)
{
	return result(f, fdt_node_offset_by_compatible(f->blob, after, compat));
}

int fdt_next_enabled(struct fdt *f, int after, const char *compat)
{
	int node = fdt_next_compatible(f, after, compat);

	while (node >= 0 && !fdt_enabled(f, node))
		node = fdt_next_compatible(f, node, compat);
	return node;
}

bool fdt_enabled(struct fdt *f, int node)
{
	size_t len;
	const char *status = fdt_prop_str(f, node, "status");

	if (!fdt_prop(f, node, "status", &len))
		return true;
	return status && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0);
}

bool fdt_is_compatible(struct fdt *f, int node, const char *compat)
{
	return fdt_node_check_compatible(f->blob, node, compat) == 0;
}

const char *fdt_name(struct fdt *f, int node)
{
	const char *name = fdt_get_name(f->blob, node, NULL);

	return name ? name : "";
}

const void *fdt_prop(struct fdt *f, int node, const char *prop, size_t *len)
{
	int n;
	const void *value = fdt_getprop(f->blob, node, prop, &n);

	if (!value || n < 0)
		return NULL;
	*len = (size_t)n;
	return value;
}

const char *fdt_prop_str_at(struct fdt *f, int node, const char *prop, unsigned i)
{
	size_t len, n;
	const char *s = fdt_prop(f, node, prop, &len);

	if (!s)
		return NULL;
	for (;; s += n + 1, len -= n + 1) {
		n = strnlen(s, len);
		if (n == len)
			return NULL;
		if (i-- == 0)
			return s;
	}
}

const char *fdt_prop_str(struct fdt *f, int node, const char *prop)
{
	size_t len;
	const char *s = fdt_prop(f, node, prop, &len);

	return s && len && strnlen(s, len) == len - 1 ? s : NULL;
}

int fdt_prop_u32_at(struct fdt *f, int node, const char *prop, unsigned i, uint32_t *v)
{
	size_t len;
	const char *p = fdt_prop(f, node, prop, &len);

	if (!p || !range_within((uint64_t)i * 4, 4, len))
		return -ENOENT;
	*v = fdt_be32(p + (size_t)i * 4);
	return 0;
}

int fdt_prop_cells(struct fdt *f, int node, const char *prop, uint64_t *v)
{
	size_t len;
	const char *p = fdt_prop(f, node, prop, &len);

	if (!p)
		return -ENOENT;
	if (len != 4 && len != 8)
		return fdt_error(f, -EINVAL, "device tree: number is not of one or two cells");
	*v = len == 4 ? fdt_be32(p) : (uint64_t)fdt_be32(p) << 32 | fdt_be32(p + 4);
	return 0;
}

int fdt_by_phandle(struct fdt *f, uint32_t phandle)
{
	if (phandle == 0 || phandle == UINT32_MAX)
		return fdt_error(f, -EINVAL, "device tree: bad phandle");
	return result(f, fdt_node_offset_by_phandle(f->blob, phandle));
}

int fdt_chain_to(struct fdt *f, int node, struct fdt_chain *c)
{
	int depth = 0, offset = 0;

	for (; offset >= 0 && depth >= 0 && depth <= FDT_DEPTH_MAX;
	     offset = fdt_next_node(f->blob, offset, &depth)) {
		c->node[depth] = offset;
		if (offset == node) {
			c->depth = depth;
			return 0;
		}
		if (offset > node)
			break;
	}
	return fdt_error(f, -EINVAL, "device tree: no such node");
}

int fdt_cell_count(struct fdt *f, int node, const char *prop, unsigned dflt, unsigned max)
{
	uint32_t n;

	if (fdt_prop_u32(f, node, prop, &n) != 0)
		return (int)dflt;
	if (n > max)
		return fdt_error(f, -EINVAL, "device tree: unsupported number of cells");
	return (int)n;
}
