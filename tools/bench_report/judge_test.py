"""Claims about the report: python3 -m unittest discover -s tools/bench_report -t tools -p '*_test.py'"""

import json
import unittest
from pathlib import Path

from bench_report import document, judge, plot, runner, table as tables

TABLE = tables.load(Path(__file__).resolve().parents[2] / "benchmarks")
KNOWN = {(c.id, c.condition, c.unit) for c in TABLE.conditions}
UNITS = {(c.id, c.condition): c.unit for c in TABLE.conditions}


def printed(target_id, condition, name, value, **more):
    """A row as a program prints it."""
    row = {"id": target_id, "condition": condition, "kind": "peer", "name": name, "value": value,
           "unit": UNITS[target_id, condition], "mode": "spin", "payload": "64 B",
           "pinning": "cpu 0", "bounded": True, "note": ""}
    return row | more


def run_of(*measured, rounds=1, failures=None):
    """A run from (program, rows of its rounds)."""
    run = runner.Run(rounds, failures=failures or {})
    for program, rows in measured:
        run.samples[program, rows[0]["id"], rows[0]["condition"], rows[0]["name"]] = rows
    return run


def ping_pong(ours=10.0, caf=400.0, asio=100.0):
    return [("bench_p1", [printed("P1", "ping_pong", "Mycelium", ours)]),
            ("peer_caf", [printed("P1", "ping_pong", "CAF", caf)]),
            ("peer_asio", [printed("P1", "ping_pong", "Asio", asio)])]


def ours_of(rows, statistic="value"):
    return next(r for r in rows if r["kind"] == "ours" and r["statistic"] == statistic)


class Judge(unittest.TestCase):
    def test_meets_a_target_when_every_rule_holds(self):
        ours = ours_of(judge.judge(TABLE, ["P1"], run_of(*ping_pong())))
        self.assertTrue(ours["met"], ours["reason"])
        self.assertEqual((ours["peer"], ours["ratio_to_peer"]), ("Asio", 0.1))
        self.assertEqual(ours["shortfall"], 0.5)

    def test_misses_a_target_when_one_rule_fails(self):
        ours = ours_of(judge.judge(TABLE, ["P1"], run_of(*ping_pong(ours=24.0))))
        self.assertFalse(ours["met"])
        self.assertEqual(ours["shortfall"], 1.2)
        self.assertIn("wanted <= 0.2", ours["reason"])

    def test_a_recorded_peer_counts_when_it_is_harder_to_beat(self):
        ours = ours_of(judge.judge(TABLE, ["P1"], run_of(*ping_pong(asio=1000.0))))
        self.assertEqual(ours["peer"], "SObjectizer 5.8.4")
        self.assertEqual(ours["ratio_to_peer"], round(10 / 131, 5))

    def test_takes_the_median_of_the_rounds(self):
        rounds = [printed("P1", "ping_pong", "Mycelium", value) for value in (11.0, 90.0, 10.0)]
        ours = ours_of(judge.judge(TABLE, ["P1"], run_of(("bench_p1", rounds), rounds=3)))
        self.assertEqual((ours["value"], ours["spread"]), (11.0, [10.0, 90.0]))

    def test_a_program_that_printed_nothing_is_a_row_that_is_not_met(self):
        rows = judge.judge(TABLE, ["P1"], run_of(failures={"bench_p1": "bench_p1 program is not built"}))
        missing = [r for r in rows if not r["recorded"]]
        self.assertEqual({r["kind"] for r in missing}, {"ours", "peer"})
        for row in missing:
            self.assertFalse(row["met"])
            self.assertIsNone(row["value"])
            self.assertTrue(row["reason"])

    def test_a_missing_peer_denies_ours_its_target(self):
        ours = ours_of(judge.judge(TABLE, ["P1"], run_of(*ping_pong()[:2])))
        self.assertFalse(ours["met"])
        self.assertIn("Boost.Asio 1.81 is missing", ours["reason"])

    def test_a_missing_round_denies_the_target(self):
        ours = ours_of(judge.judge(TABLE, ["P1"], run_of(*ping_pong(), rounds=2)))
        self.assertFalse(ours["met"])
        self.assertIn("1 of 2 rounds", ours["reason"])

    def test_a_bare_queue_is_no_peer_and_a_recorded_floor_no_floor(self):
        run = run_of(("bench_p2", [printed("P2", "stream", "Mycelium", 48.0)]),
                     ("floor_ring", [printed("P2", "stream", "ring", 60.0)]),
                     ("peer_caf", [printed("P2", "stream", "CAF", 4.0)]),
                     ("peer_asio", [printed("P2", "stream", "Asio", 3.0)]),
                     ("queues", [printed("P2", "stream", "moodycamel", 20.0)]))
        ours = ours_of(judge.judge(TABLE, ["P2"], run))
        self.assertEqual((ours["peer"], ours["ratio_to_floor"]), ("tokio mpsc task", 0.8))
        self.assertTrue(ours["met"], ours["reason"])

    def test_each_percentile_is_a_row_of_its_own(self):
        latency = {"p50": 150.0, "p99": 500.0, "p99_9": 9000.0}
        floor = {"p50": 150.0, "p99": 450.0, "p99_9": 9000.0}
        run = run_of(("bench_p4", [printed("P4", "one_way", "Mycelium", 150.0, **latency)]),
                     ("floor_ring", [printed("P4", "one_way", "ring", 150.0, **floor)]))
        rows = judge.judge(TABLE, ["P4"], run)
        self.assertEqual((ours_of(rows, "p50")["value"], ours_of(rows, "p99")["value"]), (150.0, 500.0))
        self.assertTrue(ours_of(rows, "p50")["met"])
        self.assertFalse(ours_of(rows, "p99")["met"])

    def test_ours_must_come_from_one_idle_mode(self):
        run = run_of(*ping_pong(), ("bench_p2", [printed("P2", "stream", "Mycelium", 48.0, mode="sleep")]))
        ours = ours_of(judge.judge(TABLE, ["P1", "P2"], run))
        self.assertFalse(ours["met"])
        self.assertIn("different idle modes: sleep, spin", ours["reason"])


