# SPDX-License-Identifier: BSD-2-Clause
"""Debian 13 packages for guests: pinned in scripts/packages.lock, fetched by a private apt.

The private apt has its state, cache and source list under build/dl; the system's is only asked
which mirror it uses.  Nothing is installed on the host.
"""
import fcntl
import hashlib
import io
import os
import re
import subprocess
import tarfile

from . import VmError
from .paths import DL, SCRIPTS

SUITE = "trixie"
LOCK = os.environ.get("VM_PACKAGES_LOCK") or os.path.join(SCRIPTS, "packages.lock")
DEBIAN_ARCHES = ("amd64", "arm64", "riscv64")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What scripts/fetch --update pins for each architecture; the kernel's real package is what the
# meta package depends on.
WANTED = ("busybox-static",)
HEADER = """\
# SPDX-License-Identifier: BSD-2-Clause
# Debian packages whose files guests run: suite, architecture, package, version, sha256.
# Written by 'scripts/fetch --update'.
"""


def run(argv, **kw):
    """Output of a program, or an error with its last words."""
    try:
        return subprocess.run(argv, check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **kw).stdout
    except FileNotFoundError:
        raise VmError("%s: not found; install it with 'apt-get install apt dpkg'" % argv[0]) from None
    except subprocess.CalledProcessError as err:
        words = [ln for ln in (err.stderr or "").splitlines() if ln.startswith("E:")] or \
            (err.stderr or "").splitlines()[-3:]
        raise VmError("%s failed: %s" % (argv[0], "; ".join(words))) from None


def mirror_get():
    """Address of the Debian mirror: VM_MIRROR, or the one the system's apt uses."""
    if os.environ.get("VM_MIRROR"):
        return os.environ["VM_MIRROR"].rstrip("/")
    sites = run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(SITE)"]).splitlines()
    for line in sites:
        if line.startswith("Debian|Debian|"):
            return line.rpartition("|")[2].rstrip("/")
    for line in sites:
        if line.rstrip("/").endswith("/debian"):
            return line.rpartition("|")[2].rstrip("/")
    raise VmError("the system's apt knows no Debian mirror; give one: VM_MIRROR=URL")


class Apt:
    """The private apt of one architecture and suite."""

    def __init__(self, arch, suite=SUITE):
        self.arch, self.suite = arch, suite
        self.dir = os.path.join(DL, "apt", "%s-%s" % (suite, arch))

    def options(self):
        """Options that keep apt in its directory."""
        d = self.dir
        return ["-q", "-o", "Dir::State=" + d, "-o", "Dir::State::status=" + d + "/status",
                "-o", "Dir::Cache=" + d + "/cache", "-o", "Dir::Etc=" + d + "/etc",
                "-o", "Dir::Etc::sourcelist=" + d + "/sources.list",
                "-o", "Dir::Etc::sourceparts=-", "-o", "APT::Architecture=" + self.arch,
                "-o", "APT::Architectures=" + self.arch, "-o", "Acquire::Languages=none",
                "-o", "APT::Sandbox::User=root", "-o", "APT::Install-Recommends=false"]

    def update(self):
        """Fetch the suite's list of packages, checked against the archive's signature."""
        for sub in ("lists/partial", "cache/archives/partial", "etc"):
            os.makedirs(os.path.join(self.dir, sub), exist_ok=True)
        open(os.path.join(self.dir, "status"), "a").close()
        if not os.path.exists(KEYRING):
            raise VmError("no %s; apt-get install debian-archive-keyring" % KEYRING)
        with open(os.path.join(self.dir, "sources.list"), "w") as f:
            f.write("deb [arch=%s signed-by=%s] %s %s main\n"
                    % (self.arch, KEYRING, mirror_get(), self.suite))
        try:
            run(["apt-get"] + self.options() + ["update"])
        except VmError as err:
            raise VmError("%s: no package list of %s: %s" % (self.arch, self.suite, err)) from None

    def ready(self):
        """Whether there is a list from an earlier update."""
        lists = os.path.join(self.dir, "lists")
        return os.path.isdir(lists) and any("Packages" in n for n in os.listdir(lists))

    def show(self, package):
        """Fields of the newest version of a package."""
        text = run(["apt-cache"] + self.options() + ["show", "--no-all-versions", package])
        fields = dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", text, re.M))
        if not {"Package", "Version", "SHA256"} <= fields.keys():
            raise VmError("%s: %s has no package %s" % (self.arch, self.suite, package))
        return fields

    def download(self, package, version, where):
        """Put the .deb into @where."""
        run(["apt-get"] + self.options() + ["download", "%s=%s" % (package, version)], cwd=where)


