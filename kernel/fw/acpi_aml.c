/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one object that is wanted from AML: Name (_S5_, Package () { a, b, ... }), ACPI 6.4 sections 7.4.2 and 20.2. It is found by its
 * bytes: NameOp, an optional root or parent prefix, the name, PackageOp; then the elements are decoded as constants.
 */
#include <tessera/lib/string.h>
#include "acpi_private.h"

enum {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_QWORD = 0x0e,
	AML_PACKAGE = 0x12,
	AML_ONES = 0xff,
};

struct cursor {
	const unsigned char *p, *end;
};

/* PkgLength (20.2.4): sets the end of what follows. False: beyond the end */
static bool enter_package(struct cursor *c)
{
	const unsigned char *start = c->p;
	size_t len, extra;

	if (c->p == c->end)
		return false;
	extra = *c->p >> 6;
	if ((size_t)(c->end - c->p) < 1 + extra)
		return false;
	if (extra == 0) {
		len = *c->p & 0x3f;
	} else {
		len = *c->p & 0x0f;
		for (size_t i = 0; i < extra; i++)
			len |= (size_t)c->p[1 + i] << (4 + 8 * i);
	}
	c->p += 1 + extra;
	if (len < 1 + extra || len > (size_t)(c->end - start))
		return false;
	c->end = start + len;
	return true;
}

static bool read_constant(struct cursor *c, uint8_t *v)
{
	size_t n;

	if (c->p == c->end)
		return false;
	switch (*c->p++) {
	case AML_ZERO:
		*v = 0;
		return true;
	case AML_ONE:
		*v = 1;
		return true;
	case AML_ONES:
		*v = 0xff;
		return true;
	case AML_BYTE:
		n = 1;
		break;
	case AML_WORD:
		n = 2;
		break;
	case AML_DWORD:
		n = 4;
		break;
	case AML_QWORD:
		n = 8;
		break;
	default:
		return false;
	}
	if ((size_t)(c->end - c->p) < n)
		return false;
	*v = c->p[0]; /* sleep types have 3 bits */
	c->p += n;
	return true;
}

/* @at is where "_S5_" stands */
static bool decode(const unsigned char *aml, size_t n, size_t at, uint8_t *a, uint8_t *b)
{
	struct cursor c = {aml + at + 4, aml + n};
	size_t before = at;
	uint8_t first, second = 0, elements;

	while (before && (aml[before - 1] == '\\' || aml[before - 1] == '^'))
		before--;
	if (before == 0 || aml[before - 1] != AML_NAME)
		return false;
	if (c.p == c.end || *c.p++ != AML_PACKAGE || !enter_package(&c) || c.p == c.end)
		return false;
	elements = *c.p++;
	if (elements < 1 || !read_constant(&c, &first))
		return false;
	if (elements > 1 && !read_constant(&c, &second))
		return false;
	if (first > 7 || second > 7)
		return false;
	*a = first;
	*b = second;
	return true;
}

bool acpi_aml_find_s5(const unsigned char *aml, size_t n, uint8_t *a, uint8_t *b)
{
	for (size_t at = 1; n >= 4 && at <= n - 4; at++)
		if (aml[at] == '_' && memcmp(aml + at, "_S5_", 4) == 0 && decode(aml, n, at, a, b))
			return true;
	return false;
}