class Runner(unittest.TestCase):
    def test_takes_a_row_of_the_table(self):
        row = printed("P1", "ping_pong", "CAF", 400.0)
        self.assertEqual(runner.parse_row(json.dumps(row), KNOWN), row)

    def test_refuses_what_is_not_a_row(self):
        no_mode = {k: v for k, v in printed("P1", "ping_pong", "CAF", 1.0).items() if k != "mode"}
        for line in ("hello", "[]", json.dumps(no_mode), json.dumps(printed("P1", "ping_pong", "CAF", None)),
                     json.dumps(printed("P1", "ping_pong", "CAF", 1.0, unit="us"))):
            with self.assertRaises(runner.BadRow, msg=line):
                runner.parse_row(line, KNOWN)

    def test_says_that_a_program_is_not_built(self):
        run = runner.run_rounds(TABLE, ["P1"], Path("no-such-folder"), rounds=1, quick=True)
        self.assertEqual(set(run.failures), {"bench_p1", "peer_caf", "peer_asio"})


class Report(unittest.TestCase):
    def test_shows_ours_the_best_first_and_names_what_is_recorded(self):
        rows = judge.judge(TABLE, ["P1"], run_of(*ping_pong()))
        svg = plot.bars(TABLE.conditions[0], rows)
        self.assertLess(svg.index(">Mycelium<"), svg.index(">Asio<"))
        self.assertLess(svg.index(">Asio<"), svg.index("SObjectizer 5.8.4 (recorded)"))

    def test_says_why_a_target_is_not_met(self):
        rows = judge.judge(TABLE, ["P1"], run_of(*ping_pong(ours=30.0)))
        self.assertIn("no: 30 ns, wanted <= 25", document.summary_part(rows))


if __name__ == "__main__":
    unittest.main()
