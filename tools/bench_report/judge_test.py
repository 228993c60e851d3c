"""Claims about the report: python3 -m unittest discover -s tools/bench_report -t tools -p '*_test.py'"""

import json
import tempfile
import unittest
from pathlib import Path

from bench_report import choosing, document, judge, link, machine, plot, runner, table as tables

TABLE = tables.load(Path(__file__).resolve().parents[2] / "benchmarks")
KNOWN = {(c.id, c.condition, c.unit) for c in TABLE.conditions}
WITHOUT_CARGO = {program: "cargo is not installed" for program in TABLE.programs_that_need("cargo")}
UNITS = {(c.id, c.condition): c.unit for c in TABLE.conditions}


def printed(target_id, condition, name, value, **more):
    """A row as a program prints it."""
    row = {"id": target_id, "condition": condition, "kind": "peer", "name": name, "value": value,
           "unit": UNITS[target_id, condition], "mode": "spin", "payload": "64 B",
           "pinning": "cpu 0", "bounded": True, "note": ""}
    return row | more


def run_of(*measured, rounds=1, failures=None, unavailable=WITHOUT_CARGO):
    """A run from (program, rows of its rounds), on a machine without cargo unless said otherwise."""
    run = runner.Run(rounds, failures=failures or {}, unavailable=unavailable)
    for program, rows in measured:
        first = rows[0]
        run.samples[program, first["id"], first["condition"], first["name"], first.get("size")] = rows
    return run


def ping_pong(ours=10.0, caf=400.0, asio=100.0):
    return [("bench_p1", [printed("P1", "ping_pong", "Mycelium", ours)]),
            ("peer_caf", [printed("P1", "ping_pong", "CAF", caf)]),
            ("peer_asio", [printed("P1", "ping_pong", "Asio", asio)])]


def topics(*points, working_set=1000):
    """A curve; its sizes as they may come, not in order."""
    points = points or ((10, 22.0), (1, 20.0), (100, 24.2))
    return [("bench_p16", [printed("P16", "topics", "Mycelium", value, size=size, working_set=working_set * size)])
            for size, value in points]


def apart(run, *round_trips):
    """The run, with a probe that has measured these."""
    run.link = link.Link(Path("no-such-folder"))
    run.link.round_trips = sorted(round_trips)
    return run


