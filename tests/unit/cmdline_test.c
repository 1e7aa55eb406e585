/* SPDX-License-Identifier: BSD-2-Clause */
/* Command line: tokens, quotes, the end mark, look-up. */
#include <string.h>
#include <tessera/lib/cmdline.h>
#include <tessera/lib/errno.h>
#include "tap.h"

static char line[256];
static struct cmdline c;
static struct cmdline_opt o;

static void start(const char *text)
{
	strcpy(line, text);
	cmdline_open(&c, line, strlen(text));
}

static bool next(const char *key, const char *value)
{
	int got = cmdline_next(&c, &o);

	if (got != 1 || strcmp(o.key, key) != 0 || !o.value != !value ||
	    (value && strcmp(o.value, value) != 0)) {
		printf("# got %d, %s=%s; wanted %s=%s\n", got, got == 1 ? o.key : "",
		       got == 1 && o.value ? o.value : "(none)", key, value ? value : "(none)");
		return false;
	}
	return true;
}

static void test_tokens(void)
{
	start("  quiet  a=b\tc= d=\"x y\" \"e=f g\" h\"i j\"k=1=2 \n -- rest of it");
	CHECK(next("quiet", NULL) && next("a", "b") && next("c", "") && next("d", "x y") &&
	      next("e", "f g") && next("hi jk", "1=2"));
	CHECK(cmdline_next(&c, &o) == 0 && cmdline_next(&c, &o) == 0 &&
	      strcmp(cmdline_rest(&c), "rest of it") == 0);
	start("");
	CHECK(cmdline_next(&c, &o) == 0 && strcmp(cmdline_rest(&c), "") == 0);
	start("a --");
	CHECK(next("a", NULL) && cmdline_next(&c, &o) == 0 && strcmp(cmdline_rest(&c), "") == 0);
	start("--x=1 \"\" =5 b");
	CHECK(next("--x", "1") && cmdline_next(&c, &o) == -EINVAL &&
	      cmdline_next(&c, &o) == -EINVAL && next("b", NULL));
	start("a=1 b=\"open and on");
	CHECK(next("a", "1") && cmdline_next(&c, &o) == -EINVAL && cmdline_next(&c, &o) == 0);
}

static void test_get(void)
{
	char v[8];

	CHECK(cmdline_get("a=1 b=2 a=3", "a", v, sizeof(v)) == 1 && !strcmp(v, "3"));
	CHECK(cmdline_get("ab=1 a b=2", "a", v, sizeof(v)) == 0 && !strcmp(v, ""));
	CHECK(cmdline_get("a=\"x y\"", "a", v, sizeof(v)) == 3 && !strcmp(v, "x y"));
	CHECK(cmdline_get("\"a=x y\" b", "a", v, sizeof(v)) == 3 && !strcmp(v, "x y"));
	CHECK(cmdline_get("a=1 -- a=2", "a", v, sizeof(v)) == 1 && !strcmp(v, "1"));
	CHECK(cmdline_get("b=\"a=1\"", "a", v, sizeof(v)) == -ENOENT &&
	      cmdline_get("", "a", v, sizeof(v)) == -ENOENT);
	CHECK(cmdline_get("a=12345678", "a", v, sizeof(v)) == -E2BIG && !strcmp(v, "1234567"));
	CHECK(cmdline_get("a=1", "", v, sizeof(v)) == -ENOENT &&
	      cmdline_get("a=1", "a", v, 0) == -E2BIG);
}

static void test_bool(void)
{
	bool b = false;

	CHECK(cmdline_bool(NULL, &b) == 0 && b);
	CHECK(cmdline_bool("off", &b) == 0 && !b);
	CHECK(cmdline_bool("yes", &b) == 0 && b);
	CHECK(cmdline_bool("0", &b) == 0 && !b);
	CHECK(cmdline_bool("2", &b) == -EINVAL && cmdline_bool("", &b) == -EINVAL && !b);
}

static const struct tap_test tests[] = {
	{"tokens", test_tokens}, {"look-up", test_get}, {"truth", test_bool}};
TAP_MAIN(tests)
