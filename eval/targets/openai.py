"""Any OpenAI-compatible system: POST /chat/completions; citations from ours, or from `url_citation`s."""

from __future__ import annotations

import json
import re
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urlsplit

from eval.core.cases import Case, Document, Reply, ShownSentence, TargetFailed, Timing, Usage
from eval.metrics.answers import tokens
from eval.targets.http import Client
from eval.targets.replies import to_citation
from rag.text.script import fold
from rag.text.sentences import split_sentences
from rag.types import Citation

_FIRST_WORDS = 400  # characters: a refusal says so at once


@cache
def phrases(kind: str) -> tuple[str, ...]:
    """The folded phrases of phrases.toml, of all languages: `refused` or `doubtful`."""
    raw = tomllib.loads(files("eval.targets").joinpath("phrases.toml").read_text(encoding="utf-8"))
    return tuple(fold(p) for group in raw.values() for p in group[kind])


def opens_with(kind: str, text: str) -> bool:
    """Whether the opening of a reply says that there is no answer, or that it is in doubt."""
    opening = fold(text[:_FIRST_WORDS].replace("’", "'"))
    return any(p in opening for p in phrases(kind))


def sounds_like_refusal(text: str) -> bool:
    """Whether a reply says that there is no answer; an empty one does."""
    return not text.strip() or opens_with("refused", text)


_MARK = re.compile(r"\s*\[(\d{1,3})\]")
_OPENING = re.compile(r"(?:\s*\[\d{1,3}\])+")
_CLOSING = re.compile(r"(?:\[\d{1,3}\]\s*)+[^\w\[\]]*\Z")
_BLANK = re.compile(
    r"\n[ \t\r]*\n(?!\s*(?:\[\d{1,3}\][ \t\r]*)+(?:\n|\Z))"
)  # a line of numbers alone begins no paragraph
_AFTER = " \t\r\n.!?…»”\"')"  # may stand behind a paragraph's last citation


@dataclass(slots=True)
class _Gathered:
    """What the chunks of a stream, or one reply, have said so far."""

    text: str = ""
    annotations: list[Mapping[str, Any]] = field(default_factory=list)
    citations: list[Any] = field(default_factory=list)  # a top-level list: ours as objects, others' as addresses
    refusal: str = ""
    usage: Mapping[str, Any] | None = None
    finished: bool = False
    first_event_ms: float | None = None
    first_word_ms: float | None = None


class OpenAITarget:
    """Sends only the question and its history: no prompt of ours helps or hinders the system."""

    def __init__(self, client: Client, directory: Directory, *, model: str | None = None) -> None:
        self._client = client
        self._directory = directory
        self._model = model or _first_model(client)
        self.name = f"openai:{client.base} {self._model}"

    def ask(self, case: Case) -> Reply:
        if case.search_only:
            raise TargetFailed("A chat system has no search.", hint="Measure it on questions.")
        started = time.perf_counter()
        try:
            got = self._gather(case, started)
        except ValueError as error:
            raise TargetFailed(f"{self.name} answered in another form than OpenAI's: {error}.") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise TargetFailed(f"{self.name} answered in another form than OpenAI's: {error!r}") from error
        if not got.finished and not got.text:
            raise TargetFailed(f"{self.name} answered nothing.")
        if not got.finished:
            raise TargetFailed(f"{self.name}: the stream broke off after {len(got.text)} characters.")
        return self._reply(got, Timing(got.first_event_ms or 0.0, got.first_word_ms, _since(started)))

    def _gather(self, case: Case, started: float) -> _Gathered:
        got = _Gathered()
        body = {"model": self._model, "messages": _messages(case), "stream": True}
        body["stream_options"] = {"include_usage": True}
        for event in self._client.stream("/chat/completions", body):
            got.first_event_ms = got.first_event_ms or _since(started)
            if event.data.strip() == "[DONE]":
                got.finished = True
                break
            _take(got, json.loads(event.data))
            if got.text and got.first_word_ms is None:
                got.first_word_ms = _since(started)
        return got

    def _reply(self, got: _Gathered, timing: Timing) -> Reply:
        placed = self._citations(got)
        if got.refusal or (not placed and sounds_like_refusal(got.text)):
            said = (got.refusal or got.text)[:200]
            nearest = tuple(ShownSentence(part.strip()) for part in got.text.split("\n- ")[1:])
            return Reply("refused", nearest=nearest, refusal_reason=said, timing=timing, usage=_usage(got.usage))
        citations = tuple(p.citation for p in placed)
        doubtful = opens_with("doubtful", got.text)
        return Reply(
            status="partial" if doubtful else "answered",
            sentences=tuple(_quote(citations) or _sentences(got, placed)),
            citations=citations,
            timing=timing,
            usage=_usage(got.usage),
        )

    def _citations(self, got: _Gathered) -> list[_Placed]:
        ours = [c for c in got.citations if isinstance(c, Mapping) and "quote" in c]
        if ours:
            return [_Placed(to_citation(c)) for c in ours]
        marked = [str(c.get("url") if isinstance(c, Mapping) else c) for c in got.citations]
        if marked:
            return [_Placed(self._directory.citation(n, url)) for n, url in enumerate(marked, start=1)]
        placed = []
        for n, annotation in enumerate(got.annotations, start=1):
            inner = annotation.get("url_citation") or annotation
            citation = self._directory.citation(n, str(inner.get("url") or ""), str(inner.get("title") or ""))
            placed.append(_Placed(citation, int(inner.get("start_index", -1)), int(inner.get("end_index", -1))))
        return placed


