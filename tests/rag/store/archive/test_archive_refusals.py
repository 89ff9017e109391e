"""What the archive refuses: strings, passages and vectors that cannot be stored, another model."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from rag.errors import BadInput, ModelMismatch, NotFound
from rag.store.archive.archive import Archive, Identity, Write
from rag.types import ArticleStatus

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": "a\0b"}, "title"),
        ({"text": "Prva \ud800. Druga"}, "text"),
        ({"authors": ("ok", "\udfff")}, "authors"),
        ({"outlet": "\ud83d"}, "outlet"),
        ({"extra": {"x": "\ud800"}}, "extra"),
        ({"extra": {"x": {1, 2}}}, "extra"),
        ({"extra": {"x": float("nan")}}, "extra"),
        ({"text": "C\u030c. Ne-NFC"}, "NFC"),
        ({"published": datetime(2024, 1, 1)}, "published"),
        ({"status": ArticleStatus.ERASED}, "erase"),
    ],
)
def test_what_cannot_be_stored_is_refused_and_nothing_of_the_batch_is_written(archive, made, fields, reason):
    with pytest.raises(BadInput, match=reason):
        archive.write([made("good"), made("bad", **fields)])
    assert archive.stats().articles == 0
    assert archive.write([made("good")]) == ["new"]


def test_bad_passages_and_vectors_are_refused(archive, made):
    good = made()
    shifted = [replace(good.passages[0], start=1, end=15), *good.passages[1:]]
    nan = good.vectors.copy()
    nan[1, 2] = np.nan
    for bad in (
        Write(good.article, shifted, good.vectors),
        Write(good.article, [replace(good.passages[0], article_id="b")], good.vectors[:1]),
        Write(good.article, [replace(good.passages[0], start=0, end=0, text="")], good.vectors[:1]),
        Write(good.article, good.passages, good.vectors[:2]),
        Write(good.article, good.passages, good.vectors[:, :4]),
        Write(good.article, good.passages, nan),
        Write(good.article, good.passages, good.vectors * np.float32(1e9)),
    ):
        with pytest.raises(BadInput, match="a1"):
            archive.write([bad])
    assert archive.last_change() == 0


def test_strange_ids_are_not_found(archive, made):
    archive.write([made("Ψ'; DROP TABLE articles;--")])
    assert archive.read_states(["\ud800", "a\0", "Ψ'; DROP TABLE articles;--"]).keys() == {"Ψ'; DROP TABLE articles;--"}
    for strange in ("\ud800", "a\0b", "%", ""):
        with pytest.raises(NotFound):
            archive.article(strange)
        assert archive.passages_of(strange) == []


def test_the_model_is_written_down_once_and_another_is_refused(settings, identity, made):
    with Archive.open(settings) as unsaid:
        assert unsaid.identity is None
        with pytest.raises(ModelMismatch):
            unsaid.write([made()])
    with (
        Archive.open(settings, identity=identity) as first,
        Archive.open(settings, identity=Identity("b", 8, "s")) as late,
    ):
        first.write([made()])
        with pytest.raises(ModelMismatch):
            late.write([made("a2")])
    with Archive.open(settings) as unsaid:
        assert unsaid.identity == identity
        assert unsaid.write([made("a2")]) == ["new"]
    for other in (
        Identity("b", 8, "sentences"),
        Identity("test-model", 9, "sentences"),
        Identity("test-model", 8, "x"),
    ):
        with pytest.raises(ModelMismatch, match="telal reindex"):
            Archive.open(settings, identity=other)
