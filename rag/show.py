"""What a person reads in a terminal: answers, hits, the difference of two revisions, and progress bars."""

from __future__ import annotations

import difflib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from rag.plain import wording
from rag.text.sentences import split_sentences
from rag.types import Answer, Article, Citation, Hit, Sentence


def show_answer(out: Console, answer: Answer) -> None:
    """What is in doubt, the short answer, the first quote in its paragraph, further sentences, their sources.

    Or the refusal and the nearest articles, or the stories of a digest.
    """
    out.print()
    if answer.refusal is not None:
        out.print(answer.refusal.message, style="bold", markup=False)
        for near in answer.refusal.nearest:
            _source(out, "  -", near.title, near.outlet, near.published, near.url or near.article_id)
    for notice in answer.notices:
        out.print(notice, style="yellow", markup=False)
    if answer.standalone and answer.standalone != answer.question:
        out.print(answer.standalone, style="italic", markup=False, highlight=False)
    _written(out, answer)
    for i, story in enumerate(answer.digest, 1):
        _source(out, f"{i:2}.", story.title, story.outlet, story.published, story.url or story.article_id)
        out.print(f"    {story.lead}", markup=False, highlight=False)
        for v in story.also:
            out.print(
                f"    {v.language}: {v.title} · {v.url or v.article_id}", style="dim", markup=False, highlight=False
            )
    if answer.short:
        out.print(", ".join(item.text for item in answer.short), style="bold", markup=False, highlight=False)
    for i, sentence in enumerate(answer.sentences):
        out.print(_said(sentence, answer.citations if i == 0 else ()), highlight=False)
    for remark in answer.remarks:
        out.print(remark.text, style="italic", markup=False, highlight=False)
    _sources(out, answer.citations)
    out.print(f"\n{answer.answered_by}, {answer.timings_ms.get('total', 0):.0f} ms", style="dim", markup=False)


def _written(out: Console, answer: Answer) -> None:
    """What a language model wrote, each sentence with its originals, and that it did."""
    for sentence in answer.written.sentences if answer.written else ():
        out.print(_said(sentence, ()), highlight=False)
        for original in sentence.originals:
            out.print(f"    [{original.citation}] {original.text}", style="dim", markup=False, highlight=False)
    for said in wording(answer):
        out.print(said, style="italic", markup=False, highlight=False)


def _said(sentence: Sentence, cited: Sequence[Citation]) -> Text:
    """A sentence with its numbers; a quote of `cited` in its paragraph."""
    numbers = "".join(f"[{n}]" for n in sentence.citations)
    before, after = next((c.around for c in cited if c.quote == sentence.text), ("", ""))
    style = "bold" if before or after else ""
    lead = f"{sentence.lead} " if sentence.lead else ""
    return Text.assemble(lead, before, (sentence.text, style), after, f" {numbers}")


def _sources(out: Console, citations: Sequence[Citation]) -> None:
    if citations:
        out.print()
    for c in citations:
        _source(out, f"  [{c.number}]", c.title, c.outlet, c.published, c.url or c.article_id)
        for note in c.notes:
            out.print(f"      {note.text}", style="dim", markup=False, highlight=False)


def show_hits(out: Console, hits: list[Hit]) -> None:
    """Each hit with its score, source and passage."""
    if not hits:
        out.print("Nothing found.")
    for i, hit in enumerate(hits, 1):
        p = hit.passage
        _source(out, f"{i:2}. {hit.score:.4f}", p.title, p.outlet, p.published, p.url or p.article_id)
        out.print(f"    {p.text}", style="dim", markup=False, highlight=False)


def _source(out: Console, mark: str, title: str, outlet: str, published: datetime | None, where: str) -> None:
    day = f"{published:%Y-%m-%d}" if published else "undated"
    out.print(f"{mark} {title} · {outlet or 'unknown outlet'} · {day} · {where}", markup=False, highlight=False)


FIELDS = ("title", "outlet", "url", "language", "kind", "status", "published", "modified", "authors", "section")


def difference(old: Article, new: Article) -> list[str]:
    """The difference of two revisions as `diff -u` shows it: changed fields, then removed (`-`) and added (`+`)
    sentences with three lines of context."""
    return [*_fields(old, new), *_sentences(old, new)]


def _fields(old: Article, new: Article) -> Iterator[str]:
    for name in FIELDS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"-{name}: {before}"
            yield f"+{name}: {after}"


def _sentences(old: Article, new: Article) -> Iterator[str]:
    before, after = (
        [article.text[s.start : s.end] for s in split_sentences(article.text, article.language)]
        for article in (old, new)
    )
    names = (f"revision {old.revision}", f"revision {new.revision}")
    yield from difflib.unified_diff(before, after, names[0], names[1], lineterm="")


class ProgressBar:
    """A progress bar with the time elapsed and left. It shows nothing when the console is no terminal.

    `columns` stand between the bar and the times; `fields` are the first values of what they show.
    """

    def __init__(
        self, console: Console, *columns: ProgressColumn, label: str, total: float | None, **fields: Any
    ) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            *columns,
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(label, total=total, **fields)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def _update(self, **values: Any) -> None:
        self._bar.update(self._task, **values)


class Rate:
    """How much a count grows a second, over the last `over_s` seconds."""

    def __init__(self, over_s: float = 20.0) -> None:
        self._over_s = over_s
        self._marks: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])

    def of(self, count: int) -> float:
        """Takes the present count; returns the rate."""
        now = time.monotonic()
        self._marks.append((now, count))
        while len(self._marks) > 2 and now - self._marks[0][0] > self._over_s:
            self._marks.popleft()
        since, before = self._marks[0]
        return (count - before) / max(now - since, 1e-3)
