"""Claims about tools/callgrind-counts: python3 tools/callgrind_counts_test.py"""

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
SCRIPT = Path(__file__).resolve().parent / "callgrind-counts"
loader = importlib.machinery.SourceFileLoader("callgrind_counts", str(SCRIPT))
counts = importlib.util.module_from_spec(importlib.util.spec_from_loader("callgrind_counts", loader))
loader.exec_module(counts)


class Compare(unittest.TestCase):
    def test_a_count_may_grow_by_five_percent(self):
        self.assertEqual(counts.compare({"timer": 100.0}, {"timer": 105.0}), [])

    def test_a_count_that_grew_by_more_is_a_problem(self):
        self.assertIn("more than 5 % above", counts.compare({"timer": 100.0}, {"timer": 105.1})[0])

    def test_a_count_that_shrank_is_none(self):
        self.assertEqual(counts.compare({"timer": 100.0}, {"timer": 50.0}), [])

    def test_a_path_that_only_one_side_knows_is_a_problem(self):
        self.assertEqual(counts.compare({"a": 1.0}, {"b": 1.0}), ["a: not counted", "b: not on record"])


    def test_metadata_that_others_use_costs_nothing(self):
        counted = {"same_worker": 198.2, "same_worker_beside_asks": 198.6}
        self.assertEqual(counts.compare(counted, counted), [])

    def test_metadata_that_costs_those_who_do_not_use_it_is_a_problem(self):
        counted = {"across_workers": 330.0, "across_workers_beside_asks": 331.0}
        self.assertEqual(len(counts.compare(counted, counted)), 1)
        self.assertIn("should be equal", counts.compare(counted, counted)[0])


class Count(unittest.TestCase):
    def test_divides_what_the_longer_run_adds_by_the_messages_that_it_adds(self):
        runs = [(1_000 + 50 * 20_480, 20_480), (1_000 + 50 * 40_960, 40_960)]
        with mock.patch.object(counts, "run", side_effect=runs):
            self.assertEqual(counts.per_message(Path("hot_paths"), "timer", "folder"), 50.0)


class WholeCommand(unittest.TestCase):
    def status(self, record, counted, *arguments, compiler="gcc"):
        """The command's exit code, and the file afterwards, with these counts in place of valgrind's."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "counts.json"
            file.write_text(json.dumps({"compiler": "gcc", "counts": record}), encoding="utf-8")
            with mock.patch.multiple(counts, COUNTS=file, count=lambda _: counted, compiler=lambda _: compiler), \
                    mock.patch.object(counts.shutil, "which", return_value="valgrind"), \
                    mock.patch.object(sys, "argv", ["callgrind-counts", "--program", __file__, *arguments]), \
                    contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                return counts.main(), json.loads(file.read_text(encoding="utf-8"))

    def test_fails_when_a_path_grew_and_leaves_the_file_alone(self):
        status, record = self.status({"timer": 100.0}, {"timer": 120.0})
        self.assertEqual((status, record["counts"]), (1, {"timer": 100.0}))

    def test_update_writes_what_was_counted(self):
        status, record = self.status({"timer": 100.0}, {"timer": 120.0}, "--update")
        self.assertEqual((status, record["counts"]), (0, {"timer": 120.0}))

    def test_update_does_not_hide_that_metadata_costs_those_who_do_not_use_it(self):
        counted = {"same_worker": 198.0, "same_worker_beside_asks": 200.0}
        self.assertEqual(self.status({}, counted, "--update")[0], 1)

    def test_counts_of_another_compiler_are_not_compared(self):
        status, _ = self.status({"timer": 100.0}, {"timer": 120.0}, compiler="clang")
        self.assertEqual(status, counts.SKIPPED)


if __name__ == "__main__":
    unittest.main()
