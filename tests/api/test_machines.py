"""Keys, conversations and feedback that several machines share, in the archive's database."""

from __future__ import annotations

import time

import numpy as np
import pytest

from api.auth.keys import KeyStore
from api.kept.conversations import MOST_TURNS, Conversations
from api.kept.erasure import keeps_of
from api.kept.feedback import Feedback, FeedbackFile
from rag.config import Settings
from rag.errors import BadInput, NotFound
from rag.store.archive.erase import marks_of
from rag.store.archive.open import shared_database
from rag.types import Article, Turn

ALL = ("ask", "search", "ingest", "admin")


@pytest.fixture
def machines(on_postgres, tmp_path):
    """Two: the data directory and the database of each."""
    opened = [(tmp_path / name, shared_database(Settings(data_dir=tmp_path / name))) for name in ("one", "two")]
    yield opened
    for _, database in opened:
        database.close()


def test_a_revoked_key_is_refused_on_every_machine(machines):
    here, there = (KeyStore(*machine) for machine in machines)
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
    here, there = (KeyStore(*machine) for machine in machines)
    for n in range(3):
        here.create(f"a{n}", kind="secret", scopes=ALL)
        there.create(f"b{n}", kind="public", origins=["https://sajt.example"])
    with pytest.raises(BadInput):
        there.create("bad", kind="public", origins=[])
    assert {key.name for key in here.all()} == {key.name for key in there.all()} == {"a0", "a1", "a2", "b0", "b1", "b2"}
    assert there.by_origin("https://sajt.example") is not None
    assert not list(machines[0][0].glob("keys*"))


def test_a_conversation_goes_on_at_another_machine(machines):
    (folder, database), (other, there) = machines
    first = Conversations(folder, kept_s=100, database=database)
    second = Conversations(other, kept_s=100, database=there)
    name = first.new()
    for n in range(MOST_TURNS + 2):
        (first if n % 2 else second).add(name, Turn(f"pitanje {n}", f"odgovor {n}"))
    assert [t.question for t in first.turns(name)] == [f"pitanje {n}" for n in range(2, MOST_TURNS + 2)]
    assert first.turns(name) == second.turns(name)
    second.erase(name)
    with pytest.raises(NotFound):
        first.turns(name)
    gone = Conversations(folder, kept_s=0, database=database)
    gone.add(name, Turn("p", "o"))
    with pytest.raises(NotFound):
        gone.turns(name)


def test_an_erasure_reaches_what_any_machine_kept(machines):
    (folder, database), (other, there) = machines
    secret = "Mještanka Živadinka ispričala je novinarima sve o zatrovanom izvoru."
    FeedbackFile(folder, database).add(Feedback("x", "wrong", comment=f"Nije: {secret}"))
    FeedbackFile(folder, database).add(Feedback("y", "helpful", comment="Hvala"))
    conversations = Conversations(folder, kept_s=100, database=database)
    name, kept = conversations.new(), conversations.new()
    conversations.add(name, Turn("Ko?", secret))
    conversations.add(kept, Turn("Šta?", "Ništa."))
    marks = marks_of([Article("izvor-1", "Naslov", secret)], np.empty((0, 8), np.float32))
    assert [store.forget(marks) for store in keeps_of(other, there, archive=there)] == [0, 1, 1, 0]
    assert [said.id for said in FeedbackFile(other, there).all()] == ["y"]
    assert conversations.turns(kept)
    with pytest.raises(NotFound):
        conversations.turns(name)
    assert FeedbackFile(folder, database).erase(before="9999-01-01") == 1


def until(holds, within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)
