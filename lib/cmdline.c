/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel command line; grammar in the header. */
#include <tessera/lib/cmdline.h>
#include <tessera/lib/errno.h>
#include <tessera/lib/string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void cmdline_open(struct cmdline *c, char *line, size_t len)
{
	*c = (struct cmdline){.pos = line, .end = line + strnlen(line, len)};
	*c->end = '\0';
}

/* End of the token at @p: the next blank outside of quotes, or the end. *@open: a quote was not closed */
static const char *token_end(const char *p, const char *end, bool *open)
{
	*open = false;
	for (; p < end && (*open || !is_blank(*p)); p++)
		if (*p == '"')
			*open = !*open;
	return p;
}

/* Take the quotes out of the string @s, in place */
static void drop_quotes(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s != '"')
			*to++ = *s;
	*to = '\0';
}

int cmdline_next(struct cmdline *c, struct cmdline_opt *opt)
{
	char *start, *stop, *eq;
	bool open;

	while (c->pos < c->end && is_blank(*c->pos))
		c->pos++;
	if (c->pos == c->end || c->done)
		return 0;
	start = c->pos;
	stop = start + (token_end(start, c->end, &open) - start);
	c->pos = stop < c->end ? stop + 1 : stop;
	*stop = '\0';
	if (strcmp(start, "--") == 0) {
		while (c->pos < c->end && is_blank(*c->pos))
			c->pos++;
		c->done = true;
		return 0;
	}
	if (open)
		return -EINVAL;
	drop_quotes(start);
	eq = strchr(start, '=');
	if (eq == start || !*start)
		return -EINVAL;
	if (eq)
		*eq++ = '\0';
	*opt = (struct cmdline_opt){.key = start, .value = eq};
	return 1;
}

const char *cmdline_rest(const struct cmdline *c)
{
	return c->done ? c->pos : "";
}

/* Does the token [@p, @stop) have the key @key? *@value: behind "=", or the end */
static bool token_is(const char *p, const char *stop, const char *key, const char **value)
{
	for (;; p++) {
		while (p < stop && *p == '"')
			p++;
		if (p == stop || *p == '=')
			break;
		if (*p != *key++)
			return false;
	}
	*value = p < stop ? p + 1 : stop;
	return *key == '\0';
}

ssize_t cmdline_get(const char *line, const char *key, char *buf, size_t size)
{
	const char *end = line + strlen(line), *stop, *value, *found = NULL, *found_end = NULL;
	bool open;
	size_t n = 0, len = 0;

	if (!*key)
		return -ENOENT;
	for (const char *p = line; p < end; p = stop) {
		if (is_blank(*p)) {
			stop = p + 1;
			continue;
		}
		stop = token_end(p, end, &open);
		if (stop - p == 2 && p[0] == '-' && p[1] == '-')
			break;
		if (!open && token_is(p, stop, key, &value)) {
			found = value;
			found_end = stop;
		}
	}
	if (!found)
		return -ENOENT;
	for (; found < found_end; found++) {
		if (*found == '"')
			continue;
		len++;
		if (n + 1 < size)
			buf[n++] = *found;
	}
	if (size)
		buf[n] = '\0';
	return len < size ? (ssize_t)len : -E2BIG;
}

int cmdline_bool(const char *value, bool *result)
{
	static const char *const yes[] = {"1", "y", "yes", "on", "true"};
	static const char *const no[] = {"0", "n", "no", "off", "false"};

	if (!value) {
		*result = true;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
			*result = strcmp(value, yes[i]) == 0;
			return 0;
		}
	}
	return -EINVAL;
}
