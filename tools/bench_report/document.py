"""Writes `docs/benchmarks.md` and its plots."""

from pathlib import Path

from . import plot

INTRODUCTION = """\
# Benchmarks

Written by `tools/bench`; do not edit. Ours, the floors and the peers ran interleaved in the same run, in {rounds} round(s){quick};
every number is the median over the rounds (a p99 is the median of the rounds' p99), followed by the lowest and the highest.
Absolute numbers move from machine to machine; the ratio to a floor or a peer of the same run is what counts.

- A **floor** does the least that is possible and nothing else; a **peer** has actors or strands; a **bare queue** has neither and is shown for orientation.
- A ratio to the peer counts against the best peer, measured in this run or recorded, whichever is harder to beat; a ratio to the floor against the best floor of this run.
- Latency is from the send to inside the handler, at the stated rate, from a schedule that does not slow down when the system does: a
  sender that was held up sends at once what is due, each message stamped at its send.
- Peers run as well as they can: workers that poll without sleeping, memory warmed up, queues as unbounded as they come. Where a peer has several ways, all are shown.
  The workers of Rust's peers sleep when they are idle: their runtime has no other way. They are built with fat LTO for this processor.
- On a virtual machine the two processors may share a cache at one moment and not at the next, and what crosses between them then takes
  three times as long. The round trip of a cache line is measured before and after each program; only what was measured while it was short is
  compared. What crosses between the processors and was measured only while it was long is marked as unusable, without a figure.
- **Allocations** are what all threads of the program took from the heap between the end of the warm-up and the last message, divided by the messages.
- **Memory per idle actor** is what the process grew by, divided by the actors; a measurement that would find freed memory has a process of its own.
- A **curve** shows the same work over a growing number of actors, topics or others; each size says how its cost compares with that of the size before,
  and with that of the largest size that is a tenth of it or less. Where the target limits the second, that holds until the caches are full: as long as the
  **working set**, what the messages of the measurement touch, is no more than the second-level cache of a processor holds, the last one that a
  worker has to itself.
- **Recorded** rows: {source}
"""

BOUNDED = {True: "yes", False: "no", None: ""}


def write(docs: Path, table, ids, rows, description: dict, run, quick: bool):
    """Replaces `benchmarks.md` and the plots of the ids in the folder `docs`."""
    folder = docs / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    parts = [INTRODUCTION.format(rounds=run.rounds, source=table.recorded_source,
                                 quick=" with smaller sizes (`--quick`)" if quick else "")]
    parts += [machine_part(description, run), summary_part(rows)]
    for target_id in ids:
        parts.append(f"## {target_id}: {table.titles[target_id]}\n")
        for condition in (c for c in table.conditions if c.id == target_id):
            parts.append(condition_part(folder, condition, rows))
    parts.append(later_part(table))
    (docs / "benchmarks.md").write_text("\n".join(parts), encoding="utf-8")


def machine_part(description, run) -> str:
    lines = ["## Machine\n"] + [f"- {label}: {text}" for label, text in description.items()]
    lines.append(f"- Others used at most {run.busy_percent_max:.0f} % of the machine just before a round")
    if run.cache_bytes is not None:
        lines.append(f"- The second-level cache of a processor holds {as_bytes(run.cache_bytes)}")
    if run.link is not None and run.link.round_trips:
        lines.append(f"- A cache line goes from one processor to the other and back in {run.link.round_trips[0]:.0f} to "
                     f"{run.link.round_trips[-1]:.0f} ns")
    return "\n".join(lines) + "\n"


def summary_part(rows) -> str:
    lines = ["## Targets\n", "| id | what | ours | target | to the best peer | to the floor | met |",
             "|---|---|---|---|---|---|---|"]
    for row in (row for row in rows if row["kind"] == "ours" and row["size"] is None):
        met = "yes" if row["met"] else f"no: {row['reason']}"
        lines.append(f"| {row['id']} | {row['name']} | {amount(row)} | {row['target']} | "
                     f"{times(row['ratio_to_peer'])} | {times(row['ratio_to_floor'])} | {met} |")
    curves = {}
    for row in (row for row in rows if row["size"] is not None):
        curves.setdefault((row["id"], row["name"]), []).append(row)
    lines += [curve_summary(*key, points) for key, points in curves.items()]
    return "\n".join(lines) + "\n"


