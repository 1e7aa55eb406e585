# SPDX-License-Identifier: BSD-2-Clause
"""Judge a KTAP or TAP report: every plan met, the end seen, nothing broken in between."""
import re
from dataclasses import dataclass, field

PREFIX = r"(?:<\d>)?(?:\[[^\]]*\] ?)*"
# What must never be on the console of a test run that passes.
ALARM_RE = re.compile(
    PREFIX + r"(?:kernel panic:|Kernel panic - |ubsan:|kasan:|UBSAN:|BUG: |lockrank:|lock rank|"
    r"==\d+== ?ERROR: |SUMMARY: \w+Sanitizer)|.*: runtime error: |.*: Assertion .* failed")
VERSION_RE = re.compile(r"(K?TAP) version (\d+)$")
PLAN_RE = re.compile(r"1\.\.(\d+)(?:\s*# *SKIP\S*\s*(.*))?\s*$", re.I)
RESULT_RE = re.compile(r"(not )?ok\b(?:\s+(\d+))?(?:\s+(?:- )?(.*?))?\s*$")
DIRECTIVE_RE = re.compile(r"(.*?)\s*(?<!\\)#\s*(SKIP|T[O]DO|XFAIL|TIMEOUT|ERROR)\b\s*(.*)$", re.I)
INDENT = 4


@dataclass
class Result:
    """One test."""
    name: str
    status: str                 # passed, failed, skipped
    reason: str = ""
    notes: list = field(default_factory=list)


@dataclass
class Report:
    """All tests of a run and what is wrong with the report itself."""
    results: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    def count(self, status):
        return sum(r.status == status for r in self.results)

    @property
    def good(self):
        """Nothing failed, nothing missing, and there was something."""
        return bool(self.results) and not self.problems and not self.count("failed")


@dataclass
class _Level:
    plan: int = None
    seen: int = 0
    first: int = 0              # results of this level and below begin here in the report
    name: str = ""


class Parser:
    """Feed lines, then finish()."""

    def __init__(self, end=None):
        self.report = Report()
        self._end_re = re.compile(end) if end else None
        self._ended = end is None
        self._levels, self._notes, self._closed = [], [], 0

    def problem(self, text):
        self.report.problems.append(text)

    def feed(self, line):
        """One line of console; what is not KTAP is looked at for alarms only."""
        line = line.rstrip("\r\n").lstrip("\r")
        if ALARM_RE.match(line):
            self.problem("alarm: " + line)
            return
        text = line.lstrip(" ")
        depth = (len(line) - len(text)) // INDENT
        if self._end_re and self._end_re.match(text):
            self._ended = True
        elif VERSION_RE.match(text):
            self._open(depth)
        elif text.lower().startswith("bail out!"):
            self.problem(text)
        elif not self._levels:
            return
        elif text.startswith("#"):
            self._notes.append(text[1:].strip())
            if text.startswith("# Subtest") and depth == len(self._levels):
                self._open(depth)
        elif PLAN_RE.match(text):
            self._plan(depth, PLAN_RE.match(text))
        elif RESULT_RE.match(text) and depth < len(self._levels):
            self._result(depth, RESULT_RE.match(text))

    def finish(self):
        """The report, with what is missing noted in it."""
        while self._levels:
            self._close()
        if not self._closed and not self.report.problems:
            self.problem("no KTAP report")
        if not self._ended:
            self.problem("the end of the report is missing")
        return self.report

    def _open(self, depth):
        if depth == len(self._levels) - 1 and self._levels[-1].plan is None \
                and not self._levels[-1].seen and depth:
            return              # "# Subtest" and "KTAP version" both open the same level
        while len(self._levels) > max(depth, 0):
            self._close()
        self._levels.append(_Level(first=len(self.report.results)))

    def _close(self):
        level = self._levels.pop()
        self._closed += 1
        if level.plan is None:
            self.problem("a report has no plan")
        elif level.plan != level.seen:
            self.problem("plan of %d, but %d results" % (level.plan, level.seen))

    def _plan(self, depth, m):
        if depth >= len(self._levels):
            return
        while len(self._levels) > depth + 1:
            self._close()
        level = self._levels[-1]
        if level.plan is not None:
            self.problem("second plan '%s'" % m[0].strip())
        level.plan = int(m[1])
        if level.plan == 0:
            self.report.results.append(Result("all", "skipped", m[2] or "no reason given"))

    def _result(self, depth, m):
        name, directive, reason = m[3] or "", "", ""
        d = DIRECTIVE_RE.match(name)
        if d:
            name, directive, reason = d[1], d[2].upper(), d[3]
        parent = len(self._levels) > depth + 1
        below = []
        if parent:
            first = self._levels[depth + 1].first
            below = self.report.results[first:]
        while len(self._levels) > depth + 1:
            self._close()
        level = self._levels[-1]
        level.seen += 1
        name = name or "test %d" % level.seen
        if m[2] is not None and int(m[2]) != level.seen:
            self.problem("result %s '%s' where %d was expected" % (m[2], name, level.seen))
        notes, self._notes = self._notes, []
        status = "failed" if m[1] else "skipped" if directive == "SKIP" else "passed"
        if directive in ("TIMEOUT", "ERROR"):
            status = "failed"
        for r in below:
            r.name = name + "." + r.name
        if below:
            if status == "failed" and all(r.status != "failed" for r in below):
                self.report.results.append(Result(name, "failed", reason, notes))
            elif status != "failed" and any(r.status == "failed" for r in below):
                self.problem("'%s' passed, but something in it failed" % name)
            return
        if status == "skipped" and not reason:
            self.problem("'%s' is skipped without a reason" % name)
        self.report.results.append(Result(name, status, reason, notes))


def parse(text, end=None):
    """Report of a whole console text; @end: expression that the closing line matches."""
    parser = Parser(end)
    for line in text.splitlines():
        parser.feed(line)
    return parser.finish()


KTEST_END = r"# ktest: done$"
