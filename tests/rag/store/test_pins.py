"""Pinned answers in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from api.desk.acts import forget
from rag.config import Settings
from rag.errors import NotFound
from rag.store.archive.archive import Archive
from rag.store.archive.erase import ErasureTraces
from rag.store.database.database import Database
from rag.store.pins import Cite, Pin, PinKind, Pins

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)
WORDS = "the old pipe below the school had been sealed in secret"
PIN = Pin(
    ("Why is there no water?", "Pse nuk ka ujë?"), PinKind.TEXT, "A pipe broke.", "en", (Cite("a1"), Cite("a2", "x"))
)


@pytest.fixture
def desk(tmp_path) -> Iterator[Database]:
    with Archive.open(Settings(data_dir=tmp_path / "data")) as archive:
        assert Pins(archive.database).all() == []
        yield archive.database


def values(pin: Pin) -> tuple:
    return pin.questions, pin.kind, pin.text, pin.language, pin.cites, pin.ends


def test_a_pin_is_added_changed_and_withdrawn_by_any_process(desk):
    here, there = Pins(desk), Pins(desk)
    name = here.put("Ana", PIN)
    (found,) = there.all()
    assert values(found) == values(PIN) and (found.id, found.editor) == (name, "Ana") and found.holds(NOW)
    ending = Pin(("Why?",), PinKind.SILENCE, ends=NOW)
    assert there.put("Mara", ending, name) == name
    (found,) = here.all()
    assert values(found) == values(ending) and found.editor == "Mara"
    assert found.holds(NOW - timedelta(seconds=1)) and not found.holds(NOW)
    here.remove(name)
    assert there.all() == []
    for change in (lambda: here.remove(name), lambda: here.put("Ana", PIN, name)):
        with pytest.raises(NotFound):
            change()


def test_what_cites_or_quotes_an_erased_article_is_emptied_and_answers_nothing(desk):
    kept = Pin(("Another?",), PinKind.TEXT, "Yes.", "en", (Cite("b1"),))
    quoting = Pin((f"Is it true that {WORDS}?", "Is it?"), PinKind.TEXT, f"No: {WORDS}", "en", (Cite("b1"),))
    for pin in (PIN, kept, quoting):
        Pins(desk).put("Ana", pin)
    marks = ErasureTraces(ids=("a1",), stretches=(WORDS,), words=(), vectors=())
    assert forget(desk, marks) == 2 and forget(desk, marks) == 0
    found = {pin.questions: pin for pin in Pins(desk).all()}
    assert set(found) == {PIN.questions, kept.questions, ("Is it?",)}
    for pin in (found[PIN.questions], found["Is it?",]):
        assert pin.erased and not pin.holds(NOW) and (pin.text, pin.cites) == ("", ())
    assert found[kept.questions].holds(NOW)
