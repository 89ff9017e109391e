"""The newsroom's own answers, which editors pin to questions."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from rag.errors import NotFound
from rag.store.archive.erase import ErasureTraces
from rag.store.database.database import Database
from rag.store.database.desk_tables import pins
from rag.store.database.rows import micros, moment


class PinKind(StrEnum):
    """What is pinned: the newsroom's text, articles to be quoted before all others, or that nothing is answered."""

    TEXT = "text"
    FIRST = "first"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Cite:
    """A sentence of an article, word for word; "" for its headline."""

    article_id: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """An answer and the questions that get it. `text` is in `language`; `ends`: it answers nothing from then on."""

    questions: tuple[str, ...]
    kind: PinKind
    text: str = ""
    language: str = "und"
    cites: tuple[Cite, ...] = ()
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredPin(Pin):
    """`at` is when it was last changed, by `editor`; `erased`: an article that it cited is, and so are its words."""

    id: str = ""
    at: datetime = datetime.min
    editor: str = ""
    erased: bool = False

    def holds(self, now: datetime) -> bool:
        """Whether it has neither ended nor lost an article."""
        return not self.erased and (self.ends is None or now < self.ends)


class Pins:
    """Raises the archive's errors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[StoredPin]:
        """The newest first, ended ones too."""
        with self._database.reading() as connection:
            return [_pin(row) for row in connection.execute(select(pins).order_by(pins.c.at.desc(), pins.c.id))]

    def put(self, editor: str, pin: Pin, pin_id: str = "") -> str:
        """Adds a pin, or replaces the one of this id. Returns its id. Raises NotFound."""
        row = {
            "id": pin_id or secrets.token_hex(6),
            "at": micros(datetime.now(UTC)),
            "editor": editor,
            "kind": pin.kind.value,
            "fields": _fields(pin),
            "ends": micros(pin.ends) if pin.ends else None,
            "erased": 0,
        }
        with self._database.writing() as connection:
            if pin_id:
                _remove(connection, pin_id)
            connection.execute(insert(pins), row)
        return str(row["id"])

    def remove(self, pin_id: str) -> None:
        """Raises NotFound."""
        with self._database.writing() as connection:
            _remove(connection, pin_id)


def forget_pins(connection: Connection, marks: ErasureTraces) -> int:
    """Empties the pins that cite or quote an erased article; only questions that do not quote it stay, so that the
    desk can say what became of them. Returns how many."""
    count = 0
    for pin in map(_pin, connection.execute(select(pins)).all()):
        cited = (part for c in pin.cites for part in (c.article_id, c.quote))
        if not marks.stand_in("\n".join((*pin.questions, pin.text, *cited))):
            continue
        kept = tuple(question for question in pin.questions if not marks.stand_in(question))
        emptied = {"fields": _fields(Pin(kept, pin.kind, language=pin.language)), "erased": 1}
        connection.execute(update(pins).where(pins.c.id == pin.id).values(emptied))
        count += 1
    return count


def _fields(pin: Pin) -> str:
    cites = [[cite.article_id, cite.quote] for cite in pin.cites]
    fields: Mapping[str, Any] = {
        "questions": pin.questions, "text": pin.text, "language": pin.language, "cites": cites,
    }  # fmt: skip
    return json.dumps(fields, ensure_ascii=False)


def _pin(row: Row[Any]) -> StoredPin:
    fields = json.loads(row.fields)
    return StoredPin(
        questions=tuple(fields["questions"]),
        kind=PinKind(row.kind),
        text=fields["text"],
        language=fields["language"],
        cites=tuple(Cite(*one) for one in fields["cites"]),
        ends=moment(row.ends),
        id=row.id,
        at=moment(row.at) or datetime.min,
        editor=row.editor,
        erased=bool(row.erased),
    )


def _remove(connection: Connection, pin_id: str) -> None:
    if not connection.execute(delete(pins).where(pins.c.id == pin_id)).rowcount:
        raise NotFound(f"There is no pinned answer {pin_id!r}.", hint="It may have been withdrawn already.")
