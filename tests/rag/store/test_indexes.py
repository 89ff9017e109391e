"""The indexes follow the archive, beside and after one another."""

from __future__ import annotations

import os
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from rag.errors import DirectoryOwned
from rag.store import indexes as texts
from rag.store.archive.archive import Archive, Identity
from rag.store.followers import KeywordFollower
from rag.store.indexes import _POLL_S
from rag.types import ArticleStatus, Filters

TEXT = "Prva stvar ovde. Druga stvar tamo"


@pytest.fixture
def write(archive, made):
    """Writes articles into the archive; gives what was written."""

    def one(*ids: str, text: str = TEXT, **fields):
        batch = [made(one, text=f"{text} {one}", **fields) for one in ids]
        archive.write(batch)
        return batch

    return one


def directories(settings) -> set[str]:
    """Of the keyword index and the vector store; the matrix is rebuilt within a moment."""
    found = {path.name for path in (settings.data_dir / "indexes").iterdir() if path.is_dir()}
    return {name for name in found if not name.startswith("matrix-")}


def found(indexes, write, **filters) -> set[str]:
    """Where the vector of the written article's last passage finds itself: exactly, or not."""
    hit = indexes.dense(write.vectors[-1], limit=1, filters=Filters(**filters))
    return bool(hit) and hit[0].score > 0.999


def test_an_empty_archive(follow):
    indexes = follow(mode="chroma")
    assert indexes.keyword("bilo šta", limit=5) == []
    assert indexes.rarity(["rec"]) == {"rec": 1.0}
    indexes.refresh()
    assert indexes.notices() == ()
    assert indexes.check() == []
    assert (indexes.status().last_change, indexes.status().passages) == (0, 0)


def test_written_is_found_after_a_refresh(follow, write):
    indexes = follow()
    [one] = write("a1")
    indexes.refresh()
    assert found(indexes, one)
    assert len(indexes.keyword("druga a1", limit=5)) == 2
    assert indexes.rarity(["druga"])["druga"] < indexes.rarity(["nema"])["nema"]
    status = indexes.status()
    assert (status.owner, status.keyword_change, status.exact_change, status.passages) == (True, 1, 1, 2)
    assert indexes.check() == []


def test_written_is_found_by_itself_soon(follow, write, eventually):
    indexes = follow()
    [one] = write("a1")
    eventually(lambda: found(indexes, one) and indexes.keyword("a1", limit=1))
    assert _POLL_S < 1  # the promise to the reader is two seconds


def test_a_change_replaces_and_a_retraction_removes(follow, write):
    indexes = follow(mode="chroma")
    [old] = write("a1", text="Staro")
    [new] = write("a1", text="Novo")
    write("a2", text="Povuceno")
    [gone] = write("a2", text="Povuceno", status=ArticleStatus.RETRACTED)
    indexes.refresh()
    assert [bool(indexes.keyword(word, limit=5)) for word in ("staro", "novo", "povuceno")] == [False, True, False]
    assert [found(indexes, one) for one in (old, new, gone)] == [False, True, False]
    assert indexes.check() == []


def test_filters_reach_both_searches(follow, write):
    indexes = follow(mode="chroma")
    write("a1", language="sr-Cyrl", outlet="B92")
    [other] = write("a2", language="hr", kind="opinion")
    indexes.refresh()
    for filters in ({"languages": ("sr",)}, {"outlets": ("b92",)}, {"published_to": date(1990, 1, 1)}):
        assert not found(indexes, other, **filters)
        assert not indexes.keyword("a2", limit=5, filters=Filters(**filters))
    assert found(indexes, other, languages=("hr",), kinds=("opinion",))
    assert indexes.keyword("a2", limit=5, filters=Filters(kinds=("opinion",)))


def test_reopened_they_go_on_where_they_were(follow, write, settings, eventually):
    write("a1", "a2")
    indexes = follow(mode="chroma")
    assert indexes.check() == []
    indexes.close()
    indexes.close()
    before = directories(settings)
    write("a3")
    again = follow(mode="chroma")
    eventually(lambda: again.status().vector_store_state == "ready")
    assert again.check() == []
    assert directories(settings) == before == {"vectors-1", "keyword-1"}


