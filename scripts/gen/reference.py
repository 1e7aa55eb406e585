#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make the reference pages of the command line (kernel/options.c) and of the core calls (include/uapi/tessera/calls.h).

usage: reference.py SRCTREE OUTDIR      writes OUTDIR/cmdline.rst and OUTDIR/calls.rst
"""
import os
import re
import sys


def rows(text, pattern, what):
    found = re.findall(pattern, text, re.S)
    if not found:
        sys.exit("reference: no %s found" % what)
    return found


def title(name):
    return ".. SPDX-License-Identifier: BSD-2-Clause\n\n%s\n%s\n\n" % (name, "#" * len(name))


def cmdline(top):
    with open(os.path.join(top, "kernel/options.c"), encoding="utf-8") as f:
        source = f.read()
    table = re.search(r"const struct option options\[\] = \{(.*?)\n\};", source, re.S)
    out = title("Kernel command line")
    out += ("Words separated by blanks, ``NAME`` or ``NAME=VALUE``; double quotes keep blanks together. What follows ``--`` "
            "is the argument of the root process. An option that is not in this table is reported in the log and ignored. "
            "The page is made from the table in ``kernel/options.c``.\n\n")
    for name, arg, text in rows(table.group(1), r'\{ "([^"]*)", \w+, "([^"]*)",\s*"([^"]*)" \}', "options"):
        out += "``%s%s``\n    %s.\n\n" % (name, "=" + arg if arg else "", text[0].upper() + text[1:])
    return out


def calls(top):
    with open(os.path.join(top, "include/uapi/tessera/calls.h"), encoding="utf-8") as f:
        source = f.read()
    out = title("Core calls")
    out += ("What a native program asks of the core: the system call instruction with the negated number. A result is a value "
            "or -errno. Numbers, stubs, dispatch and this page are made from the table in "
            "``include/uapi/tessera/calls.h``.\n\n.. list-table::\n   :header-rows: 1\n   :widths: 8 20 72\n\n"
            "   * - Number\n     - Name\n     - Arguments, result, errors\n")
    source = source.replace("\\\n", " ")
    for number, name, count, parts in rows(source, r'X\((\d+), (\w+), (\d),\s*((?:"[^"]*"\s*)+)\)', "calls"):
        text = "".join(re.findall(r'"([^"]*)"', parts))
        out += "   * - %s\n     - ``%s``\n     - %s\n" % (number, name, re.sub(r"([*`|]|_(?=\W|$))", r"\\\1", text))
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    top, outdir = sys.argv[1:]
    os.makedirs(outdir, exist_ok=True)
    for page, text in (("cmdline", cmdline(top)), ("calls", calls(top))):
        with open(os.path.join(outdir, page + ".rst"), "w", encoding="utf-8") as f:
            f.write(text)


if __name__ == "__main__":
    main()
