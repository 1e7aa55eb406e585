# SPDX-License-Identifier: BSD-2-Clause
"""Read and write cpio archives ("newc"): the same bytes from the same entries.

Archives may follow each other in one file (both kernels accept that), so each is padded to 512.
"""
import gzip
import os
import posixpath
import stat
from dataclasses import dataclass

from . import VmError

MAGICS = (b"070701", b"070702")


@dataclass
class Entry:
    """One file; @data of a symbolic link is its target."""
    mode: int
    data: bytes = b""
    rdev: tuple = (0, 0)


def directory(perm=0o755):
    return Entry(stat.S_IFDIR | perm)


def regular(data, perm=0o644):
    return Entry(stat.S_IFREG | perm, data)


def symlink(target):
    return Entry(stat.S_IFLNK | 0o777, os.fsencode(target))


def char_device(major, minor, perm):
    return Entry(stat.S_IFCHR | perm, b"", (major, minor))


def _member(ino, path, e):
    name = os.fsencode(path) + b"\0"
    nlink = 2 if stat.S_ISDIR(e.mode) else 1
    fields = (ino, e.mode, 0, 0, nlink, 0, len(e.data), 0, 0, e.rdev[0], e.rdev[1], len(name), 0)
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
    return head + b"\0" * (-len(head) % 4) + e.data + b"\0" * (-len(e.data) % 4)


def pack(entries):
    """An archive of {path: Entry}; parents come before what is in them."""
    blob = b"".join(_member(i, p, entries[p]) for i, p in enumerate(sorted(entries), 1))
    blob += _member(0, "TRAILER!!!", Entry(0))
    return blob + b"\0" * (-len(blob) % 512)


def unpacked(blob, name):
    """@blob without gzip."""
    if blob[:2] == b"\x1f\x8b":
        try:
            blob = gzip.decompress(blob)
        except (OSError, EOFError) as err:
            raise VmError("%s: damaged gzip: %s" % (name, err)) from None
    if blob[:6] not in MAGICS:
        raise VmError("%s is not a cpio archive of the kind 'newc' (cpio -o -H newc)" % name)
    return blob


def index(blob, name="archive"):
    """{path: (mode, target of a symbolic link)} over all archives that follow each other."""
    found, pos = {}, 0
    while pos < len(blob):
        if blob[pos:pos + 1] == b"\0":
            pos += 4
            continue
        if blob[pos:pos + 6] not in MAGICS or len(blob) < pos + 110:
            raise VmError("%s: not a cpio header at offset %d" % (name, pos))
        try:
            f = [int(blob[pos + 6 + 8 * i:pos + 14 + 8 * i], 16) for i in range(13)]
        except ValueError:
            raise VmError("%s: damaged cpio header at offset %d" % (name, pos)) from None
        path = os.fsdecode(blob[pos + 110:pos + 110 + f[11] - 1])
        start = (pos + 110 + f[11] + 3) & ~3
        if f[11] < 1 or start + f[6] > len(blob):
            raise VmError("%s: cut off in the middle of '%s'" % (name, path))
        if path != "TRAILER!!!":
            target = os.fsdecode(blob[start:start + f[6]]) if stat.S_ISLNK(f[1]) else None
            found[path.strip("/").removeprefix("./")] = (f[1], target)
        pos = (start + f[6] + 3) & ~3
    return found


def resolve(path, known):
    """@path in a tree with the entries @known, symbolic links of its parents followed."""
    todo, done, links = [p for p in path.split("/") if p not in ("", ".")], [], 0
    while todo:
        part = todo.pop(0)
        if part == "..":
            done = done[:-1]
            continue
        mode, target = known.get("/".join(done + [part]), (0, None))
        if todo and target is not None and stat.S_ISLNK(mode):
            links += 1
            if links > 40:
                raise VmError("%s: too many symbolic links in the root file system" % path)
            todo = [p for p in target.split("/") if p not in ("", ".")] + todo
            done = [] if target.startswith("/") else done
            continue
        done.append(part)
    return "/".join(done)


def add_parents(entries, known):
    """Make the directories above @entries that neither they nor @known have."""
    for path in list(entries):
        parent = posixpath.dirname(path)
        while parent and parent not in entries and parent not in known:
            entries[parent] = directory()
            parent = posixpath.dirname(parent)


def from_host(host):
    """{relative path: Entry} of a file or a directory of the host; "" is @host itself."""
    def one(path):
        st = os.lstat(path)
        if stat.S_ISLNK(st.st_mode):
            return symlink(os.readlink(path))
        if stat.S_ISDIR(st.st_mode):
            return directory(stat.S_IMODE(st.st_mode))
        if stat.S_ISREG(st.st_mode):
            with open(path, "rb") as f:
                return regular(f.read(), stat.S_IMODE(st.st_mode))
        if stat.S_ISCHR(st.st_mode):
            rdev = (os.major(st.st_rdev), os.minor(st.st_rdev))
            return char_device(*rdev, stat.S_IMODE(st.st_mode))
        return None

    try:
        if not os.path.isdir(host):
            with open(host, "rb") as f:
                return {"": regular(f.read(), stat.S_IMODE(os.fstat(f.fileno()).st_mode))}
        found = {"": directory(stat.S_IMODE(os.stat(host).st_mode))}
        for top, dirs, files in os.walk(host):
            for name in dirs + files:
                path = os.path.join(top, name)
                entry = one(path)
                if entry:
                    found[os.path.relpath(path, host)] = entry
        return found
    except OSError as err:
        raise VmError("%s: %s" % (host, err.strerror)) from None
