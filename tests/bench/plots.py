"""Draw the tables of ``make bench`` as plots: the same text gives the same SVG.

python -m tests.bench.plots docs/benchmarks.md docs/images
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

mpl.use("svg")
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "dav424", "font.family": "sans-serif", "font.size": 10})
OURS, OTHERS = "#1f6f8b", "#b9c4c9"
Rows = list[list[str]]


def tables(text: str) -> Iterator[tuple[str, Rows]]:
    """Give each table of a Markdown text with the heading above it; the first row is the head."""
    heading, rows = "", Rows()
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not re.fullmatch(r"[\s|:-]+", line):
                rows.append(cells)
            continue
        if rows:
            yield heading, rows
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("# ")


def number(cell: str) -> float:
    """Read the number with which a cell begins."""
    return float(re.match(r"[\d.,]+", cell)[0].replace(",", ""))  # type: ignore[index]


def _bars(names: list[str], values: list[float], unit: str, *, log: bool = False) -> Figure:
    """Draw a bar for each name, the first at the top; those of dav424 have a colour of their own."""
    figure = Figure(figsize=(7, 0.7 + 0.32 * len(names)), layout="constrained")
    axes: Any = figure.subplots()
    colours = [OURS if "dav424" in name else OTHERS for name in names]
    bars = axes.barh(names, values, color=colours)
    axes.bar_label(bars, [f"{value:,.0f}" if value >= 10 else f"{value:.1f}" for value in values], padding=3)
    axes.invert_yaxis()
    axes.set_xscale("log" if log else "linear")
    axes.set_xlim(right=max(values) * (6 if log else 1.15))
    axes.set_xlabel(unit)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def rates(rows: Rows) -> Figure:
    """Answers a second, for each number of connections and server."""
    names = [f"{server}, {connections} connection{'s' * (connections != '1')}" for connections, server, *_ in rows[1:]]
    return _bars(names, [number(row[2]) for row in rows[1:]], "answers a second")


def worlds(rows: Rows) -> Figure:
    """Worlds a second of each way to have one for each test."""
    return _bars(
        [row[0] for row in rows[1:]], [number(row[1]) for row in rows[1:]], "worlds a second, logarithmic", log=True
    )


def start(rows: Rows) -> Figure:
    """Milliseconds from the start to the first answer."""
    return _bars([row[0] for row in rows[1:]], [number(row[1]) for row in rows[1:]], "milliseconds to the first answer")


def growth(rows: Rows) -> Figure:
    """The time of a request by its size, both logarithmic: a straight line that rises by one for each one is linear."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes: Any = figure.subplots()
    sizes = [number(cell) for cell in rows[0][1:-1]]
    for row in rows[1:]:
        points = [(size, number(cell)) for size, cell in zip(sizes, row[1:-1], strict=True) if cell]
        axes.loglog(*zip(*points, strict=True), marker="o", label=row[0])
    axes.set_xlabel(rows[0][0])
    axes.set_ylabel("milliseconds")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


PLOTS: dict[str, tuple[str, Callable[[Rows], Figure]]] = {
    "failing-proppatch": ("Failing PROPPATCH", rates),
    "growth": ("Cost by size", growth),
    "start": ("From the start of the process", start),
    "worlds": ("Worlds for tests", worlds),
}
"""The file of each plot, how the heading of its table begins, and what draws it."""


def draw(text: str, folder: Path) -> list[Path]:
    """Draw the plots of the tables that are in a text; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, (beginning, make) in PLOTS.items():
        rows = next((rows for heading, rows in tables(text) if heading.startswith(beginning)), None)
        if rows is not None:
            file = folder / f"{name}.svg"
            make(rows).savefig(file, format="svg", metadata={"Date": None, "Creator": None})
            file.write_text(re.sub(r" +$", "", file.read_text(), flags=re.MULTILINE))
            drawn.append(file)
    return drawn


if __name__ == "__main__":
    for each in draw(Path(sys.argv[1]).read_text(), Path(sys.argv[2])):
        print(each)
