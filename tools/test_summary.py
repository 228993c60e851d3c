#!/usr/bin/env python3
"""Closes a test run: why tests were skipped, which failed, and `N passed, N failed, N skipped`.

Reads the JUnit file that ctest writes. A test that ctest could not run at all counts as failed; only a test that
skipped itself, or is disabled in its source, counts as skipped.
"""

import argparse
import collections
import re
import sys
import xml.etree.ElementTree as ElementTree

Outcome = collections.namedtuple("Outcome", "name result reason")


def skip_reason(output):
    """What the test said when it skipped itself: GoogleTest prints it between two marker lines, a script of ours in
    one line that begins with `skipped: `."""
    said = re.search(r": Skipped\n(.*?)\n*\[  SKIPPED \]", output, re.DOTALL) or re.search(
        r"^skipped: (.*)$", output, re.MULTILINE
    )
    reason = " ".join(said.group(1).split()) if said else ""
    return reason or "no reason given"


def outcome_of(case):
    """One `Outcome` of one <testcase> element; its result is passed, failed or skipped."""
    name, status = case.get("name"), case.get("status")
    name = name.partition("  # GetParam()")[0]  # The bytes of a parameter say nothing to anyone.
    if status == "run":
        return Outcome(name, "passed", "")
    if status == "disabled":
        return Outcome(name, "skipped", "disabled in its source")
    skipped = case.find("skipped")
    message = skipped.get("message", "") if skipped is not None else ""
    if message.startswith("SKIP_"):
        return Outcome(name, "skipped", skip_reason(case.findtext("system-out", "")))
    return Outcome(name, "failed", message)


def read_outcomes(path):
    """The outcomes in ctest's JUnit file, in its order; none when ctest wrote no file."""
    try:
        return [outcome_of(case) for case in ElementTree.parse(path).iter("testcase")]
    except FileNotFoundError:
        return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", help="the file that ctest --output-junit wrote")
    parser.add_argument("--ctest-status", type=int, default=0, help="what ctest itself ended with")
    arguments = parser.parse_args()

    outcomes = read_outcomes(arguments.results)
    counts = collections.Counter(outcome.result for outcome in outcomes)
    for outcome in outcomes:
        if outcome.result == "skipped":
            print(f"skipped {outcome.name}: {outcome.reason}")
    for outcome in outcomes:
        if outcome.result == "failed":
            print(f"failed  {outcome.name}" + (f": {outcome.reason}" if outcome.reason else ""))
    ran = counts["passed"] + counts["failed"]
    if not ran:
        print("no test ran: nothing matched, or ctest could not list the tests (its message is above)")
    elif arguments.ctest_status and not counts["failed"]:
        print(f"ctest ended with status {arguments.ctest_status} although no test failed")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 0 if ran and not counts["failed"] and not arguments.ctest_status else 1


if __name__ == "__main__":
    sys.exit(main())