def lock_read(path=LOCK):
    """{(arch, package): (suite, version, sha256)}."""
    pins = {}
    try:
        with open(path) as f:
            for number, line in enumerate(f, 1):
                words = line.split("#")[0].split()
                if not words:
                    continue
                if len(words) != 5 or not re.fullmatch("[0-9a-f]{64}", words[4]):
                    raise VmError("%s:%d: expected: suite arch package version sha256"
                                  % (path, number))
                pins[words[1], words[2]] = (words[0], words[3], words[4])
    except FileNotFoundError:
        raise VmError("%s is not there; make it with 'scripts/fetch --update'" % path) from None
    return pins


def lock_update(arches, suite=SUITE, path=LOCK, say=print):
    """Pin the newest versions for @arches; other architectures keep their lines."""
    pins = lock_read(path) if os.path.exists(path) else {}
    for arch in arches:
        apt = Apt(arch, suite)
        apt.update()
        meta = apt.show("linux-image-" + arch)
        kernel = re.search(r"linux-image-[0-9][^ ,]*", meta.get("Depends", ""))
        if not kernel:
            raise VmError("%s: linux-image-%s names no kernel" % (arch, arch))
        pins = {k: v for k, v in pins.items() if k[0] != arch}
        for package in WANTED + (kernel[0],):
            f = apt.show(package)
            pins[arch, f["Package"]] = (suite, f["Version"], f["SHA256"])
            say("%s: %s %s" % (arch, f["Package"], f["Version"]))
    text = HEADER + "".join(
        "%s %s %s %s %s\n" % (pins[k][0], k[0], k[1], pins[k][1], pins[k][2]) for k in sorted(pins))
    with open(path + ".tmp", "w") as f:
        f.write(text)
    os.rename(path + ".tmp", path)


def pinned_kernel(arch):
    """Name of the pinned kernel package."""
    for a, package in lock_read():
        if a == arch and package.startswith("linux-image-"):
            return package
    raise VmError("%s: no kernel is pinned in %s; 'scripts/fetch --update %s' pins one"
                  % (arch, os.path.basename(LOCK), arch))


def _sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def deb_get(arch, package):
    """Path of the pinned .deb of @package, fetched unless it is in build/dl/debs."""
    pins = lock_read()
    if (arch, package) not in pins:
        raise VmError("%s: %s is not pinned in %s; 'scripts/fetch --update %s' pins it"
                      % (arch, package, os.path.basename(LOCK), arch))
    suite, version, sha256 = pins[arch, package]
    where = os.path.join(DL, "debs")
    path = os.path.join(where, "%s-%s.deb" % (package, sha256[:16]))
    os.makedirs(where, exist_ok=True)
    with open(os.path.join(where, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(path) and _sha256(path) == sha256:
            return path
        part = os.path.join(where, "part")
        os.makedirs(part, exist_ok=True)
        for name in os.listdir(part):
            os.unlink(os.path.join(part, name))
        apt = Apt(arch, suite)
        for fresh in (False, True):
            try:
                if fresh or not apt.ready():
                    apt.update()
                apt.download(package, version, part)
                break
            except VmError as err:
                if fresh:
                    raise VmError(
                        "%s: cannot fetch %s %s (%s); if the mirror has a newer one instead, "
                        "'scripts/fetch --update %s' pins that"
                        % (arch, package, version, err, arch)) from None
        got = os.path.join(part, os.listdir(part)[0])
        if _sha256(got) != sha256:
            raise VmError("%s: %s %s from the mirror has not the sha256 in %s"
                          % (arch, package, version, os.path.basename(LOCK)))
        os.rename(got, path)
    return path


def deb_file(deb, pattern):
    """(name, bytes) of the first file in a .deb that matches the regular expression."""
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True,
                          stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if member.isreg() and re.fullmatch(pattern, name):
                return name, tar.extractfile(member).read()
    raise VmError("%s has no file %s" % (os.path.basename(deb), pattern))
