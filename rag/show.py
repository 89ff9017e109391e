"""Shows answers, hits and progress bars in a terminal."""

from __future__ import annotations

from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from rag.plain import Sourced, byline, doubts, said_after, short_line, wording
from rag.text.messages import message
from rag.types import Answer, AnswerStatus, Citation, Hit, Sentence


def show_answer(out: Console, answer: Answer) -> None:
    """Prints an answer: a language model's sentences, doubts, the short answer, the quotes, and a line for each source;
    or a digest's stories; or a refusal with the nearest articles."""
    out.print()
    if answer.standalone and answer.standalone != answer.question:
        out.print(answer.standalone, style="italic", markup=False, highlight=False)
    _written(out, answer)
    for notice in dict.fromkeys((*doubts(answer), *answer.notices)):
        out.print(notice, style="yellow", markup=False)
    if answer.short:
        out.print(short_line(answer), style="bold", markup=False, highlight=False)
    shown: set[str] = set()
    for sentence in answer.sentences:
        out.print(_said(sentence, _first_cited(sentence, answer, shown)), highlight=False)
    for remark in said_after(answer):
        out.print(remark.text, style="italic", markup=False, highlight=False)
    _cited(out, answer)
    for story in answer.digest:
        out.print(Text.assemble("\n", (story.title, "bold"), f"\n{story.lead}"))
        _source(out, " ", story, answer.language, "", story.url or story.article_id)
        for v in story.also:
            out.print(f"  {v.language}: {v.title}  {v.url or v.article_id}", style="dim", markup=False, highlight=False)


def _written(out: Console, answer: Answer) -> None:
    """Prints what a language model wrote, each sentence above the quotes that it rests on."""
    for sentence in answer.written.sentences if answer.written else ():
        out.print(_said(sentence, None), highlight=False)
        for original in sentence.originals:
            out.print(f"    [{original.citation}] {original.text}", style="dim", markup=False, highlight=False)
    for said in wording(answer):
        out.print(said, style="italic", markup=False, highlight=False)
    if answer.written and answer.written.reasons:
        why = ", ".join(dict.fromkeys(answer.written.reasons))
        out.print(f"Left out of what the model wrote: {why} (docs/models.md).", style="dim", markup=False)


def _cited(out: Console, answer: Answer) -> None:
    """Prints a line for each source; of a refusal what it says and the nearest articles."""
    if answer.citations:
        out.print()
    for c in answer.citations:
        _source(out, f"[{c.number}]", c, answer.language, c.title, c.url or c.article_id)
        for note in c.notes:
            out.print(f"    {note.text}", style="dim", markup=False, highlight=False)
    if answer.refusal is None:
        return
    out.print(answer.refusal.message, style="bold", markup=False)
    if answer.refusal.nearest:
        out.print(message("nearest", answer.language), style="dim", markup=False, highlight=False)
    for near in answer.refusal.nearest:
        _source(out, " ", near, answer.language, near.title, near.url or near.article_id)


def _first_cited(sentence: Sentence, answer: Answer, shown: set[str]) -> Citation | None:
    """Returns the citation to show in its paragraph: that of the first quote; for a partial answer, the first of each
    article."""
    cited = next((c for c in answer.citations if c.number in sentence.citations and c.quote == sentence.text), None)
    if cited is None or cited.article_id in shown or (shown and answer.status is not AnswerStatus.PARTIAL):
        return None
    shown.add(cited.article_id)
    return cited


def _said(sentence: Sentence, cited: Citation | None) -> Text:
    """Returns a sentence with its citation numbers and the likely words in bold; a quote in its paragraph."""
    before, after = cited.around if cited else ("", "")
    words = Text(sentence.text, style="" if sentence.marks or not (before or after) else "bold")
    for start, end in sentence.marks:
        words.stylize("bold", start, end)
    numbers = "".join(f"[{n}]" for n in sentence.citations)
    lead = f"{sentence.lead} " if sentence.lead else ""
    return Text.assemble(lead, (before, "dim"), words, (after, "dim"), (f" {numbers}", "cyan"))


def show_hits(out: Console, hits: list[Hit]) -> None:
    """Prints each hit with its score, source and passage."""
    if not hits:
        out.print("Nothing found.")
    for i, hit in enumerate(hits, 1):
        p = hit.passage
        _source(out, f"{i:2}. {hit.score:.4f}", p, "en", p.title, p.url or p.article_id)
        out.print(f"    {p.text}", style="dim", markup=False, highlight=False)


def _source(out: Console, mark: str, source: Sourced, language: str, title: str, where: str) -> None:
    """Prints outlet, day, headline and address on one line, cut to the width of a terminal."""
    line = Text.assemble((f"{mark} ", "cyan"), (byline(source, language), "green"), f"  {title}" if title else "")
    line.append(f"  {where}", "dim")
    if out.is_terminal:
        out.print(line, no_wrap=True, overflow="ellipsis", highlight=False)
    else:
        out.print(line, soft_wrap=True, highlight=False)


class ProgressBar:
    """A progress bar with the time elapsed and left. It shows nothing when the console is no terminal.

    `columns` stand between the bar and the times; `fields` are the first values of what they show. `left`: what shows
    the time left; none: by the pace of what is counted.
    """

    def __init__(
        self,
        console: Console,
        *columns: ProgressColumn,
        label: str,
        total: float | None,
        left: ProgressColumn | None = None,
        **fields: Any,
    ) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            *columns,
            TimeElapsedColumn(),
            TextColumn("left:"),
            left or TimeRemainingColumn(),
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
