"""The made-up outlet is the same each time, is taken in whole, and its copies are found."""

from research.speed.ingestion import CheapEmbedder, ingest_many, records


def test_a_small_outlet() -> None:
    made = ingest_many(120)
    assert made.articles == 120 and made.passages >= 120 and made.copies > 5
    assert made.memory_mb <= made.index_memory_mb and made.archive_mb > 0.1
    assert made.seconds > made.embedding_s > 0


def test_it_is_the_same_each_time() -> None:
    assert list(records(20)) == list(records(20))
    assert (CheapEmbedder().embed_query("a") == CheapEmbedder().embed_query("a")).all()
