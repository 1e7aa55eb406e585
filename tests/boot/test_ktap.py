# SPDX-License-Identifier: BSD-2-Clause
"""The judge of KTAP reports and the sum of results (no guest)."""
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from vmlib import ktap

CHECK_REPORT = Path(__file__).resolve().parents[2] / "scripts" / "check-report"
GOOD = """\
[    0.1] boot: hello
KTAP version 1
1..3
ok 1 mm.alloc
# mm.free: a note
[    0.2] noise: ok 7 is not a result
not ok 2 mm.free
ok 3 mm.big # SKIP needs 4 GiB
# ktest: done
"""


def statuses(report):
    return [(r.name, r.status) for r in report.results]


def test_good_report():
    r = ktap.parse(GOOD, ktap.KTEST_END)
    assert statuses(r) == [("mm.alloc", "passed"), ("mm.free", "failed"), ("mm.big", "skipped")]
    assert r.problems == [] and not r.good
    assert r.results[1].notes == ["mm.free: a note"] and r.results[2].reason == "needs 4 GiB"
    assert ktap.parse(GOOD.replace("not ok", "ok"), ktap.KTEST_END).good


@pytest.mark.parametrize("text,problem", [
    ("", "no KTAP report"),
    ("ok 1 a\n", "no KTAP report"),
    ("KTAP version 1\nok 1 a\n", "no plan"),
    ("KTAP version 1\n1..2\nok 1 a\n", "plan of 2, but 1"),
    ("KTAP version 1\n1..1\nok 1 a\nok 2 b\n", "plan of 1, but 2"),
    ("KTAP version 1\n1..2\nok 1 a\nok 3 b\n", "where 2 was expected"),
    ("KTAP version 1\n1..1\n1..1\nok 1 a\n", "second plan"),
    ("KTAP version 1\n1..1\nok 1 a # SKIP\n", "without a reason"),
    ("KTAP version 1\n1..1\nok 1 a\nBail out! disk\n", "Bail out"),
    ("KTAP version 1\n1..1\nok 1 a\n<0>[  1.0 0] kernel panic: x\n", "alarm"),
    ("KTAP version 1\n1..1\nok 1 a\n==12==ERROR: AddressSanitizer: x\n", "alarm"),
    ("KTAP version 1\n1..1\nok 1 a\nx.c:3:4: runtime error: shift\n", "alarm"),
])
def test_malformed_reports(text, problem):
    r = ktap.parse(text)
    assert any(problem in p for p in r.problems), r.problems
    assert not r.good


def test_missing_end():
    assert ktap.parse(GOOD.replace("# ktest: done\n", ""), ktap.KTEST_END).problems == \
        ["the end of the report is missing"]


def test_every_cut_is_noticed():
    lines = GOOD.replace("not ok", "ok").splitlines()
    for n in range(len(lines)):
        assert not ktap.parse("\n".join(lines[:n]), ktap.KTEST_END).good, n


def test_nested():
    r = ktap.parse("""\
KTAP version 1
1..2
    KTAP version 1
    # Subtest: list
    1..2
    ok 1 add
    not ok 2 del
not ok 1 list
ok 2 - plain
""")
    assert statuses(r) == [("list.add", "passed"), ("list.del", "failed"), ("plain", "passed")]
    assert r.problems == []


def test_nested_disagreement_and_short_plan():
    head = "TAP version 14\n1..1\n    # Subtest: s\n    1..1\n"
    assert any("something in it failed" in p
               for p in ktap.parse(head + "    not ok 1 a\nok 1 s\n").problems)
    assert any("plan of 1, but 0" in p for p in ktap.parse(head + "ok 1 s\n").problems)


def test_plan_at_the_end_and_skip_all():
    assert ktap.parse("TAP version 13\nok 1 a\nok 2 b\n1..2\n").good
    r = ktap.parse("TAP version 13\n1..0 # SKIP no device\n")
    assert [(x.status, x.reason) for x in r.results] == [("skipped", "no device")]


def test_random_lines_never_raise():
    rnd = random.Random(2)
    bits = ["KTAP version 1", "1..2", "ok 1", "not ok 2 b", "# Subtest: x", "    ", "ok", "1..0",
            "# SKIP", "Bail out!", "\x00", "ok 99999999999999999999 z", "1..", " "]
    for _ in range(2000):
        ktap.parse("\n".join("".join(rnd.choices(bits, k=rnd.randrange(1, 4)))
                             for _ in range(rnd.randrange(10))), ktap.KTEST_END)


def report(where, *args):
    done = subprocess.run([sys.executable, str(CHECK_REPORT), "--dir", str(where), *args],
                          stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout


def shell(where, part, script, *options):
    return report(where, "run", *options, part, "--", "sh", "-c", script)


def test_summary_adds_up(tmp_path):
    assert shell(tmp_path, "one", "printf 'TAP version 13\\n1..2\\nok 1 a\\nok 2 b # SKIP why\\n'")[0] == 0
    status, out = report(tmp_path, "summary")
    assert (status, out.splitlines()) == (0, ["skipped one: b: why", "1 passed, 0 failed, 1 skipped"])
    shell(tmp_path, "two", "printf 'TAP version 13\\n1..1\\nnot ok 1 c\\n'; exit 1")
    status, out = report(tmp_path, "summary")
    assert status == 1 and out.splitlines()[-1] == "1 passed, 1 failed, 1 skipped"
    report(tmp_path, "start")
    assert report(tmp_path, "summary") == (1, "0 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize("script,reason", [
    ("printf 'TAP version 13\\n1..1\\nok 1 a\\n'; exit 3", "ended with status 3"),
    ("true", "no KTAP report"),
    ("exec sleep 20", "time-out after 1 s"),
    ("exec /nonexistent", "no KTAP report"),
])
def test_broken_programs_fail(tmp_path, script, reason):
    shell(tmp_path, "p", script, "--timeout", "1")
    status, out = report(tmp_path, "summary")
    assert status == 1 and reason in out


def test_program_that_is_not_there(tmp_path):
    report(tmp_path, "run", "p", "--", "/nonexistent/program")
    status, out = report(tmp_path, "summary")
    assert status == 1 and "No such file" in out


def test_junit(tmp_path):
    xml = tmp_path / "j.xml"
    xml.write_text('<testsuites><testsuite><testcase classname="tests.boot.x" name="a"/>'
                   '<testcase classname="x" name="b"><failure message="no&#10;more"/></testcase>'
                   '<testcase classname="x" name="c"><skipped message="why"/></testcase>'
                   '</testsuite></testsuites>')
    report(tmp_path, "junit", "py", str(xml))
    got = json.loads((tmp_path / "py.json").read_text())
    assert [(r["name"], r["status"], r["reason"]) for r in got] == \
        [("x.a", "passed", ""), ("x.b", "failed", "no"), ("x.c", "skipped", "why")]
    xml.write_text("<broken")
    report(tmp_path, "junit", "py", str(xml))
    assert report(tmp_path, "summary")[0] == 1
