# SPDX-License-Identifier: BSD-2-Clause
"""What boot tests use: run a command in a guest, talk to its console, run its tests."""
from dataclasses import dataclass, replace

from . import VmError, guest, ktap


@dataclass
class Done:
    """A command that was run in a guest."""
    status: int
    stdout: bytes
    stderr: bytes
    console: str
    reason: str


class Vm:
    """A kind of guest; each method boots a fresh one.  Keywords are the fields of guest.Spec."""

    def __init__(self, **spec):
        self.spec = guest.Spec(**{"timeout": 120, **spec})

    def _boot(self, **more):
        out, err, log = bytearray(), bytearray(), bytearray()
        with guest.Guest(replace(self.spec, **more)) as g:
            g.prepare()
            outcome = guest.run(g, out.extend, err.extend, log.extend)
        return Done(outcome.status, bytes(out), bytes(err), log.decode("utf-8", "replace"),
                    outcome.reason)

    def run(self, *command, **more):
        """Run a command: status, stdout, stderr, console."""
        return self._boot(command=list(command), **more)

    def kernel(self, append="", **more):
        """Boot without a root file system; what the console said and how it ended."""
        return self._boot(kernel_only=True, append=append, **more)

    def ktest(self, pattern="", **more):
        """Run the tests inside the kernel: their report."""
        done = self.kernel("ktest=" + pattern if pattern else "ktest", **more)
        report = ktap.parse(done.console, ktap.KTEST_END)
        if done.status:
            report.problems.append(done.reason)
        return report

    def console(self, **more):
        """A pexpect session on the serial console of a guest with a shell."""
        try:
            import pexpect
        except ImportError:
            raise VmError("pexpect is missing; apt-get install python3-pexpect") from None
        g = guest.Guest(replace(self.spec, **more))
        g.prepare()
        argv = g.interactive_argv()
        child = pexpect.spawn(argv[0], argv[1:], timeout=self.spec.timeout, encoding="utf-8",
                              codec_errors="replace")
        child.guest = g         # keeps the RAM disk
        return child
