"""Keys, conversations and feedback that several machines share, in the archive's database."""

from __future__ import annotations

import time

import numpy as np
import pytest

from api.auth.keys import KeyStore
from api.reader_data.conversations import MOST_TURNS, Conversations
from api.reader_data.erasure import erasable_stores
from api.reader_data.feedback import Feedback, FeedbackStore
from rag.config import Settings
from rag.errors import BadInput, NotFound
from rag.store.archive.archive import Archive
from rag.store.archive.erase import marks_of
from rag.types import Article, Turn

ALL = ("ask", "search", "ingest", "admin")


@pytest.fixture
def machines(on_postgres, tmp_path):
    """The database of two."""
    opened = [Archive.open(Settings(data_dir=tmp_path / name)).database for name in ("one", "two")]
    yield opened
    for database in opened:
        database.close()


def test_a_revoked_key_is_refused_on_every_machine(machines):
    here, there = map(KeyStore, machines)
    there.follow()
    created = here.create("sajt", kind="secret", scopes=ALL)
    until(lambda: there.by_token(created.token) is not None)
    assert here.by_token(created.token).name == "sajt"
    began = time.monotonic()
    here.revoke(created.key.id)
    until(lambda: there.by_token(created.token) is None)
    assert time.monotonic() - began < 2
    assert here.by_token(created.token) is None and there.all()[0].revoked is not None
    there.close()


def test_keys_of_two_machines_are_all_kept_and_a_failed_change_leaves_them(machines):
    here, there = map(KeyStore, machines)
    for n in range(3):
        here.create(f"a{n}", kind="secret", scopes=ALL)
        there.create(f"b{n}", kind="public", origins=["https://sajt.example"])
    with pytest.raises(BadInput):
        there.create("bad", kind="public", origins=[])
    assert {key.name for key in here.all()} == {key.name for key in there.all()} == {"a0", "a1", "a2", "b0", "b1", "b2"}
    assert there.by_origin("https://sajt.example") is not None


def test_a_conversation_goes_on_at_another_machine(machines):
    here, there = machines
    first, second = Conversations(here, kept_s=100), Conversations(there, kept_s=100)
    name = first.new()
    for n in range(MOST_TURNS + 2):
        (first if n % 2 else second).add(name, Turn(f"pitanje {n}", f"odgovor {n}"))
    assert [t.question for t in first.turns(name)] == [f"pitanje {n}" for n in range(2, MOST_TURNS + 2)]
    assert first.turns(name) == second.turns(name)
    second.erase(name)
    with pytest.raises(NotFound):
        first.turns(name)
    gone = Conversations(here, kept_s=0)
    gone.add(name, Turn("p", "o"))
    with pytest.raises(NotFound):
        gone.turns(name)


def test_an_erasure_reaches_what_any_machine_kept(machines, tmp_path):
    here, there = machines
    secret = "Mještanka Živadinka ispričala je novinarima sve o zatrovanom izvoru."
    FeedbackStore(here).add(Feedback("x", "wrong", comment=f"Nije: {secret}"))
    FeedbackStore(here).add(Feedback("y", "helpful", comment="Hvala"))
    conversations = Conversations(here, kept_s=100)
    name, kept = conversations.new(), conversations.new()
    conversations.add(name, Turn("Ko?", secret))
    conversations.add(kept, Turn("Šta?", "Ništa."))
    marks = marks_of([Article("izvor-1", "Naslov", secret)], np.empty((0, 8), np.float32))
    assert [store.erase(marks) for store in erasable_stores(tmp_path / "two", there)] == [0, 1, 1, 0]
    assert [said.id for said in FeedbackStore(there).all()] == ["y"]
    assert conversations.turns(kept)
    with pytest.raises(NotFound):
        conversations.turns(name)
    assert FeedbackStore(here).erase(lambda said: said.at < "9999-01-01") == 1


def until(holds, within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)
