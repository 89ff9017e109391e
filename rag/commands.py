"""Commands over the archive: search, articles, status, doctor, model, settings."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rag.ask_command import (
    DataFolder,
    FromDay,
    JsonFlag,
    Languages,
    Outlets,
    ToDay,
    filters_of,
    follow,
    opened,
    print_json,
)
from rag.config import Section, Settings, load_settings, setting_names
from rag.doctor import examine
from rag.engine import embedding_of
from rag.errors import BadInput
from rag.models.files import OURS, cache_dir, directory_of, prepare_model
from rag.revisions import difference
from rag.show import show_hits
from rag.store.archive.archive import Archive
from rag.wire import jsonable, pick

articles = typer.Typer(help="List, show and erase articles.", no_args_is_help=True)
model = typer.Typer(help="Prepare and verify the embedding model's files.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(search)
    app.add_typer(articles, name="articles")
    app.command()(status)
    app.command()(doctor)
    app.add_typer(model, name="model")
    app.command("settings")(list_settings)


def search(
    text: str,
    as_json: JsonFlag = False,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    from_day: FromDay = None,
    to_day: ToDay = None,
    language: Languages = None,
    outlet: Outlets = None,
    data: DataFolder = None,
) -> None:
    """Find passages."""
    with opened(data) as engine:
        hits = engine.search(text, filters=filters_of(from_day, to_day, language, outlet), limit=limit)
        empty = "" if hits else engine.archive.notice_if_empty()
    if as_json:
        print_json(jsonable(hits))
    else:
        show_hits(_out, hits)
        _note(empty)


@articles.command("list")
def list_articles(
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    after: Annotated[str | None, typer.Option(help="Id of the last article of the page before.")] = None,
    as_json: JsonFlag = False,
    from_day: FromDay = None,
    to_day: ToDay = None,
    language: Languages = None,
    outlet: Outlets = None,
) -> None:
    """List articles, the newest first."""
    with Archive.open_as_allowed(load_settings()) as archive:
        found = archive.articles(filters=filters_of(from_day, to_day, language, outlet), after=after, limit=limit)
        empty = "" if found else archive.notice_if_empty()
    if as_json:
        print_json(jsonable(found))
        return
    _note(empty)
    table = Table("id", "date", "language", "outlet", "title")
    for a in found:
        table.add_row(a.id, f"{a.published:%Y-%m-%d}" if a.published else "undated", a.language, a.outlet, a.title)
    _out.print(table)


@articles.command("show")
def show_article(article_id: str, as_json: JsonFlag = False) -> None:
    """Show one article."""
    with Archive.open_as_allowed(load_settings()) as archive:
        article = archive.article(article_id)
    if as_json:
        print_json(jsonable(article))
        return
    day = f"{article.published:%Y-%m-%d}" if article.published else "undated"
    _out.print(article.title, style="bold", markup=False)
    _out.print(f"{article.outlet} · {day} · {article.language} · {article.url or 'no link'}", markup=False)
    _out.print(article.text, markup=False)


def _note(notice: str) -> None:
    """On standard error, where it does not mix with what a program reads."""
    if notice:
        _err.print(notice, style="yellow", markup=False, soft_wrap=True)


def status(as_json: JsonFlag = False) -> None:
    """Say what the archive holds and how far the indexes are."""
    with opened() as engine:
        held, indexes = engine.archive.stats(), engine.indexes.status()
        notices = [*engine.indexes.notices(), engine.archive.notice_if_empty()]
        if not engine.short_answers:
            notices.append(f"The reader {engine.settings.reader.model} scores sentences; short answers are not given.")
    if as_json:
        print_json({"archive": jsonable(held), "indexes": jsonable(indexes), "notices": [n for n in notices if n]})
        return
    _out.print(f"{held.articles:,} articles, {held.passages:,} passages, {held.erased:,} erased")
    for name, count in sorted(held.by_language.items(), key=lambda item: -item[1]):
        _out.print(f"  {name:10} {count:,}", markup=False)
    _out.print(
        f"change {indexes.last_change}: keyword index at {indexes.keyword_change}, "
        f"vectors at {indexes.exact_change}, vector store {indexes.vector_store_state}"
    )
    for notice in notices:
        _note(notice)


@model.command("list")
def list_models(as_json: JsonFlag = False) -> None:
    """Telal's own embedding models, best first: which are ready, and which one the archive was built with."""
    settings = load_settings()
    used = embedding_of(settings).model
    models = cache_dir(settings.embedding) / "models"
    rows = [(name, directory_of(name, models).path) for name in OURS]
    if as_json:
        print_json([{"name": n, "ready": p.is_dir(), "used": n == used, "path": str(p)} for n, p in rows])
        return
    table = Table("model", "ready", "of this archive")
    for name, path in rows:
        table.add_row(name, "yes" if path.is_dir() else "no", "yes" if name == used else "")
    _out.print(table)


@model.command("prepare")
def prepare_files() -> None:
    """Make the embedding model's files ready, once."""
    made = prepare_model(load_settings().embedding, progress=follow)
    _out.print(f"Model {made.name} is ready in {made.path}.", markup=False, soft_wrap=True)


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Do what is needed.")] = False, as_json: JsonFlag = False
) -> None:
    """Check model, archive, indexes and versions; say what to do. Exit code 1 when something is wrong."""
    findings = examine(load_settings(), repair=repair)
    if as_json:
        print_json([jsonable(f) for f in findings])
    else:
        for f in findings:
            mark, style = ("ok", "green") if f.ok else ("!!", "red")
            _out.print(f"[{style}]{mark}[/{style}]  {f.part:15}", end=" ")
            _out.print(f.text + (f" {f.advice}" if f.advice else ""), markup=False, highlight=False, soft_wrap=True)
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


def list_settings(markdown: Annotated[bool, typer.Option("--markdown", help="As docs/settings.md.")] = False) -> None:
    """List every setting that can be given in the environment."""
    if markdown:
        typer.echo(settings_markdown(), nl=False)
        return
    for name, text in setting_names().items():
        _out.print(f"[bold]{name}[/bold]  {text}", highlight=False, soft_wrap=True)


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


@articles.command("naming")
def find_mentions(name: str, as_json: JsonFlag = False) -> None:
    """List the articles that name a person, in either script and any case, earlier revisions included."""
    with Archive.open_as_allowed(load_settings()) as archive:
        found = archive.mentions(name)
    if as_json:
        print_json([{**pick(m.article, "id", "outlet", "url"), "around": m.around} for m in found])
        return
    table = Table("id", "outlet", "where")
    for m in found:
        table.add_row(m.article.id, m.article.outlet, f"… {m.around} …")
    _out.print(table)


def settings_markdown() -> str:
    """docs/settings.md: a table of variables with defaults and meanings."""
    defaults: dict[str, object] = {}
    for name, info in Settings.model_fields.items():
        if isinstance(value := info.default, Section):
            defaults |= {f"TELAL_{name}__{inner}".upper(): v for inner, v in value.model_dump().items()}
        else:
            defaults[f"TELAL_{name}".upper()] = value
    shown = {name: "none" if v in (None, (), "", frozenset()) else f"`{v}`" for name, v in defaults.items()}
    rows = [f"| `{name}` | {shown[name]} | {text} |" for name, text in setting_names().items()]
    head = [
        "# Settings",
        "",
        "Every setting is an environment variable; unknown ones are refused. This page is made by",
        "`telal settings --markdown > docs/settings.md`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"
