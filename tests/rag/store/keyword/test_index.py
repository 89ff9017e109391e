from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime

import numpy as np
import pytest

from rag.errors import ArchiveBusy
from rag.store.backends import KeywordQuery, WordWeights
from rag.store.database.records import Batch, Identity
from rag.store.keyword.index import TantivyIndex
from rag.store.upkeep.catchup import NO_KEYS, IndexBroken, IndexState, ScoredKey
from rag.types import Filters, Passage

BUILT = IndexState(1, Identity("m", 2, "c"))


def passage(text: str, **fields) -> Passage:
    values = {"title": "", "language": "sr-Latn", "outlet": "N1"} | fields
    return Passage("id", "a", 1, 0, text, 0, len(text), **values)


def batch(passages: dict[int, Passage]) -> Batch:
    keys = np.array(list(passages), np.int64)
    return Batch(keys, np.zeros((len(keys), 2), np.float32), list(passages.values()))


@pytest.fixture
def index(tmp_path):
    made = TantivyIndex(tmp_path, write=True)
    made.apply(NO_KEYS, (), BUILT)
    yield made
    made.close()


def fill(index: TantivyIndex, passages: dict[int, Passage], change: int = 1) -> TantivyIndex:
    index.apply(NO_KEYS, [batch(passages)], BUILT.up_to(change))
    return index


def ask(index: TantivyIndex, text: str, **more) -> list[ScoredKey]:
    return index.search(KeywordQuery(text, **{"limit": 10} | more))


def found(index: TantivyIndex, text: str, **filters) -> list[int]:
    return [hit.key for hit in ask(index, text, filters=Filters(**filters))]


def test_scripts_and_diacritics_meet(index):
    fill(index, {1: passage("Они су у Чачку", language="sr-Cyrl"), 2: passage("Kod Đorđa u Čačku"), 3: passage("x")})
    assert found(index, "čačku") == found(index, "CACKU") == found(index, "Чачку") == [1, 2]
    assert found(index, "djordja") == found(index, "Ђорђа") == [2]


def test_an_inflected_form_finds_but_the_same_form_is_better(index):
    fill(index, {1: passage("u Beogradu"), 2: passage("Beogradom i"), 3: passage("Zagreb je")})
    assert found(index, "Beogradom") == [2, 1]


def test_names_are_looked_for_in_other_languages_only(index):
    fill(index, {
        1: passage("Za to je odgovoran Kurti.", language="hr"),
        2: passage("Përgjegjës është Kurti.", language="sq"),
        3: passage("Përgjegjës është ai.", language="sq"),
        4: passage("Reče Kurti.", language="sr"),
    })  # fmt: skip

    def naming(language: str) -> list[int]:
        return [hit.key for hit in ask(index, "Šta je rekao Kurtija?", names_outside=language)]

    assert naming("sr-Latn") == [2]
    assert sorted(naming("sq")) == [1, 4]
    assert sorted(naming("en")) == [1, 2, 4]


def test_the_rarer_word_counts_more(index):
    common = {key: passage("vlada vlada vlada") for key in range(1, 9)}
    fill(index, common | {9: passage("vlada i povelja"), 10: passage("samo povelja nešto")})
    assert set(found(index, "vlada povelja")[:2]) == {9, 10}


def test_a_word_in_the_title_counts_more(index):
    fill(index, {1: passage("izbori danas", title="vest"), 2: passage("vest danas", title="izbori")})
    assert found(index, "izbori") == [2, 1]


def test_equal_scores_come_in_the_order_of_the_keys(index):
    fill(index, {key: passage("isti tekst") for key in (7, 3, 5)})
    assert found(index, "tekst") == [3, 5, 7]


@pytest.mark.parametrize("text", ["", " ", "!!! ???", "\0\x07", "🙂", "\ud800", "nema"])
def test_nothing_to_find_finds_nothing(index, text):
    assert found(fill(index, {1: passage("vlada")}), text) == []


@pytest.mark.parametrize(
    "text", ["title:vlada", "vlada AND NOT x", '"vlada', "key:[1 TO 9]", "vlada^9 (((", "*", "about:index"]
)
def test_what_is_typed_is_never_a_query_language(index, text):
    fill(index, {1: passage("vlada x"), 2: passage("ostalo")})
    assert found(index, text) in ([], [1])


def test_a_pasted_text_is_no_harm(index):
    fill(index, {1: passage("vlada"), 2: passage(" ".join(f"reč{n}" for n in range(3000)))})
    assert found(index, " ".join(f"reč{n}" for n in range(10_000)))[0] == 2


def test_limit(index):
    fill(index, {key: passage("isti") for key in range(1, 30)})
    assert len(ask(index, "isti", limit=7)) == 7
    assert ask(index, "isti", limit=0) == []


DATED = {
    1: passage("vest", published=datetime(2024, 1, 31, 23, 59, tzinfo=UTC), language="sr-Cyrl", outlet="B92"),
    2: passage("vest", published=datetime(2024, 2, 1, 0, 0, tzinfo=UTC), language="sr", kind="opinion"),
    3: passage("vest", language="sl", outlet="b92"),
    4: passage("vest", published=datetime(1969, 12, 31, tzinfo=UTC), language="sr-Latn-RS"),
}


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        ({}, [1, 2, 3, 4]),
        ({"published_from": date(2024, 2, 1)}, [2]),
        ({"published_to": date(2024, 1, 31)}, [1, 4]),
        ({"published_from": date(2024, 1, 31), "published_to": date(2024, 1, 31)}, [1]),
        ({"published_from": date(2024, 2, 2), "published_to": date(2024, 2, 1)}, []),
        ({"published_from": date.min, "published_to": date.max}, [1, 2, 4]),
        ({"languages": ("sr",)}, [1, 2, 4]),
        ({"languages": ("SR-cyrl",)}, [1]),
        ({"languages": ("s",)}, []),
        ({"languages": ("sl", "sr-Latn")}, [3, 4]),
        ({"outlets": ("B92",)}, [1, 3]),
        ({"kinds": ("opinion",)}, [2]),
        ({"outlets": ("B92",), "languages": ("sr",)}, [1]),
        ({"outlets": ("nobody",)}, []),
    ],
)
def test_filters_are_exact(index, filters, keys):
    fill(index, DATED)
    assert found(index, "vest", **filters) == keys
    among = [hit.key for hit in ask(index, "vest", limit=9, filters=Filters(**filters), among=[1, 3])]
    assert sorted(among) == [key for key in keys if key in (1, 3)]


