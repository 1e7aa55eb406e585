# SPDX-License-Identifier: BSD-2-Clause
"""Root file systems of guests as cpio archives, and what a boot adds to them.

minimal: busybox of Debian with a link for each applet, an init that gives a shell on the console.
"""
import os
import posixpath
import re
import stat
import subprocess

from . import VmError, cpio, packages
from .boards import ARCHES
from .paths import DL, SCRIPTS, cached, source_digest

DIRS = ("boot", "dev", "etc", "home", "mnt", "opt", "proc", "root", "run", "srv", "sys", "tmp",
        "usr", "usr/bin", "usr/lib", "usr/local", "usr/local/bin", "usr/local/sbin", "usr/sbin",
        "usr/share", "var", "var/cache", "var/lib", "var/log", "var/tmp")
LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib",
         "init": "usr/bin/busybox", "usr/sbin/init": "../bin/busybox", "var/run": "/run",
         "etc/mtab": "/proc/self/mounts"}
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "etc/group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
    "etc/shells": "/bin/sh\n",
    "etc/hostname": "guest\n",
    "etc/hosts": "127.0.0.1 localhost guest\n::1 localhost\n",
    "etc/profile": "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
                   "export HOME=/root\nPS1='\\w # '\ncd \"$HOME\"\n",
    "etc/inittab": "::sysinit:/etc/rc\n::respawn:/usr/bin/cttyhack /bin/sh -l\n"
                   "::ctrlaltdel:/sbin/reboot\n",
}
RC = """\
#!/bin/sh
# What is mounted already, or not known to this kernel, is left alone.
mount -t proc proc /proc 2>/dev/null
mount -t sysfs sysfs /sys 2>/dev/null
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm 2>/dev/null
mount -t devpts -o mode=0620,ptmxmode=0666 devpts /dev/pts 2>/dev/null
for d in /dev/shm /tmp; do mount -t tmpfs -o mode=1777 tmpfs $d 2>/dev/null; done
mount -t tmpfs -o mode=0755 tmpfs /run 2>/dev/null
hostname -F /etc/hostname 2>/dev/null
exit 0
"""
VMRUN = "usr/sbin/vmrun"


def busybox_applets(binary):
    """Names of the applets, from the sorted table of strings in the program itself."""
    start = binary.find(b"[\0[[\0")
    names = []
    for raw in binary[start:start + 16384].split(b"\0") if start >= 0 else []:
        name = raw.decode("ascii", "replace")
        if not re.fullmatch(r"[a-z0-9_.+-]+|\[\[?", name):
            break
        names.append(name)
    if "sh" not in names or "mount" not in names:
        raise VmError("busybox: no table of applets found in this version")
    return names


def _minimal(arch):
    deb = packages.deb_get(ARCHES[arch].debian, "busybox-static")
    _, binary = packages.deb_file(deb, r"(usr/)?bin/busybox")
    tree = {d: cpio.directory({"tmp": 0o1777, "var/tmp": 0o1777, "root": 0o700}.get(d, 0o755))
            for d in DIRS}
    tree.update({path: cpio.symlink(target) for path, target in LINKS.items()})
    tree.update({path: cpio.regular(text.encode()) for path, text in FILES.items()})
    tree["etc/rc"] = cpio.regular(RC.encode(), 0o755)
    tree["usr/bin/busybox"] = cpio.regular(binary, 0o755)
    for name in busybox_applets(binary):
        tree.setdefault("usr/bin/" + name, cpio.symlink("busybox"))
    tree["dev/console"] = cpio.char_device(5, 1, 0o600)
    tree["dev/null"] = cpio.char_device(1, 3, 0o666)
    return cpio.pack(tree)


def get(kind, arch):
    """Bytes of a root file system: minimal, debian, or the path of an archive or a directory."""
    if kind == "minimal":
        pin = packages.lock_read().get((ARCHES[arch].debian, "busybox-static"))
        path = cached("rootfs/minimal-%s-%%s.cpio" % arch,
                      [pin, source_digest("vmlib/rootfs.py", "vmlib/cpio.py")],
                      lambda: _minimal(arch))
        with open(path, "rb") as f:
            return f.read()
    if kind == "debian":
        path = os.path.join(DL, "rootfs", "debian-%s.cpio" % arch)
        if not os.path.exists(path):
            raise VmError("there is no Debian root file system for %s at %s; use --rootfs minimal, "
                          "or put a cpio archive there" % (arch, os.path.relpath(path)))
        kind = path
    if os.path.isdir(kind):
        tree = cpio.from_host(kind)
        del tree[""]
        return cpio.pack(tree)
    try:
        with open(kind, "rb") as f:
            return cpio.unpacked(f.read(), kind)
    except OSError as err:
        raise VmError("--rootfs %s: %s; it is 'minimal', 'debian', a cpio archive or a directory"
                      % (kind, err.strerror)) from None


def vmrun(arch):
    """The program that runs a command in the guest, compiled."""
    source = os.path.join(SCRIPTS, "guest", "vmrun.c")
    gcc = arch + "-linux-gnu-gcc"

    def make():
        out = os.path.join(DL, "guest", ".vmrun-%s-%d" % (arch, os.getpid()))
        os.makedirs(os.path.dirname(out), exist_ok=True)
        flags = ["-std=gnu11", "-O2", "-s", "-static", "-Wall", "-Wextra", "-Werror"]
        try:
            subprocess.run([gcc] + flags + ["-o", out, source], check=True)
            with open(out, "rb") as f:
                return f.read()
        except FileNotFoundError:
            deb = ARCHES[arch].debian
            raise VmError("%s: not found; apt-get install gcc-%s-linux-gnu libc6-dev-%s-cross"
                          % (gcc, arch.replace("_", "-"), deb)) from None
        except subprocess.CalledProcessError:
            raise VmError("%s cannot compile scripts/guest/vmrun.c" % gcc) from None
        finally:
            if os.path.exists(out):
                os.unlink(out)

    with open(cached("guest/vmrun-%s-%%s" % arch, [source_digest("guest/vmrun.c")], make), "rb") as f:
        return f.read()


def overlay(arch, root, adds=(), command=None, env=None, cwd=None):
    """Archive that follows @root: files of the host, and vmrun with its command."""
    known = cpio.index(root, "root file system")
    tree = {}
    for spec in adds:
        host, sep, guest = spec.partition(":")
        if not sep or not host or not guest.startswith("/"):
            raise VmError("--add %s: write HOSTPATH:/GUESTPATH" % spec)
        if guest.endswith("/"):
            guest += os.path.basename(host.rstrip("/"))
        for sub, entry in cpio.from_host(host).items():
            path = cpio.resolve(posixpath.join(guest, sub) if sub else guest, known)
            if path and not (stat.S_ISDIR(entry.mode) and path in known):
                tree[path] = entry
    if command:
        tree[cpio.resolve(VMRUN, known)] = cpio.regular(vmrun(arch), 0o755)
        tree[".vm"] = cpio.directory(0o700)
        tree[".vm/argv"] = cpio.regular(b"".join(os.fsencode(a) + b"\0" for a in command), 0o600)
        if env:
            tree[".vm/env"] = cpio.regular(
                b"".join(os.fsencode("%s=%s" % kv) + b"\0" for kv in env.items()), 0o600)
        if cwd:
            tree[".vm/cwd"] = cpio.regular(os.fsencode(cwd), 0o600)
    cpio.add_parents(tree, known)
    return cpio.pack(tree) if tree else b""
