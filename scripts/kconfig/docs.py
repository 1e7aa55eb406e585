#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the configuration reference (reStructuredText, stdout) from the help texts of Kconfig.
usage: docs.py SRCTREE"""
import os
import re
import sys

import kconfiglib

TYPES = {kconfiglib.BOOL: "yes or no", kconfiglib.INT: "number", kconfiglib.HEX: "hexadecimal",
         kconfiglib.STRING: "text"}
LINES = "=-~^"


def expr(e):
    return "``%s``" % kconfiglib.expr_str(e)


def plain(text):
    """Help text is plain: nothing in it is markup."""
    return re.sub(r"([\\*`|]|_(?=\W|$))", r"\\\1", text)


def emit_option(node, level, out):
    item = node.item
    name = item.name or node.prompt[0]
    title = "%s: %s" % (name, node.prompt[0]) if item.name else node.prompt[0]
    out += ["", title, LINES[min(level, 3)] * len(title), ""]
    facts = []
    if isinstance(item, kconfiglib.Choice):
        facts.append("one of the options below")
    elif item.choice is None:
        facts.append(TYPES[item.orig_type])
        defaults = ["``%s``%s" % (kconfiglib.expr_str(v), "" if c is item.kconfig.y else
                                  " if " + expr(c)) for v, c in item.orig_defaults]
        facts.append("default " + (", else ".join(defaults) if defaults else "no"))
        for low, high, cond in item.orig_ranges:
            facts.append("%s to %s%s" % (low.name, high.name, "" if cond is item.kconfig.y else
                                         " if " + expr(cond)))
    if node.dep is not item.kconfig.y and not (isinstance(item, kconfiglib.Symbol) and item.choice
                                               and isinstance(node.dep, kconfiglib.Choice)):
        facts.append("needs " + expr(node.dep))
    if facts:
        out += ["; ".join(facts) + ".", ""]
    out += [plain(line) for line in (node.help or "").split("\n")]


def walk(node, level, out):
    while node:
        if node.prompt and node.item in (kconfiglib.MENU,):
            if node.list:
                title = node.prompt[0]
                out += ["", title, LINES[min(level, 3)] * len(title), ""]
                walk(node.list, level + 1, out)
        else:
            shown = node.prompt and isinstance(node.item, (kconfiglib.Symbol, kconfiglib.Choice))
            if shown:
                emit_option(node, level, out)
            if node.list:
                walk(node.list, level + 1 if isinstance(node.item, kconfiglib.Choice) else level,
                     out)
        node = node.next


def main(srctree):
    os.environ["srctree"] = srctree
    kconf = kconfiglib.Kconfig("Kconfig", warn=False)
    title = "Configuration reference"
    out = [title, "#" * len(title), "",
           "Every option of ``make menuconfig``, in its order. In ``.config`` and in fragments the",
           "names carry the prefix ``CONFIG_``.", ""]
    walk(kconf.top_node.list, 0, out)
    print("\n".join(out))


if __name__ == "__main__":
    main(sys.argv[1])
