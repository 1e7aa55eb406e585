#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who may include whom.

Levels, lowest first: lib, arch, cap, mm, kernel, ipc, compat/linux. A directory includes public
headers (include/tessera/NOUN) of its own or a lower level, and of the base nouns, which every level
uses. Services include only include/uapi, include/srv, include/tessera/lib and what shares their
pages with them (include/tessera/lx). Only arch/, include/arch and the interrupt and timer drivers,
each of which Kconfig ties to one architecture, name <asm/...>. Generic .c files
have no #ifdef of a configuration option or an architecture.
"""
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LEVELS = ["lib", "arch", "cap", "mm", "kernel", "ipc", "compat/linux"]
BASE = {"lib", "sync", "log", "percpu", "smp", "boot", "ktest"}
# headers that lie below their noun: the part of struct thread that ports and locks see
LOW_HEADERS = {"tessera/thread/core.h": "lib"}
# level of include/tessera/NOUN; a new noun must be entered here
NOUNS = {
    "lib": "lib", "sync": "lib", "log": "lib", "percpu": "lib", "boot": "lib", "ktest": "lib",
    "cap": "cap", "object": "cap",
    "mm": "mm",
    "smp": "lib",
    "console": "kernel", "irq": "kernel", "sched": "kernel", "thread": "kernel", "time": "kernel",
    "timer": "kernel", "trap": "kernel", "process": "kernel", "fw": "kernel",
    "ipc": "ipc",
    "linux": "lib",     # one up-call: the core's start hands over
    "lx": "ipc",    # layouts of token pages: filled by ipc and the shim
}
# The porting contract is what a port may call upwards: these nouns carry its up-calls and the
# types that the contract's functions take.
ARCH_UPCALLS = {"thread", "trap", "irq", "smp", "time", "timer", "console", "mm", "fw"}
SERVICE_NOUNS = {"lib", "lx"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
IFDEF = re.compile(r"^\s*#\s*(?:el)?if(?:n?def)?\b.*\b(CONFIG_\w+|__(?:aarch64|x86_64|riscv)\w*)")


def owner(path):
    """(kind, name) of a source file: a level, 'service', 'driver', 'header', 'program' or None."""
    for level in LEVELS:
        if path.startswith(level + "/"):
            return "level", level
    if path.startswith("include/tessera/"):
        noun = path.split("/")[2]
        return ("level", NOUNS[noun]) if noun in NOUNS else ("unknown", noun)
    if path.startswith("include/arch/"):
        return "level", "arch"
    if path.startswith("include/uapi/"):
        return "uapi", ""
    if path.startswith(("srv/", "include/srv/")):
        return "service", ""
    if path.startswith("drivers/"):
        return "level", "kernel"
    return None, ""


def check_include(path, kind, name, target, out):
    if target.startswith("asm/"):
        if not path.startswith(("arch/", "include/arch/", "drivers/irqchip/", "drivers/timer/",
                                "compat/linux/arch/")):
            out("names <%s>; only arch/ and drivers of one architecture may (use <arch/...>)" % target)
        return
    if kind == "uapi":
        if not target.startswith(("tessera/", "std")):
            out("a uapi header includes <%s>; it may include nothing but uapi headers" % target)
        return
    if target.startswith("arch/") and kind == "service":
        out("a service includes <%s>; it may use core calls only" % target)
    if target.startswith("srv/") and kind == "level" and \
            LEVELS.index(name) < LEVELS.index("ipc"):
        out("%s includes the service interface <%s>" % (name, target))
    if not target.startswith("tessera/"):
        return
    noun = target.split("/")[1]
    if noun.endswith(".h"):
        return  # include/uapi/tessera/*.h
    if noun not in NOUNS:
        out("<%s>: noun '%s' has no level; enter it in scripts/check-layers.py" % (target, noun))
    elif kind == "service":
        if noun not in SERVICE_NOUNS:
            out("a service includes the core header <%s>" % target)
    elif noun in BASE or target in LOW_HEADERS:
        return
    elif LEVELS.index(NOUNS[noun]) > LEVELS.index(name):
        if name == "arch" and noun in ARCH_UPCALLS:
            return
        out("level %s includes <%s> of the higher level %s" % (name, target, NOUNS[noun]))


def main():
    problems, files = [], 0
    for root, dirs, names in os.walk(TOP):
        dirs[:] = [d for d in dirs if d not in (".git", "build", "Documentation")]
        for fname in names:
            if not fname.endswith((".c", ".h", ".S")):
                continue
            path = os.path.relpath(os.path.join(root, fname), TOP)
            kind, name = owner(path)
            if kind is None or fname.endswith("_test.c"):
                continue
            files += 1
            if kind == "unknown":
                problems.append("%s: noun '%s' has no level; enter it in scripts/check-layers.py"
                                % (path, name))
                continue
            with open(os.path.join(TOP, path), encoding="utf-8") as f:
                for number, line in enumerate(f, 1):
                    def out(text, number=number):
                        problems.append("%s:%d: %s" % (path, number, text))
                    found = INCLUDE.match(line)
                    if found:
                        check_include(path, kind, name, found.group(1), out)
                    found = IFDEF.match(line)
                    if found and fname.endswith(".c") and not path.startswith("arch/") \
                            and "/arch/" not in path:
                        out("#if on %s in generic code; use IS_ENABLED() or choose the file in "
                            "the Makefile" % found.group(1))
    for problem in problems:
        print(problem)
    print("check-layers: %d files, %d problems" % (files, len(problems)))
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