def test_not_closed_they_are_built_anew_in_fresh_directories(follow, write, settings):
    write("a1", "a2")
    follow(mode="chroma").check()
    for mark in (settings.data_dir / "indexes").glob("*.clean"):
        mark.unlink()
    indexes = follow(mode="chroma", own=False)
    assert indexes.keyword("a1", limit=1)  # a reader still reads
    indexes.close()


def test_unclean_means_rebuilt_while_the_old_one_answers(archive, follow, write, settings, eventually):
    write("a1", "a2")
    first = follow(mode="chroma")
    first.check()
    first.close()
    for mark in (settings.data_dir / "indexes").glob("*.clean"):
        mark.unlink()
    indexes = follow(mode="chroma")
    assert indexes.keyword("a1", limit=1)
    eventually(lambda: indexes.status().vector_store_state == "ready")
    assert indexes.check() == []
    assert directories(settings) == {"vectors-2", "keyword-2"}


def test_a_start_after_a_kill_waits_for_no_rebuild(follow, write, settings, monkeypatch):
    write("a1", "a2")
    follow(mode="exact").close()
    (mark,) = (settings.data_dir / "indexes").glob("keyword-*.clean")
    mark.unlink()
    begin, may_begin = KeywordFollower._begin, threading.Event()
    monkeypatch.setattr(KeywordFollower, "_begin", lambda self, *given: may_begin.wait(60) and begin(self, *given))
    started = time.monotonic()
    indexes = follow(mode="exact")
    assert indexes.keyword("a1", limit=1)
    assert time.monotonic() - started < 50, "it waited"
    may_begin.set()
    assert indexes.check() == []
    assert directories(settings) == {"keyword-2"}


def test_another_identity_is_built_anew(follow, write, settings, made, tmp_path):
    write("a1", "a2")
    first = follow(mode="chroma")
    first.check()
    first.close()
    for file in settings.data_dir.glob("archive.sqlite*"):
        file.rename(tmp_path / file.name)
    with Archive.open(settings, identity=Identity("other-model", 8, "sentences")) as other:
        other.write([made("b1"), made("b2")])
        indexes = follow(mode="chroma", over=other)
        assert indexes.check() == []
        assert indexes.keyword("a1", limit=5) == []
        indexes.close()
    assert directories(settings) == {"vectors-2", "keyword-2"}


def test_an_older_archive_in_its_place(follow, write, settings, made, identity, tmp_path):
    write("a1", "a2", "a3")
    first = follow(mode="chroma")
    first.check()
    first.close()
    for file in settings.data_dir.glob("archive.sqlite*"):
        file.rename(tmp_path / file.name)
    with Archive.open(settings, identity=identity) as other:
        other.write([made("b1")])
        indexes = follow(mode="chroma", over=other)
        assert indexes.check() == []
        indexes.close()


def test_erased_leaves_no_trace_on_the_disk(archive, follow, write, settings, eventually):
    write("a1", text="Tajnarec")
    write("a2")
    indexes = follow(mode="chroma")
    assert indexes.check() == []
    archive.erase("a1", reason="on request")
    indexes.refresh()
    assert indexes.keyword("tajnarec", limit=5) == []
    assert directories(settings).isdisjoint({"vectors-1", "keyword-1"})
    eventually(lambda: indexes.status().vector_store_state == "ready")
    assert indexes.check() == []


def test_erased_while_the_vector_store_is_not_in_use(archive, follow, write, settings):
    write("a1", "a2")
    first = follow(mode="chroma")
    first.check()
    first.close()
    archive.erase("a1", reason="on request")
    follow(mode="exact").refresh()
    assert directories(settings) == {"keyword-2"}


def test_an_old_erasure_does_not_rebuild_for_ever(archive, follow, write, settings):
    write("a1", "a2")
    archive.erase("a1", reason="on request")
    first = follow(mode="chroma")
    assert first.check() == []
    first.close()
    write("a3")
    assert follow(mode="chroma").check() == []
    assert directories(settings) == {"vectors-1", "keyword-1"}


def test_a_half_built_index_does_not_answer_and_is_gone_on_with(archive, follow, write, settings, monkeypatch):
    write(*(f"a{n}" for n in range(30)))
    monkeypatch.setattr(KeywordFollower, "changes", 10)
    monkeypatch.setattr(KeywordFollower, "advance", stop_after(2))
    indexes = follow(mode="exact")
    time.sleep(1)
    assert indexes.keyword("a1", limit=5) == []
    assert indexes.notices() == (texts.REBUILDING,)
    indexes.close()
    monkeypatch.undo()
    indexes = follow(mode="exact")
    assert indexes.check() == []
    assert directories(settings) == {"keyword-1"}


