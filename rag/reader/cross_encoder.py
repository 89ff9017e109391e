"""A cross-encoder of sentence-transformers as a reader: it scores sentences and marks no short answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelBroken, NotInstalled
from rag.models.embed import encodable
from rag.reader.reader import LONGEST, UNREAD, Reading
from rag.text.sentences import Span

_HINT = "Set TELAL_READER__MODEL to a CrossEncoder that gives one score a pair, or leave it out."


class CrossEncoderReader:
    """Scores each sentence beside the question, and the whole text for `stated`; its logits are taken as log odds.

    May be called from several threads; one at a time is served, for the tokenizer is not made for more.
    """

    short_answers = False

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Raises NotInstalled, ModelBroken."""
        try:  # imported here: 4 to 6 seconds and 400 MB, which the shipped reader does without
            import torch
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise NotInstalled(
                f"The reader {path.name} needs sentence-transformers.", hint="pip install 'telal[torch]'"
            ) from error
        if threads:
            torch.set_num_threads(threads)
        try:
            self._model = CrossEncoder(str(path), local_files_only=True, activation_fn=torch.nn.Identity())
        except Exception as error:  # each layer below raises its own
            raise ModelBroken(f"The reader in {path} cannot be opened: {error}.", hint=_HINT) from error
        if self._model.num_labels != 1:
            found = f"{self._model.num_labels} scores a pair"
            raise ModelBroken(f"The reader in {path} gives {found}, and one is expected.", hint=_HINT)
        self._one_at_a_time = Lock()

    def read_each(self, question: str, texts: Iterable[tuple[str, Sequence[Span]]]) -> list[Reading]:
        """Reads texts with their sentences for one question. Sentences of white space count as not read."""
        parts = [[text[:LONGEST], *(text[s.start : s.end] for s in spans)] for text, spans in texts]
        scores = iter(self._score(question, [part for some in parts for part in some]))
        readings = []
        for some in parts:
            stated, *sentences = (float(next(scores)) if part.strip() else UNREAD for part in some)
            readings.append(Reading(tuple(sentences), (None,) * len(sentences), stated if sentences else UNREAD))
        return readings

    def _score(self, question: str, parts: Sequence[str]) -> NDArray[np.float32]:
        """Logits (n,) of those parts that hold something."""
        asked = encodable([question])[0]
        pairs = [(asked, part) for part in encodable(parts) if part.strip()]
        if not pairs or not question.strip():
            return np.full(len(pairs), UNREAD, np.float32)
        with self._one_at_a_time:
            scores = self._model.predict(pairs, show_progress_bar=False)
        if not np.isfinite(scores).all():
            raise ModelBroken("The reader gave a score that is not finite.", hint=_HINT)
        return np.asarray(scores, np.float32)
