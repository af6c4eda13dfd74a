"""The figures of all runs as a table: medians, what they lie between, and ratios to the kernel's floor and to nginx.

A machine can be a third slower some minutes later, above all a virtual one. So a ratio is one of figures of the same
round, which were measured one after the other, and what is shown is the median of the rounds' ratios.
"""

from collections import Counter
from statistics import median

from .scenarios import SCENARIOS, is_long
from .servers import SERVERS

FLOOR = "floor"
NGINX = ("nginx", "nginx-60k")


class Cell:
    """What one server had in one row, by rounds."""

    def __init__(self, figures, troubles, is_at_least):
        self.figures, self.troubles = figures, troubles
        self.median = median(figures.values())
        self.shown = ("≥ " if is_at_least else "") + number(self.median)

    def spread(self):
        figures = self.figures.values()
        return "" if len(figures) == 1 else f"{number(min(figures))}–{number(max(figures))}"

    def ratio(self, base):
        """None, if there is nothing to compare with: a hundred times next to nothing is not much."""
        ratios = [
            figure / base.figures[when]
            for when, figure in self.figures.items()
            if when in base.figures and number(base.figures[when]) != "0"
        ]
        return median(ratios) if ratios else None


class Line:
    """A row of a scenario, with a cell for each server that took part, of those with so many workers."""

    def __init__(self, scenario, row, runs, workers):
        self.scenario, self.row, self.workers, self.cells = scenario, row, workers, {}
        for name in dict.fromkeys(run["server"] for run in runs if workers_of(run["server"]) == workers):
            own = [run for run in runs if run["server"] == name]
            figures = {
                round_of(run): run["found"][row.field] for run in own if run["found"].get(row.field) is not None
            }
            troubles = dict.fromkeys(word for run in own for word in run["troubles"])
            # The load's steps or its CPU ended before the server did.
            is_at_least = row.more_is_better and any(run["found"].get("is_at_least") for run in own)
            if figures:
                self.cells[column_of(name)] = Cell(figures, list(troubles), is_at_least)

    def label(self):
        unit = f", {self.row.unit}" if self.row.unit else ""
        return f"{self.row.label}{unit}" + (f" ({self.workers} workers)" if self.workers > 1 else "")

    def servers(self):
        return [name for name in self.cells if name != FLOOR]

    def best(self):
        """The winners, as far as the table's digits tell."""
        medians = {name: number(self.cells[name].median) for name in self.servers()}
        if len(medians) < 2 or not self.row.is_comparable:
            return []
        best = (max if self.row.more_is_better else min)(self.servers(), key=lambda name: self.cells[name].median)
        return [name for name in medians if medians[name] == medians[best]]

    def to_floor(self, name):
        return self._ratio(name, self.cells.get(FLOOR)) if name != FLOOR else None

    def to_nginx(self, name):
        """To the better one of its two."""
        there = [self.cells[nginx] for nginx in NGINX if nginx in self.cells]
        if not there or name in NGINX or name == FLOOR or not self.row.is_comparable:
            return None
        best = (max if self.row.more_is_better else min)(there, key=lambda cell: cell.median)
        return self._ratio(name, best)

    def _ratio(self, name, base):
        return self.cells[name].ratio(base) if name in self.cells and base else None


def lines(runs):
    for scenario in SCENARIOS.values():
        own = [run for run in runs if run["scenario"] == scenario.name and "found" in run]
        for workers in sorted({workers_of(run["server"]) for run in own}):
            for row in scenario.rows:
                line = Line(scenario, row, own, workers)
                if line.cells:
                    yield line


def workers_of(name):
    return 1 if name == FLOOR else SERVERS[name].workers


def column_of(name):
    """Servers that differ in their workers share a column."""
    return name if name == FLOOR else SERVERS[name].column


def round_of(run):
    """When it was measured. Rounds of several measurements have nothing in common but their numbers."""
    return run.get("measurement", 0), run["round"]


def number(value):
    """Three digits, or what is left of them."""
    if value is None:
        return "–"
    if abs(value) >= 1000 or isinstance(value, int):
        return f"{value:,.0f}"
    for digits, least in ((0, 100), (1, 10), (2, 0.005)):
        if abs(value) >= least:
            return f"{value:.{digits}f}"
    return "0"


def columns(runs):
    there = {column_of(run["server"]) for run in runs if "found" in run}
    return [name for name in (FLOOR, *SERVERS) if name in there]


