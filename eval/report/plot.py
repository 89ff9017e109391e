"""What a plot shows, as values: drawn elsewhere, and written as a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """One line; `number` picks its colour, dash and marker. `sizes`: of dots, 0 to 1, the line faint."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    number: int = 0
    sizes: Sequence[float] | None = None
    marks: bool = True
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The data of a plot, for those who do not see it and for those who want the figures."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot with its words: `says` is its text alternative, `note` stands under it."""

    key: str
    title: str
    says: str
    x: str
    y: str
    series: Sequence[Series]
    table: Table
    note: str = ""
    x_log: bool = False
    y_log: bool = False
    x_percent: bool = False
    x_whole: bool = False
    y_percent: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    diagonal: bool = False
