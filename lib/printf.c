/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatted text, as ISO C 7.21.6.1 without floating point and %n. Works on the stack only. */
#include <tessera/lib/printf.h>
#include <tessera/lib/string.h>

enum { F_LEFT = 1, F_PLUS = 2, F_SPACE = 4, F_ALT = 8, F_ZERO = 16, F_UPPER = 32 };
/* a width or precision beyond this is taken as this: the total stays an int for any sane format */
enum { FIELD_MAX = 1 << 16 };

struct out {
	fmt_sink *sink;
	void *arg;
	uint64_t total;
};
struct spec {
	unsigned flags;
	unsigned width;
	int precision; /* -1: none */
	char length;   /* 0, 'H' for hh, 'h', 'l', 'q' for ll, 'z', 't', 'j' */
};

static void emit(struct out *o, const char *s, size_t n)
{
	if (n)
		o->sink(o->arg, s, n);
	o->total += n;
}

static void pad(struct out *o, char c, unsigned n)
{
	char block[16];

	memset(block, c, sizeof(block));
	for (; n > sizeof(block); n -= sizeof(block))
		emit(o, block, sizeof(block));
	emit(o, block, n);
}

static unsigned read_number(const char **p)
{
	unsigned n = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++)
		n = MIN(n * 10 + (unsigned)(**p - '0'), (unsigned)FIELD_MAX);
	return n;
}

static void read_flags(const char **p, struct spec *s)
{
	static const char chars[] = "-+ #0";
	const char *hit;

	for (; **p && (hit = strchr(chars, **p)); (*p)++)
		s->flags |= 1u << (hit - chars);
}

static void read_length(const char **p, struct spec *s)
{
	char c = **p;

	if (c != 'h' && c != 'l' && c != 'z' && c != 't' && c != 'j')
		return;
	(*p)++;
	s->length = c;
	if ((c == 'h' || c == 'l') && **p == c) {
		(*p)++;
		s->length = c == 'h' ? 'H' : 'q';
	}
}

/* @digits[0..n) with sign or 0x in front, padded to the precision with zeros and to the width */
static void put_number(struct out *o, const struct spec *s, const char *prefix, const char *digits,
		       unsigned n)
{
	unsigned plen = (unsigned)strlen(prefix);
	unsigned zeros = s->precision > (int)n ? (unsigned)s->precision - n : 0;
	unsigned len = plen + zeros + n;
	unsigned blanks = s->width > len ? s->width - len : 0;

	if ((s->flags & (F_ZERO | F_LEFT)) == F_ZERO && s->precision < 0) {
		zeros += blanks;
		blanks = 0;
	}
	if (!(s->flags & F_LEFT))
		pad(o, ' ', blanks);
	emit(o, prefix, plen);
	pad(o, '0', zeros);
	emit(o, digits, n);
	if (s->flags & F_LEFT)
		pad(o, ' ', blanks);
}

static void put_unsigned(struct out *o, struct spec *s, uint64_t v, unsigned base,
			 const char *prefix)
{
	const char *set = s->flags & F_UPPER ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[24], *p = buf + sizeof(buf);
	uint64_t rest = v;

	while (rest) {
		*--p = set[rest % base];
		rest /= base;
	}
	if (v == 0 && s->precision != 0)
		*--p = '0';
	if ((s->flags & F_ALT) && base == 8 && (p == buf + sizeof(buf) || *p != '0') &&
	    s->precision <= (int)(buf + sizeof(buf) - p))
		*--p = '0';
	if ((s->flags & F_ALT) && base == 16 && v)
		prefix = s->flags & F_UPPER ? "0X" : "0x";
	put_number(o, s, prefix, p, (unsigned)(buf + sizeof(buf) - p));
}

static void put_signed(struct out *o, struct spec *s, int64_t v)
{
	const char *sign = v < 0 ? "-" : s->flags & F_PLUS ? "+" : s->flags & F_SPACE ? " " : "";

	put_unsigned(o, s, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, sign);
}

static void put_text(struct out *o, const struct spec *s, const char *text, size_t n)
{
	unsigned blanks = s->width > n ? s->width - (unsigned)n : 0;

	if (!(s->flags & F_LEFT))
		pad(o, ' ', blanks);
	emit(o, text, n);
	if (s->flags & F_LEFT)
		pad(o, ' ', blanks);
}

/* va_list travels by pointer, in a structure because it may be an array type */
struct args {
	va_list ap;
};

