"""Answers and hits as a person reads them in a terminal."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console

from rag.types import Answer, Hit


def show_answer(out: Console, answer: Answer) -> None:
    """Sentences with their numbers, then the sources; or the refusal and the nearest articles."""
    out.print()
    if answer.refusal is not None:
        out.print(answer.refusal.message, style="bold", markup=False)
        for near in answer.refusal.nearest:
            _source(out, "  -", near.title, near.outlet, near.published, near.url or near.article_id)
    for sentence in answer.sentences:
        numbers = "".join(f"[{n}]" for n in sentence.citations)
        out.print(f"{sentence.text} {numbers}", markup=False, highlight=False)
    if answer.citations:
        out.print()
    for c in answer.citations:
        _source(out, f"  [{c.number}]", c.title, c.outlet, c.published, c.url or c.article_id)
    for notice in answer.notices:
        out.print(notice, style="yellow", markup=False)
    out.print(f"\n{answer.answered_by}, {answer.timings_ms.get('total', 0):.0f} ms", style="dim", markup=False)


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
