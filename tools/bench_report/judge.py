"""Turns the rounds' rows into one row a condition: medians, ratios, and whether the target is met."""

from statistics import median

from . import curve


def judge(table, ids: list, run) -> list:
    """The rows of the report, ours first in each condition. Nothing that was asked for is left out:
    what could not be measured is a row with `value` null, `met` false and a `reason`."""
    rows = []
    for condition in (c for c in table.conditions if c.id in ids):
        rows += condition_rows(table, condition, run)
    require_one_mode(table, rows)
    return rows


def condition_rows(table, condition, run) -> list:
    measured = measured_rows(table, condition, run)
    recorded = recorded_rows(table, condition, run)
    others = [row for row in measured if row["kind"] != "ours"] + recorded
    if condition.references != condition.condition:
        shared = next(c for c in table.conditions
                      if c.id == condition.id and c.condition == condition.references)
        others_for_ratios = [row for row in measured_rows(table, shared, run) if row["kind"] != "ours"]
        others_for_ratios += recorded_rows(table, shared, run)
    else:
        others_for_ratios = others
    best_peer = best(condition, [row for row in others_for_ratios if row["kind"] == "peer"])
    best_floor = best(condition, [row for row in others_for_ratios
                                  if row["kind"] == "floor" and not row["recorded"]])
    for row in measured:
        row["ratio_to_floor"] = ratio(row, best_floor)
        if row["kind"] == "ours":
            row["ratio_to_peer"] = ratio(row, best_peer)
            row["peer"] = best_peer["name"] if best_peer else None
            row["ratio_to_ours"] = ratio(row, ours_to_compare_with(table, condition, run))
            judge_ours(condition, row, others_for_ratios)
    ours = [row for row in measured if row["kind"] == "ours"]
    if condition.curve:
        ours.sort(key=lambda row: row["size"] or 0)
        for before, row in zip(ours, ours[1:]):
            row["ratio_to_previous"] = ratio(row, before)
        curve.judge(condition, ours, run.cache_bytes)
    return ours + others


def ours_to_compare_with(table, condition, run):
    """The row of ours that the rule "to_ours" means, or None."""
    for other in table.conditions:
        if (other.id, other.condition, other.statistic) == \
                (condition.id, condition.compare_ours_with, condition.statistic):
            return next(row for row in measured_rows(table, other, run) if row["kind"] == "ours")
    return None


def measured_rows(table, condition, run) -> list:
    """One row for each thing that the condition's programs measured, and one for each that is missing."""
    rows = []
    for program in condition.measured_by:
        kind = table.programs[program]["kind"]
        found = [samples for (name, row_id, row_condition, _, _), samples in run.samples.items()
                 if (name, row_id, row_condition) == (program, condition.id, condition.condition)]
        if not found and program in run.unavailable and any(
                (record.stands_for, record.id, record.condition) == (program, condition.id, condition.condition)
                for record in table.recorded):
            continue
        if not found:
            reason = run.failures.get(program) or run.unavailable.get(
                program, f"{program} printed no row of this condition")
            rows.append(empty_row(condition, kind, table.programs[program]["label"], reason))
        for samples in found:
            rows.append(median_row(condition, kind, samples, run, run.failures.get(program)))
    return rows


def empty_row(condition, kind, name, reason) -> dict:
    return {
        "id": condition.id, "name": condition.title if kind == "ours" else name,
        "condition": condition.condition, "statistic": condition.statistic, "kind": kind,
        "value": None, "unit": condition.unit, "mode": None, "payload": None, "pinning": None,
        "bounded": None, "size": None, "peer": name if kind == "peer" else None, "ratio_to_peer": None,
        "ratio_to_floor": None, "ratio_to_ours": None, "ratio_to_previous": None,
        "ratio_to_tenth": None, "working_set": None, "unusable": False, "target": condition.target if kind == "ours" else "measured in this run",
        "met": False, "recorded": False, "rounds": 0, "spread": None, "percentiles": None,
        "shortfall": None, "note": "", "reason": reason,
    }


