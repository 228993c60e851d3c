"""Builds the benchmarks and runs them, interleaved, for a number of rounds."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from . import machine
from .link import Link

FIELDS = {
    "id": str, "condition": str, "kind": str, "name": str, "value": (int, float), "unit": str,
    "mode": str, "payload": str, "pinning": str, "bounded": bool, "note": str,
}
PROGRAM_SECONDS_MAX = 300  # A program takes seconds; this one hangs.
CARGO_SECONDS_MAX = 1200
MORE_ROUNDS_MAX = 3  # For programs whose processors were far from each other in every round.


@dataclass
class Run:
    """What came out of all rounds."""

    rounds: int
    samples: dict = field(default_factory=dict)  # (program, id, condition, name, size) -> rows, one a round
    failures: dict = field(default_factory=dict)  # program -> what went wrong first
    unavailable: dict = field(default_factory=dict)  # program -> why this machine cannot have it
    busy_percent_max: float = 0.0  # What others used of the machine just before a round.
    cache_bytes: int = None  # The second-level cache of a processor.
    link: Link = None  # How far apart the processors were; every row has its `link_ns`, the farther end of its program.


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


def build_rust(root: Path, folder: Path) -> str:
    """Builds the Rust peers into `folder`; why that was not possible, or ""."""
    program = folder / "peer_rust"
    program.unlink(missing_ok=True)  # One of another day must not stand in for one that cannot be built.
    if shutil.which("cargo") is None:
        return "cargo is not installed"
    target = root / "build" / "bench" / "rust"
    command = ["cargo", "build", "--release", "--locked", "--manifest-path",
               root / "benchmarks" / "peers" / "rust" / "Cargo.toml", "--target-dir", target]
    environment = os.environ | {"RUSTFLAGS": "-C target-cpu=native"}
    try:
        subprocess.run(command, check=True, stdout=sys.stderr, env=environment, timeout=CARGO_SECONDS_MAX)
    except (subprocess.SubprocessError, OSError):
        return "cargo could not build it"
    shutil.copy2(target / "release" / "peer_rust", program)
    return ""


def unavailable(table, folder: Path, why: str) -> dict:
    """The programs that need cargo and are not in `folder`, each with the reason."""
    return {program: why for program in table.programs_that_need("cargo")
            if not (folder / table.command_of(program)[0]).exists()}


def parse_row(line: str, known: set) -> dict:
    """One printed line as a row. `known` holds the table's (id, condition, unit)."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadRow(f"printed a line that is not JSON: {line[:80]!r} ({error})") from error
    for name, kind in FIELDS.items():
        if not isinstance(row, dict) or not isinstance(row.get(name), kind):
            raise BadRow(f"printed a row without a valid `{name}`: {line[:80]!r}")
    for name in ("size", "working_set"):
        if not isinstance(row.get(name, 0), int):
            raise BadRow(f"printed a row without a valid `{name}`: {line[:80]!r}")
    if (row["id"], row["condition"], row["unit"]) not in known:
        raise BadRow(f"printed a row that targets.json does not know: {row['id']} {row['condition']} in {row['unit']}")
    return row


def run_program(command: list, ids: list, quick: bool, known: set) -> list:
    """The rows of one run. Raises BadRow, with a sentence for people, when there are none to trust."""
    if not Path(command[0]).exists():
        raise BadRow("program is not built")
    command = command + ["--only", ",".join(ids)] + (["--quick"] if quick else [])
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROGRAM_SECONDS_MAX)
    except subprocess.TimeoutExpired as error:
        raise BadRow(f"did not end within {PROGRAM_SECONDS_MAX} s") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BadRow(f"ended with code {done.returncode}: {last}")
    return [parse_row(line, known) for line in done.stdout.splitlines() if line.strip()]


def run_rounds(table, ids: list, folder: Path, rounds: int, quick: bool, absent: dict) -> Run:
    """Runs every program of the ids once a round, starting each round with another one; those that are
    `absent` from this machine, each with a reason, not at all. Those of which a row could not be used in any round
    run a few more times."""
    programs = [program for program in table.programs_of(ids) if program not in absent]
    run = Run(rounds, unavailable=absent, link=Link(folder), cache_bytes=machine.l2_bytes())

    def run_all(title, chosen):
        busy = machine.busy_percent()
        run.busy_percent_max = max(run.busy_percent_max, busy)
        print(f"{title} (others use {busy:.0f} % of the machine)", file=sys.stderr)
        for program in chosen:
            run_once(table, run, program, ids, folder, quick)

    for number in range(rounds):
        first = number % len(programs)
        run_all(f"round {number + 1} of {rounds}", programs[first:] + programs[:first])
    for _ in range(MORE_ROUNDS_MAX):
        again = programs_to_run_again(run)
        if again:
            run_all(f"again, the processors were never near each other: {', '.join(again)}", again)
    return run


def run_once(table, run, program, ids, folder, quick):
    """Adds what a program prints to the samples, or what went wrong to the failures."""
    known = {(c.id, c.condition, c.unit) for c in table.conditions}
    before = run.link.await_near()
    try:
        file, *first_arguments = table.command_of(program)
        rows = run_program([folder / file, *first_arguments], ids, quick, known)
    except BadRow as problem:
        run.failures.setdefault(program, f"{program} {problem}")
        return
    after = run.link.measure()
    for row in rows:
        row["link_ns"] = None if before is None or after is None else max(before, after)
        key = (program, row["id"], row["condition"], row["name"], row.get("size"))
        run.samples.setdefault(key, []).append(row)


def programs_to_run_again(run) -> list:
    """Those that printed something of which no round can be used."""
    return sorted({key[0] for key, rows in run.samples.items() if not run.link.usable(rows)})
