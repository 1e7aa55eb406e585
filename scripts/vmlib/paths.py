# SPDX-License-Identifier: BSD-2-Clause
"""Where things are, and how a made file is kept."""
import hashlib
import os
import tempfile

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SRCTREE = os.path.dirname(SCRIPTS)
BUILD = os.path.join(SRCTREE, "build")
DL = os.path.join(BUILD, "dl")


def short(path):
    """@path as the user would type it."""
    rel = os.path.relpath(path)
    return path if rel.startswith("..") else rel


def file_write(path, data):
    """Write a file whole or not at all; several may do it at once."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fd, tmp = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(fd, "wb") as f:
        f.write(data)
    os.chmod(tmp, 0o644)
    os.rename(tmp, path)


def cached(name, inputs, make):
    """Path of build/dl/@name with the digest of @inputs in it; @make() gives its bytes."""
    digest = hashlib.sha256("\0".join(map(str, inputs)).encode()).hexdigest()[:16]
    path = os.path.join(DL, name % digest)
    if not os.path.exists(path):
        file_write(path, make())
    return path


def source_digest(*files):
    """Digest of sources below scripts/."""
    h = hashlib.sha256()
    for name in files:
        with open(os.path.join(SCRIPTS, name), "rb") as f:
            h.update(f.read() + b"\0")
    return h.hexdigest()
