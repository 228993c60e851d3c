#!/usr/bin/env python3
"""A relay, run by `torq relay`, with foreign clients. Usage: relay_test.py PROGRAM [CASE]"""
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import program  # noqa: E402
import wire  # noqa: E402

IDENTIFICATION = wire.message(source=99, sequence=0)


def trade(sequence):
    return wire.message(wire.tlv(1, wire.payload(1)), sequence=sequence)


class TorqRelay(program.Case):
    def start(self, *arguments):
        """The path of a relay that listens."""
        path = self.folder / "relay.sock"
        self.relay = subprocess.Popen([self.program, "relay", str(path), *map(str, arguments)], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
        self.addCleanup(self.end)
        self.assertIn(b"listens", self.relay.stderr.readline())
        return path

    def end(self):
        if self.relay.poll() is None:
            self.relay.kill()
            self.relay.wait(timeout=60)
        for stream in (self.relay.stdout, self.relay.stderr):
            stream.close()

    def stop(self):
        """Ends the relay; its counts."""
        self.relay.send_signal(signal.SIGTERM)
        out, err = self.relay.communicate(timeout=60)
        self.assertEqual(self.relay.returncode, 0, err)
        return json.loads(out)

    def connect(self, path):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(60)
        client.connect(str(path))
        self.addCleanup(client.close)
        return client

    def pair(self, path):
        """A publisher and a subscriber; the relay knows the subscriber once it has got the identification."""
        subscriber, publisher = self.connect(path), self.connect(path)
        publisher.sendall(IDENTIFICATION)
        self.assertEqual(self.receive(subscriber, len(IDENTIFICATION)), IDENTIFICATION)
        return publisher, subscriber

    def receive(self, client, size):
        data = b""
        while len(data) < size:
            piece = client.recv(min(1 << 16, size - len(data)))
            self.assertTrue(piece, f"the relay hung up after {len(data)} of {size} bytes")
            data += piece
        return data

    # Promises: Q4
    def test_a_message_that_comes_one_byte_at_a_time_arrives(self):
        publisher, subscriber = self.pair(self.start())
        data = trade(1) + trade(2)
        for byte in data:
            publisher.sendall(bytes([byte]))
        self.assertEqual(self.receive(subscriber, len(data)), data)
        self.assertEqual(self.stop()["faults"], {})

    # Promises: Q4
    def test_coalesced_and_split_messages_arrive_in_order(self):
        publisher, subscriber = self.pair(self.start())
        data = b"".join(trade(sequence) for sequence in range(2000))
        for at in range(0, len(data), 997):
            publisher.sendall(data[at:at + 997])
        self.assertEqual(self.receive(subscriber, len(data)), data)
        counts = self.stop()
        self.assertEqual((counts["messages"], counts["forwarded"], counts["faults"]), (2001, 2001, {}))

    # Promises: Q4
    def test_what_is_corrupted_is_dropped_and_counted_and_nothing_else(self):
        publisher, subscriber = self.pair(self.start())
        bad = bytearray(trade(5))
        bad[50] ^= 1
        long = bytearray(trade(6))
        long[24:28] = (1000).to_bytes(4, "little")
        good = [trade(sequence) for sequence in range(40)]
        noise = b"\xef\xbe noise \xad\xde"
        publisher.sendall(b"".join([good[0], bytes(bad), good[1], noise, good[2], bytes(long), *good[3:]]))
        expected = b"".join(good)
        self.assertEqual(self.receive(subscriber, len(expected)), expected)
        counts = self.stop()
        self.assertEqual(counts["faults"], {"bad_checksum": 2, "bad_magic": 1})
        self.assertEqual(counts["skipped_bytes"], len(bad) + len(noise) + len(long))

    # Promises: Q4
    def test_an_oversized_message_is_dropped_and_the_next_arrives(self):
        publisher, subscriber = self.pair(self.start())
        largest = wire.message(wire.tlv(230, bytes(65_536 - 32 - 5)))
        publisher.sendall(wire.message(payload_size=65_536) + bytes(65_536) + largest + trade(1))
        expected = largest + trade(1)
        self.assertEqual(self.receive(subscriber, len(expected)), expected)
        counts = self.stop()
        self.assertEqual((counts["faults"], counts["skipped_bytes"]), ({"too_large": 1}, 32 + 65_536))

    # Promises: Q4
    def test_a_client_that_does_not_read_is_dropped_and_counted_and_holds_up_nobody(self):
        path = self.start("--queue-kib", 256)
        lazy = self.connect(path)
        publisher, subscriber = self.pair(path)
        for sequence in range(200):
            data = trade(sequence) * 100
            publisher.sendall(data)
            self.assertEqual(self.receive(subscriber, len(data)), data)
        counts = self.stop()
        self.assertEqual((counts["dropped_clients"], counts["messages"]), (1, 20_001))
        self.assertGreater(counts["dropped_bytes"], 256 * 1024 - 74)
        # What it had got until then is whole.
        got = b""
        while piece := lazy.recv(1 << 16):
            got += piece
        whole = self.torq("decode", data=got, status=int((len(got) - 32) % 74 != 0))
        self.assertEqual(sum("sequence" in line for line in whole), 1 + (len(got) - 32) // 74)

    # Promises: Q4
    def test_a_burst_is_not_the_fault_of_a_client_that_reads(self):
        publisher, subscriber = self.pair(self.start("--queue-kib", 64))
        data = b"".join(trade(sequence) for sequence in range(1700))
        threading.Thread(target=publisher.sendall, args=(data,), daemon=True).start()
        self.assertEqual(self.receive(subscriber, len(data)), data)
        self.assertEqual(self.stop()["dropped_clients"], 0)

    # Promises: Q4
    def test_a_socket_that_may_be_in_use_is_left_alone(self):
        path = str(self.folder / "other.sock")
        for kind, backlog in ((socket.SOCK_DGRAM, None), (socket.SOCK_SEQPACKET, 1), (socket.SOCK_STREAM, 0)):
            with self.subTest(kind), socket.socket(socket.AF_UNIX, kind) as other:
                other.bind(path)
                if backlog is not None:
                    other.listen(backlog)
                # One that waits in the line of a listener without room for more.
                waiting = socket.socket(socket.AF_UNIX, kind)
                waiting.setblocking(False)
                waiting.connect_ex(path)
                before = os.lstat(path).st_ino
                self.torq("relay", path, status=2)
                self.assertEqual(os.lstat(path).st_ino, before)
                waiting.close()
            os.unlink(path)

    # Promises: Q4
    def test_a_relay_removes_no_socket_but_its_own(self):
        path = self.start()
        os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
            other.bind(str(path))
            self.stop()
            self.assertTrue(os.path.exists(path))
        os.unlink(path)

    # Promises: Q4
    def test_signals_without_a_checksum_are_dropped_where_it_is_required(self):
        publisher, subscriber = self.pair(self.start())
        signal_tlv = wire.tlv(32, wire.payload(32))
        good = wire.message(signal_tlv, domain=1)
        publisher.sendall(wire.message(signal_tlv, domain=1, crc=False) + good)
        self.assertEqual(self.receive(subscriber, len(good)), good)
        self.assertEqual(self.stop()["faults"], {"bad_checksum": 1})

    def test_every_client_gets_what_the_others_send_and_not_its_own(self):
        path = self.start()
        clients = []
        for index in range(3):  # Each says who it is; so the relay knows it, and those before it.
            hello = wire.message(source=50 + index)
            newcomer = self.connect(path)
            newcomer.sendall(hello)
            for other in clients:
                self.assertEqual(self.receive(other, 32), hello)
            clients.append(newcomer)
        clients[0].sendall(trade(1))
        clients[1].sendall(trade(2))
        self.assertEqual(sorted([self.receive(clients[2], 74), self.receive(clients[2], 74)]), sorted([trade(1), trade(2)]))
        self.assertEqual(self.receive(clients[0], 74), trade(2))
        self.assertEqual(self.receive(clients[1], 74), trade(1))

    def test_a_client_that_goes_inside_a_message_costs_only_that(self):
        path = self.start()
        publisher, subscriber = self.pair(path)
        publisher.sendall(trade(1) + trade(2)[:40])
        publisher.close()
        self.assertEqual(self.receive(subscriber, 74), trade(1))
        second = self.connect(path)
        second.sendall(trade(3))
        self.assertEqual(self.receive(subscriber, 74), trade(3))
        self.assertEqual(self.stop()["faults"], {"truncated": 1})

    def test_tail_shows_what_a_relay_sends_until_it_ends(self):
        path = self.start()
        tail = subprocess.Popen([self.program, "tail", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        publisher = self.connect(path)
        shown = b""
        while not shown:  # Until the relay knows the tail: what comes earlier goes to nobody.
            publisher.sendall(trade(7))
            if select.select([tail.stdout], [], [], 0.05)[0]:
                shown = tail.stdout.readline()
        self.assertEqual(json.loads(shown)["sequence"], 7)
        self.stop()
        self.assertEqual(tail.wait(timeout=60), 0)
        tail.stdout.close()
        tail.stderr.close()

    def test_a_second_relay_is_refused_and_a_dead_ones_socket_is_taken_over(self):
        path = self.start()
        self.torq("relay", path, status=2)
        self.assertIn("a relay listens at", self.err)
        self.relay.kill()
        self.relay.wait(timeout=60)
        self.assertTrue(path.exists())
        self.end()
        self.start()
        self.stop()
        self.assertFalse(path.exists())


if __name__ == "__main__":
    program.main(TorqRelay)
