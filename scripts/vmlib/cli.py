# SPDX-License-Identifier: BSD-2-Clause
"""The command line of scripts/vm."""
import argparse
import os
import signal
import sys

from . import VmError, guest
from .boards import BOARDS
from .build import PRESETS

USAGE_STATUS = 2
DESCRIPTION = """\
Boot a guest in QEMU.  With a COMMAND it is run there without a terminal: its standard output and
error come out here byte for byte, its exit status is this program's.  Without, a shell on the
serial console; Ctrl-A x ends QEMU."""
EPILOG = """\
exit status:
  the command's own; 128+N when signal N killed it; 124 time-out; 125 the guest panicked;
  126 QEMU failed or output was lost; 2 wrong use, or the build failed

examples:
  scripts/vm                                          a shell on the board of ./build
  scripts/vm --board qemu_riscv64_virt -- uname -a
  scripts/vm --kernel linux -- sh -c 'echo hello; exit 7'
  scripts/vm --add a.out:/data/a.out --timeout 60 -- /data/a.out
  scripts/vm --kernel-only --append 'ktest=sched.*'   tests inside the kernel
"""


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("%s is not positive" % text)
    return value


def parser():
    p = argparse.ArgumentParser(
        prog="vm", usage="scripts/vm [OPTION]... [-- COMMAND [ARG]...]", description=DESCRIPTION,
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    g = p.add_argument_group("what to boot")
    g.add_argument("--board", metavar="B", choices=list(BOARDS),
                   help="%s; default: the one ./build is configured for" % ", ".join(BOARDS))
    g.add_argument("--preset", choices=PRESETS, help="configuration fragment on top of the board's")
    g.add_argument("--kernel", choices=("tessera", "linux"), default="tessera",
                   help="this tree's kernel or Debian 13's Linux (default: tessera)")
    g.add_argument("--rootfs", metavar="R", default="minimal",
                   help="minimal (busybox; the default), debian, a cpio archive or a directory")
    g.add_argument("--add", metavar="HOSTPATH:GUESTPATH", action="append", default=[],
                   help="put a file or a directory into the guest (repeatable)")
    g.add_argument("--append", metavar="ARGS", default="", help="more words for the kernel's command line")
    g.add_argument("--kernel-only", action="store_true",
                   help="no root file system; the console comes out here, status 0 if QEMU ended "
                        "well and nothing panicked")
    g.add_argument("--env", metavar="NAME=VALUE", action="append", default=[],
                   help="the command's environment instead of the usual one (repeatable)")
    g.add_argument("--cwd", metavar="DIR", help="the command's working directory (default /)")
    g = p.add_argument_group("the machine")
    g.add_argument("--smp", metavar="N", type=positive, default=1, help="CPUs (default 1)")
    g.add_argument("--mem", metavar="MiB", type=positive, default=512, help="memory (default 512)")
    g.add_argument("--icount", action="store_true",
                   help="a clock that counts instructions: runs repeat exactly; one CPU")
    g.add_argument("--machine-opt", metavar="K=V", action="append", default=[],
                   help="property of QEMU's machine, as gic-version=2 (repeatable)")
    g.add_argument("--cpu", metavar="C", help="another CPU model, as cortex-a72")
    g.add_argument("--qemu-opt", metavar="ARG", action="append", default=[],
                   help="one more argument for QEMU (repeatable; --qemu-opt=-d --qemu-opt=int)")
    g.add_argument("--lean", action="store_true",
                   help="Linux without mitigations and hardening, for fair comparisons")
    g.add_argument("--gdb", action="store_true", help="stop before the first instruction, wait for "
                                                      "gdb at port 1234")
    g = p.add_argument_group("running")
    g.add_argument("--timeout", metavar="S", type=float, help="kill the guest after S seconds (124)")
    g.add_argument("-O", "--objdir", metavar="DIR",
                   help="build directory (default: build, or build/boards/BOARD[-PRESET])")
    g.add_argument("--no-build", action="store_true", help="boot what is there")
    g.add_argument("--dry-run", action="store_true", help="print QEMU's command line, boot nothing")
    g.add_argument("-v", "--verbose", action="store_true", help="the guest's console on standard error")
    p.add_argument("command", metavar="COMMAND", nargs="*", help=argparse.SUPPRESS)
    return p


def _writer(fd):
    def write(data):
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view):]
    return write


def spec_from(argv):
    """(Spec, arguments) of a command line."""
    command = []
    if "--" in argv:
        at = argv.index("--")
        argv, command = argv[:at], argv[at + 1:]
        if not command:
            raise VmError("there is no command after '--'")
    args = parser().parse_args(argv)
    if args.command:
        raise VmError("'%s': write '--' before the command" % args.command[0])
    for pair in args.env:
        if "=" not in pair:
            raise VmError("--env %s: write NAME=VALUE" % pair)
    return guest.Spec(
        board=args.board, preset=args.preset, kernel=args.kernel, smp=args.smp, mem=args.mem,
        icount=args.icount, rootfs=args.rootfs, add=args.add, append=args.append,
        timeout=args.timeout, gdb=args.gdb, command=command or None, objdir=args.objdir,
        no_build=args.no_build, kernel_only=args.kernel_only, lean=args.lean,
        machine_opt=args.machine_opt, cpu=args.cpu, qemu_opt=args.qemu_opt,
        env=dict(p.split("=", 1) for p in args.env) or None, cwd=args.cwd,
        verbose=args.verbose), args


def _boot(spec, args):
    with guest.Guest(spec) as g:
        g.prepare()
        piped = spec.command or spec.kernel_only
        if args.dry_run:
            print(guest.shown(g.piped_argv() if piped else g.interactive_argv()))
            return 0
        if spec.gdb:
            print("vm: gdb %s -ex 'target remote :1234'" % os.path.relpath(
                g.image if g.linux else os.path.join(g.objdir, "tessera.elf")), file=sys.stderr)
        if not piped:
            return guest.run_interactive(g)
        out, err = _writer(1), _writer(2)
        log = out if spec.kernel_only else err if spec.verbose else lambda data: None
        outcome = guest.run(g, out, err, log)
        if outcome.reason:
            print("vm: " + outcome.reason, file=sys.stderr)
        return outcome.status


def main(argv):
    """Run; the exit status."""
    def ended(signum, _frame):
        raise SystemExit(128 + signum)

    signal.signal(signal.SIGTERM, ended)
    try:
        return _boot(*spec_from(argv))
    except VmError as err:
        print("vm: %s" % err, file=sys.stderr)
        return USAGE_STATUS
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
