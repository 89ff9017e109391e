"""Which articles an outlet's rule (`keep_days` in outlets.toml) lets Telal keep no longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.lifecycle.site_outlets import site_outlets
from rag.config import Settings
from rag.store.archive.archive import Archive

REASON = "kept for {days} days, as the rule of {outlet} says"


@dataclass(frozen=True, slots=True)
class Due:
    """The articles of one outlet that are past their time."""

    outlet: str
    days: int
    ids: tuple[str, ...]

    @property
    def reason(self) -> str:
        """What their tombstones say."""
        return REASON.format(days=self.days, outlet=self.outlet)


def rules_of(settings: Settings) -> dict[str, int]:
    """Days by outlet; outlets without a rule are kept for good."""
    return {outlet.name: outlet.keep_days for outlet in site_outlets(settings) if outlet.keep_days is not None}


def due(archive: Archive, rules: Mapping[str, int], *, now: datetime) -> list[Due]:
    """What is past its time, by outlet, from its publication; undated articles count from their last change."""
    held = {name: archive.older_than(name, now - timedelta(days=days)) for name, days in rules.items()}
    return [Due(name, rules[name], tuple(ids)) for name, ids in held.items() if ids]
