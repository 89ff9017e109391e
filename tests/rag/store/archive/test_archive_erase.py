"""After an erasure nothing of the article is left: not in the tables, not in the bytes of the files."""

import random
import sqlite3

import numpy as np
import pytest

from rag.config import ArchiveSettings, Settings
from rag.errors import ArchiveBusy, BadInput, Erased, NotFound
from rag.store.archive.archive import Archive
from rag.types import ArticleStatus


def _bytes(settings) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(settings.data_dir.iterdir()))


def _left(data: bytes, *texts: str) -> list[str]:
    return [t for t in texts for code in ("utf-8", "utf-16-le", "utf-16-be") if t.encode(code) in data]


@pytest.mark.usefixtures("database")
def test_an_erased_article_leaves_a_tombstone_only(archive, made):
    archive.write([made(), made("a2"), made(title="Druga verzija")])
    keys = [s.key for s in archive.passages_of("a1")]
    archive.erase("a1", reason="court order 12/24")
    for revision in (None, 1, 2):
        with pytest.raises(Erased):
            archive.article("a1", revision=revision)
    assert (archive.passages(keys), archive.passages_of("a1")) == ({}, [])
    assert [a.id for a in archive.articles()] == ["a2"]
    assert archive.read_states(["a1"])["a1"].status is ArticleStatus.ERASED
    assert archive.changes(3)[0].kind == "erase" and archive.last_change() == 4
    assert archive.erased_since(3) and not archive.erased_since(4)
    assert set(keys) <= set(archive.removed_keys(3, 4).tolist()) and archive.removed_keys(0, 3).tolist() == [1, 2, 3]
    assert archive.check() == []


@pytest.mark.usefixtures("database")
def test_an_erased_article_cannot_come_back(archive, made):
    archive.write([made()])
    archive.erase("a1", reason="asked")
    assert archive.write([made(), made("a2"), made(title="Anders")]) == ["erased", "new", "erased"]
    with pytest.raises(Erased):
        archive.article("a1")


@pytest.mark.usefixtures("database")
def test_keys_are_never_given_again(archive, made):
    archive.write([made("a1"), made("a2")])
    archive.erase("a2", reason="asked")
    archive.write([made("a3")])
    assert archive.columns().keys.tolist() == [1, 2, 3, 7, 8, 9]


@pytest.mark.usefixtures("database")
def test_erasing_again_is_no_error_and_an_unknown_id_is(archive, made):
    archive.write([made()])
    archive.erase("a1", reason="asked")
    archive.erase("a1", reason="asked")
    assert archive.last_change() == 2
    for unknown in ("never", "\ud800"):
        with pytest.raises(NotFound):
            archive.erase(unknown, reason="asked")
    with pytest.raises(BadInput):
        archive.erase("a1", reason="\0")


def test_no_byte_of_an_erased_article_is_left(settings, archive, made):
    secret = made(
        "secret-id",
        text=". ".join(f"Tajna rečenica broj {n} о коме се ћути" for n in range(400)),
        title="Naslov koji mora nestati",
        authors=("Скривени Аутор",),
        url="https://gone.example/secret",
        outlet="Nestali List",
        section="Rubrika Tajni",
        extra={"note": "biljeska o svemu"},
    )
    archive.write([made("a1"), secret, made("a2")])
    archive.write([made("secret-id", text="Druga verzija tajne. Kraj tajne")])
    vectors = secret.vectors.astype(np.float16)
    assert _left(_bytes(settings), "Tajna rečenica broj 7", "Скривени Аутор") and vectors[5].tobytes() in _bytes(
        settings
    )
    archive.erase("secret-id", reason="asked")
    for data in (_bytes(settings), (archive.close(), _bytes(settings))[1]):
        assert not _left(data, "Tajna re", "verzija tajne", "mora nestati", "Скривени", "gone.example")
        assert not _left(data, "Nestali List", "nestali list", "Rubrika", "biljeska")
        assert not [row for row in vectors if row.tobytes() in data]
    assert archive.article("a1").id == "a1"


def test_no_byte_is_left_however_pages_were_split_and_merged(settings, archive, made):
    """Rows of many sizes, changed and erased in a shuffled order: what moved between pages must not stay behind."""
    chance = random.Random(7)
    ids = [f"id{n:03}" for n in range(120)]

    def write_of(one: str, version: int):
        size = chance.choice([1, 5, 30, 120, 400])
        mark = f"tajna-{one}-v{version}"
        return made(one, text=". ".join(f"{mark} dio {n}" for n in range(size)), title=f"naslov-{mark}")

    for version in range(3):
        chance.shuffle(ids)
        for at in range(0, len(ids), 17):
            archive.write([write_of(one, version) for one in ids[at : at + 17]])
    chance.shuffle(ids)
    for one in ids[:60]:
        archive.erase(one, reason="asked")
    data = _bytes(settings)
    assert [one for one in ids[:60] if f"tajna-{one}-".encode() in data] == []
    assert all(f"tajna-{one}-".encode() in data for one in ids[60:])
    assert archive.check() == []


def test_a_reader_in_the_way_is_said_and_erasing_again_finishes(tmp_path, made, identity):
    settings = Settings(data_dir=tmp_path / "data", archive=ArchiveSettings(busy_timeout_s=0.2))
    with Archive.open(settings, identity=identity) as archive:
        archive.write([made("a1"), made("a2", text="Tajna koju neko čita. Kraj")])
        reader = sqlite3.connect(settings.data_dir / "archive.sqlite", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        with pytest.raises(ArchiveBusy, match="Erase the article again"):
            archive.erase("a2", reason="asked")
        with pytest.raises(Erased):
            archive.article("a2")
        reader.close()
        archive.erase("a2", reason="asked")
        assert not _left(_bytes(settings), "Tajna koju")
