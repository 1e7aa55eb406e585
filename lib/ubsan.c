/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers that gcc and clang call with -fsanitize=undefined. The data layouts are those of the compilers' interface
 * (documented with compiler-rt's ubsan_handlers); each handler makes one line and gives it to ubsan_report().
 */
#include <tessera/lib/ubsan.h>

struct location {
	const char *file;
	uint32_t line, column;
};
struct type {
	uint16_t kind /* 0 integer, 1 float, 0xffff other */, info;
	char name[];
};
struct type_data {
	struct location loc;
	const struct type *type;
};
struct shift_data {
	struct location loc;
	const struct type *left, *right;
};
struct bounds_data {
	struct location loc;
	const struct type *array, *index;
};
struct mismatch_data {
	struct location loc;
	const struct type *type;
	uint8_t log_align, kind;
};
struct location_data {
	struct location loc;
};
struct nonnull_data {
	struct location loc, attr;
	int arg;
};
struct builtin_data {
	struct location loc;
	uint8_t kind;
};

/* The symbol is given by hand: under the handler's own name a compiler that knows it as a built-in wants only void pointers */
#define HANDLER(name, ...)                                               \
	void ubsan_##name(__VA_ARGS__) __asm__("__ubsan_handle_" #name); \
	void ubsan_##name(__VA_ARGS__)

static const char *mismatch_kind(unsigned kind)
{
	static const char *const kinds[] = {
		"load of",
		"store to",
		"reference binding to",
		"member access within",
		"member call on",
		"constructor call on",
		"downcast of",
		"downcast of",
		"upcast of",
		"cast to virtual base of",
		"_Nonnull binding to",
		"dynamic operation on",
	};

	return kind < ARRAY_SIZE(kinds) ? kinds[kind] : "access to";
}

static bool is_signed(const struct type *t)
{
	return t->kind == 0 && (t->info & 1);
}

/* The value of an operand that fits a register; wider ones come by address and are not shown */
static long long value(const struct type *t, uintptr_t v)
{
	unsigned bits = 1u << (t->info >> 1);

	if (t->kind != 0 || bits > 64)
		return 0;
	if (bits == 64)
		return (long long)v;
	v &= (1ULL << bits) - 1;
	return is_signed(t) && v >> (bits - 1) ? (long long)v - (1LL << bits) : (long long)v;
}

static void report_arithmetic(const struct type_data *d, uintptr_t a, uintptr_t b, const char *op)
{
	ubsan_report("%s:%u:%u: overflow: %lld %s %lld does not fit type %s", d->loc.file,
		     d->loc.line, d->loc.column, value(d->type, a), op, value(d->type, b),
		     d->type->name);
}

HANDLER(add_overflow, struct type_data *d, uintptr_t a, uintptr_t b)
{
	report_arithmetic(d, a, b, "+");
}

HANDLER(sub_overflow, struct type_data *d, uintptr_t a, uintptr_t b)
{
	report_arithmetic(d, a, b, "-");
}

HANDLER(mul_overflow, struct type_data *d, uintptr_t a, uintptr_t b)
{
	report_arithmetic(d, a, b, "*");
}

HANDLER(negate_overflow, struct type_data *d, uintptr_t a)
{
	ubsan_report("%s:%u:%u: overflow: negation of %lld does not fit type %s", d->loc.file,
		     d->loc.line, d->loc.column, value(d->type, a), d->type->name);
}

HANDLER(divrem_overflow, struct type_data *d, uintptr_t a, uintptr_t b)
{
	if (value(d->type, b) == 0)
		ubsan_report("%s:%u:%u: division by zero", d->loc.file, d->loc.line, d->loc.column);
	else
		report_arithmetic(d, a, b, "/");
}

HANDLER(shift_out_of_bounds, struct shift_data *d, uintptr_t a, uintptr_t b)
{
	ubsan_report("%s:%u:%u: shift of %lld by %lld is undefined in type %s", d->loc.file,
		     d->loc.line, d->loc.column, value(d->left, a), value(d->right, b),
		     d->left->name);
}

HANDLER(out_of_bounds, struct bounds_data *d, uintptr_t index)
{
	ubsan_report("%s:%u:%u: index %lld out of bounds of type %s", d->loc.file, d->loc.line,
		     d->loc.column, value(d->index, index), d->array->name);
}

HANDLER(type_mismatch_v1, struct mismatch_data *d, uintptr_t ptr)
{
	const char *what = mismatch_kind(d->kind);
	unsigned long align = 1UL << d->log_align;

	if (!ptr)
		ubsan_report("%s:%u:%u: %s null pointer of type %s", d->loc.file, d->loc.line,
			     d->loc.column, what, d->type->name);
	else if (ptr & (align - 1))
		ubsan_report("%s:%u:%u: %s misaligned address %#lx for type %s, which needs %lu",
			     d->loc.file, d->loc.line, d->loc.column, what, (unsigned long)ptr,
			     d->type->name, align);
	else
		ubsan_report("%s:%u:%u: %s address %#lx with not enough room for type %s",
			     d->loc.file, d->loc.line, d->loc.column, what, (unsigned long)ptr,
			     d->type->name);
}

HANDLER(pointer_overflow, struct location_data *d, uintptr_t base, uintptr_t result)
{
	ubsan_report("%s:%u:%u: pointer arithmetic wraps: %#lx to %#lx", d->loc.file, d->loc.line,
		     d->loc.column, (unsigned long)base, (unsigned long)result);
}

HANDLER(load_invalid_value, struct type_data *d, uintptr_t v)
{
	ubsan_report("%s:%u:%u: load of value %lld, which is none of type %s", d->loc.file,
		     d->loc.line, d->loc.column, value(d->type, v), d->type->name);
}

HANDLER(vla_bound_not_positive, struct type_data *d, uintptr_t v)
{
	ubsan_report("%s:%u:%u: array length %lld is not positive", d->loc.file, d->loc.line,
		     d->loc.column, value(d->type, v));
}

HANDLER(nonnull_arg, struct nonnull_data *d)
{
	ubsan_report("%s:%u:%u: null pointer as argument %d, which must not be null", d->loc.file,
		     d->loc.line, d->loc.column, d->arg);
}

HANDLER(nonnull_return_v1, struct nonnull_data *d, struct location *loc)
{
	ubsan_report("%s:%u:%u: null pointer returned, which must not be null", loc->file,
		     loc->line, loc->column);
}

HANDLER(builtin_unreachable, struct location_data *d)
{
	ubsan_report("%s:%u:%u: unreachable code was reached", d->loc.file, d->loc.line,
		     d->loc.column);
}

HANDLER(missing_return, struct location_data *d)
{
	ubsan_report("%s:%u:%u: end of a function that must return a value", d->loc.file,
		     d->loc.line, d->loc.column);
}

HANDLER(invalid_builtin, struct builtin_data *d)
{
	ubsan_report("%s:%u:%u: zero passed to __builtin_%s", d->loc.file, d->loc.line,
		     d->loc.column, d->kind == 1 ? "clz" : "ctz");
}

HANDLER(alignment_assumption, struct type_data *d, uintptr_t ptr, uintptr_t align, uintptr_t offset)
{
	ubsan_report("%s:%u:%u: assumption that %#lx is aligned to %lu failed (type %s)",
		     d->loc.file, d->loc.line, d->loc.column, (unsigned long)(ptr - offset),
		     (unsigned long)align, d->type->name);
}
