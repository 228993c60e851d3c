"""Runs the cases of a test file against the program `torq`: main(Case) with the arguments PROGRAM [CASE]."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 77


class Case(unittest.TestCase):
    """Each case has a folder of its own; PROGRAM is the command."""
    program = ""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def torq(self, *arguments, data=b"", status=0):
        """Its standard output, decoded line by line; the error output is kept in self.err."""
        done = subprocess.run([self.program, *map(str, arguments)], input=data, capture_output=True, timeout=60)
        self.err = done.stderr.decode()
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout[:500]} {self.err}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def main(case):
    case.program = sys.argv[1]
    names = [f"test_{name}" for name in sys.argv[2:]] or unittest.defaultTestLoader.getTestCaseNames(case)
    result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(map(case, names)))
    for _, reason in result.skipped:
        print(f"skipped: {reason}")
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if len(result.skipped) == result.testsRun else 0)
