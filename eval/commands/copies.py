"""The command `telal eval copies`: how well near-identical articles are brought together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.suites.changed import measured, originals, trials
from eval.suites.copies import DATA, Found, headline_groups, long_articles, made_pairs
from rag.errors import BadInput

ARTICLES = 600  # from which variants are made; paragraphs put into them are those of the others
_out = Console()


def register(app: typer.Typer) -> None:
    """Adds the command to `telal eval`."""
    app.command("copies")(copies)
    app.command("changed")(changed)


def copies(
    data: Annotated[Path, typer.Option(help="The folder of the shared development data.")] = DATA,
    posts: Annotated[bool, typer.Option("--posts", help="Also the posts with one headline: two minutes.")] = False,
) -> None:
    """Make copies of articles (Cyrillic twin, trimmed, edited, ...) and look which are found, and what else is."""
    articles = long_articles(data)
    if len(articles) <= ARTICLES:
        raise BadInput(f"{data} holds too few articles.", hint="Name the folder of the shared data: --data.")
    table = Table("copies", "pairs", "recall", "precision", "ms an article")
    for found in made_pairs(articles[:ARTICLES], articles[ARTICLES:]):
        table.add_row(*_row(found))
    if posts:
        groups, beyond = headline_groups(data)
        for found in groups:
            table.add_row(*_row(found)[:3], "-", f"{found.seconds_an_article * 1000:.1f}")
        table.caption = f"{len(beyond)} pairs of posts with different headlines were found besides."
    _out.print(table)


def changed(
    data: Annotated[Path, typer.Option(help="The folder of the shared development data.")] = DATA,
    split: Annotated[str, typer.Option(help="dev or test: stories that rules were made on, or not.")] = "test",
    most: Annotated[int, typer.Option(min=1, help="Articles of each language.")] = 20,
) -> None:
    """Change one fact in copies of articles, or only their frame, and look which are joined."""
    rows, cost = measured(list(trials(originals(data, split=split, most=most))))
    table = Table("copies", "changed", "of", "alike", "joined", "languages in which any was, or was not")
    for kind in dict.fromkeys(r.kind for r in rows):
        own = [r for r in rows if r.kind == kind]
        of, alike, joined = (sum(getattr(r, name) for r in own) for name in ("trials", "alike", "joined"))
        odd = " ".join(r.language for r in own if (r.joined > 0 if r.changed else r.joined < r.trials))
        share = (f"{n / of:.3f}" for n in (alike, joined))
        table.add_row(kind, "yes" if own[0].changed else "no", str(of), *share, odd)
    table.caption = f"{cost:.1f} ms of one core an article"
    _out.print(table)


def _row(found: Found) -> tuple[str, ...]:
    cost = f"{found.seconds_an_article * 1000:.1f}"
    return found.name, str(found.wanted), f"{found.recall:.3f}", f"{found.precision:.3f}", cost
