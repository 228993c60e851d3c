#!/usr/bin/env python3
"""Runs the program `providers` as a user would. Usage: providers_test.py PROGRAM [CASE]"""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import unittest

PROGRAM = ""
NAMES = ("spot_btcusdt", "usdm_btcusdt", "cm_btcusd_perp")
# A machine that is slow must not look like a venue that has fallen silent.
PATIENT = ("--silence", "1h", "--speed", "4", "--seconds", "2")


class Providers(unittest.TestCase):
    def start(self, *arguments):
        return subprocess.Popen([PROGRAM, "run", *arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True)

    def finish(self, process, status, out=""):
        more, self.err = process.communicate(timeout=100)
        self.assertEqual(process.returncode, status, f"{process.args}\n{out}{more}\n{self.err}")
        return out + more

    def run_program(self, *arguments, status=0):
        return self.finish(self.start(*arguments), status)

    def tables(self, out):
        """{name: (frames, missed, gaps, outages)} of each table."""
        rows = re.findall(r"^  (\w+) +(\d+) +(\d+) +(\d+) +(\d+)$", out, re.MULTILINE)
        self.assertEqual(len(rows) % 3, 0, out)
        numbers = [(row[0], tuple(map(int, row[1:]))) for row in rows]
        return [dict(numbers[at:at + 3]) for at in range(0, len(numbers), 3)]

    def assert_only_one_broke(self, table, broken="usdm_btcusdt"):
        for name in NAMES:
            frames, missed, gaps, outages = table[name]
            self.assertGreater(frames, 0)
            self.assertEqual(outages, int(name == broken), table)
            if name != broken:
                self.assertEqual((missed, gaps), (0, 0), table)

    def test_one_broken_connection_costs_the_others_nothing_as_actors_and_as_processes(self):
        out = self.run_program(*PATIENT, "--fault", "usdm_btcusdt:1s")
        actors, processes = self.tables(out)
        for table in (actors, processes):
            self.assert_only_one_broke(table)
        for name in NAMES:
            self.assertEqual(sum(actors[name][:2]), sum(processes[name][:2]), "the same data, received or missed")
        self.assertEqual(len(re.findall(r"^ +[\d,]+ us  the new incarnation runs$", out, re.MULTILINE)), 2, out)
        self.assertEqual(len(re.findall(r"^ +[\d,]+ us  first message; \d+ frames missed$", out, re.MULTILINE)), 2, out)
        self.assertRegex(out, r"failure noticed -> first message +[\d,]+ us +[\d,]+ us +[\d.]+\n")
        self.assertRegex(out, r"\nholds: .*\n\Z")

    def test_a_torn_frame_is_a_failure_of_its_own_provider_only(self):
        actors, processes = self.tables(self.run_program(*PATIENT, "--fault", "spot_btcusdt:500ms:corrupt"))
        for table in (actors, processes):
            self.assert_only_one_broke(table, "spot_btcusdt")
            self.assertGreater(table["spot_btcusdt"][1], 0)

    def test_the_data_end_after_so_many_messages(self):
        out = self.run_program(*PATIENT, "--messages", "50", "--fault", "none")
        for table in self.tables(out):
            for name in NAMES:
                self.assertEqual(table[name], (50, 0, 0, 0))

    def test_pause_and_stop_are_taken_while_the_connections_are_read(self):
        out = self.run_program(*PATIENT, "--fault", "none", "--actors-only", "--pause", "spot_btcusdt:500ms:500ms",
                               "--stop", "cm_btcusd_perp:500ms:500ms")
        table, = self.tables(out)
        self.assertEqual(table["spot_btcusdt"][1:], (0, 0, 0))
        self.assertEqual(table["usdm_btcusdt"][1:], (0, 0, 0))
        self.assertEqual(table["cm_btcusd_perp"][2:], (1, 0))

    def test_a_venue_that_comes_late_is_found(self):
        out = self.run_program(*PATIENT, "--venue-after", "100ms", "--restarts", "1000", "--fault", "none",
                               "--actors-only")
        self.assertIn("before its first frame: cannot connect: Connection refused", out)
        table, = self.tables(out)
        for name in NAMES:
            self.assertEqual(table[name][1:], (0, 0, 1))

    def test_a_venue_that_never_comes_is_given_up_with_status_1(self):
        out = self.run_program("--no-venue", "--restarts", "3", status=1)
        self.assertIn('supervisor "feeds" failed', out)
        self.assertIn("Connection refused", out)
        self.assertTrue(out.endswith("does not hold\n"), out)

    def test_a_port_that_is_taken_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            self.assertEqual(self.run_program("--port", port, status=2), "")
        self.assertIn(f"cannot listen at 127.0.0.1:{port}", self.err)

    def test_a_wrong_command_line_is_refused_with_a_sentence(self):
        for arguments, sentence in ((("--fault", "usdm:1s"), 'no provider "usdm"'),
                                    (("--fault", "usdm_btcusdt:9s"), "behind the end"),
                                    (("--pause", "usdm_btcusdt:1s:9s"), "behind the end"),
                                    (("--seconds", "0"), "--seconds"), (("--silence", "0s"), "--silence"),
                                    (("--actors-only", "--processes-only"), "excludes"),
                                    (("--sped", "3"), "--sped")):
            self.assertEqual(self.run_program(*arguments, status=2), "", arguments)
            self.assertIn(sentence, self.err)

    def interrupt(self, *arguments, children):
        """Sends SIGINT to a run without end once it has so many children."""
        process = self.start("--seconds", "3600", "--silence", "1h", "--fault", "none", *arguments)
        out = process.stdout.readline()  # The venue's address: signals are taken by now.
        listed = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while process.poll() is None and len(listed.read_text().split()) < children:
            pass
        process.send_signal(signal.SIGINT)
        self.assertIn("interrupted", self.finish(process, 1, out))
        with self.assertRaises(ProcessLookupError, msg="a child was left"):
            os.killpg(process.pid, 0)

    def test_sigint_ends_the_actors(self):
        self.interrupt("--actors-only", children=0)

    def test_sigint_ends_the_processes_and_leaves_no_child(self):
        self.interrupt("--processes-only", children=3)


def main():
    global PROGRAM
    PROGRAM = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + [f"Providers.test_{case}" for case in sys.argv[2:]])


if __name__ == "__main__":
    main()