def stop_after(steps: int):
    """`advance` of the keyword index, which does nothing more after some steps."""
    advance, left = KeywordFollower.advance, [steps]

    def some(self):
        left[0] -= 1
        return advance(self) if left[0] >= 0 else False

    return some


def test_the_answering_index_is_always_whole(follow, write):
    indexes = follow()
    write("a1")
    indexes.refresh()
    assert indexes._keyword.index.state().whole


# beside another process


def test_two_owners_are_refused_and_a_reader_reads(follow, write, eventually):
    owner = follow()
    with pytest.raises(DirectoryOwned):
        follow(own=True)
    reader = follow(mode="chroma")
    [one] = write("a1")
    owner.refresh()
    reader.refresh()
    assert (owner.status().owner, reader.status().owner) == (True, False)
    assert found(reader, one)
    assert reader.keyword("a1", limit=1)
    assert reader.status().vector_store_state == "off"
    assert reader.notices() == ()
    assert reader.check() == []
    with pytest.raises(DirectoryOwned):
        reader.repair()


def test_a_reader_follows_a_rebuilt_index(archive, follow, write):
    owner, reader = follow(), follow()
    write("a1", "a2")
    owner.refresh()
    reader.refresh()
    archive.erase("a1", reason="on request")
    owner.refresh()
    reader.refresh()
    assert reader.keyword("a2", limit=1)
    assert reader.status().keyword_change == 3


def test_a_reader_is_told_of_a_lag_only_when_it_lasts(follow, write, monkeypatch):
    owner = follow()
    write("a1")
    owner.refresh()
    reader = follow(own=False)
    owner.close()  # nobody writes the indexes now
    [new] = write("a2")
    reader.refresh()
    assert found(reader, new)  # what is new is found by meaning
    assert reader.notices() == ()
    monkeypatch.setattr(texts, "_LATE_WORDS_S", 0.0)
    assert reader.notices() == (texts.LAGGING,)


def test_a_reader_becomes_the_owner_when_there_is_none(follow, write, eventually):
    owner, reader, never = follow(), follow(), follow(own=False)
    owner.close()
    write("a1")
    eventually(lambda: reader.status().owner and reader.status().keyword_change == 1)
    assert not never.status().owner


def test_a_reader_without_any_index(follow, write):
    write("a1")
    reader = follow(own=False)
    assert reader.keyword("a1", limit=1) == []
    assert reader.notices() == (texts.REBUILDING,)


def test_a_directory_that_may_only_be_read(follow, write, settings):
    [one] = write("a1")
    follow().close()
    (settings.data_dir / "owner.lock").unlink()
    (settings.data_dir / "owner.lock").mkdir()  # as root, permissions would not stop us
    indexes = follow()
    assert not indexes.status().owner
    assert found(indexes, one)
    assert indexes.keyword("a1", limit=1)
    (settings.data_dir / "owner.lock").rmdir()


# many at once


def test_many_threads_ask_while_others_write(archive, follow, made):
    indexes = follow(mode="chroma")
    failures, done = [], threading.Event()
    known = made("a0", text=TEXT)
    archive.write([known])
    indexes.refresh()

    def ask():
        while not done.is_set():
            if not found(indexes, known) or not indexes.keyword("druga", limit=3):
                failures.append(indexes.status())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(1, 16):
        archive.write([made(f"a{n}", text=f"{TEXT} a{n}")])
        indexes.refresh()
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert indexes.check() == []
    assert indexes.notices() == ()


def test_repair_builds_anew(follow, write, settings):
    write("a1", "a2")
    indexes = follow(mode="chroma")
    assert indexes.check() == []
    indexes.repair()
    assert indexes.check() == []
    assert directories(settings) == {"vectors-2", "keyword-2"}


