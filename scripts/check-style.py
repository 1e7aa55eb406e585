#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Text rules that a machine can check: the SPDX line, white space, line length, file length, words
that do not belong into the tree, a README in every directory with sources."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CODE = (".c", ".h", ".S", ".py", ".mk", ".tbl")
NO_SPDX = (".md", ".txt", ".rst", ".svg", ".json", "dep5", ".gitignore", ".gitattributes")
MAX_LINES = 600
MAX_COLUMNS = 140     # refused; what clang-format aims at is 100
MARKERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")


def tree_files():
    out = subprocess.run(["git", "-C", TOP, "ls-files", "--cached", "--others",
                          "--exclude-standard"], stdout=subprocess.PIPE, check=True)
    return [p for p in out.stdout.decode().split("\n")
            if p and os.path.isfile(os.path.join(TOP, p))]


def width(line):
    return len(line.expandtabs(8))


def check_file(path, text, out):
    name = os.path.basename(path)
    lines = text.split("\n")
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    if not name.endswith(NO_SPDX) and "SPDX-License-Identifier:" not in first:
        out(1, "the first line must carry the SPDX licence identifier")
    if text and not text.endswith("\n"):
        out(len(lines), "no newline at the end")
    if not name.endswith(CODE):
        return
    if len(lines) > MAX_LINES + 1 and name.endswith((".c", ".h", ".S")):
        out(len(lines), "longer than %d lines; split the file by job" % MAX_LINES)
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            out(number, "white space at the end of the line")
        if name.endswith((".c", ".h", ".S")):
            if width(line) > MAX_COLUMNS:
                out(number, "longer than %d columns" % MAX_COLUMNS)
            if re.match(r"^ {8}", line):
                out(number, "indented by spaces; use tabs")
        if MARKERS.search(line):
            out(number, "a note to oneself; finish it or write it into the known gaps")


def main():
    problems = []
    files = tree_files()
    source_dirs = set()
    for path in files:
        try:
            with open(os.path.join(TOP, path), encoding="utf-8") as f:
                text = f.read()
        except UnicodeDecodeError:
            continue
        check_file(path, text,
                   lambda n, t, path=path: problems.append("%s:%d: %s" % (path, n, t)))
        if path.endswith((".c", ".S")):
            source_dirs.add(os.path.dirname(path))
    for d in sorted(source_dirs):
        up = d
        # a README of the directory or, for a part of a subsystem, of the directory above it
        if not any(os.path.exists(os.path.join(TOP, p, "README.md"))
                   for p in (up, os.path.dirname(up)) if p):
            problems.append("%s: no README.md that says what lives here and who may call it" % d)
    for problem in problems:
        print(problem)
    print("check-style: %d files, %d problems" % (len(files), len(problems)))
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
