#!/usr/bin/env python3
"""Tests what tools/check-planted concludes: only a test that passed before and fails now has caught a fault."""

import unittest

from planted import BadFault, choose, judge_planted, judge_unchanged, parse_fault
from test_summary import Outcome

PASSED = Outcome("Lane.KeepsOrder", "passed", "")
FAILED = Outcome("Lane.KeepsOrder", "failed", "")
SKIPPED = Outcome("Lane.KeepsOrder", "skipped", "no data")
NOT_STARTED = Outcome("Lane.KeepsOrder", "failed", "Unable to find executable")
PATCH = "Promise: D1\nBreaks: the order.\nCaught-by: ^Lane\\. \nRepeat: 5\nAlso-builds: a b\n\ndiff --git a/x b/x\n"


class Faults(unittest.TestCase):
    def test_a_header_is_read_whole(self):
        fault = parse_fault("swapped", PATCH, "swapped.patch")
        self.assertEqual((fault.promise, fault.breaks, fault.caught_by), ("D1", "the order.", "^Lane\\."))
        self.assertEqual((fault.repeat, fault.targets), (5, ["a", "b"]))

    def test_an_incomplete_patch_is_refused_with_the_reason(self):
        cases = {"Breaks": "Breaks: the order.\n", "diff --git": "diff --git a/x b/x\n", "Repeat: 0": ""}
        for reason, removed in cases.items():
            text = PATCH.replace(removed, "") if removed else PATCH.replace("Repeat: 5", "Repeat: 0")
            with self.subTest(reason), self.assertRaisesRegex(BadFault, reason):
                parse_fault("swapped", text, "swapped.patch")


class Choice(unittest.TestCase):
    def test_every_fault_has_its_day(self):
        names = [f"fault-{index}" for index in range(14)]
        seen = {name for day in range(5) for name in choose(names, 3, day)}
        self.assertEqual(seen, set(names))

    def test_more_than_there_are_is_all_of_them_once(self):
        self.assertEqual(sorted(choose(["a", "b"], 9, 123)), ["a", "b"])
        self.assertEqual(choose([], 3, 1), [])


class Judgement(unittest.TestCase):
    def test_only_tests_that_pass_may_judge(self):
        self.assertTrue(judge_unchanged([PASSED, SKIPPED], 0).good)
        for outcomes, status in (([FAILED], 8), ([], 0), ([SKIPPED], 0), ([PASSED], 1), ([PASSED], None)):
            with self.subTest(outcomes=outcomes, status=status):
                self.assertFalse(judge_unchanged(outcomes, status).good)

    def test_a_failing_or_hanging_test_catches_the_fault(self):
        self.assertTrue(judge_planted([PASSED, FAILED], hung=False).good)
        self.assertTrue(judge_planted([], hung=True).good)

    def test_passing_skipped_absent_or_unstarted_tests_catch_nothing(self):
        for outcomes in ([PASSED], [SKIPPED], [], [NOT_STARTED]):
            with self.subTest(outcomes=outcomes):
                self.assertFalse(judge_planted(outcomes, hung=False).good)


if __name__ == "__main__":
    unittest.main()