def harm(path: Path, how: str, *, other: Path) -> None:
    """Damage a file in place; its times stay, as on a disk that forgets."""
    seen, data = path.stat(), path.read_bytes()
    if how == "cut":
        os.truncate(path, len(data) // 2)
    else:
        new = {"inverted": bytes(255 - b for b in data), "zeroed": bytes(len(data)), "swapped": other.read_bytes()}
        with path.open("r+b") as file:
            file.write(new[how])
            file.truncate()
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


KINDS = ("fast", "fieldnorm", "idx", "store", "term")


@pytest.mark.parametrize("how", ["inverted", "cut", "zeroed", "swapped"])
@pytest.mark.parametrize("kind", [*KINDS, "json"])
def test_a_keyword_index_damaged_before_the_start_is_built_anew(follow, write, settings, how, kind):
    write("a1", "a2")
    first = follow()
    first.refresh()
    whole = first.keyword("Prva", limit=5)
    first.close()
    (folder,) = (path for path in (settings.data_dir / "indexes").glob("keyword-*") if path.is_dir())
    path = folder / "meta.json" if kind == "json" else next(folder.glob(f"*.{kind}"))
    other = next(one for one in folder.glob("*.*") if one != path and one.stat().st_size != path.stat().st_size)
    harm(path, how, other=other)
    again = follow()
    assert again.keyword("Prva", limit=5) in ([], whole), "whole only where it was built anew already"
    again.refresh()
    assert again.keyword("Prva", limit=5) == whole
    assert again.check() == [] and len(again.mended()) == 1 and str(folder) in again.mended()[0]


def test_a_matrix_damaged_before_the_start_is_built_anew(follow, write, settings):
    [one] = write("a1")
    follow().close()
    (path,) = (settings.data_dir / "indexes").glob("matrix-*/vectors.npy")
    harm(path, "inverted", other=path)
    again = follow()
    assert found(again, one) and again.check() == []
    assert len(again.mended()) == 1 and path.parent.name in again.mended()[0]


def test_a_search_that_fails_has_the_keyword_index_built_anew(follow, write, monkeypatch):
    write("a1", "a2")
    indexes = follow(mode="exact")
    indexes.refresh()
    whole = indexes.keyword("Prva", limit=5)
    monkeypatch.setattr(type(indexes._keyword.index), "search", lambda self, query: 1 / 0)
    assert indexes.keyword("Prva", limit=5) == []
    monkeypatch.undo()
    indexes.refresh()
    assert indexes.keyword("Prva", limit=5) == whole


def test_the_files_of_an_older_telal_are_removed(follow, write, settings):
    [one] = write("a1")
    old = settings.data_dir / "indexes" / "exact-1"
    old.mkdir(parents=True)
    (old / "0.codes").write_bytes(b"1")
    (old.parent / "exact.current").write_text("exact-1 1")
    assert found(follow(), one)
    assert not old.exists() and not (old.parent / "exact.current").exists()


def test_check_names_what_differs(archive, follow, write):
    write("a1", "a2")
    indexes = follow(mode="chroma")
    assert indexes.check() == []
    first = archive.columns().keys[:1]
    indexes._keyword.index.apply(first, (), indexes._keyword.index.state())
    indexes._store.index.apply(first, (), indexes._store.index.state())
    assert indexes.check() == [
        "The keyword index differs from the archive: it holds 3 passages, the archive 4.",
        "The vector store differs from the archive: it holds 3 passages, the archive 4.",
    ]
    indexes.repair()
    assert indexes.check() == []


# when the vector store is asked


@pytest.mark.parametrize(
    ("vectors", "state"),
    [({"mode": "exact"}, "off"), ({"own": False}, "off"), ({}, "ready")],
)
def test_the_owner_has_a_vector_store(follow, write, vectors, state, eventually):
    write("a1")
    indexes = follow(**vectors)
    eventually(lambda: indexes.status().vector_store_state == state)


def test_it_is_asked_when_it_is_caught_up_and_nothing_is_filtered(follow, write, monkeypatch):
    [one, *_] = write("a1", "a2")
    indexes = follow()
    indexes.check()
    asked, ask = [], indexes._store.ask
    monkeypatch.setattr(indexes._store, "ask", lambda *a: asked.append(1) or ask(*a))
    assert found(indexes, one)
    assert asked == [1]
    assert found(indexes, one, languages=("sr",))
    assert asked == [1]
    monkeypatch.setattr(type(indexes._store), "change", 1)
    assert found(indexes, one)
    assert asked == [1]
