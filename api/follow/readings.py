"""Keeps what was read for followed questions: asked again, one finds the passages of the last time and a new one."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from rag.answer.read import Reads
from rag.reader.reader import Reading
from rag.text.sentences import Span

# Ten texts each for most of a thousand questions; about 2 kB a reading.
_KEPT = 8192


class KeptReadings:
    """A reader that reads a text once for a question. It keeps digests of both, and what was read in numbers."""

    def __init__(self, reader: Reads, *, kept: int = _KEPT) -> None:
        self._reader, self._most = reader, kept
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Reading] = OrderedDict()

    @property
    def short_answers(self) -> bool:
        """Whether the reader marks short answers."""
        return self._reader.short_answers

    def read_each(self, question: str, texts: Iterable[tuple[str, Sequence[Span]]]) -> list[Reading]:
        """Reads the texts that were not read for the question before."""
        asked = [(_digest(question, *text), text) for text in texts]
        wanted = dict(asked)
        with self._lock:
            known = {key: self._kept[key] for key in wanted if key in self._kept}
        missing = [key for key in wanted if key not in known]
        if missing:
            known |= zip(missing, self._reader.read_each(question, [wanted[key] for key in missing]), strict=True)
        with self._lock:
            for key in wanted:
                self._kept[key] = known[key]
                self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return [known[key] for key, _ in asked]


def _digest(question: str, text: str, sentences: Sequence[Span]) -> bytes:
    whole = f"{question}\0{text}\0{[(one.start, one.end) for one in sentences]}"
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()
