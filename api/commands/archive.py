"""The commands `telal articles erase|expire|retract`, which also reach what the server keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.reader_data.erasure import erasable_stores
from ingest.lifecycle import retraction
from ingest.lifecycle.erasure import ErasureCertificate, erase, expired, expiry_reason, ids_of, rules_of
from rag.config import load_settings
from rag.errors import BadInput, NotFound
from rag.store.archive.archive import Archive
from rag.store.indexes import Indexes

UNCLEAN = 1
_out = Console()
_err = Console(stderr=True)
JsonFlag = Annotated[bool, typer.Option("--json", help="Print the certificate as JSON.")]


def register(articles: typer.Typer) -> None:
    """Adds these commands to `telal articles`."""
    articles.command("erase")(erase_articles)
    articles.command("expire")(expire)
    articles.command("retract")(retract)


def erase_articles(
    reason: Annotated[str, typer.Option(help="Why; kept in the tombstones.")],
    article_ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Articles to erase.")] = None,
    url: Annotated[str, typer.Option(help="Every article at this address.")] = "",
    name: Annotated[str, typer.Option(help="Every article that names this person; they are listed first.")] = "",
    copies: Annotated[bool, typer.Option("--copies", help="Copies by other outlets, too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; not for --name.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Erase articles permanently from every store and file. Tombstones stay and keep the articles out.

    Exit code 0: nothing is left; 1: something was found afterwards; the certificate says where.
    """
    if not (article_ids or url or name):
        raise BadInput("Nothing was named to be erased.", hint="Give ids, --url or --name.")
    if name and yes:
        raise BadInput("Check what a name finds: --yes does not work with --name.", hint="Leave out --yes.")
    with _opened() as (archive, indexes):
        ids = ids_of(archive, ids=article_ids or (), url=url)
        if name:
            found = archive.mentions(name)
            if not found:
                raise NotFound(f"No article names {name}.", hint="Another spelling may find it.")
            ids += [m.article.id for m in found]
            table = Table("id", "outlet", "where")
            for m in found:
                table.add_row(m.article.id, m.article.outlet, f"… {m.around} …")
            _out.print(table)
        if copies:
            ids += [one for c in archive.clusters(ids).values() for one in c.articles]
        ids = list(dict.fromkeys(ids))
        if not yes:
            named = ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
            typer.confirm(f"Erase {len(ids)} articles for good ({named})?", abort=True)
        settings = load_settings()
        stores = erasable_stores(settings.data_dir, archive.database)
        certificate = erase(archive, indexes, settings.data_dir, ids, reason=reason, stores=stores)
    _show(certificate, as_json=as_json)


def expire(
    outlet: Annotated[str, typer.Option(help="This outlet only; with --days a rule for now.")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="Kept so long; default: keep_days of outlets.toml.")] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Only say what would go.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Erase articles past their outlet's `keep_days`. For a timer, once a day."""
    if days is not None and not outlet:
        raise BadInput("--days needs --outlet: one rule for all would empty the archive.", hint="Name the outlet.")
    settings = load_settings()
    rules = {outlet: days} if outlet and days else rules_of(settings)
    rules = {name: kept for name, kept in rules.items() if not outlet or name.casefold() == outlet.casefold()}
    with _opened() as (archive, indexes):
        for name, ids in expired(archive, rules, now=datetime.now(UTC)).items():
            _err.print(f"{name}: {len(ids)} articles older than {rules[name]} days.", markup=False)
            if not dry:
                folder, reason = settings.data_dir, expiry_reason(name, rules[name])
                stores = erasable_stores(folder, archive.database)
                certificate = erase(archive, indexes, folder, ids, reason=reason, stores=stores)
                _show(certificate, as_json=as_json)


def retract(article_id: str, reason: Annotated[str, typer.Option(help="Why; shown with the article.")]) -> None:
    """Mark an article as retracted: it stays readable but no longer answers."""
    with Archive.open(load_settings()) as archive:
        changed = retraction.retract(archive, article_id, reason=reason)
    _out.print(f"{article_id} {'is retracted' if changed else 'was retracted already'}.", markup=False)


@contextmanager
def _opened() -> Iterator[tuple[Archive, Indexes]]:
    """Opens the archive and its indexes, without the embedding model."""
    settings = load_settings()
    with Archive.open(settings) as archive:
        held = archive.identity
        indexes = Indexes(archive, settings, dimension=held.dimension if held else 1)
        try:
            indexes.start()
            yield archive, indexes
        finally:
            indexes.close()


def _show(certificate: ErasureCertificate, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(certificate), ensure_ascii=False, indent=2))
    else:
        for one in certificate.articles:
            _out.print(f"Erased {one.id}: {one.revisions} revisions, {one.passages} passages.", markup=False)
            if one.copies:
                _out.print(f"  Left, as they are others': copies {', '.join(one.copies)}.", markup=False)
        for name, count in certificate.removed.items():
            _out.print(f"  {name}: {count}", markup=False)
        _out.print(
            f"{certificate.files_searched} files searched for {certificate.marks_searched} sentences, words, vectors: "
            f"{'nothing is left' if certificate.clean else 'FOUND'}. ErasureCertificate: {certificate.file}",
            markup=False,
            soft_wrap=True,
        )
        if certificate.not_searched:
            _out.print(f"Not searched: {certificate.not_searched}.", markup=False, soft_wrap=True)
    for trace in certificate.left:
        _err.print(f"{trace.file}: {trace.what}", style="red", markup=False)
    if not certificate.clean:
        raise typer.Exit(UNCLEAN)
