"""Players against CPU and latency, as an SVG."""

from math import log10
from statistics import median

from .servers import SERVERS

# Readable on white and on dark grey.
COLOURS = {"rtmp-mio": "#2f81f7", "rtmp": "#d2771b", "nginx": "#8b949e", "nginx-60k": "#2da44e"}
DASHES = {1: "", 2: ' stroke-dasharray="6 4"'}
WIDTH, HEIGHT, LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT, GAP = 900, 400, 60, 64, 360, 270, 90

# A picture in a README does not know which of the two it is on.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #768390 }
.title { font-weight: 600; font-size: 13px }
.grid { stroke: #8b949e; stroke-opacity: .3 }
.floor { stroke: #8b949e; stroke-dasharray: 2 4; stroke-width: 2; fill: none }
"""


class Panel:
    """One diagram: its place, and where values are in it."""

    def __init__(self, left, title, players, ticks, place):
        self.left, self.title, self.players, self.ticks, self.place = left, title, players, ticks, place

    def x(self, players):
        return self.left + PANEL_WIDTH * players / self.players

    def y(self, value):
        return TOP + PANEL_HEIGHT * (1 - min(max(self.place(value), 0), 1))

    def frame(self):
        yield f'<text class="title" x="{self.left}" y="{TOP - 14}">{self.title}</text>'
        for tick in self.ticks:
            y = self.y(tick)
            yield f'<line class="grid" x1="{self.left}" y1="{y:.1f}" x2="{self.left + PANEL_WIDTH}" y2="{y:.1f}"/>'
            yield f'<text x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
        bottom = TOP + PANEL_HEIGHT
        step = next(step for step in (100, 500, 1000, 2000, 5000) if self.players / step <= 7)
        for players in range(0, self.players + 1, step):
            yield f'<text x="{self.x(players):.1f}" y="{bottom + 18}" text-anchor="middle">{players:,}</text>'
        yield f'<text x="{self.left + PANEL_WIDTH / 2}" y="{bottom + 38}" text-anchor="middle">players</text>'

    def curve(self, points, name):
        """A line through the points. Where something was missing or late the point is hollow."""
        colour, dash = look(name)
        path = " ".join(f"{self.x(players):.1f},{self.y(value):.1f}" for players, value, _ in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        for players, value, is_ok in points:
            fill = colour if is_ok else "none"
            place = f'cx="{self.x(players):.1f}" cy="{self.y(value):.1f}"'
            yield f'<circle {place} r="3.5" fill="{fill}" stroke="{colour}" stroke-width="1.5"/>'


def look(name):
    server = SERVERS[name]
    return COLOURS[server.column], DASHES[server.workers]


def curves(runs, field):
    """For each server its points: players, the median of all rounds, and whether all of them went well."""
    for name in SERVERS:
        steps = [
            step
            for run in runs
            if run["scenario"] == "saturate" and run["server"] == name and "found" in run
            for step in run["found"]["steps"]
            if step.get(field) is not None
        ]
        points = []
        for players in sorted({step["players"] for step in steps}):
            same = [step for step in steps if step["players"] == players]
            points.append((players, median(step[field] for step in same), all(step["ok"] for step in same)))
        if points:
            yield name, points


def floor_per_player(runs):
    """The CPU that one `send` per message takes, in per cent for each player."""
    found = [
        run["found"] for run in runs if run["server"] == "floor" and run["scenario"] == "fanout-500" and "found" in run
    ]
    return median(run["server_cpu_pct"] for run in found) / 500 if found else None


def svg(runs):
    """The drawing, or nothing if no saturation was measured."""
    cpu, latency = dict(curves(runs, "server_cpu_pct")), dict(curves(runs, "latency_p99_ms"))
    if not cpu:
        return None
    players = max(players for points in cpu.values() for players, _, _ in points)
    most = 200 if any(value > 110 for points in cpu.values() for _, value, _ in points) else 100
    panels = (
        Panel(
            LEFT, "CPU of the server, % of one core", players, range(0, most + 1, most // 4), lambda value: value / most
        ),
        Panel(
            LEFT + PANEL_WIDTH + GAP,
            "latency, p99, ms",
            players,
            (0.1, 1, 10, 100, 1000),
            lambda value: (log10(max(value, 0.1)) + 1) / 4,
        ),
    )
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        "<title>Players of one stream of 2 Mbit/s against the server's CPU and the latency</title>",
        f"<style>{STYLE}</style>",
    ]
    for panel, found in zip(panels, (cpu, latency)):
        out += panel.frame()
        for name, points in found.items():
            out += panel.curve(points, name)
    if per_player := floor_per_player(runs):
        end = min(players, most / per_player)
        panel = panels[0]
        x, y = f"{panel.x(end):.1f}", f"{panel.y(per_player * end):.1f}"
        out.append(f'<line class="floor" x1="{panel.x(0)}" y1="{panel.y(0)}" x2="{x}" y2="{y}"/>')
    out += legend(cpu, bool(per_player))
    return "\n".join([*out, "</svg>", ""])


def legend(names, has_floor):
    x, y = LEFT, 22
    for name in names:
        colour, dash = look(name)
        yield f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" stroke="{colour}" stroke-width="2"{dash}/>'
        yield f'<text x="{x + 30}" y="{y + 4}">{name}</text>'
        x += 50 + 8 * len(name)
    if has_floor:
        yield f'<line class="floor" x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}"/>'
        yield f'<text x="{x + 30}" y="{y + 4}">floor: one send each</text>'
