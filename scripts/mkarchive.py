#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write a boot archive: cpio "newc", the same bytes from the same inputs.

usage: mkarchive.py OUTPUT ARCHIVEPATH=HOSTFILE...
Owner 0, time 0, inode numbers in order; directories are made as needed; sorted by path.
"""
import os
import sys

S_IFDIR, S_IFREG = 0o040000, 0o100000


def member(ino, path, mode, nlink, data):
    name = path.encode() + b"\0"
    fields = (ino, mode, 0, 0, nlink, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
    head += b"\0" * (-len(head) % 4)
    return head + data + b"\0" * (-len(data) % 4)


def main(argv):
    out, entries = argv[0], {}
    for arg in argv[1:]:
        path, sep, host = arg.partition("=")
        path = path.strip("/")
        if not sep or not path or ".." in path.split("/"):
            sys.exit("mkarchive: '%s': write ARCHIVEPATH=HOSTFILE" % arg)
        if path in entries:
            sys.exit("mkarchive: %s is given twice" % path)
        with open(host, "rb") as f:
            entries[path] = (S_IFREG | (0o755 if os.access(host, os.X_OK) else 0o644), 1, f.read())
        while "/" in path:
            path = path.rpartition("/")[0]
            entries.setdefault(path, (S_IFDIR | 0o755, 2, b""))
    blob = b"".join(member(i, path, *entries[path])
                    for i, path in enumerate(sorted(entries), 1))
    blob += member(0, "TRAILER!!!", 0, 1, b"")
    blob += b"\0" * (-len(blob) % 512)
    with open(out + ".tmp", "wb") as f:
        f.write(blob)
    os.rename(out + ".tmp", out)


if __name__ == "__main__":
    main(sys.argv[1:])
