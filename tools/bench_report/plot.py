"""Bar plots as plain SVG."""

import math
from xml.sax.saxutils import escape

COLOURS = {"ours": "#1b7f4b", "floor": "#7a7a7a", "peer": "#3b6ea8", "queue": "#b07d2b"}
NAMES = {"ours": "Mycelium", "floor": "floor", "peer": "peer", "queue": "bare queue"}
LABEL_WIDTH, BAR_WIDTH, VALUE_WIDTH, ROW_HEIGHT, TOP = 400, 420, 110, 22, 64


def bars(condition, rows) -> str:
    """One horizontal bar for each row with a value, the best on top."""
    shown = sorted((row for row in rows if row["value"]), key=lambda row: row["value"],
                   reverse=condition.better == "higher")
    height = TOP + ROW_HEIGHT * len(shown) + 34
    width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="22" font-size="15" font-weight="bold">{escape(condition.id + ": " + condition.title)}</text>',
        f'<text x="10" y="42" fill="#555555">{escape(subtitle(condition))}</text>',
    ]
    for index, row in enumerate(shown):
        parts += bar(condition, row, TOP + index * ROW_HEIGHT, [r["value"] for r in shown])
    parts += legend(height - 12)
    return "\n".join(parts + ["</svg>", ""])


def subtitle(condition) -> str:
    scale = ", logarithmic scale" if condition.scale == "log" else ""
    return f"{condition.unit}, {condition.better} is better{scale}. Target: {condition.target}"


def length(condition, value, values) -> float:
    if condition.scale == "log":
        low = math.log10(min(values)) - 0.5
        return BAR_WIDTH * (math.log10(value) - low) / (math.log10(max(values)) - low)
    return BAR_WIDTH * value / max(values)


def bar(condition, row, top, values) -> list:
    label = "Mycelium" if row["kind"] == "ours" else row["name"]
    if row["recorded"]:
        label += " (recorded)"
    wide = length(condition, row["value"], values)
    opacity = 0.45 if row["recorded"] else 1
    middle = top + 14
    return [
        f'<text x="{LABEL_WIDTH - 8}" y="{middle}" text-anchor="end">{escape(label)}</text>',
        f'<rect x="{LABEL_WIDTH}" y="{top + 2}" width="{wide:.1f}" height="{ROW_HEIGHT - 5}" '
        f'fill="{COLOURS[row["kind"]]}" fill-opacity="{opacity}"/>',
        f'<text x="{LABEL_WIDTH + wide + 6:.1f}" y="{middle}">{row["value"]:g}</text>',
    ]


def legend(y) -> list:
    parts, x = [], 10
    for kind, name in NAMES.items():
        parts.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{COLOURS[kind]}"/>')
        parts.append(f'<text x="{x + 17}" y="{y}">{name}</text>')
        x += 110
    parts.append(f'<text x="{x}" y="{y}" fill="#555555">pale: recorded on another day</text>')
    return parts
