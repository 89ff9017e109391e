"""What the archive held and when, as the writers of the soak test know it: the measure of every quote and every hit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf


@dataclass
class Version:
    """One text of an article. It may be there from `begun` on (it was sent), and has to be from `acknowledged`."""

    text: str
    begun: float
    acknowledged: float = inf


@dataclass
class Erasure:
    """The same of an erasure."""

    begun: float
    acknowledged: float = inf


class Held:
    """Every version of every article that the writers wrote. Times are those of `time.monotonic`."""

    def __init__(self) -> None:
        self._versions: dict[str, list[Version]] = {}
        self._erasures: dict[str, Erasure] = {}

    def writing(self, name: str, text: str) -> Version:
        """A write begins; set the version's `acknowledged` when it is."""
        version = Version(text, time.monotonic())
        self._versions.setdefault(name, []).append(version)
        return version

    def erasing(self, name: str) -> Erasure:
        """An erasure begins; set its `acknowledged` when it is."""
        erasure = self._erasures[name] = Erasure(time.monotonic())
        return erasure

    def knows(self, name: str) -> bool:
        """Is it an article of the writers?"""
        return name in self._versions

    def settled(self, name: str, since: float) -> bool:
        """Did it stand as it is from `since` until now: last write acknowledged before, no erasure begun?"""
        return name not in self._erasures and self._versions[name][-1].acknowledged <= since

    def shown(self, name: str, asked: float) -> list[str]:
        """The texts that a request may have shown that was sent at `asked` and has its reply now.

        A text is over when the next one, or the erasure, was acknowledged: whoever asks after that must not see it.
        """
        versions = self._versions[name]
        erasure = self._erasures.get(name)
        ends = [later.acknowledged for later in versions[1:]] + [erasure.acknowledged if erasure else inf]
        return [version.text for version, end in zip(versions, ends, strict=True) if end > asked]

    def expected(self) -> dict[str, str | None]:
        """What has to be there in the end: the last text acknowledged, None for what was erased.

        Left out is what nobody can know: an article whose last write or erasure never came to an acknowledgement.
        """
        found: dict[str, str | None] = {}
        for name, versions in self._versions.items():
            erasure = self._erasures.get(name)
            if erasure is not None and erasure.acknowledged < inf:
                found[name] = None
            elif erasure is None and versions[-1].acknowledged < inf:
                found[name] = versions[-1].text
        return found