def curve_summary(target_id, name, points) -> str:
    """The line of a curve: from its first size to its last."""
    ends = f"{amount(points[0])} for {points[0]['size']:,}, {amount(points[-1])} for {points[-1]['size']:,}"
    reasons = [f"{row['size']:,}: {row['reason']}" for row in points if row["reason"]]
    met = "no: " + "; ".join(reasons) if reasons else "yes"
    return f"| {target_id} | {name} | {ends} | {points[0]['target']} |  |  | {met} |"


def condition_part(folder, condition, rows) -> str:
    mine = [row for row in rows if (row["id"], row["condition"], row["statistic"])
            == (condition.id, condition.condition, condition.statistic)]
    lines = [f"### {condition.title[0].upper()}{condition.title[1:]}\n", f"Target: {condition.target}\n"]
    if any(row["value"] is not None for row in mine):
        name = f"{condition.id}_{condition.condition}_{condition.statistic}.svg"
        draw = plot.curve if condition.curve else plot.bars
        (folder / name).write_text(draw(condition, mine), encoding="utf-8")
        lines.append(f"![{condition.title}](benchmarks/{name})\n")
    if condition.curve:
        return "\n".join(lines + curve_table(mine)) + "\n"
    lines += ["| kind | what | value | lowest - highest | p50 / p99 / p99.9, ns | mode | payload | pinning | bounded | note |",
              "|---|---|---|---|---|---|---|---|---|---|"]
    lines += [table_line(row) for row in mine]
    return "\n".join(lines) + "\n"


def curve_table(rows) -> list:
    lines = ["| size | value | lowest - highest | to the size before | to a tenth | working set | mode | payload "
             "| pinning | bounded | note |", "|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        size = "" if row["size"] is None else f"{row['size']:,}"
        lines.append(f"| {size} | {amount(row)} | {spread(row)} | {times(row['ratio_to_previous'])} | "
                     f"{times(row['ratio_to_tenth'])} | {as_bytes(row['working_set'])} | {row['mode'] or ''} | {row['payload'] or ''} | {row['pinning'] or ''} | "
                     f"{BOUNDED[row['bounded']]} | {row['reason'] or row['note']} |")
    return lines


def table_line(row) -> str:
    name = "Mycelium" if row["kind"] == "ours" else row["name"]
    shows_reason = row["kind"] != "ours" or row["value"] is None
    note = row["reason"] or row["note"] if shows_reason else row["note"]
    return (f"| {row['kind']} | {name} | {amount(row)} | {spread(row)} | {percentiles(row)} | {row['mode'] or ''} | "
            f"{row['payload'] or ''} | {row['pinning'] or ''} | {BOUNDED[row['bounded']]} | {note} |")


def later_part(table) -> str:
    lines = ["## Not in this version\n", "These are not measured yet; `tools/bench --only` refuses them.\n"]
    lines += [f"- {target_id}: {title}" for target_id, title in table.not_in_this_version.items()]
    return "\n".join(lines) + "\n"


def spread(row) -> str:
    return f"{row['spread'][0]:g} - {row['spread'][1]:g}" if row["spread"] else ""


def percentiles(row) -> str:
    return " / ".join(f"{value:g}" for value in (row["percentiles"] or {}).values())


def amount(row) -> str:
    if row["value"] is None:
        return "unusable" if row["unusable"] else "missing"
    return f"{row['value']:g} {row['unit']}"


def as_bytes(count) -> str:
    if count is None:
        return ""
    unit, size = ("MiB", 1024**2) if count >= 1024**2 else ("KiB", 1024) if count >= 1024 else ("B", 1)
    return f"{count / size:.3g} {unit}"


def times(ratio) -> str:
    return "" if ratio is None else f"{ratio:g}x"
