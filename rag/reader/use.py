"""For which languages and tasks the reader is switched on: the table `use.toml`, made from figures on dev."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from rag.errors import BadSettings
from rag.text.language import family

TABLE = Path(__file__).with_name("use.toml")


class Use(StrEnum):
    """What the reader may be asked to do."""

    ORDER = "order"  # of the passages found
    PICK = "pick"  # the sentences to quote
    MARK = "mark"  # the short answer inside a quote
    REFUSE = "refuse"  # a say in whether the archive answers
    GUARD = "guard"  # whether a passage bears a claim out


@dataclass(frozen=True, slots=True)
class Uses:
    """The table: a switch per task for one language and across two, with exceptions by pair; weights for joining.

    `weights` holds, for `same` and `cross`, what a log odd of the reader's counts beside a cosine of the embedding
    model, when passages are ordered and sentences picked: `cosine + weight * log odds`.
    `clear` is the log odds from which a sentence ends the walk through the passages.
    """

    same: dict[Use, bool]
    cross: dict[Use, bool]
    pairs: dict[tuple[str, str], dict[Use, bool]]
    weights: dict[str, dict[Use, float]]
    clear: float = math.inf

    def may(self, use: Use, asked: str, told: str) -> bool:
        """Whether to use the reader for a question in language `asked` on a text in language `told`."""
        pair = (family(asked), family(told))
        general = self.same if pair[0] == pair[1] else self.cross
        return self.pairs.get(pair, {}).get(use, general.get(use, False))

    def weight(self, use: Use, asked: str, told: str) -> float:
        """What a log odd counts beside a cosine; 0 where the reader has no say."""
        kind = "same" if family(asked) == family(told) else "cross"
        return self.weights.get(kind, {}).get(use, 0.0) if self.may(use, asked, told) else 0.0


@cache
def uses() -> Uses:
    """The table that is shipped."""
    return read_uses(TABLE)


def read_uses(path: Path) -> Uses:
    """Raises BadSettings when the file is no such table."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        pairs = {_pair(name): _switches(row) for name, row in raw.get("pairs", {}).items()}
        weights = {
            kind: {Use(name): float(value) for name, value in row.items()}
            for kind, row in raw.get("weights", {}).items()
        }
        clear = float(raw.get("walk", {}).get("clear", math.inf))
        return Uses(_switches(raw["same"]), _switches(raw["cross"]), pairs, weights, clear)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "It holds [same], [cross], [pairs] and [weights]; `telal train measure --fit` writes it."
        raise BadSettings(f"{path} is no table of the reader's uses: {error}.", hint=hint) from error


def _switches(row: dict[str, Any]) -> dict[Use, bool]:
    found = {Use(name): value for name, value in row.items()}
    if not all(isinstance(value, bool) for value in found.values()):
        raise ValueError("a switch is true or false")
    return found


def _pair(name: str) -> tuple[str, str]:
    asked, told = name.split(":")
    return family(asked), family(told)
