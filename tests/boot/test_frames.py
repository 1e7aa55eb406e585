# SPDX-License-Identifier: BSD-2-Clause
"""The decoder of the console's frames (no guest)."""
import random

import pytest
from vmlib import frames, guest

KERNEL = b"[    1.234567] sched: something happened\r\n"


def decode(data, step=None):
    """(stdout, text, lost) of a console."""
    dec = frames.Decoder()
    events = []
    for at in range(0, len(data), step or len(data) or 1):
        events += dec.feed(data[at:at + (step or len(data))])
    events += dec.finish()
    return (b"".join(e[2] for e in events if e[:2] == ("frame", "O")),
            b"".join(e[1] for e in events if e[0] == "text"),
            [e[1] for e in events if e[0] == "lost"])


@pytest.mark.parametrize("step", [None, 1, 2, 7, 1000])
def test_binary_survives_any_chunking(step):
    data = bytes(range(256)) * 5 + b"\x02\x03\r\n"
    stream = b"boot text\r\n" + b"".join(
        frames.encode("O", i, data[i * 100:i * 100 + 100]) for i in range(len(data) // 100 + 1))
    assert decode(stream, step) == (data, b"boot text\r\n", [])


def test_carriage_returns_are_harmless():
    stream = frames.encode("O", 0, b"a").replace(b"\n", b"\r\n") + b"x\r\n"
    assert decode(stream) == (b"a", b"x\r\n", [])


def test_empty_frame():
    assert decode(frames.encode("O", 0, b"")) == (b"", b"", [])


@pytest.mark.parametrize("line", [KERNEL, b"word\n", b"mm: x\n", b"\n", KERNEL + KERNEL])
def test_kernel_line_anywhere_in_a_frame(line):
    frame = frames.encode("O", 0, b"payload of this frame \x00\xff")
    end = frame.index(frames.ETX)
    for at in range(1, end + 1):
        out, text, lost = decode(frame[:at] + line + frame[at:])
        assert (out, lost) == (b"payload of this frame \x00\xff", []), at
        assert line.replace(b"\r", b"") in text


def test_kernel_line_between_and_two_in_one_frame():
    frame = frames.encode("O", 0, b"0123456789" * 20)
    stream = KERNEL + frame[:5] + KERNEL + frame[5:90] + b"ipc: y\n" + frame[90:] + KERNEL
    out, text, lost = decode(stream, 3)
    assert (out, lost) == (b"0123456789" * 20, [])
    assert text.count(b"something happened") == 3 and b"ipc: y\n" in text


def test_flipped_byte_is_reported_never_passed_on():
    frame = bytearray(frames.encode("O", 0, b"precious data"))
    for at in range(1, frame.index(frames.ETX)):
        bad = bytearray(frame)
        bad[at] ^= 1
        out, _, lost = decode(bytes(bad) + frames.encode("O", 1, b"."))
        assert b"precious" not in out and lost, at


def test_missing_and_repeated_frames_are_reported():
    f = [frames.encode("O", i, b"%d" % i) for i in range(4)]
    assert decode(f[0] + f[2])[2] == ["frames 1 to 1 are missing"]
    out, _, lost = decode(f[0] + f[1] + f[1] + f[2])
    assert out == b"012" and lost == ["frame 1 again, 2 was next"]


def test_cut_frame_then_panic():
    frame = frames.encode("O", 0, b"x" * 300)
    out, text, lost = decode(frame[:100] + b"[    9.000000] Kernel panic - not syncing: bad\r\n")
    assert out == b"" and lost and b"\nKernel panic - not syncing: bad" in text


def test_new_frame_inside_a_cut_one():
    out, _, lost = decode(frames.encode("O", 0, b"first")[:12] + frames.encode("O", 1, b"second"))
    assert out == b"second" and lost


def test_endless_frame_does_not_grow():
    dec = frames.Decoder()
    for _ in range(100):
        dec.feed(frames.STX + b"A" * 10000)
    assert len(dec._buf) <= 2 * frames.FRAME_MAX


def test_random_bytes_never_raise():
    rnd = random.Random(1)
    alphabet = frames.STX + frames.ETX + b"OEXB0123456789abcdefAB=+/\r\n \xff"
    for _ in range(2000):
        decode(bytes(rnd.choice(alphabet) for _ in range(rnd.randrange(120))), rnd.choice([1, 5, 64]))


def status_of(*chunks):
    stream = guest.Stream(lambda d: None, lambda d: None, lambda d: None)
    for chunk in chunks:
        stream.feed(chunk)
    stream.finish()
    return stream


@pytest.mark.parametrize("text,status", [
    (b"exit 0", 0), (b"exit 255", 255), (b"signal 9", 137), (b"exit x", None), (b"", None),
    (b"exit 1 ", None)])
def test_status(text, status):
    assert status_of(frames.encode("X", 0, text)).status == status


@pytest.mark.parametrize("line,panic", [
    (b"kernel panic: x\n", True), (b"<0>[    0.1 0] kernel panic: x\n", True),
    (b"[    2.5] Kernel panic - not syncing: x\r\n", True),
    (b"[    2.5][    T1] Kernel panic - not syncing: x\r\n", True),
    (b"no kernel panic: x\n", False), (b"[   1.0] Command line: kernel panic: x\n", False)])
def test_panic_lines(line, panic):
    for step in (1, len(line)):
        got = status_of(*[line[i:i + step] for i in range(0, len(line), step)]).panic
        assert bool(got) == panic
