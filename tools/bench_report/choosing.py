"""Writes the latencies of E1 into `docs/choosing.md`, between two lines that mark their place."""

from pathlib import Path

BEGIN = "<!-- E1: written by tools/bench; do not edit -->"
END = "<!-- End of E1 -->"
SIDES = ("by_hand", "with_actors")


def write(docs: Path, rows, commit: str):
    """Replaces the table in the folder `docs`. Raises ValueError when its place is not marked."""
    file = docs / "choosing.md"
    file.write_text(replaced(file.read_text(encoding="utf-8"), block(rows, commit)), encoding="utf-8")


def replaced(text: str, new: str) -> str:
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"choosing.md has no place for E1: it wants the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{new}\n\n{END}{after}"


def block(rows, commit: str) -> str:
    """The table, a line for each number of instances, and where it is from."""
    cells = {(row["size"], row["condition"], row["statistic"]): row for row in rows if row["id"] == "E1"}
    sizes = sorted({size for size, _, _ in cells if size is not None})
    lines = ["| latency, p50 / p99 | by hand | with actors |", "|---|---|---|"]
    for size in sizes:
        sides = (" / ".join(nanoseconds(cells.get((size, side, statistic))) for statistic in ("p50", "p99"))
                 for side in SIDES)
        lines.append(f"| {size:,} instance{'s' if size != 1 else ''} | {' | '.join(sides)} |")
    if not sizes:
        lines.append("| nothing was measured | | |")
    return "\n".join(lines + ["", f"Measured at commit {commit}; how, and on what machine, stands under E1 there."])


def nanoseconds(row) -> str:
    if row is None or row["value"] is None:
        return "unusable" if row is not None and row["unusable"] else "missing"
    value = row["value"]
    return f"{value / 1000:.3g} us" if value >= 1000 else f"{value:.0f} ns"
