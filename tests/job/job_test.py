#!/usr/bin/env python3
"""Runs the arbitrage program as a user would and looks at what it leaves. Usage: job_test.py PROGRAM [CASE]"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import golden  # noqa: E402
import recordings  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOPOLOGY = ROOT / "examples/arbitrage/topology.toml"
PROGRAM = ""
SKIPPED = 77


def recorded_data():
    """The folder of the recorded day, or skips the case."""
    folder = pathlib.Path(os.environ.get("MYCELIUM_DATA_DIR", ROOT / "../shared/data")) / "binance-raw-20240808"
    if not folder.is_dir():
        raise unittest.SkipTest(f"no recorded data in {folder}: set MYCELIUM_DATA_DIR")
    return folder


class Job(unittest.TestCase):
    """Each case runs in a folder of its own."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def start(self, *arguments, topology=TOPOLOGY, command="run"):
        environment = {**os.environ, "MYCELIUM_DATA_DIR": str(self.folder / "nowhere")}
        return subprocess.Popen([PROGRAM, command, str(topology), *map(str, arguments)], cwd=self.folder, text=True,
                                env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run_program(self, *arguments, exit_code=0, **more):
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=240)
        self.assertEqual(process.returncode, exit_code, f"{arguments}\n{out}\n{err}")
        self.err = err
        return out

    def summary(self, *arguments, **more):
        self.run_program("--summary", "summary.json", *arguments, **more)
        return json.loads((self.folder / "summary.json").read_text())

    def simulated(self, *arguments, seconds=20, **more):
        return self.summary("--simulate", "--duration", f"{seconds}s", *arguments, **more)

    def damaged(self, change, instrument="spot_btcusdt"):
        """The summary of a run on two small recordings, one of them changed; and how many lines they have."""
        total = recordings.write_pair(self.folder, change, instrument)
        return self.summary("--data", self.folder), total

    # --- the recorded day

    def test_recorded_day_gives_the_golden_values(self):
        got = self.summary("--data", recorded_data(), "--workers", 2)
        self.assertEqual(got["frames"], 332_200)
        self.assertEqual([got[key] for key in ("bad_frames", "missed", "dropped", "dead_letters", "restarts")], [0] * 5)
        self.assertEqual(got["instruments"], golden.INSTRUMENTS)
        for name, strategy in got["strategies"].items():
            self.assertTrue(20 <= strategy["signals"] <= 5000, f"{name}: {strategy}")

    def test_recorded_day_gives_the_same_signals_with_any_workers(self):
        data = recorded_data()
        one, two = (self.summary("--data", data, "--workers", count) for count in (1, 2))
        self.assertEqual(one["signals_sha256"], two["signals_sha256"])

    def test_recorded_feed_fault_costs_one_restart_and_only_its_own_frames(self):
        got = self.summary("--data", recorded_data(), "--fault", "feed:usdm_btcusdt:2s")
        self.assertEqual(got["restarts"], 1)
        self.assertGreater(got["missed"], 0)
        self.assertEqual(got["frames"] + got["missed"], 332_200)
        for name, values in golden.INSTRUMENTS.items():
            if name != "usdm_btcusdt":
                self.assertEqual(got["instruments"][name], values)
        hit, whole = got["instruments"]["usdm_btcusdt"], golden.INSTRUMENTS["usdm_btcusdt"]
        for key in ("last_update_id", "best_bid", "best_ask", "levels"):
            self.assertEqual(hit[key], whole[key], key)
        self.assertEqual(*hit["ticker_matches"])

    # --- determinism and faults on the simulated venue

    def test_signals_do_not_depend_on_workers_idle_mode_speed_or_grants(self):
        first = self.simulated()
        self.assertGreater(first["signals"], 0)
        text = TOPOLOGY.read_text().replace('ahead = "200ms", window = "20ms"', 'ahead = "31ms", window = "3ms"')
        self.assertNotEqual(text, TOPOLOGY.read_text())
        small_grants = self.folder / "small_grants.toml"
        small_grants.write_text(text)
        others = [self.simulated("--workers", 1), self.simulated("--workers", 3, "--idle", "sleep"),
                  self.simulated("--speed", 10), self.simulated(topology=small_grants)]
        for other in others:
            self.assertEqual(other["signals_sha256"], first["signals_sha256"])
            self.assertEqual(other["instruments"], first["instruments"])

    def test_another_seed_gives_other_signals(self):
        self.assertNotEqual(self.simulated()["signals_sha256"], self.simulated("--seed", 2)["signals_sha256"])

    def test_simulated_venue_gives_signals_for_each_asset_and_equal_books(self):
        got = self.simulated(seconds=60)
        for name, strategy in got["strategies"].items():
            self.assertGreater(strategy["signals"], 0, name)
        for name, values in got["instruments"].items():
            self.assertEqual(*values["ticker_matches"], name)
            self.assertGreater(values["ticker_matches"][1], 0, name)

    def test_every_feed_survives_its_fault(self):
        whole = self.simulated()
        for name in whole["instruments"]:
            got = self.simulated("--fault", f"feed:{name}:3s:700ms")
            self.assertEqual(got["restarts"], 1, name)
            self.assertEqual(got["frames"] + got["missed"], whole["frames"], name)
            self.assertEqual(got["instruments"][name]["best_bid"], whole["instruments"][name]["best_bid"], name)
            self.assertEqual(*got["instruments"][name]["ticker_matches"], name)
            others = {key: value for key, value in got["instruments"].items() if key != name}
            self.assertEqual(others, {key: whole["instruments"][key] for key in others}, name)

    def test_faults_of_several_feeds_and_again_of_one(self):
        got = self.simulated("--fault", "feed:spot_btcusdt:1s:100ms", "--fault", "feed:spot_btcusdt:5s",
                             "--fault", "feed:cm_ethusd_perp:5s:30s")
        self.assertEqual(got["restarts"], 3)
        self.assertEqual(got["frames"] + got["missed"], self.simulated()["frames"])

    # --- what is wrong with the data

    def test_a_good_pair_of_recordings_is_read_whole(self):
        got, total = self.damaged(None)
        self.assertEqual((got["frames"], got["bad_frames"]), (total, 0))

    def test_torn_and_senseless_lines_are_counted_and_the_rest_goes_on(self):
        def change(made):
            made[20] = made[20][:40] + "\n"
            made[21] = "no time at all\n"
            made[22] = made[22].split(" ")[0] + ' {"stream":"btcusdt@kline_1m","data":{}}\n'
            made[-1] = made[-1][:-20]
            return made

        got, total = self.damaged(change)
        self.assertEqual(got["bad_frames"], 4)
        self.assertEqual(got["frames"], total - 4)
        for code in ("bad_json", "bad_line", "unknown_stream"):
            self.assertIn(code, self.err)

    def test_a_gap_in_the_update_ids_makes_the_feed_ask_for_a_snapshot(self):
        whole, _ = self.damaged(None)
        got, _ = self.damaged(lambda made: made[:50] + made[53:])
        self.assertIn("depth updates are missing", self.err)
        for key in ("last_update_id", "best_bid", "best_ask", "levels"):
            self.assertEqual(got["instruments"]["spot_btcusdt"][key], whole["instruments"]["spot_btcusdt"][key], key)

    def test_a_crossed_snapshot_is_refused(self):
        def change(made):
            return [f"{recordings.START_NS} {recordings.snapshot(1000, 102, 101)}\n"] + made[1:]

        got, total = self.damaged(change)
        self.assertIn("crossed_snapshot", self.err)
        self.assertGreater(got["bad_frames"], 0)
        self.assertEqual(got["instruments"]["usdm_btcusdt"]["frames"], total // 2)

    def test_a_truncated_archive_is_read_as_far_as_it_goes(self):
        recordings.write_pair(self.folder)
        path = self.folder / "spot_btcusdt_20240101.nsjson.zst"
        path.write_bytes(path.read_bytes()[:-40])
        got = self.summary("--data", self.folder)
        self.assertIn(path.name, self.err)
        self.assertEqual(got["instruments"]["usdm_btcusdt"]["frames"], 200)

    def test_several_files_of_an_instrument_are_played_in_order(self):
        for name in ("spot_btcusdt", "usdm_btcusdt"):
            made = recordings.lines(name)
            recordings.write(self.folder, name, "".join(made[120:]), "20240102")
            recordings.write(self.folder, name, "".join(made[:120]), "20240101")
        self.assertEqual(self.summary("--data", self.folder)["frames"], 400)

    def test_an_instrument_without_a_recording_is_named_and_left_out(self):
        recordings.write_pair(self.folder)
        got = self.summary("--data", self.folder)
        self.assertIn("no recording of cm_btcusd_perp, spot_ethusdt, usdm_ethusdt, cm_ethusd_perp", self.err)
        self.assertEqual(list(got["instruments"]), ["spot_btcusdt", "usdm_btcusdt"])
        self.assertEqual(list(got["strategies"]), ["strategy.btc"])

    # --- what it refuses, and how it ends

    def test_refuses_what_cannot_work_before_anything_starts(self):
        (self.folder / "empty").mkdir()
        recordings.write_pair(self.folder)
        cases = [
            (("--data", "nowhere"), "there is no such directory"),
            (("--data", "empty"), "has no recording of"),
            (("--output", "no/such/folder/out.csv"), "no/such/folder/out.csv"),
            (("--summary", "no/such/folder/out.json"), "no/such/folder/out.json"),
            (("--speeed", "10"), "did you mean --speed?"),
            (("--speed", "7"), "--speed is 1, 10 or max"),
            (("--fault", "feed:usdm_btcusd:2s"), 'did you mean "usdm_btcusdt"?'),
            (("--fault", "book:usdm_btcusdt:2s"), "only feeds can be made to fail"),
            (("--workers", "0"), "--workers"),
            (("--bundle", "tradin"), 'did you mean "trading"?'),
        ]
        for arguments, sentence in cases:
            self.run_program("--simulate" if "--data" not in arguments else "--headless", *arguments, exit_code=2)
            self.assertIn(sentence, self.err, arguments)

    def test_names_every_error_of_a_topology_with_line_and_column(self):
        broken = self.folder / "broken.toml"
        broken.write_text(TOPOLOGY.read_text().replace('type = "clock"', 'type = "clok"')
                          .replace('idle = "adaptive"', 'idle = "adaptve"', 1))
        self.run_program(topology=broken, exit_code=2)
        self.assertRegex(self.err, r"broken\.toml:\d+:\d+: bundles\.idle: ")
        self.run_program(topology=self.folder / "none.toml", exit_code=2)
        self.assertIn("none.toml", self.err)
        broken.write_text(TOPOLOGY.read_text().replace('type = "clock"', 'type = "clok"')
                          .replace('quantity = "0.1"', 'quantty = "0.1"'))
        self.run_program(topology=broken, exit_code=2)
        self.assertRegex(self.err, r'broken\.toml:\d+:\d+: .*did you mean "clock"\?')
        self.assertRegex(self.err, r'broken\.toml:\d+:\d+: .*did you mean "quantity"\?')

    def test_check_says_that_the_shipped_topology_is_right(self):
        self.assertIn("18 actors in 1 bundle, no errors", self.run_program(command="check"))

    def test_the_last_of_a_repeated_option_wins(self):
        self.run_program("--simulate", "--duration", "1h", "--duration", "2s", "--speed", "1", "--speed", "max",
                         "--output", "a.csv", "--output", "b.csv")
        self.assertEqual([path.name for path in self.folder.glob("*.csv")], ["b.csv"])

    def test_a_full_disk_is_said_and_the_job_goes_on(self):
        got = self.simulated("--output", "/dev/full", exit_code=1)
        self.assertGreater(got["frames"], 10_000)
        self.assertIn("/dev/full", self.err)
        self.run_program("--simulate", "--duration", "2s", "--summary", "/dev/full", exit_code=1)
        self.assertIn("/dev/full", self.err)

    def test_an_interrupt_stops_it_gracefully_with_a_summary(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start("--simulate", "--speed", "1", "--summary", "summary.json")
            first = process.stdout.readline()  # A line a second: it runs.
            self.assertIn("frames", first)
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err)
            got = json.loads((self.folder / "summary.json").read_text())
            self.assertGreater(got["frames"], 0)
            self.assertEqual(got["dead_letters"], 0)


if __name__ == "__main__":
    PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
    loader = unittest.TestLoader()
    suite = (loader.loadTestsFromName("test_" + sys.argv[2], Job) if len(sys.argv) > 2
             else loader.loadTestsFromTestCase(Job))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    for case, reason in result.skipped:
        print(f"skipped: {reason}")
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if result.skipped and result.testsRun == len(result.skipped) else 0)
