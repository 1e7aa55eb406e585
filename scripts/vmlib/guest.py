# SPDX-License-Identifier: BSD-2-Clause
"""One boot: what goes into the guest, the command line of QEMU, and running it."""
import os
import re
import selectors
import shlex
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

from . import VmError, build, frames, linux, rootfs
from .boards import ARCHES, board_get
from .paths import short

TIMEOUT, PANIC, TROUBLE = 124, 125, 126
# A line of either kernel that begins, after level and time stamp, with its word for a panic.
PANIC_RE = re.compile(rb"^(?:<\d>)?(?:\[[^\]]*\] ?)*(?:kernel panic:|Kernel panic - )")
LEAN = "mitigations=off init_on_alloc=0 randomize_kstack_offset=off audit=0 nokaslr"


@dataclass
class Spec:
    """What to boot; the fields are scripts/vm's options."""
    board: str = None
    preset: str = None
    kernel: str = "tessera"
    smp: int = 1
    mem: int = 512
    icount: bool = False
    rootfs: str = "minimal"
    add: list = field(default_factory=list)
    append: str = ""
    timeout: float = None
    gdb: bool = False
    command: list = None
    objdir: str = None
    no_build: bool = False
    kernel_only: bool = False
    lean: bool = False
    machine_opt: list = field(default_factory=list)
    cpu: str = None
    qemu_opt: list = field(default_factory=list)
    env: dict = None
    cwd: str = None
    verbose: bool = False
    console: str = None         # file that gets what the guest's console says


class Guest:
    """A guest ready to start.  Its initial RAM disk lives as long as this object (use 'with')."""

    def __init__(self, spec):
        self.spec = spec
        self.linux = spec.kernel == "linux"
        name, self.objdir = build.choose(spec.board, spec.preset, spec.objdir)
        if self.linux and board_get(name).linux_board:
            name = board_get(name).linux_board
        self.name, self.board = name, board_get(name)
        self.arch = ARCHES[self.board.arch]
        self._initrd = None
        if spec.icount and spec.smp != 1:
            raise VmError("--icount counts the instructions of one CPU; leave out --smp %d" % spec.smp)
        if spec.lean and not self.linux:
            raise VmError("--lean is about Linux; add --kernel linux")
        if spec.kernel_only and (spec.command or spec.add):
            raise VmError("--kernel-only boots no root file system, so it takes no command and no --add")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Remove the RAM disk."""
        if self._initrd:
            self._initrd.close()
            self._initrd = None

    def prepare(self):
        """Build what is out of date and write the RAM disk."""
        spec = self.spec
        if self.linux:
            self.image = linux.kernel_get(self.board.arch)
        else:
            if not spec.no_build:
                build.update(self.name, spec.preset, self.objdir)
            self.image = os.path.join(self.objdir, self.arch.image)
            if not os.path.exists(self.image):
                raise VmError("%s is not there; leave out --no-build, or run 'make O=%s'"
                              % (short(self.image), short(self.objdir)))
        parts = []
        archive = os.path.join(self.objdir, "boot.cpio")
        if not self.linux and os.path.exists(archive):
            with open(archive, "rb") as f:
                parts.append(f.read())
        if not spec.kernel_only:
            root = rootfs.get(spec.rootfs, self.board.arch)
            parts += [root, rootfs.overlay(self.board.arch, root, spec.add, spec.command,
                                           spec.env, spec.cwd)]
        parts = [p + b"\0" * (-len(p) % 512) for p in parts if p]
        if not parts:
            return
        if sum(map(len, parts)) > spec.mem << 19:
            raise VmError("the RAM disk has %d MiB, too much for --mem %d"
                          % (sum(map(len, parts)) >> 20, spec.mem))
        self._initrd = tempfile.NamedTemporaryFile(prefix="vm-", suffix=".cpio")
        for part in parts:
            self._initrd.write(part)
        self._initrd.flush()

    def append(self):
        """The kernel's command line."""
        spec, words = self.spec, []
        init = "/" + rootfs.VMRUN if spec.command else "/sbin/init"
        if self.linux:
            words += ["console=" + self.board.tty, "panic=-1"]
            words += [] if spec.verbose or not spec.command else ["quiet"]
            words += [] if spec.kernel_only else ["rdinit=" + init]
            words += [LEAN] if spec.lean else []
            words += [self.board.linux_append]
        else:
            words += ["panic=poweroff"] + ([] if spec.kernel_only else ["init=" + init])
        return " ".join(w for w in words + [self.board.append, spec.append] if w)

    def argv(self):
        """QEMU's command line, without the serial line."""
        spec, b = self.spec, self.board
        cpu = spec.cpu or b.cpu
        if spec.lean and b.arch == "x86_64":
            cpu += ",-erms,-fsrm"
        argv = [self.arch.qemu, "-M", ",".join([b.machine] + spec.machine_opt),
                "-smp", str(spec.smp), "-m", "%dM" % spec.mem, "-no-reboot",
                "-nic", "none", "-kernel", getattr(self, "image", "IMAGE"),
                "-append", self.append()]
        argv += ["-cpu", cpu] if cpu else []
        argv += ["-icount", "shift=0,sleep=off"] if spec.icount else []
        argv += ["-initrd", self._initrd.name] if self._initrd else []
        argv += ["-s", "-S"] if spec.gdb else []
        return argv + list(b.qemu) + spec.qemu_opt

    def interactive_argv(self):
        """QEMU with the serial line on the terminal; Ctrl-A x ends it."""
        return self.argv() + ["-nographic", "-serial", "mon:stdio"]

    def piped_argv(self):
        """QEMU with the serial line on its standard output."""
        return self.argv() + ["-display", "none", "-monitor", "none", "-serial", "stdio"]


