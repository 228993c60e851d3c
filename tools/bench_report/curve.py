"""Judges a curve: ten times as many cost the same per message, until the caches are full.

Full they are when what the messages touch, as the program says it, is more than the second-level cache of a processor
holds: the last one that a worker has to itself. What lies beyond is shown and not judged.
"""

TIMES = 10


def judge(condition, rows, cache_bytes):
    """Compares each of a curve's rows, which come by size, with the largest that is a tenth of it or less. Sets its
    `ratio_to_tenth`, and `met`, `shortfall` and `reason` where that is more than the rule allows."""
    limit = condition.rules.get("ten_times")
    if limit is None:
        return
    valued = [row for row in rows if row["value"] is not None]
    for row in valued:
        tenths = [other for other in valued if other["size"] * TIMES <= row["size"]]
        if tenths:
            judge_step(row, tenths[-1], limit, cache_bytes)


def judge_step(row, tenth, limit, cache_bytes):
    ratio = float(f"{row['value'] / tenth['value']:.4g}") if tenth["value"] else None
    row["ratio_to_tenth"] = ratio
    reason = ""
    if row["working_set"] is None:
        reason = "its program did not say how much memory its messages touch"
    elif cache_bytes is not None and row["working_set"] > cache_bytes:
        add(row, "note", "beyond the caches, not judged")
    elif ratio is None:
        reason = f"nothing to compare with: {tenth['size']:,} cost nothing"
    else:
        row["shortfall"] = max(row["shortfall"] or 0, float(f"{ratio / limit:.4g}"))
        if ratio > limit:
            reason = f"{ratio:g}x that of {tenth['size']:,}, wanted <= {limit:g}"
    if reason:
        add(row, "reason", reason)
        row["met"] = False


def add(row, name, text):
    row[name] = f"{row[name]}; {text}" if row[name] else text