static uint64_t arg_unsigned(const struct spec *s, struct args *a)
{
	switch (s->length) {
	case 'H':
		return (unsigned char)va_arg(a->ap, unsigned);
	case 'h':
		return (unsigned short)va_arg(a->ap, unsigned);
	case 'l':
		return va_arg(a->ap, unsigned long);
	case 'q':
		return va_arg(a->ap, unsigned long long);
	case 'z':
		return va_arg(a->ap, size_t);
	case 't':
		return (uint64_t)va_arg(a->ap, ptrdiff_t);
	case 'j':
		return va_arg(a->ap, uintmax_t);
	default:
		return va_arg(a->ap, unsigned);
	}
}

static int64_t arg_signed(const struct spec *s, struct args *a)
{
	switch (s->length) {
	case 'H':
		return (signed char)va_arg(a->ap, int);
	case 'h':
		return (short)va_arg(a->ap, int);
	case 'l':
		return va_arg(a->ap, long);
	case 'q':
		return va_arg(a->ap, long long);
	case 'z':
		return (int64_t)va_arg(a->ap, size_t);
	case 't':
		return va_arg(a->ap, ptrdiff_t);
	case 'j':
		return va_arg(a->ap, intmax_t);
	default:
		return va_arg(a->ap, int);
	}
}

static void read_spec(const char **p, struct spec *s, struct args *a)
{
	int n;

	read_flags(p, s);
	if (**p == '*') {
		(*p)++;
		n = va_arg(a->ap, int);
		if (n < 0)
			s->flags |= F_LEFT;
		s->width = MIN(n < 0 ? 0u - (unsigned)n : (unsigned)n, (unsigned)FIELD_MAX);
	} else {
		s->width = read_number(p);
	}
	if (**p == '.') {
		(*p)++;
		if (**p == '*') {
			(*p)++;
			n = va_arg(a->ap, int);
			s->precision = n < 0 ? -1 : MIN(n, (int)FIELD_MAX);
		} else {
			s->precision = (int)read_number(p);
		}
	}
	read_length(p, s);
}

/* One conversion; false: not one of ours, nothing was written */
static bool convert(struct out *o, char c, struct spec *s, struct args *a)
{
	const char *text;
	char one;

	switch (c) {
	case 'd':
	case 'i':
		put_signed(o, s, arg_signed(s, a));
		return true;
	case 'u':
		s->flags &= ~(unsigned)F_ALT;
		put_unsigned(o, s, arg_unsigned(s, a), 10, "");
		return true;
	case 'X':
		s->flags |= F_UPPER;
		fallthrough;
	case 'x':
		put_unsigned(o, s, arg_unsigned(s, a), 16, "");
		return true;
	case 'o':
		put_unsigned(o, s, arg_unsigned(s, a), 8, "");
		return true;
	case 'p':
		s->flags &= ~(unsigned)F_ALT;
		put_unsigned(o, s, (uintptr_t)va_arg(a->ap, void *), 16, "0x");
		return true;
	case 'c':
		one = (char)va_arg(a->ap, int);
		put_text(o, s, &one, 1);
		return true;
	case 's':
		text = va_arg(a->ap, const char *);
		if (!text)
			text = "(null)";
		put_text(o, s, text,
			 s->precision < 0 ? strlen(text) : strnlen(text, (size_t)s->precision));
		return true;
	case '%':
		emit(o, "%", 1);
		return true;
	}
	return false;
}

int fmt_write(fmt_sink *sink, void *arg, const char *fmt, va_list ap)
{
	struct out o = {sink, arg, 0};
	struct args a;
	const char *start;

	va_copy(a.ap, ap);
	while (*fmt) {
		struct spec s = {.precision = -1};

		for (start = fmt; *fmt && *fmt != '%'; fmt++)
			;
		emit(&o, start, (size_t)(fmt - start));
		if (!*fmt)
			break;
		start = fmt++;
		read_spec(&fmt, &s, &a);
		if (*fmt && convert(&o, *fmt, &s, &a)) {
			fmt++;
			continue;
		}
		if (*fmt)
			fmt++;
		emit(&o, start, (size_t)(fmt - start));
	}
	va_end(a.ap);
	return o.total > INT32_MAX ? INT32_MAX : (int)o.total;
}

struct buffer {
	char *buf;
	size_t size, pos;
};

static void buffer_sink(void *arg, const char *text, size_t n)
{
	struct buffer *b = arg;
	size_t room = b->size > b->pos ? b->size - b->pos : 0;

	memcpy(b->buf + (room ? b->pos : 0), text, MIN(n, room));
	b->pos += n;
}

int vsnprintf(char *restrict buf, size_t size, const char *restrict fmt, va_list ap)
{
	struct buffer b = {buf, size ? size - 1 : 0, 0};
	int n = fmt_write(buffer_sink, &b, fmt, ap);

	if (size)
		buf[MIN(b.pos, b.size)] = '\0';
	return n;
}

int snprintf(char *restrict buf, size_t size, const char *restrict fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if ((size_t)n < size)
		return n;
	return size ? (int)(size - 1) : 0;
}
