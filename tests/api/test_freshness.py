"""When the newest article of each outlet came in, whatever dates its articles bear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from api.freshness import Freshness, read_until
from rag.config import Settings
from rag.store.archive.archive import Archive
from rag.store.database.records import Identity
from rag.store.database.rows import article_row, micros
from rag.store.database.schema import articles, changes
from rag.text.tables import table
from rag.types import Article

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def archive(tmp_path):
    with Archive.open(Settings(data_dir=tmp_path / "a"), identity=Identity("made-up@1", 2, "whole")) as opened:
        yield opened


def bring(archive: Archive, outlet: str, *moments: datetime) -> None:
    """Notes that articles without a date came in at these moments."""
    first = archive.last_change() + 1
    with archive.database.writing() as connection:
        for number, moment in enumerate(moments, first):
            name = f"{outlet}/{number}"
            row = article_row(Article(name, "Headline", "Text.", outlet=outlet))
            connection.execute(insert(articles), row | {"id": name, "change": number})
            written = {"number": number, "article_id": name, "kind": "put", "at": micros(moment)}
            connection.execute(insert(changes), written)


def test_it_tells_when_the_newest_article_of_each_followed_outlet_came_in(archive):
    bring(archive, "Most", NOW - 3 * DAY, NOW - DAY)
    bring(archive, "Izlog", NOW - 9 * DAY, NOW - 7 * DAY)
    bring(archive, "Corpus", *[NOW - DAY] * 5)
    bring(archive, "Ended", NOW - 80 * DAY, NOW - 70 * DAY)
    assert Freshness(archive).newest() == {"Most": NOW - DAY, "Izlog": NOW - 7 * DAY}


def test_it_is_said_in_every_variant():
    said = {language: read_until(NOW - 40 * DAY, language) for language in table("messages")["fresh"]}
    assert len(said) == 13 and len(set(said.values())) >= 11
    assert all("{" not in one and str((NOW - 40 * DAY).year) in one for one in said.values())
    assert read_until(NOW, "en") == f"Read until {NOW:%H:%M} UTC."
