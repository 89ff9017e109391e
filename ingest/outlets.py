"""Reads and writes outlets: the packaged list, the operator's TOML file, and the editors' changes at the desk."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import delete, insert, select

from ingest.fetch.addresses import check_url
from ingest.fetch.outcomes import FetchRefused
from ingest.sources.live import source_kinds
from rag.config import Settings
from rag.errors import BadInput, BadSettings
from rag.store.archive.archive import Archive
from rag.store.archive.open import on_postgres, sqlite_path
from rag.store.database.database import Database
from rag.store.database.desk_tables import outlets as changed_outlets
from rag.store.upkeep.index_directory import write_atomically, write_error

FILE = "outlets.toml"

OutletKind = Literal["outlet", "agency", "public broadcaster", "fact-checker"]


def _checked(values: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(check_url(value, allow_private=True) for value in values))
    except FetchRefused as error:
        raise ValueError(error.message) from error


_Addresses = Annotated[tuple[str, ...], AfterValidator(_checked)]


class OutletConfig(BaseModel):
    """What the operator sets for an outlet: its name, its sources, and how to fetch from it.

    The addresses of each kind of source stand in the field of that kind (`source_kinds`).
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, _Addresses] = Field(init=False)

    name: str = Field(min_length=1, max_length=200)
    language: str = Field("", description="BCP 47 with script where there are two; empty: detected in each text")
    country: str = Field("", description="ISO 3166")
    kind: OutletKind = "outlet"
    text: Literal["page", "feed"] = Field("page", description="feed: the feeds hold the whole text; no page is fetched")
    delay_s: float | None = Field(None, ge=0, description="pause between requests; default: of the settings")
    every_s: float | None = Field(None, gt=0, description="pause between visits; default: of the settings")
    licence: str = Field("", description="the terms for using its texts, in your words")
    shows: Literal["quote", "paragraph", "whole"] | None = Field(
        None, description="how much of a text readers are shown; default: a paragraph in answers, articles by the API"
    )
    agreement: str = Field("", description="the owner's permission to mine the texts: TDMRep and noai are then ignored")
    keep_days: int | None = Field(None, ge=1, description="how long articles are kept; default: forever")
    enabled: bool = True
    found: str = Field("", description="where the addresses were found")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        fields = (*cls.model_fields, *source_kinds())
        unknown = next((name for name in given if name not in fields), None)
        if unknown is not None:
            raise ValueError(f"{unknown!r} is not known; an outlet has {', '.join(fields)}")
        return {name: value for name, value in given.items() if value or name in cls.model_fields}

    def addresses(self, kind: str) -> tuple[str, ...]:
        """Returns the addresses of its sources of a kind."""
        return (self.__pydantic_extra__ or {}).get(kind, ())

    def sources(self) -> list[tuple[str, str]]:
        """Returns (kind, address) of every source."""
        return [(kind, url) for kind in source_kinds() for url in self.addresses(kind)]


def outlets_file(settings: Settings) -> Path:
    """Returns the path of the operator's list."""
    return settings.ingest.outlets or settings.data_dir / FILE


def load_outlets(settings: Settings) -> list[OutletConfig]:
    """Reads the operator's outlets; [] when there is no file. Raises BadSettings with the place of a mistake."""
    path = outlets_file(settings)
    return parse_outlets(path.read_text(encoding="utf-8"), str(path)) if path.exists() else []


def starter_outlets() -> list[OutletConfig]:
    """Reads the packaged list: addresses that were found in public lists, for people to check."""
    return parse_outlets(files("ingest").joinpath("data", FILE).read_text(encoding="utf-8"), FILE)


def parse_outlets(text: str, where: str) -> list[OutletConfig]:
    """Reads every `[[outlet]]` of a file. `where` names the file in errors. Raises BadSettings."""
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{where} is not TOML: {error}.", hint="Correct the line that it names.") from error
    if unknown := set(held) - {"outlet"}:
        raise BadSettings(f"{where}: {sorted(unknown)[0]!r} is not known.", hint="Each outlet is an [[outlet]].")
    listed = held.get("outlet", [])
    if not isinstance(listed, list):
        raise BadSettings(f"{where}: write [[outlet]], with two brackets.")
    outlets = []
    for number, fields in enumerate(listed, start=1):
        try:
            outlets.append(outlet_of(fields))
        except BadInput as error:
            hint = "docs/ingestion.md lists the fields."
            raise BadSettings(f"{where}, outlet {number}: {error.message}", hint=hint) from error
    names = [outlet.name.casefold() for outlet in outlets]
    if twice := next((o.name for o, n in zip(outlets, names, strict=True) if names.count(n) > 1), None):
        raise BadSettings(f"{where}: {twice!r} stands there twice.", hint="Join the two.")
    return outlets