@dataclass(frozen=True, slots=True)
class _Placed:
    """A citation and the stretch of the reply's text that it belongs to; -1: its number stands in the text."""

    citation: Citation
    start: int = -1
    end: int = -1

    def touches(self, start: int, end: int) -> bool:
        """Whether it belongs to this stretch; one without width belongs to what stands before it."""
        return self.start - (self.start == self.end) < end and self.end > max(start, 0)


def _take(got: _Gathered, chunk: Mapping[str, Any]) -> None:
    """One chunk of a stream, or a whole reply: both have choices, with a delta or a message."""
    if "error" in chunk:
        raise TargetFailed(f"The system said: {chunk['error']}"[:300])
    got.usage = chunk.get("usage") or got.usage
    got.citations = _list(chunk, "citations") or got.citations
    for choice in _list(chunk, "choices"):
        part = choice.get("delta") or choice.get("message") or {}
        got.text += part.get("content") or ""
        got.refusal += part.get("refusal") or ""
        got.annotations.extend(a for a in _list(part, "annotations") if a.get("type") == "url_citation")
        got.citations = _list(part, "citations") or got.citations
        got.finished = got.finished or choice.get("finish_reason") is not None


def _list(part: Mapping[str, Any], name: str) -> list[Any]:
    """The list of that name, empty where there is none; raises ValueError when it is none, or of something else."""
    held = part.get(name) or []
    if not isinstance(held, list):
        raise ValueError(f"{name} is not a list")
    if name != "citations" and not all(isinstance(one, Mapping) for one in held):
        raise ValueError(f"{name} is not a list of objects")
    return held


def _quote(citations: Sequence[Citation]) -> list[ShownSentence]:
    """What a reply that cites in our own form shows: the quotes, each in its paragraph."""
    return [
        ShownSentence(c.quote, (c.number,), "quote", c.context.text if c.context else "") for c in citations if c.quote
    ]


def _sentences(got: _Gathered, placed: list[_Placed]) -> list[ShownSentence]:
    """Sentences with their numbers, the first of each paragraph with the whole of it: that is what a reader sees."""
    shown: list[ShownSentence] = []
    start = 0
    for end in (*(m.end() for m in _BLANK.finditer(got.text)), len(got.text)):
        told = _paragraph(got.text, start, end, placed)
        whole = " ".join(s.text for s in told)
        shown += [replace(s, context=whole) if n == 0 else s for n, s in enumerate(told)]
        start = end
    return shown


