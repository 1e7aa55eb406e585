# SPDX-License-Identifier: BSD-2-Clause
"""Decode the frames that scripts/guest/vmrun.c writes to the console.

The kernel may write its own lines into the middle of a frame.  A body has a small alphabet, a
length and a CRC, and what the kernel puts in ends with a line feed; so the decoder tries where the
inserted text may begin, and the CRC says which is right.  What is not a frame is console text.
"""
import binascii
import itertools
import re
import zlib

STX, ETX = b"\x02", b"\x03"
HEAD = 1 + 8 + 4 + 8
FRAME_MAX = 64 * 1024           # no frame with what the kernel wrote into it is longer
TRIES_MAX = 100000
TYPES = b"BOEX"
_HEAD_RE = re.compile(rb"([%s])([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{8})" % TYPES)
_PREFIX_RE = re.compile(rb"[A-Za-z0-9+/=]*")


def encode(kind, seq, data):
    """One frame, as vmrun sends it."""
    text = binascii.b2a_base64(data, newline=False)
    head = b"%c%08x%04x" % (ord(kind), seq, len(text))
    return STX + head + b"%08x" % zlib.crc32(text, zlib.crc32(head)) + text + ETX + b"\n"


def parse_body(body):
    """(type, seq, data) of an undamaged body, else None."""
    m = _HEAD_RE.match(body)
    if not m or len(body) != HEAD + int(m[3], 16):
        return None
    if zlib.crc32(body[HEAD:], zlib.crc32(body[:13])) != int(m[4], 16):
        return None
    try:
        return chr(m[1][0]), int(m[2], 16), binascii.a2b_base64(body[HEAD:])
    except binascii.Error:
        return None


def repair_body(body):
    """Take inserted lines out of a body: ((type, seq, data), text), or None."""
    parts = body.replace(b"\r", b"").split(b"\n")
    if len(parts) < 2:
        return None
    choices, tries = [], 1
    for part in parts[:-1]:
        longest = _PREFIX_RE.match(part).end()
        choices.append(range(longest, -1, -1))
        tries *= longest + 1
    if tries > TRIES_MAX:
        return None
    for cut in itertools.product(*choices):
        frame = parse_body(b"".join(p[:n] for p, n in zip(parts, cut)) + parts[-1])
        if frame:
            text = b"".join(p[n:] + b"\n" for p, n in zip(parts, cut))
            return frame, text
    return None


class Decoder:
    """Feed console bytes, get events: ("frame", type, data), ("text", bytes), ("lost", reason)."""

    def __init__(self):
        self._buf = b""
        self._seq = 0
        self._line_end = False

    def feed(self, data):
        """Events that are complete with @data."""
        self._buf += data
        events = []
        while self._buf:
            if self._line_end:  # of the frame before
                if self._buf == b"\r":
                    break
                m = re.match(rb"\r?\n", self._buf)
                self._buf = self._buf[m.end():] if m else self._buf
                self._line_end = False
                continue
            start = self._buf.find(STX)
            if start < 0:
                events.append(("text", self._buf))
                self._buf = b""
                break
            if start:
                events.append(("text", self._buf[:start]))
                self._buf = self._buf[start:]
            end, again = self._buf.find(ETX), self._buf.find(STX, 1)
            if 0 <= again and (end < 0 or again < end):
                self._damaged(self._buf[1:again], events)
                self._buf = self._buf[again:]
            elif end >= 0:
                self._body(self._buf[1:end], events)
                self._buf = self._buf[end + 1:]
                self._line_end = True
            elif len(self._buf) > FRAME_MAX:
                self._damaged(self._buf[1:], events)
                self._buf = b""
            else:
                break
        return events

    def finish(self):
        """Events of what is left when the console has closed."""
        rest, self._buf = self._buf, b""
        events = []
        if rest.startswith(STX):
            self._damaged(rest[1:], events)
        return events

    def _damaged(self, body, events):
        events.append(("lost", "frame damaged beyond repair"))
        # Begin a line, so that a panic inside a frame is seen as one.
        m = re.search(rb"kernel panic", body, re.I)
        events.append(("text", b"\n" + (body[m.start():] if m else body)))

    def _body(self, body, events):
        frame, text = parse_body(body), b""
        if not frame:
            found = repair_body(body)
            if not found:
                self._damaged(body, events)
                return
            frame, text = found
        kind, seq, data = frame
        if text:
            events.append(("text", b"\n" + text))
        if seq < self._seq:
            events.append(("lost", "frame %d again, %d was next" % (seq, self._seq)))
            return
        if seq > self._seq:
            events.append(("lost", "frames %d to %d are missing" % (self._seq, seq - 1)))
        self._seq = seq + 1
        events.append(("frame", kind, data))
