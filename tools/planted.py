"""Planted faults: what a patch says about itself, which of them a day checks, and what a test run proved.

The commands around it are in tools/check-planted; the format is in tests/planted/README.md.
"""

import collections
import re

REQUIRED = ("Promise", "Breaks", "Caught-by")
REPEATS_MAX = 1000

Fault = collections.namedtuple("Fault", "name promise breaks caught_by targets repeat path")
Verdict = collections.namedtuple("Verdict", "good text")


class BadFault(Exception):
    """A patch file that cannot be used; its text says why."""


def parse_fault(name, text, path):
    """The `Fault` that a patch file describes. Raises BadFault."""
    header = text.split("\ndiff --git ", 1)[0]
    if header == text:
        raise BadFault("holds no 'diff --git' after its header")
    values = dict(re.findall(r"^([\w-]+): *(\S.*?) *$", header, re.MULTILINE))
    for key in REQUIRED:
        if key not in values:
            raise BadFault(f"its header has no line '{key}: ...'")
    repeat = values.get("Repeat", "1")
    if not repeat.isdigit() or not 1 <= int(repeat) <= REPEATS_MAX:
        raise BadFault(f"'Repeat: {repeat}' is no number from 1 to {REPEATS_MAX}")
    targets = values.get("Also-builds", "").split()
    return Fault(name, values["Promise"], values["Breaks"], values["Caught-by"], targets, int(repeat), path)


def choose(names, count, day):
    """`count` of the sorted names, other ones each day, all of them in turn."""
    if not names:
        return []
    count = min(count, len(names))
    return [names[(day * count + index) % len(names)] for index in range(count)]


def names_with(outcomes, result):
    """The names of the tests that ended with this result: passed, failed or skipped."""
    return [outcome.name for outcome in outcomes if outcome.result == result]


def judge_unchanged(outcomes, status):
    """Whether the tests of a fault are fit to judge it: they pass while nothing is broken."""
    failed = names_with(outcomes, "failed")
    if failed:
        return Verdict(False, f"already fails without the fault: {failed[0]}")
    if not outcomes:
        return Verdict(False, "no test has a name that Caught-by matches")
    if not names_with(outcomes, "passed"):
        return Verdict(False, "all its tests are skipped here; name one that needs no data")
    return Verdict(status == 0, "" if status == 0 else f"ctest ended with status {status} without the fault")


def judge_planted(outcomes, hung):
    """Whether the tests noticed the fault. A test that ctest could not start proves nothing."""
    if hung:
        return Verdict(True, "caught: its tests hang")
    failed = [outcome.name for outcome in outcomes if outcome.result == "failed" and not outcome.reason]
    if failed:
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        return Verdict(True, f"caught by {failed[0]}{more}")
    if not outcomes:
        return Verdict(False, "NOT JUDGED: ctest could not list the tests with the fault")
    return Verdict(False, "NOT CAUGHT: every test passes with the fault")
