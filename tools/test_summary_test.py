#!/usr/bin/env python3
"""Tests tools/test_summary.py on what ctest really writes: a run of each kind of outcome."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).with_name("test_summary.py")
CASES = {
    "passed": '<testcase name="A.Passes" status="run"/>',
    "failed": '<testcase name="A.Fails" status="fail"><failure message=""/></testcase>',
    "skipped": '<testcase name="A.Skips" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/>'
    "<system-out>[ RUN      ] A.Skips\na_test.cpp:4: Skipped\nno recordings\nhere\n"
    "[  SKIPPED ] A.Skips (0 ms)</system-out></testcase>",
    "skipped_script": '<testcase name="B.Skips  # GetParam() = 3-byte object" status="notrun"><skipped message='
    '"SKIP_RETURN_CODE=77"/><system-out>.\nOK\nskipped: no data\n</system-out></testcase>',
    "disabled": '<testcase name="A.Off" status="disabled"><system-out>Disabled</system-out></testcase>',
    "unbuilt": '<testcase name="b_NOT_BUILT" status="notrun"><skipped message="Unable to find executable"/></testcase>',
}


def summarise(*kinds, ctest_status=0):
    """(status, lines of output) of the tool over a run with these cases."""
    with tempfile.TemporaryDirectory() as folder:
        results = pathlib.Path(folder) / "results.xml"
        if kinds:
            results.write_text(f"<testsuite>{''.join(CASES[kind] for kind in kinds)}</testsuite>", encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-B", TOOL, results, "--ctest-status", str(ctest_status)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.splitlines()


class Summary(unittest.TestCase):
    def test_every_kind_is_counted_and_named(self):
        status, lines = summarise(*CASES, ctest_status=8)
        self.assertEqual(status, 1)
        self.assertEqual(lines[-1], "1 passed, 2 failed, 3 skipped")
        self.assertIn("skipped A.Skips: no recordings here", lines)
        self.assertIn("skipped B.Skips: no data", lines)
        self.assertIn("skipped A.Off: disabled in its source", lines)
        self.assertIn("failed  b_NOT_BUILT: Unable to find executable", lines)

    def test_passing_and_skipping_is_success(self):
        status, lines = summarise("passed", "skipped")
        self.assertEqual((status, lines[-1]), (0, "1 passed, 0 failed, 1 skipped"))

    def test_nothing_that_ran_is_a_failure(self):
        for kinds in ((), ("skipped",)):
            with self.subTest(kinds):
                status, lines = summarise(*kinds)
                self.assertEqual(status, 1)
                self.assertIn("no test ran", lines[-2])

    def test_a_failing_ctest_is_a_failure_even_if_no_test_is(self):
        self.assertEqual(summarise("passed", ctest_status=1)[0], 1)


if __name__ == "__main__":
    unittest.main()