def rounds_of(name, *measured, **more):
    """Rows of P1 from (value, how far apart the processors were)."""
    return [printed("P1", "ping_pong", name, value, link_ns=nanoseconds, **more) for value, nanoseconds in measured]


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

    def test_compares_only_what_was_measured_with_the_processors_near_each_other(self):
        run = run_of(("bench_p1", rounds_of("Mycelium", (10.0, 100.0), (90.0, 400.0), (91.0, 400.0))),
                     ("peer_caf", rounds_of("CAF", (500.0, 100.0), (501.0, 101.0), (502.0, 102.0))),
                     ("peer_asio", rounds_of("Asio", (100.0, 100.0), (300.0, 390.0), (101.0, 100.0))), rounds=3)
        ours = ours_of(judge.judge(TABLE, ["P1"], apart(run, 100.0, 400.0)))
        self.assertTrue(ours["met"], ours["reason"])
        self.assertEqual((ours["value"], ours["rounds"]), (10.0, 1))
        self.assertIn("near each other in 1 of 3 rounds", ours["note"])

    def test_what_ran_on_one_processor_counts_although_the_other_was_far(self):
        run = run_of(("bench_p1", rounds_of("Mycelium", (10.0, 400.0), (12.0, 400.0))), rounds=2)
        ours = ours_of(judge.judge(TABLE, ["P1"], apart(run, 100.0, 400.0)))
        self.assertEqual((ours["value"], ours["unusable"]), (11.0, False))

    def test_what_crosses_and_was_never_near_is_unusable_and_has_no_figure(self):
        run = run_of(("bench_p1", rounds_of("Mycelium", (10.0, 400.0), (12.0, 400.0), pinning="cpu 0 -> cpu 1")),
                     rounds=2)
        ours = ours_of(judge.judge(TABLE, ["P1"], apart(run, 100.0, 400.0)))
        self.assertEqual((ours["value"], ours["met"], ours["unusable"]), (None, False, True))
        self.assertIn("far from each other in all 2 rounds", ours["reason"])
        self.assertIn("unusable", document.table_line(ours))

    def test_a_peer_that_was_never_near_denies_ours_its_target_and_is_compared_with_nothing(self):
        run = run_of(("bench_p1", rounds_of("Mycelium", (10.0, 100.0))), ping_pong()[1],
                     ("peer_asio", rounds_of("Asio", (900.0, 400.0), pinning="none")))
        ours = ours_of(judge.judge(TABLE, ["P1"], apart(run, 100.0, 400.0)))
        self.assertNotEqual(ours["peer"], "Asio")
        self.assertIn("peer Asio is missing: the processors were far", ours["reason"])

    def test_what_is_no_time_does_not_depend_on_the_distance(self):
        row = printed("P6", "across_workers", "Mycelium", 0.0, pinning="cpu 0 -> cpu 1", link_ns=400.0)
        rows = judge.judge(TABLE, ["P6"], apart(run_of(("bench_p6", [row])), 100.0, 400.0))
        self.assertEqual(next(r for r in rows if r["condition"] == "across_workers")["value"], 0.0)

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

    def test_a_peer_that_this_machine_cannot_build_is_stood_in_for_by_its_record(self):
        rows = judge.judge(TABLE, ["P1"], run_of(*ping_pong()))
        actix = [r for r in rows if "actix" in r["name"]]
        self.assertEqual([(r["value"], r["note"]) for r in actix], [(141, "recorded: cargo is not installed")])
        self.assertTrue(ours_of(rows)["met"])

    def test_a_peer_that_could_be_built_and_printed_nothing_is_missing(self):
        rows = judge.judge(TABLE, ["P1"], run_of(*ping_pong(), unavailable={}))
        self.assertFalse(ours_of(rows)["met"])
        self.assertIn("peer_rust_actix printed no row", ours_of(rows)["reason"])

    def test_a_target_of_nothing_is_met_by_nothing_only(self):
        for value, met, shortfall in ((0.0, True, 0.0), (0.5, False, 1.5)):
            ours = ours_of(judge.judge(TABLE, ["P6"], run_of(
                ("bench_p6", [printed("P6", "same_worker", "Mycelium", value)]))))
            self.assertEqual((ours["met"], ours["shortfall"]), (met, shortfall))

    def test_a_storm_is_judged_by_what_ours_does_without_one(self):
        def storm(p99):
            latency = [printed("P8", condition, "Mycelium", 50.0, p50=50.0, p99=value, p99_9=900.0)
                       for condition, value in (("sibling_quiet", 100.0), ("sibling_storm", p99))]
            rows = judge.judge(TABLE, ["P8"], run_of(*(("bench_p8", [row]) for row in latency)))
            return next(r for r in rows if (r["condition"], r["statistic"]) == ("sibling_storm", "p99"))
        self.assertTrue(storm(120.0)["met"])
        self.assertEqual(storm(150.0)["ratio_to_ours"], 1.5)
        self.assertIn("1.5 x our own sibling_quiet, wanted <= 1.25", storm(150.0)["reason"])

    def test_a_storm_without_the_quiet_row_is_not_met(self):
        row = printed("P8", "sibling_storm", "Mycelium", 50.0, p50=50.0, p99=90.0, p99_9=900.0)
        rows = judge.judge(TABLE, ["P8"], run_of(("bench_p8", [row])))
        ours = next(r for r in rows if (r["condition"], r["statistic"]) == ("sibling_storm", "p99"))
        self.assertIn("no ours to compare with", ours["reason"])

    def test_a_curve_is_a_row_for_each_size_compared_with_the_one_before(self):
        ours = curve_rows(*topics((10, 22.0), (1, 20.0), (100, 44.0)))
        self.assertEqual([(r["size"], r["ratio_to_previous"]) for r in ours], [(1, None), (10, 1.1), (100, 2.0)])

    def test_ours_must_come_from_one_idle_mode(self):
        run = run_of(*ping_pong(), ("bench_p2", [printed("P2", "stream", "Mycelium", 48.0, mode="sleep")]))
        ours = ours_of(judge.judge(TABLE, ["P1", "P2"], run))
        self.assertFalse(ours["met"])
        self.assertIn("different idle modes: sleep, spin", ours["reason"])


def curve_rows(*measured, cache_bytes=None):
    run = run_of(*measured)
    run.cache_bytes = cache_bytes
    return [r for r in judge.judge(TABLE, ["P16"], run) if r["condition"] == "topics"]


