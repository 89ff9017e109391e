"""The usual tutorial's pipeline as a system under test: it finds chunks, and without a language model says nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from eval.core.cases import Case, Suite
from eval.run.index import RANKING
from eval.targets.reply import Reply, Target, Timing
from eval.targets.tutorial import Found, Reference, Text
from rag.config import Settings
from rag.types import Passage


class ReferenceTarget:
    """Its ranking alone is measured; a language is filtered by metadata, as the tutorial would."""

    name = "tutorial"

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def ask(self, case: Case) -> Reply:
        started = time.perf_counter()
        where = {"language": case.search_in[0]} if case.search_in else None
        found = self._reference.search(case.question, RANKING, where)
        spent = (time.perf_counter() - started) * 1000
        ranking = tuple(_passage(rank, f) for rank, f in enumerate(found))
        return Reply("answered", ranking, timing=Timing(spent, None, spent), answers=False)


@contextmanager
def reference_target(suite: Suite, settings: Settings) -> Iterator[Target]:
    """The pipeline over the suite's documents, built anew in a temporary directory."""
    with Reference(settings.embedding) as reference:
        reference.build(Text.of(d) for d in suite.documents)
        yield ReferenceTarget(reference)


def _passage(rank: int, found: Found) -> Passage:
    return Passage(f"{found.doc_id}:{rank}", found.doc_id, 1, rank, found.passage, 0, len(found.passage), "")