def select_outlets(outlets: Iterable[OutletConfig], names: Iterable[str]) -> list[OutletConfig]:
    """Selects outlets by name; without names, all. Raises BadInput for a name that no outlet has."""
    held = {outlet.name.casefold(): outlet for outlet in outlets}
    asked = list(names)
    for name in asked:
        if name.casefold() not in held:
            known = ", ".join(sorted(o.name for o in held.values())[:20]) or "none"
            raise BadInput(f"There is no outlet {name!r}.", hint=f"There are: {known}.")
    return [held[name.casefold()] for name in asked] if asked else list(held.values())


HEAD = "Outlets to ingest. docs/ingestion.md explains each field."


def add_outlet(path: Path, outlet: OutletConfig) -> OutletConfig:
    """Writes an outlet to the file and returns it. One of the same name keeps its sources, and gets the new ones and
    the new values.

    Raises BadInput when it has no source, BadSettings when the file has a mistake, ReadOnly, DiskFull.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before = {held.name.casefold(): held for held in parse_outlets(text, str(path))}.get(outlet.name.casefold())
    given = outlet.model_dump(exclude_defaults=True)
    if before is not None:
        given |= {kind: before.addresses(kind) + outlet.addresses(kind) for kind in source_kinds()}  # twins are dropped
        given["name"] = before.name
    whole = OutletConfig.model_validate({**(before.model_dump() if before else {}), **given})
    given |= {kind: whole.addresses(kind) for kind in source_kinds()}
    if not whole.sources():
        options = [f"--{kind.word}" for kind in source_kinds().values()]
        raise BadInput(f"{whole.name} has no source.", hint=f"Give {' or '.join(options)}.")
    document = tomlkit.parse(text)
    if not text:
        document.add(tomlkit.comment(HEAD))
    listed = document.setdefault("outlet", tomlkit.aot())
    table = next((one for one in listed if one.get("name") == whole.name), tomlkit.table())
    for key, value in given.items():
        if value not in ((), "", None) or key in table:
            table[key] = list(value) if isinstance(value, tuple) else value
    if before is None:
        listed.append(table)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, tomlkit.dumps(document))
    except OSError as error:
        raise write_error(error, path) from error
    return whole


@dataclass(frozen=True, slots=True)
class OutletChange:
    """What an editor changed: fields in place of the operator's file, a new outlet, or that one is removed."""

    fields: Mapping[str, Any]
    removed: bool = False


class OutletChanges:
    """The editors' changes by the outlet's name, case-folded. Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, OutletChange]:
        """Every change."""
        with self._database.reading() as connection:
            rows = connection.execute(select(changed_outlets).order_by(changed_outlets.c.key)).all()
        return {row.key: OutletChange(json.loads(row.fields), bool(row.removed)) for row in rows}

    def set(self, name: str, change: OutletChange | None) -> None:
        """Replace the change; None: back to the operator's file."""
        key = name.casefold()
        with self._database.writing() as connection:
            connection.execute(delete(changed_outlets).where(changed_outlets.c.key == key))
            if change is not None:
                fields = json.dumps(dict(change.fields), ensure_ascii=False, sort_keys=True)
                row = {"key": key, "fields": fields, "removed": int(change.removed)}
                connection.execute(insert(changed_outlets), row)


def site_outlets(settings: Settings, database: Database | None = None) -> list[OutletConfig]:
    """Returns every outlet of a site, paused ones too. `database`: the archive's if it is open, as it must not be
    opened twice.

    Raises BadSettings for a mistake in the file, and the archive's errors.
    """
    changes: Mapping[str, OutletChange] = {}
    if database is not None:
        changes = OutletChanges(database).all()
    elif on_postgres(settings) or sqlite_path(settings).exists():
        with Archive.open_as_allowed(settings) as archive:
            changes = OutletChanges(archive.database).all()
    return with_changes(load_outlets(settings), changes)


def with_changes(outlets: Iterable[OutletConfig], changes: Mapping[str, OutletChange]) -> list[OutletConfig]:
    """Applies the editors' changes to outlets; outlets that editors added come last."""
    held = {outlet.name.casefold(): outlet for outlet in outlets}
    for key, change in changes.items():
        if change.removed:
            held.pop(key, None)
        elif key in held or "name" in change.fields:
            fields = held[key].model_dump() if key in held else {}
            held[key] = outlet_of({**fields, **change.fields})
    return list(held.values())


def outlet_of(fields: Mapping[str, object]) -> OutletConfig:
    """Makes an outlet of fields that a person gave. Raises BadInput that names the wrong field."""
    try:
        return OutletConfig.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        said = f"{name}: {first['msg']}" if name else first["msg"].removeprefix("Value error, ")
        raise BadInput(f"{said}.", hint="Correct it and try again.") from error