def text(runs):
    """For a terminal."""
    names = columns(runs)
    out, width = [], 34
    scenario = None
    for line in lines(runs):
        if line.scenario is not scenario:
            scenario = line.scenario
            out += ["", f"{scenario.name}: {scenario.what}", " " * 36 + "".join(f"{name:<{width}}" for name in names)]
        cells = []
        for name in names:
            cell = line.cells.get(name)
            if cell is None:
                cells.append("–")
                continue
            said = cell.shown + (" *" if name in line.best() else "") + ("!" if cell.troubles else "")
            if spread := cell.spread():
                said += f" ({spread})"
            if to_floor := line.to_floor(name):
                said += f" {to_floor:.2f}f"
            if to_nginx := line.to_nginx(name):
                said += f" {to_nginx:.2f}n"
            cells.append(said)
        out.append(f"  {line.label():<34}" + "".join(f"{cell:<{width}}" for cell in cells).rstrip())
    out += ["", "median (least–most)   f: times the floor   n: times the better nginx   *: best   ≥: the load came to its end first   !: see below"]
    out += [""] + notes(runs) + [lost(runs, plain=True)]
    return "\n".join(out)


def markdown(results):
    """For the README."""
    runs, machine = results["runs"], results["machine"]
    names = columns(runs)
    heads = [f"**{name}**" if name != FLOOR and SERVERS[name].is_ours else name for name in names]
    compared = [name for name in names if name != FLOOR and SERVERS[name].is_ours] if set(names) & set(NGINX) else []
    heads += [f"{name} ÷ nginx" for name in compared]
    out = [
        f"| {' | '.join(['', *heads])} |",
        f"| --- |{' ---: |' * len(heads)}",
    ]

    def to_nginx(line):
        ratios = [line.to_nginx(name) for name in compared]
        return [f"{ratio:.2f}" if ratio else "" for ratio in ratios]

    scenario = None
    for line in lines(runs):
        if line.scenario is not scenario:
            scenario = line.scenario
            out.append(f"| **{scenario.name}**: {scenario.what} |{' |' * len(heads)}")
        cells = [_cell(line, name) for name in names]
        out.append(f"| {' | '.join([line.label(), *cells, *to_nginx(line)])} |")
    rounds = max(Counter((run["scenario"], run["server"]) for run in runs).values())
    out += [
        "",
        "Median; × the floor; below it the least and the most. **Bold**: the best. ÷ nginx: the better one of the two. "
        "Ratios are of figures of the same round, and their median. ≥: the load came to its end before the server.",
        "",
        f"{lost(runs)}",
        "",
        *(f"- {note}" for note in notes(runs)),
        *([""] if notes(runs) else []),
        f"`{results['command']}` on {results['date']}: {rounds} round{'s' * (rounds > 1)}; "
        f"{machine['cpu']}, {machine['cpus']} CPUs{' of a virtual machine' * machine['is_virtual']}, "
        f"{machine['memory_gb']} GB, {machine['kernel']}, loopback with MTU {machine['mtu']}; {', '.join(results['versions'])}; commit {results['commit']}.",
    ]
    return "\n".join(out)


def _cell(line, name):
    cell = line.cells.get(name)
    if cell is None:
        return ""
    said = cell.shown
    if name in line.best():
        said = f"**{said}**"
    if cell.troubles:
        said += " (!)"
    if to_floor := line.to_floor(name):
        said += f" · {to_floor:.2f}×"
    if spread := cell.spread():
        said += f"<br><sub>{spread}</sub>"
    return said


def notes(runs):
    """What went wrong, and where."""
    said = []
    for scenario in SCENARIOS:
        for name in columns(runs):
            own = [run for run in runs if run["scenario"] == scenario and run["server"] == name]
            failed = [run["failed"] for run in own if "failed" in run]
            words = list(dict.fromkeys(word for run in own for word in run.get("troubles", []))) + failed
            if words:
                said.append(f"(!) {scenario}, {name}: {'; '.join(words)}")
        carried = {is_floor: _carried(runs, scenario, is_floor) for is_floor in (True, False)}
        if all(carried.values()) and not 0.95 < carried[True] / carried[False] < 1.05:
            said.append(f"(!) {scenario}: the floor carried {carried[True] / carried[False]:.2f} of the servers' bytes")
    return said


def _carried(runs, scenario, is_floor):
    """Bytes per second."""
    rates = [
        run["found"]["mb_per_s"]
        for run in runs
        if run["scenario"] == scenario
        and (run["server"] == FLOOR) == is_floor
        and run.get("found", {}).get("mb_per_s")
        and is_long(run["found"])
    ]
    return median(rates) if rates else None


def lost(runs, plain=False):
    """The rows that nginx wins, so that nobody has to look for them."""
    said = []
    for line in lines(runs):
        best = line.best()
        if best and not any(SERVERS[name].is_ours for name in best):
            said.append(f"{line.scenario.name}, {line.row.label} ({', '.join(best)})")
    if not any(name in NGINX for name in columns(runs)):
        return "nginx was not measured."
    mark = "" if plain else "**"
    return f"{mark}Rows that nginx wins:{mark} {'; '.join(said) or 'none'}."