class TenTimes(unittest.TestCase):
    def test_may_cost_a_fifth_more(self):
        ours = curve_rows(*topics((1, 10.0), (10, 12.0), (100, 14.4)))
        self.assertEqual([r["ratio_to_tenth"] for r in ours], [None, 1.2, 1.2])
        self.assertTrue(all(r["met"] for r in ours))

    def test_may_not_cost_more_than_that(self):
        ours = curve_rows(*topics((1, 10.0), (10, 12.1), (100, 12.1)))
        self.assertEqual([r["met"] for r in ours], [True, False, True])
        self.assertEqual(ours[1]["reason"], "1.21x that of 1, wanted <= 1.2")

    def test_is_held_against_the_largest_size_that_is_a_tenth(self):
        ours = curve_rows(*topics((1, 10.0), (3, 11.0), (10, 12.0), (30, 13.0), (63, 14.0)))
        self.assertEqual([r["ratio_to_tenth"] for r in ours], [None, None, 1.2, 1.182, 1.273])
        self.assertIn("that of 3", ours[-1]["reason"])

    def test_is_not_judged_when_the_working_set_is_more_than_the_cache(self):
        ours = curve_rows(*topics((1, 10.0), (10, 20.0), (100, 40.0)), cache_bytes=10_000)
        self.assertEqual([r["met"] for r in ours], [True, False, True])
        self.assertIn("beyond the caches, not judged", ours[2]["note"])

    def test_is_judged_all_the_way_where_the_cache_is_not_known(self):
        ours = curve_rows(*topics((1, 10.0), (10, 12.0), (100, 40.0)))
        self.assertFalse(ours[2]["met"])

    def test_wants_to_know_the_working_set(self):
        measured = topics((1, 10.0), (10, 10.0))
        del measured[1][1][0]["working_set"]
        self.assertIn("did not say how much memory", curve_rows(*measured)[1]["reason"])

    def test_of_lanes_is_reported_only(self):
        run = run_of(*(("bench_p16", [printed("P16", "empty_lanes", "Mycelium", value, size=size)])
                       for size, value in ((1, 1.0), (10, 9.0))))
        lanes = [r for r in judge.judge(TABLE, ["P16"], run) if r["condition"] == "empty_lanes"]
        self.assertTrue(all(r["met"] for r in lanes))


class Cache(unittest.TestCase):
    def test_of_the_second_level_is_read_from_the_kernel(self):
        with tempfile.TemporaryDirectory() as folder:
            for index, (level, size) in enumerate((("1", "32K"), ("2", "1024K"), ("3", "32M"))):
                cache = Path(folder) / f"index{index}"
                cache.mkdir()
                (cache / "level").write_text(f"{level}\n", encoding="ascii")
                (cache / "size").write_text(f"{size}\n", encoding="ascii")
            self.assertEqual(machine.l2_bytes(Path(folder)), 1024 * 1024)

    def test_is_unknown_where_the_kernel_says_nothing(self):
        self.assertIsNone(machine.l2_bytes(Path("no-such-folder")))


def service(near=100.0):
    """E1 as the program prints it, the processors so far apart."""
    return [("service", [printed("E1", condition, "Mycelium", p50, size=size, p50=p50, p99=10 * p50, p99_9=1e6,
                                 pinning="cpu 0 -> cpu 1", link_ns=near)])
            for condition, p50 in (("by_hand", 90.0), ("with_actors", 120.0)) for size in (1, 100)]


class Choosing(unittest.TestCase):
    TEXT = f"Before.\n{choosing.BEGIN}\nold\n{choosing.END}\nAfter.\n"

    def test_replaces_what_stands_between_its_marks_and_nothing_else(self):
        text = choosing.replaced(self.TEXT, "new")
        self.assertEqual(text, f"Before.\n{choosing.BEGIN}\n\nnew\n\n{choosing.END}\nAfter.\n")
        self.assertEqual(choosing.replaced(text, "new"), text)

    def test_refuses_a_page_without_its_marks(self):
        for text in ("", self.TEXT.replace(choosing.END, ""), self.TEXT.replace(choosing.BEGIN, "")):
            with self.assertRaises(ValueError):
                choosing.replaced(text, "new")

    def test_shows_both_sides_for_each_number_of_instances(self):
        table = choosing.block(judge.judge(TABLE, ["E1"], run_of(*service())), "abc123")
        self.assertIn("| 1 instance | 90 ns / 900 ns | 120 ns / 1.2 us |", table)
        self.assertIn("| 100 instances | 90 ns / 900 ns | 120 ns / 1.2 us |", table)
        self.assertIn("abc123", table)

    def test_shows_no_figure_that_cannot_be_used(self):
        run = apart(run_of(*service(near=400.0)), 100.0, 400.0)
        table = choosing.block(judge.judge(TABLE, ["E1"], run), "abc123")
        self.assertIn("| 1 instance | unusable / unusable | unusable / unusable |", table)

    def test_the_page_has_its_marks(self):
        page = Path(__file__).resolve().parents[2] / "docs" / "choosing.md"
        self.assertIn("new", choosing.replaced(page.read_text(encoding="utf-8"), "new"))


