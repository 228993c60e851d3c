"""The targets (`benchmarks/targets.json`) and the numbers on record (`benchmarks/recorded.json`)."""

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Condition:
    """One thing that is measured, with what it must reach."""

    id: str  # Of its target: "P1".
    condition: str  # Matches the rows that programs print.
    statistic: str  # The row's field that counts: "value", "p50" or "p99".
    unit: str
    better: str  # "lower" or "higher".
    title: str
    target: str  # The rules below, for people.
    rules: dict  # Limits: of the "value", of its ratio "to_peer", "to_floor" and "to_ours"; of a curve's "ten_times".
    measured_by: list  # Programs that must each print a row in every round.
    compare_with: str = ""  # The condition that holds the peers and floors, if another one.
    compare_ours_with: str = ""  # The condition that holds the row of ours that "to_ours" means.
    curve: bool = False  # Rows of several sizes, each compared with the one before.
    scale: str = "linear"  # Of its plot.

    @property
    def references(self):
        """The condition whose peers and floors this one is compared with."""
        return self.compare_with or self.condition


@dataclass(frozen=True)
class Recorded:
    """A number measured on another day, for a peer that may not run here."""

    id: str
    condition: str
    kind: str
    name: str
    mode: str
    unit: str
    statistics: dict  # "value" or "p50" and "p99".
    payload: str | None = None  # None: not on record.
    stands_for: str = ""  # The program that measures it where that can be built.


@dataclass(frozen=True)
class Table:
    programs: dict  # name -> {"kind", "label"}, and "command" if that is not the name, and what it "needs"
    titles: dict  # id -> title
    conditions: list
    same_mode: list  # Ids whose rows of ours must share one idle mode.
    not_in_this_version: dict  # id -> title
    recorded: list = field(default_factory=list)
    recorded_source: str = ""

    @property
    def ids(self):
        return list(self.titles)

    def programs_of(self, ids):
        """The programs that measure any of the ids, in the table's order."""
        needed = {name for c in self.conditions if c.id in ids for name in c.measured_by}
        return [name for name in self.programs if name in needed]

    def command_of(self, program):
        """The file of a program and its first arguments."""
        return self.programs[program].get("command", [program])

    def programs_that_need(self, what):
        """The programs that only a machine with `what` can build."""
        return [name for name, program in self.programs.items() if program.get("needs") == what]


def load(folder: Path) -> Table:
    """Reads both files of `folder`. Raises KeyError or ValueError when a file is not as described above."""
    targets = json.loads((folder / "targets.json").read_text(encoding="utf-8"))
    record = json.loads((folder / "recorded.json").read_text(encoding="utf-8"))
    conditions = [
        Condition(id=target_id, **condition)
        for target_id, target in targets["targets"].items()
        for condition in target["conditions"]
    ]
    for condition in conditions:
        unknown = set(condition.measured_by) - set(targets["programs"])
        if unknown or condition.better not in ("lower", "higher") or \
                ("to_ours" in condition.rules) != bool(condition.compare_ours_with):
            raise ValueError(f"targets.json: {condition.id} {condition.condition}: bad programs, `better` or `to_ours`")
    recorded = [
        Recorded(row["id"], row["condition"], row["kind"], name, row["mode"], row["unit"], statistics,
                 row.get("payload"), record["stands_for"].get(name, ""))
        for row in record["rows"]
        for name, statistics in row["values"].items()
    ]
    return Table(
        programs=targets["programs"],
        titles={target_id: target["title"] for target_id, target in targets["targets"].items()},
        conditions=conditions,
        same_mode=targets["same_mode"],
        not_in_this_version=targets["not_in_this_version"],
        recorded=recorded,
        recorded_source=record["source"],
    )
