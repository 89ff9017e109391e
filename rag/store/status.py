"""How far the indexes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The last change that each index took in, beside the archive's own; `owner`: this process keeps them."""

    owner: bool
    keyword_change: int  # 0: no keyword index answers
    exact_change: int
    chroma_change: int | None
    chroma_state: Literal["ready", "building", "off", "broken"]
    last_change: int
    passages: int
