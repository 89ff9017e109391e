"""`python -m research.tour`: twenty questions of different kinds, asked of the starter corpus, as a page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from eval.core.show import console
from eval.datasets.load import load
from eval.run.index import build, open_index
from rag.config import load_settings
from rag.engine import Engine
from rag.types import Answer, Turn

_out = console()
_HEAD = """# A tour: twenty questions

Asked of the starter corpus, without a language model. Made by `python -m research.tour --out docs/tour.md`;
nothing is edited.
**Bold** is the short answer. What stands in *italics* is said by Telal, everything else is a quote, word for word.
"""
# Kind, question, and the question before it where it is a follow-up.
QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("who", "Who signed the Tirana agreement?", ""),
    ("who, Cyrillic", "Ко је потписао споразум у Тирани?", ""),
    ("when, follow-up", "kada?", "Ko je potpisao sporazum u Tirani?"),
    ("how many", "Koliko ljudi je poginulo u požaru u Kočanima?", ""),
    ("how many, Macedonian", "Колку пратеници доби СДСМ на изборите во 2020?", ""),
    ("list", "U koje su države prevezeni ozlijeđeni iz Kočana?", ""),
    ("list, Bulgarian", "Телевизиите на кои страни отказаха участие в „Евровизия“ 2026?", ""),
    ("where", "Nerede çıktı diskodaki yangın, 2025'te 59 kişi öldü?", ""),
    ("why", "De ce a demisionat Boiko Borisov în 2016?", ""),
    ("yes or no", "Je li Dodik proglasio pobjedu?", ""),
    ("said", "Šta je Dačić rekao o pritiscima na Srbiju zbog Ukrajine?", ""),
    ("comparison", "Was Radev or Tsacheva ahead in round one in Bulgaria?", ""),
    ("the latest", "Cilat janë të fundit për qeverinë e re të Maqedonisë së Veriut?", ""),
    ("browsing", "какво ново в България", ""),
    ("opinion", "What does CNN's analysis argue about Serbia's gas contract with Gazprom?", ""),
    ("two questions", "Who won Eurovision 2026 and when?", ""),
    ("false premise", "Zašto je Đukanović povjerio mandat Lekiću?", ""),
    ("not in the archive", "Kdo bo naslednji predsednik slovenske vlade?", ""),
    ("greeting, Greek", "Καλημέρα", ""),
    ("on Telal", "Sen kimsin?", ""),
)


def tour(
    out: Annotated[Path | None, typer.Option("--out", help="The page to write; printed otherwise.")] = None,
) -> None:
    """Ask twenty questions of different kinds and write the answers down as they come."""
    with open_index(build(load("balkan"), load_settings())) as engine:
        page = "\n".join([_HEAD, *(line for one in QUESTIONS for line in _asked(engine, *one))])
    if out is None:
        _out.print(page, markup=False, highlight=False, soft_wrap=True)
    else:
        out.write_text(page, encoding="utf-8")


def _asked(engine: Engine, kind: str, question: str, before: str) -> Iterator[str]:
    answer = engine.ask(question, history=[Turn(before)] if before else [])
    yield f"## {question}\n"
    yield f"{kind} · {answer.language} · {answer.status.value}" + (f" · after “{before}”" if before else "") + "\n"
    if answer.standalone != question:
        yield f"*Searched for:* {answer.standalone}\n"
    yield from _told(answer)


def _told(answer: Answer) -> Iterator[str]:
    if answer.short:
        yield "; ".join(f"**{s.said}**" + "".join(f"[{n}]" for n in s.citations) for s in answer.short) + "\n"
    for s in answer.sentences:
        lead = f"*{s.lead}* " if s.lead else ""
        yield f"> {lead}{s.text} " + "".join(f"[{n}]" for n in s.citations) + "\n"
    for story in answer.digest:
        day = f"{story.published:%Y-%m-%d}" if story.published else "undated"
        also = f" (*{', '.join(v.language for v in story.also)}*)" if story.also else ""
        yield f"- {day}: {story.title}{also}. {story.lead}"
    if answer.digest:
        yield ""
    if answer.refusal:
        yield f"*{answer.refusal.message}*\n"
        yield from (f"- {n.title} ({n.outlet})" for n in answer.refusal.nearest)
        yield ""
    for remark in (*(r.text for r in answer.remarks), *answer.notices):
        yield f"*{remark}*\n"
    for c in answer.citations:
        day = f"{c.published:%Y-%m-%d}" if c.published else "undated"
        said = "; ".join(note.text for note in c.notes)
        yield f"[{c.number}] {c.outlet}, {day}: {c.title}" + (f" (*{said}*)" if said else "") + "  "
    if answer.citations:
        yield ""


if __name__ == "__main__":
    typer.run(tour)
