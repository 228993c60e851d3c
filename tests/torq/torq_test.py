#!/usr/bin/env python3
"""The command `torq decode` as a user runs it. Usage: torq_test.py PROGRAM [CASE]"""
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import program  # noqa: E402
import wire  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOOD = wire.message(wire.tlv(1, wire.payload(1)))


def without_details(lines):
    return [{key: value for key, value in line.items() if key != "detail"} for line in lines]


class TorqCommand(program.Case):
    # Promises: Q1, Q2
    def test_every_vector_gives_its_lines_and_status(self):
        for vector in wire.read_vectors(ROOT / "tests/torq/vectors.txt"):
            with self.subTest(vector["name"]):
                expected = [json.loads(line) for line in vector["lines"]]
                status = int(any("error" in line for line in expected))
                got = self.torq("decode", *vector["options"], data=vector["bytes"], status=status)
                self.assertEqual(without_details(got), expected)
                self.assertTrue(all(line.get("detail", "x") for line in got))

    # Promises: Q1
    def test_sample_vectors_of_the_design_are_read(self):
        data = pathlib.Path(os.environ.get("MYCELIUM_DATA_DIR", ROOT / "../shared/data"))
        path = data.parent / "design" / "torq-v2-sample-vectors.json"
        if not path.is_file():
            raise unittest.SkipTest(f"no sample vectors in {path}: they are found beside MYCELIUM_DATA_DIR")
        for vector in json.loads(path.read_text()):
            with self.subTest(vector["name"]):
                bad = ".neg." in vector["name"]
                lines = self.torq("decode", "--hex", data=vector["hex"].encode(), status=int(bad))
                self.assertEqual(len(lines), 2 if "coalesced" in vector["name"] else 1)
                self.assertEqual([line.get("error") for line in lines], ["bad_checksum"] if bad else [None] * len(lines))
                fields = vector["fields"]
                if "seq" in fields:
                    self.assertEqual(lines[0]["sequence"], fields["seq"])
                if "type" in fields:
                    self.assertEqual(lines[0]["tlvs"][0]["type"], fields["type"])
                shown = lines[0].get("tlvs") and lines[0]["tlvs"][0]["fields"]
                for theirs, ours in (("price_e8", "price"), ("bid", "bid_price"), ("venue", "venue"), ("amount_in", "amount_in"),
                                     ("tick", "tick_after"), ("dec_in", "decimals_in")):
                    if theirs in fields:
                        self.assertEqual(shown[ours], fields[theirs], f"{theirs}: {shown}")

    def test_hex_may_have_any_white_space(self):
        text = "\n".join(GOOD.hex(" ", 4).upper().split(" ")) + " \t\r\n"
        self.assertEqual(len(self.torq("decode", "--hex", data=text.encode())), 1)

    def test_hex_that_is_none_is_named_and_what_came_before_is_told(self):
        lines = self.torq("decode", "--hex", data=GOOD.hex().encode() + b"zz", status=1)
        self.assertEqual(len(lines), 1)
        self.assertIn("character 149 is no hexadecimal digit", self.err)
        self.torq("decode", "--hex", data=GOOD.hex().encode() + b"a", status=1)
        self.assertIn("odd number", self.err)
        self.torq("decode", "--hex", data=bytes(range(256)), status=1)

    def test_a_file_is_read_as_standard_input_is(self):
        path = self.folder / "traffic"
        path.write_bytes(GOOD * 3)
        lines = self.torq("decode", path)
        self.assertEqual([line["offset"] for line in lines], [0, 74, 148])
        self.assertEqual(lines, self.torq("decode", data=GOOD * 3))
        self.assertEqual(lines, self.torq("decode", "-", data=GOOD * 3))

    def test_a_message_of_the_largest_size_is_read(self):
        raw = bytes(65_536 - 32 - 5)
        lines = self.torq("decode", data=wire.message(wire.tlv(230, raw)))
        self.assertEqual(lines[0]["tlvs"], [wire.shown(230, raw)])

    def test_empty_input_is_no_fault(self):
        self.assertEqual(self.torq("decode"), [])
        self.assertEqual(self.torq("decode", "--hex"), [])

    def test_garbage_is_one_fault_with_its_bytes_counted(self):
        noise = bytes(index * 37 % 251 for index in range(300_000))
        lines = self.torq("decode", data=noise, status=1)
        self.assertEqual(without_details(lines), [wire.fault(0, "bad_magic", len(noise))])

    def test_wrong_usage_ends_with_2_and_a_sentence(self):
        for arguments in ([], ["decod"], ["decode", "--nonsense"], ["decode", "a", "b"], ["decode", "--checksum", "maybe"],
                          ["decode", "--domain-base", "-1"], ["decode", "--domain-base", "300"], ["tail"], ["relay"],
                          ["decode", self.folder / "missing"], ["decode", self.folder], ["tail", self.folder / "missing"],
                          ["tail", "/" + "x" * 200], ["relay", "/" + "x" * 200], ["relay", self.folder]):
            with self.subTest(arguments):
                self.torq(*arguments, status=2)
                self.assertTrue(self.err.startswith("torq: "), self.err)
                self.assertNotIn("terminate", self.err)

    def test_help_names_every_command(self):
        done = subprocess.run([self.program, "--help"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        for word in ("decode", "tail", "relay"):
            self.assertIn(word, done.stdout)
        for word in ("decode", "tail", "relay"):
            self.assertEqual(subprocess.run([self.program, word, "--help"], capture_output=True, timeout=60).returncode, 0)

    def test_a_closed_pipe_ends_it_quietly(self):
        path = self.folder / "traffic"
        path.write_bytes(GOOD * 50_000)
        process = subprocess.Popen([self.program, "decode", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()

    def test_a_full_disk_is_told(self):
        if not os.path.exists("/dev/full"):
            raise unittest.SkipTest("no /dev/full here")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([self.program, "decode"], input=GOOD, stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write", done.stderr)


if __name__ == "__main__":
    program.main(TorqCommand)