def _paragraph(text: str, start: int, end: int, placed: Sequence[_Placed]) -> list[ShownSentence]:
    """The sentences of one paragraph. Numbers at the very beginning of one belong to the sentence before; what is cited
    at the end of the paragraph belongs to every sentence that cites nothing itself."""
    spans = split_sentences(text[start:end])
    stops = [*(start + s.start for s in spans[1:]), end]
    parts: list[tuple[str, list[int]]] = []
    for span, stop in zip(spans, stops, strict=True):
        written, numbers = text[start + span.start : start + span.end], list[int]()
        opening = _OPENING.match(written)
        if opening and parts:
            parts[-1][1].extend(_numbers(opening[0], placed))
            written = written[opening.end() :]
        numbers += _numbers(written, placed)
        numbers += [p.citation.number for p in placed if p.touches(start + span.start, stop)]
        if said := _MARK.sub("", written).strip():
            parts.append((said, numbers))
        elif parts:
            parts[-1][1].extend(numbers)
    body = text[start:end].rstrip()
    closing, edge = _CLOSING.search(body), start + len(body.rstrip(_AFTER))
    last = _numbers(closing[0], placed) if closing else []
    if spans:  # a stretch that begins with the last sentence is that sentence's alone
        after = start + spans[-1].start
        last += [p.citation.number for p in placed if p.start > after and p.end >= edge and p.touches(after, end)]
    return [ShownSentence(said, tuple(dict.fromkeys(numbers or last))) for said, numbers in parts]


def _numbers(text: str, placed: Sequence[_Placed]) -> list[int]:
    known = {p.citation.number for p in placed}
    return [n for found in _MARK.findall(text) if (n := int(found)) in known]


def _messages(case: Case) -> list[dict[str, str]]:
    turns = [
        message
        for t in case.history
        for message in ({"role": "user", "content": t.question}, {"role": "assistant", "content": t.answer})
    ]
    return [*turns, {"role": "user", "content": case.question}]


def _first_model(client: Client) -> str:
    models = (client.get("/models") or {}).get("data") or []
    if not models:
        raise TargetFailed(f"{client.base} names no model.", hint="Name it: --model.")
    return str(models[0]["id"])


def _usage(raw: Mapping[str, Any] | None) -> Usage | None:
    if not raw or "prompt_tokens" not in raw:
        return None
    return Usage(int(raw["prompt_tokens"]), int(raw.get("completion_tokens") or 0))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


class Directory:
    """The suite's documents by address, by title, and by an id that stands in an address."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._by_id = {d.id: d for d in documents}
        self._by_url: dict[str, Document] = {}
        self._by_title: dict[tuple[str, ...], Document] = {}
        for d in documents:  # where several share an address or a title, the first stands for it
            if d.fields.get("url"):
                self._by_url.setdefault(_plain(str(d.fields["url"])), d)
            if d.fields.get("title"):
                self._by_title.setdefault(tokens(str(d.fields["title"])), d)

    def find(self, url: str, title: str = "") -> Document | None:
        """The document, or None. An id is taken from the last part of a path, as in /articles/ID."""
        last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]) if url else ""
        return (
            self._by_id.get(last)
            or self._by_id.get(url)
            or self._titled(url, title)
            or self._by_url.get(_plain(url))
            or self._by_title.get(tokens(title))
        )

    def citation(self, number: int, url: str, title: str = "") -> Citation:
        """A citation without a quote. For an unknown address, the address is the id of its article."""
        found = self.find(url, title)
        return Citation(
            number=number,
            passage_id="",
            article_id=found.id if found else url or title,
            title=title or str(found.fields.get("title") or "" if found else ""),
            outlet="",
            url=url or None,
            published=None,
            quote="",
            start=0,
            end=0,
            language=found.language if found else "und",
        )

    def _titled(self, url: str, title: str) -> Document | None:
        """The document of that title, where several share an address, as translations of one article do."""
        found = self._by_title.get(tokens(title)) if title else None
        return found if found and _plain(str(found.fields.get("url") or "")) == _plain(url) else None


def _plain(url: str) -> str:
    """Host and path: scheme, www, query and fragment left out."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{unquote(parts.path).rstrip('/')}"