def test_filters_do_not_change_the_scores(index):
    fill(index, DATED)
    free = {hit.key: hit.score for hit in ask(index, "vest", limit=9)}
    assert all(free[hit.key] == hit.score for hit in ask(index, "vest", limit=9, filters=Filters(languages=("sr",))))


def test_a_step_counts_as_a_whole_with_its_number_or_not_at_all(index, tmp_path):
    def batches(*, fails):
        yield batch({1: passage("vlada")})
        assert found(index, "vlada") == []
        if fails:
            raise ArchiveBusy("Another writer.")

    with pytest.raises(ArchiveBusy):
        index.apply(NO_KEYS, batches(fails=True), BUILT.up_to(7))
    index.apply(NO_KEYS, (), BUILT.up_to(1))
    assert (found(index, "vlada"), index.count(), index.state().change) == ([], 0, 1)
    index.apply(NO_KEYS, batches(fails=False), BUILT.up_to(7))
    assert (found(index, "vlada"), index.state().change) == ([1], 7)
    assert TantivyIndex(tmp_path, write=False).state() == BUILT.up_to(7)


def test_removed_is_gone(index):
    fill(index, {1: passage("vlada"), 2: passage("vlada")})
    index.apply(np.array([1, 99]), (), BUILT.up_to(2))
    assert (found(index, "vlada"), index.count()) == ([2], 1)


def test_a_reader_sees_what_another_applied_once_it_asks_for_the_state(index, tmp_path):
    reader = TantivyIndex(tmp_path, write=False)
    fill(index, {1: passage("vlada")}, change=3)
    assert found(reader, "vlada") == []
    assert reader.state().change == 3
    assert found(reader, "vlada") == [1]


def test_a_second_writer_is_refused(index, tmp_path):
    with pytest.raises(IndexBroken):
        TantivyIndex(tmp_path, write=True)


def test_reopened_to_write(index, tmp_path):
    fill(index, {1: passage("vlada")}).close()
    again = fill(TantivyIndex(tmp_path, write=True), {2: passage("vlada")}, change=2)
    assert found(again, "vlada") == [1, 2]
    again.close()


def test_searching_goes_on_after_the_close(index):
    fill(index, {1: passage("vlada")}).close()
    assert found(index, "vlada") == [1]


def test_rarity(index):
    fill(index, {key: passage("vlada " + ("savez" if key < 3 else "")) for key in range(1, 11)})
    rarity = index.weigh(["vlada", "savez", "nema"]).rarity
    assert 0 < rarity["vlada"] < rarity["savez"] < rarity["nema"]
    assert index.weigh([]) == WordWeights({}, 0)


@pytest.mark.parametrize("damage", ["garbage", "empty", "gone"])
def test_a_damaged_index_is_refused(index, tmp_path, damage):
    fill(index, {1: passage("vlada")}).close()
    for path in tmp_path.iterdir():
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(b"" if damage == "empty" else b"\xff" * path.stat().st_size)
    with pytest.raises(IndexBroken):
        TantivyIndex(tmp_path, write=damage != "gone")


OVERWRITTEN = """
import sys, time
from pathlib import Path
from rag.store.upkeep.catchup import IndexState
from rag.store.keyword.index import TantivyIndex
from rag.store.database.records import Identity

directory = Path(sys.argv[1])
index = TantivyIndex(directory, write=True)
index.apply([], (), IndexState(1, Identity("m", 2, "c")))
index.close()
held = {path: path.read_bytes() for path in directory.iterdir() if path.name != "meta.json"}
meta = (directory / "meta.json").read_bytes()
end = time.monotonic() + 4
while time.monotonic() < end:
    for path in held:
        path.write_bytes(b"")
    (directory / "meta.json").write_bytes(meta + b" " * (time.monotonic_ns() % 9))
    for path, content in held.items():
        path.write_bytes(content)
print("alive")
"""


def test_files_cut_short_while_it_is_open_do_not_end_the_process(tmp_path):
    run = subprocess.run([sys.executable, "-c", OVERWRITTEN, str(tmp_path)], capture_output=True, text=True)
    assert (run.stdout, run.returncode) == ("alive\n", 0)


def test_many_threads_search_while_one_writes(index):
    failures, stop = [], threading.Event()

    def search():
        while not stop.is_set():
            hits = ask(index, "vlada", limit=1000)
            if len(hits) != len({hit.key for hit in hits}):
                failures.append(hits)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(20):
        fill(index, {20 * n + k: passage("vlada") for k in range(20)}, change=n + 1)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert index.count() == 400


def test_an_index_that_may_not_be_written_is_read_from_a_copy(index, tmp_path, monkeypatch):
    fill(index, {1: passage("Poplava u Jablanici.")})
    index.close()
    before = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everything
    opened = TantivyIndex(tmp_path, write=False)
    assert found(opened, "Jablanica poplava") == [1]
    assert sorted(path.name for path in tmp_path.iterdir()) == before
