"""Bar plots and curves as plain SVG."""

import math
from xml.sax.saxutils import escape

COLOURS = {"ours": "#1b7f4b", "floor": "#7a7a7a", "peer": "#3b6ea8", "queue": "#b07d2b"}
NAMES = {"ours": "Mycelium", "floor": "floor", "peer": "peer", "queue": "bare queue"}
LABEL_WIDTH, BAR_WIDTH, VALUE_WIDTH, ROW_HEIGHT, TOP = 400, 420, 110, 22, 64


def bars(condition, rows) -> str:
    """One horizontal bar for each row with a value, the best on top."""
    shown = sorted((row for row in rows if row["value"] is not None), key=lambda row: row["value"],
                   reverse=condition.better == "higher")
    height = TOP + ROW_HEIGHT * len(shown) + 34
    width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH
    parts = head(condition, width, height)
    for index, row in enumerate(shown):
        parts += bar(condition, row, TOP + index * ROW_HEIGHT, [r["value"] for r in shown])
    parts += legend(height - 12)
    return "\n".join(parts + ["</svg>", ""])


def head(condition, width, height) -> list:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="22" font-size="15" font-weight="bold">{escape(condition.id + ": " + condition.title)}</text>',
        f'<text x="10" y="42" fill="#555555">{escape(subtitle(condition))}</text>',
    ]


def curve(condition, rows) -> str:
    """The rows' values over their sizes, which are on a logarithmic scale; values from zero."""
    shown = sorted((row for row in rows if row["value"] is not None and row["size"]), key=lambda row: row["size"])
    left, plot_width, plot_height = 60, 640, 240
    bottom = TOP + plot_height
    value_max = max(row["value"] for row in shown) * 1.15 or 1
    first, last = math.log10(shown[0]["size"]), math.log10(shown[-1]["size"])
    points = [(left + plot_width * (math.log10(row["size"]) - first) / (last - first or 1),
               bottom - plot_height * row["value"] / value_max, row) for row in shown]
    parts = head(condition, left + plot_width + 80, bottom + 50)
    parts.append(f'<path d="M {left} {TOP} V {bottom} H {left + plot_width}" fill="none" stroke="#7a7a7a"/>')
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS["ours"]}" stroke-width="2"/>')
    for x, y, row in points:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{COLOURS["ours"]}"/>')
        parts.append(f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{row["value"]:g}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{row["size"]:,}</text>')
    return "\n".join(parts + ["</svg>", ""])


def subtitle(condition) -> str:
    scale = ", logarithmic scale" if condition.scale == "log" else ""
    return f"{condition.unit}, {condition.better} is better{scale}. Target: {condition.target}"


def length(condition, value, values) -> float:
    if condition.scale == "log":
        low = math.log10(min(values)) - 0.5
        return BAR_WIDTH * (math.log10(value) - low) / (math.log10(max(values)) - low)
    return BAR_WIDTH * value / (max(values) or 1)


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
