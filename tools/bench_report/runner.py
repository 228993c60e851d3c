"""Builds the benchmarks and runs them, interleaved, for a number of rounds."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from . import machine

FIELDS = {
    "id": str, "condition": str, "kind": str, "name": str, "value": (int, float), "unit": str,
    "mode": str, "payload": str, "pinning": str, "bounded": bool, "note": str,
}
PROGRAM_SECONDS_MAX = 300  # A program takes about two seconds; this one hangs.


@dataclass
class Run:
    """What came out of all rounds."""

    rounds: int
    samples: dict = field(default_factory=dict)  # (program, id, condition, name) -> rows, one a round
    failures: dict = field(default_factory=dict)  # program -> what went wrong first
    busy_percent_max: float = 0.0  # What others used of the machine just before a round.


class BadRow(ValueError):
    """A program printed something that is not a row of the table."""


def build(root: Path) -> Path:
    """Set-up, configuration and build of preset `bench`; the folder of the programs.

    Raises subprocess.CalledProcessError when a step fails; its output is on stderr.
    """
    setup = root / "tools" / "setup"
    if setup.exists():
        subprocess.run([setup, "--bench"], check=True, stdout=sys.stderr)
    for command in (["cmake", "--preset", "bench"],
                    ["cmake", "--build", "--preset", "bench", "--target", "benchmarks"]):
        subprocess.run(command, cwd=root, check=True, stdout=sys.stderr)
    return root / "build" / "bench" / "bin"


def parse_row(line: str, known: set) -> dict:
    """One printed line as a row. `known` holds the table's (id, condition, unit)."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadRow(f"printed a line that is not JSON: {line[:80]!r} ({error})") from error
    for name, kind in FIELDS.items():
        if not isinstance(row, dict) or not isinstance(row.get(name), kind):
            raise BadRow(f"printed a row without a valid `{name}`: {line[:80]!r}")
    if (row["id"], row["condition"], row["unit"]) not in known:
        raise BadRow(f"printed a row that targets.json does not know: {row['id']} {row['condition']} in {row['unit']}")
    return row


def run_program(path: Path, ids: list, quick: bool, known: set) -> list:
    """The rows of one run. Raises BadRow, with a sentence for people, when there are none to trust."""
    if not path.exists():
        raise BadRow("program is not built")
    command = [path, "--only", ",".join(ids)] + (["--quick"] if quick else [])
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROGRAM_SECONDS_MAX)
    except subprocess.TimeoutExpired as error:
        raise BadRow(f"did not end within {PROGRAM_SECONDS_MAX} s") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BadRow(f"ended with code {done.returncode}: {last}")
    return [parse_row(line, known) for line in done.stdout.splitlines() if line.strip()]


def run_rounds(table, ids: list, folder: Path, rounds: int, quick: bool) -> Run:
    """Runs every program of the ids once a round, starting each round with another one."""
    programs = table.programs_of(ids)
    known = {(c.id, c.condition, c.unit) for c in table.conditions}
    run = Run(rounds)
    for number in range(rounds):
        busy = machine.busy_percent()
        run.busy_percent_max = max(run.busy_percent_max, busy)
        print(f"round {number + 1} of {rounds} (others use {busy:.0f} % of the machine)", file=sys.stderr)
        first = number % len(programs)
        for program in programs[first:] + programs[:first]:
            try:
                rows = run_program(folder / program, ids, quick, known)
            except BadRow as problem:
                run.failures.setdefault(program, f"{program} {problem}")
                continue
            for row in rows:
                key = (program, row["id"], row["condition"], row["name"])
                run.samples.setdefault(key, []).append(row)
    return run
