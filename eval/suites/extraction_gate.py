"""The extraction gate: figures of pinned pages that must not fall."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from eval.suites.extraction import OWN, SHARED, Page, digest, own_pages, shared_pages
from rag.errors import BadInput

FLOORS = Path(__file__).parents[1] / "extraction_floors.toml"
SAMPLE_EVERY = 14  # of the shared pages, one in so many is in the sample, chosen by the digest of its id
SLACK = 0.01
Name = Literal["own", "sample", "shared"]
NAMES: tuple[Name, ...] = get_args(Name)
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Floors:
    """What a set of pages must reach; the digest is that of the pages and of what is wanted of them."""

    name: str
    digest: str
    at_least: Mapping[str, float]

    def fallen(self, figures: Mapping[str, float]) -> list[str]:
        """The figures under their floors, in words; one that was not measured has fallen too."""
        return [
            f"{name}: {figures.get(name, 0.0):.4f}, at least {floor:.4f} is wanted"
            for name, floor in self.at_least.items()
            if figures.get(name, 0.0) < floor - _ROUNDING
        ]


def pages_of(name: Name, *, folder: Path | None = None) -> list[Page]:
    """The pages of a set. Raises BadInput when they are not there."""
    if name == "own":
        return own_pages(folder or OWN)
    pages = shared_pages(folder or SHARED)
    return pages if name == "shared" else [p for p in pages if _number(p.id) % SAMPLE_EVERY == 0]


def read_floors(path: Path = FLOORS) -> dict[str, Floors]:
    """The floors by the name of their set."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: Floors(name, one["digest"], one["at_least"]) for name, one in raw.items()}


def raised(name: Name, pages: Sequence[Page], figures: Mapping[str, float], held: Floors | None) -> Floors:
    """Floors a little under what was measured, none lower than it was. Raises BadInput when the pages have changed."""
    found = digest(pages)
    if held is not None and held.digest != found:
        raise BadInput(f"The pages of {name} are not those of the floors.", hint="--repin takes them as they are.")
    wanted = ("precision", "recall", "f1", "title", "authors", "published", "kind", "language")
    floors = {k: _under(figures[k], held.at_least.get(k, 0.0) if held else 0.0) for k in wanted if k in figures}
    return Floors(name, found, floors)


def write_floors(floors: Mapping[str, Floors], path: Path = FLOORS) -> None:
    """The file of floors, in a form that is always the same."""
    parts = ["# Floors of the extraction gate. `telal eval extraction --raise` writes this file.\n"]
    for name, one in floors.items():
        lines = [f"\n[{name}]", f'digest = "{one.digest}"', f"\n[{name}.at_least]"]
        parts.append("\n".join([*lines, *(f"{k} = {v:g}" for k, v in one.at_least.items())]) + "\n")
    path.write_text("".join(parts), encoding="utf-8")


def _under(value: float, floor: float) -> float:
    return max(floor, 1.0 if value == 1.0 else math.floor((value - SLACK) * 1000) / 1000)


def _number(page_id: str) -> int:
    return int(hashlib.sha256(page_id.encode()).hexdigest(), 16)