class Stream:
    """Sort a console into command output, status, console lines and panics."""

    def __init__(self, out, err, log):
        self.out, self.err, self.log = out, err, log
        self.decoder, self.line = frames.Decoder(), b""
        self.begun, self.panic, self.lost, self.status = False, None, [], None

    def feed(self, data):
        for event in self.decoder.feed(data):
            self._event(*event)

    def finish(self):
        for event in self.decoder.finish():
            self._event(*event)
        self._line_check(self.line)

    def _event(self, kind, *rest):
        if kind == "text":
            self._text(rest[0])
        elif kind == "lost":
            self.lost.append(rest[0])
        elif rest[0] == "O":
            self.out(rest[1])
        elif rest[0] == "E":
            self.err(rest[1])
        elif rest[0] == "B":
            self.begun = True
        else:
            m = re.fullmatch(rb"(exit|signal) (\d+)", rest[1])
            if m:
                self.status = int(m[2]) + (128 if m[1] == b"signal" else 0)

    def _text(self, data):
        self.log(data)
        *lines, self.line = (self.line + data).split(b"\n")
        self.line = self.line[-4096:]
        for line in lines:
            self._line_check(line)

    def _line_check(self, line):
        if not self.panic and PANIC_RE.match(line.strip(b"\r")):
            self.panic = line.strip(b"\r").decode("utf-8", "replace")


@dataclass
class Outcome:
    """How a boot ended: @status as scripts/vm's exit status, @reason when it is not the command's."""
    status: int
    reason: str = ""


def _drive(argv, timeout, feed):
    """Run QEMU, @feed its standard output; (exit status or None on time-out, its messages)."""
    with tempfile.TemporaryFile() as messages:
        try:
            proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=messages)
        except FileNotFoundError:
            raise VmError("%s: not found; apt-get install %s" % (
                argv[0], {"qemu-system-x86_64": "qemu-system-x86",
                          "qemu-system-aarch64": "qemu-system-arm"}.get(
                              argv[0], "qemu-system-misc"))) from None
        end = time.monotonic() + timeout if timeout else None
        try:
            with selectors.DefaultSelector() as sel:
                sel.register(proc.stdout, selectors.EVENT_READ)
                while True:
                    left = None if end is None else end - time.monotonic()
                    if left is not None and left <= 0 or not sel.select(left):
                        return None, ""
                    data = os.read(proc.stdout.fileno(), 65536)
                    if not data:
                        break
                    feed(data)
            status = proc.wait()
            messages.seek(0)
            return status, messages.read().decode("utf-8", "replace").strip()
        finally:
            if proc.poll() is None:
                proc.kill()
                proc.wait()
            proc.stdout.close()


def run(guest, out, err, log):
    """Boot a prepared guest without a terminal until it ends; @out, @err and @log take bytes."""
    spec = guest.spec
    stream = Stream(out, err, log)
    status, messages = _drive(guest.piped_argv(), spec.timeout, stream.feed)
    stream.finish()
    if stream.panic:
        return Outcome(PANIC, "the guest panicked: " + stream.panic)
    if status is None:
        return Outcome(TIMEOUT, "time-out after %g s" % spec.timeout)
    if status:
        return Outcome(TROUBLE, "QEMU ended with status %d: %s" % (status, messages))
    if spec.kernel_only:
        return Outcome(0)
    if stream.status is None:
        return Outcome(TROUBLE, "the guest ended before the command had a status%s"
                       % ("" if stream.begun else " (vmrun did not even start)"))
    if stream.lost:
        return Outcome(TROUBLE, "output was lost: " + "; ".join(stream.lost[:3]))
    return Outcome(stream.status)


def shown(argv):
    """@argv as a shell would take it."""
    return shlex.join(argv)


def run_interactive(guest):
    """Boot a prepared guest with its console on the terminal; QEMU's exit status."""
    try:
        proc = subprocess.Popen(guest.interactive_argv())
    except FileNotFoundError:
        raise VmError("%s: not found" % guest.arch.qemu) from None
    try:
        status = proc.wait(guest.spec.timeout)
    except subprocess.TimeoutExpired:
        return TIMEOUT
    finally:
        if proc.poll() is None:
            proc.terminate()    # QEMU gives the terminal back as it was
            proc.wait()
    return TROUBLE if status else 0