def median_row(condition, kind, samples, run, failure) -> dict:
    first = samples[0]
    row = empty_row(condition, kind, first["name"], "")
    measured = [s for s in samples if s.get(condition.statistic) is not None]
    counted = measured if run.link is None else run.link.usable(measured)
    row.update({name: first[name] for name in ("mode", "payload", "pinning", "bounded", "note")})
    row["size"] = first.get("size")
    row["working_set"] = first.get("working_set")
    row["rounds"] = len(counted)
    if 0 < len(counted) < len(measured):
        near = f"processors near each other in {len(counted)} of {len(measured)} rounds"
        row["note"] = f"{row['note']}; {near}" if row["note"] else near
    if counted:
        values = [s[condition.statistic] for s in counted]
        row["value"] = rounded(median(values))
        row["spread"] = [rounded(min(values)), rounded(max(values))]
        if "p50" in first:
            row["percentiles"] = {name: rounded(median(s[name] for s in counted))
                                  for name in ("p50", "p99", "p99_9")}
    if len(measured) < run.rounds:
        row["reason"] = failure or f"measured in {len(measured)} of {run.rounds} rounds"
    elif not counted:
        row["unusable"] = True
        row["reason"] = f"the processors were far from each other in all {len(measured)} rounds"
    row["met"] = not row["reason"]
    return row


def recorded_rows(table, condition, run) -> list:
    rows = []
    for record in table.recorded:
        if (record.id, record.condition) != (condition.id, condition.condition) or \
                condition.statistic not in record.statistics:
            continue
        why = run.unavailable.get(record.stands_for)
        row = empty_row(condition, record.kind, record.name, "")
        row.update(value=record.statistics[condition.statistic], mode=record.mode, payload=record.payload,
                   recorded=True, met=True, target="recorded, not measured in this run",
                   note=f"recorded: {why}" if why else "recorded")
        rows.append(row)
    return rows


def best(condition, rows):
    """The hardest row to beat, or None."""
    valued = [row for row in rows if row["value"] is not None]
    pick = min if condition.better == "lower" else max
    return pick(valued, key=lambda row: row["value"]) if valued else None


def ratio(row, reference):
    if row["value"] is None or reference is None or not reference["value"]:
        return None
    return rounded(row["value"] / reference["value"])


def judge_ours(condition, row, others):
    """Sets `met`, `shortfall` (1 or less: met; 1.5: half as far again as allowed) and `reason`."""
    reasons = [row["reason"]] if row["reason"] else []
    shortfalls = []
    for rule, limit in condition.rules.items():
        if rule == "ten_times":
            continue  # Of the curve as a whole.
        reached = row["value"] if rule == "value" else row[f"ratio_{rule}"]
        reference = {"to_peer": "peer", "to_floor": "floor", "to_ours": "ours"}.get(rule)
        missing = [other for other in others if other["kind"] == reference and other["reason"]]
        reasons += [f"{reference} {other['name']} is missing: {other['reason']}" for other in missing]
        if reached is None:
            if row["value"] is not None and not missing:
                reasons.append(f"no {reference} to compare with")
            continue
        shortfall = shortfall_of(condition, reached, limit)
        shortfalls.append(shortfall)
        if shortfall > 1:
            best_of = f"our own {condition.compare_ours_with}" if rule == "to_ours" else f"the best {reference}"
            what = condition.unit if rule == "value" else f"x {best_of}"
            sign = "<=" if condition.better == "lower" else ">="
            reasons.append(f"{reached:g} {what}, wanted {sign} {limit:g}")
    row["shortfall"] = rounded(max(shortfalls)) if shortfalls else None
    row["reason"] = "; ".join(reasons)
    row["met"] = not reasons


def shortfall_of(condition, reached, limit) -> float:
    """How many times as much as allowed; of a limit of 0, how much more than 1."""
    if limit == 0:
        return reached if reached == 0 else 1 + reached
    return reached / limit if condition.better == "lower" else limit / max(reached, 1e-9)


def require_one_mode(table, rows):
    """Ours is reported from one idle mode: a number without its mode means nothing."""
    ours = [row for row in rows if row["kind"] == "ours" and row["id"] in table.same_mode and row["mode"]]
    modes = sorted({row["mode"] for row in ours})
    if len(modes) <= 1:
        return
    for row in ours:
        problem = f"measured in different idle modes: {', '.join(modes)}"
        row["reason"] = f"{row['reason']}; {problem}" if row["reason"] else problem
        row["met"] = False


def rounded(number):
    """Four significant digits: more would claim too much."""
    return float(f"{number:.4g}")
