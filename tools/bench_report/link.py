"""How far apart the two processors of the measurements are, which on a virtual machine may change at any moment."""

import bisect
import re
import subprocess
import time
from pathlib import Path

FAR = 1.7  # Times a short round trip of the run. A shared cache or not makes a factor of two to three.
SHORT = 0.1  # So many of the round trips are shorter than the one that counts as short: one alone may be a fluke.
WAIT_SECONDS_MAX = 240.0  # In all, for the processors to come together again.


def crosses(row) -> bool:
    """Whether a printed row is a time or a rate that depends on how far apart the processors are: of all that did not
    run on one processor alone."""
    is_timed = row["unit"] == "ns" or row["unit"].startswith("M ")
    return is_timed and not re.fullmatch(r"cpu \d+", row["pinning"])


class Link:
    """The round trips of a cache line during a run, as `link_probe` of the folder measures them."""

    def __init__(self, folder: Path):
        self._program = folder / "link_probe"
        self._wait_left = WAIT_SECONDS_MAX
        self.round_trips = []  # Nanoseconds, shortest first.

    def measure(self):
        """The round trip of this moment in nanoseconds, or None without a probe."""
        if not self._program.exists():
            return None
        done = subprocess.run([self._program], capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            return None
        nanoseconds = float(done.stdout)
        bisect.insort(self.round_trips, nanoseconds)
        return nanoseconds

    def is_far(self, nanoseconds) -> bool:
        if nanoseconds is None or not self.round_trips:
            return False
        return nanoseconds > FAR * self.round_trips[int(SHORT * len(self.round_trips))]

    def usable(self, rows) -> list:
        """Of the printed rows of one thing, a row a round, those that count: measured while the processors were near
        each other. Without any, all, if their distance does not matter; else none."""
        near = [row for row in rows if not self.is_far(row.get("link_ns"))]
        return near or [row for row in rows if not crosses(row)]

    def await_near(self):
        """Waits until the processors are as near as they ever were in this run, as long as there is time left.
        The round trip that it found last."""
        nanoseconds = self.measure()
        while self.is_far(nanoseconds) and self._wait_left > 0:
            began = time.monotonic()
            time.sleep(1)
            nanoseconds = self.measure()
            self._wait_left -= time.monotonic() - began
        return nanoseconds
