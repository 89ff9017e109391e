"""More commands over articles: diff of revisions, who names a person."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from rag.config import load_settings
from rag.errors import BadInput
from rag.revision_diff import difference
from rag.store.archive.archive import Archive

STYLES = {"+": "green", "-": "red", "@": "dim"}


@articles.command()
def diff(
    article_id: str,
    old: Annotated[int | None, typer.Option("--from", min=1, help="Revision; default: the one before.")] = None,
    new: Annotated[int | None, typer.Option("--to", min=1, help="Revision; default: the current one.")] = None,
) -> None:
    """Show what changed between two revisions of an article, sentence by sentence."""
    with Archive.open_as_allowed(load_settings()) as archive:
        after = archive.article(article_id, revision=new)
        if old is None and after.revision == 1:
            raise BadInput(f"{article_id} has one revision only.", hint="There is nothing to compare it with.")
        before = archive.article(article_id, revision=old or after.revision - 1)
    for line in difference(before, after):
        _out.print(line, style=STYLES.get(line[:1]), markup=False, highlight=False, soft_wrap=True)


@articles.command()
def naming(name: str, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the articles that name a person, in either script and any case, earlier revisions included."""
    with Archive.open_as_allowed(load_settings()) as archive:
        found = archive.mentions(name)
    if as_json:
        named = ("id", "outlet", "url")
        rows = [{**{key: getattr(m.article, key) for key in named}, "around": m.around} for m in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("id", "outlet", "where")
    for m in found:
        table.add_row(m.article.id, m.article.outlet, f"… {m.around} …")
    _out.print(table)