class Runner(unittest.TestCase):
    def test_takes_a_row_of_the_table(self):
        row = printed("P1", "ping_pong", "CAF", 400.0)
        self.assertEqual(runner.parse_row(json.dumps(row), KNOWN), row)

    def test_refuses_what_is_not_a_row(self):
        no_mode = {k: v for k, v in printed("P1", "ping_pong", "CAF", 1.0).items() if k != "mode"}
        for line in ("hello", "[]", json.dumps(no_mode), json.dumps(printed("P1", "ping_pong", "CAF", None)),
                     json.dumps(printed("P1", "ping_pong", "CAF", 1.0, unit="us")),
                     json.dumps(printed("P16", "topics", "Mycelium", 1.0, size="ten")),
                     json.dumps(printed("P16", "topics", "Mycelium", 1.0, working_set="much"))):
            with self.assertRaises(runner.BadRow, msg=line):
                runner.parse_row(line, KNOWN)

    def test_says_that_a_program_is_not_built(self):
        run = runner.run_rounds(TABLE, ["P1"], Path("no-such-folder"), 1, True, absent=WITHOUT_CARGO)
        self.assertEqual(set(run.failures), {"bench_p1", "peer_caf", "peer_asio"})

    def test_runs_again_what_cannot_be_used_of_any_round(self):
        run = run_of(("bench_p1", rounds_of("Mycelium", (10.0, 400.0))),
                     ("peer_caf", rounds_of("CAF", (10.0, 400.0), (10.0, 100.0), pinning="none")),
                     ("peer_asio", rounds_of("Asio", (10.0, 400.0), (10.0, 400.0), pinning="none")), rounds=2)
        self.assertEqual(runner.programs_to_run_again(apart(run, 100.0, 400.0)), ["peer_asio"])

    def test_knows_which_programs_a_machine_without_cargo_lacks(self):
        absent = runner.unavailable(TABLE, Path("no-such-folder"), "cargo is not installed")
        self.assertEqual(absent, WITHOUT_CARGO)
        self.assertIn("peer_rust_kameo", absent)


class Report(unittest.TestCase):
    def test_shows_ours_the_best_first_and_names_what_is_recorded(self):
        rows = judge.judge(TABLE, ["P1"], run_of(*ping_pong()))
        svg = plot.bars(TABLE.conditions[0], rows)
        self.assertLess(svg.index(">Mycelium<"), svg.index(">Asio<"))
        self.assertLess(svg.index(">Asio<"), svg.index("SObjectizer 5.8.4 (recorded)"))

    def test_says_why_a_target_is_not_met(self):
        rows = judge.judge(TABLE, ["P1"], run_of(*ping_pong(ours=30.0)))
        self.assertIn("no: 30 ns, wanted <= 25", document.summary_part(rows))

    def test_shows_a_value_of_nothing(self):
        run = run_of(("bench_p6", [printed("P6", "same_worker", "Mycelium", 0.0)]))
        condition = next(c for c in TABLE.conditions if c.id == "P6")
        svg = plot.bars(condition, [r for r in judge.judge(TABLE, ["P6"], run) if not r["recorded"]])
        self.assertIn(">Mycelium<", svg)

    def test_draws_a_curve_from_its_smallest_size_to_its_largest(self):
        rows = [r for r in judge.judge(TABLE, ["P16"], run_of(*topics())) if r["condition"] == "topics"]
        svg = plot.curve(next(c for c in TABLE.conditions if c.condition == "topics"), rows)
        self.assertLess(svg.index(">1<"), svg.index(">10<"))
        self.assertLess(svg.index(">10<"), svg.index(">100<"))

    def test_says_of_a_curve_where_it_begins_and_ends(self):
        rows = curve_rows(*topics())
        self.assertIn("20 ns for 1, 24.2 ns for 100", document.summary_part(rows))
        self.assertIn("| 10 | 22 ns | 22 - 22 | 1.1x | 1.1x | 9.77 KiB |", "\n".join(document.curve_table(rows)))


if __name__ == "__main__":
    unittest.main()
