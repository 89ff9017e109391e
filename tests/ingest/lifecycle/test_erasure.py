"""An erased article is in no byte of any file of the data directory, and does not come back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.reader_data.conversations import Conversations
from api.reader_data.erasure import erasable_stores
from api.reader_data.feedback import Feedback, FeedbackStore
from ingest.lifecycle import erasure
from ingest.lifecycle.erasure import ErasureCertificate, erase, ids_of
from ingest.pipeline import Pipeline, RunCallbacks
from ingest.raw import RejectedRecord, RejectionFile
from rag.config import Settings
from rag.errors import Erased, NotFound
from rag.store.archive.archive import Archive
from rag.store.archive.erase import ErasureTraces, traces
from rag.store.indexes import Indexes
from rag.text.script import fold
from rag.types import Trace, Turn

pytestmark = pytest.mark.usefixtures("database")

URL = "https://glas.example/vesti/tajna"
SECRET = "Мештанка Живадинка Ћурчић-Недељковић испричала је новинарима све о затрованом извору испод Љубишње."
MORE = "Njena komšinica Đurđica potvrdila je da su žandarmi zapečatili bunar prošlog četvrtka uveče."
OPEN = "Opština je saopštila da će vodovod biti popravljen do kraja meseca i da je voda ispravna za piće."


def news(one: str, text: str, **more: object) -> dict[str, Any]:
    return {"id": one, "title": f"Vest {one}", "text": text, "language": "sr-Latn", "outlet": "Glas", **more}


SECRET_NEWS = news(
    "secret",
    f"{SECRET} {MORE}\n{OPEN}",
    url=URL,
    title="Zatrovani izvor ispod planine Ljubišnje uznemirio selo",
    authors=["Živka Skrivenović"],
    published="2025-03-18T10:00:00Z",
)
NAMES = ("Живадинка", "Ћурчић-Недељковић", "Đurđica", "Skrivenović")
WORDS = (*NAMES, "žandarmi zapečatili", "Zatrovani izvor", "vesti/tajna")


@pytest.fixture
def indexes(archive: Archive, settings: Settings, embedder: Any) -> Iterator[Indexes]:
    """With Chroma, so that its graph file is searched too."""
    always = settings.model_copy(update={"vectors": settings.vectors.model_copy(update={"mode": "chroma"})})
    made = Indexes(archive, always, dimension=embedder.dimension)
    made.start()
    yield made
    made.close()


@pytest.fixture
def filled(archive: Archive, pipeline: Pipeline, indexes: Indexes, settings: Settings) -> None:
    """The article in two revisions among others, a rejected twin, a conversation and a comment that quote it."""
    watch = RunCallbacks()
    pipeline.run([news(f"n{n}", f"{OPEN} Broj {n} je bio drugačiji od svih ostalih.") for n in range(30)], watch)
    pipeline.run([SECRET_NEWS, {**SECRET_NEWS, "title": "Drugi naslov o izvoru", "modified": "2025-03-19"}])
    with RejectionFile(settings.data_dir / "rejected" / "one.jsonl") as file:
        kept = RejectedRecord("no text", pipeline_place(), record={"title": "Nešto drugo"})
        file.write(kept)
        future = {**SECRET_NEWS, "published": "2999-01-01"}
        file.write(RejectedRecord("published is in the future", pipeline_place(), record=future))
        file.write(kept)
    conversations = Conversations(archive.database, kept_s=1e9)
    conversations.add("one", Turn("Šta je sa izvorom?", f"„{MORE}” [1]"))
    conversations.add("two", Turn("Šta je sa vodovodom?", "Biće popravljen. [1]"))
    FeedbackStore(archive.database).add(Feedback("a1", "wrong", comment=f"Nije tačno: {SECRET}"))
    FeedbackStore(archive.database).add(Feedback("a2", "helpful", comment="Hvala!"))
    indexes.refresh()
    while (
        status := indexes.status()
    ).vector_store_state != "ready" or status.vector_store_change != status.last_change:
        indexes._store_turn()


def pipeline_place() -> Any:
    from ingest.raw import Place

    return Place("dump.jsonl", 3)


def everything(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def forms(*texts: str) -> list[bytes]:
    return [form.encode(code) for t in texts for form in (t, fold(t)) for code in ("utf-8", "utf-16-le", "utf-16-be")]


def do(archive: Archive, indexes: Indexes, settings: Settings) -> ErasureCertificate:
    return erase(
        archive,
        indexes,
        settings.data_dir,
        ["secret"],
        reason="court",
        stores=erasable_stores(settings.data_dir, archive.database),
    )


@pytest.mark.usefixtures("filled")
def test_no_byte_is_left_anywhere(archive: Archive, indexes: Indexes, settings: Settings) -> None:
    vectors = np.concatenate([archive.vectors([s.key for s in archive.passages_of("secret")]).vectors])
    # As the archive, exact search and Chroma keep them: Chroma normalises nothing, float32.
    rows = [*(v.astype("<f2").tobytes() for v in vectors), *(v.astype("<f4").tobytes() for v in vectors)]
    before = everything(settings.data_dir)
    assert sum(form in before for form in forms(*WORDS)) >= len(WORDS)
    assert any(row in before for row in rows)

    certificate = do(archive, indexes, settings)

    assert certificate.clean and certificate.files_searched > 5 and certificate.marks_searched > 5
    for data in (everything(settings.data_dir), (indexes.close(), archive.close(), everything(settings.data_dir))[2]):
        assert [form for form in forms(*WORDS) if form in data] == []
        assert [row for row in rows if row in data] == []
        assert fold("vodovod").encode() in data  # what others say stays


@pytest.mark.usefixtures("filled")
def test_the_certificate_says_what_went_where_and_no_word_of_it(
    archive: Archive, indexes: Indexes, settings: Settings
) -> None:
    certificate = do(archive, indexes, settings)
    assert [(a.id, a.revisions, a.address_keys) for a in certificate.articles] == [("secret", 2, 1)]
    assert certificate.removed == {"rejected records": 1, "conversations": 1, "feedback": 1}
    held = json.loads(Path(certificate.file).read_text(encoding="utf-8"))
    assert held["reason"] == "court" and held["left"] == []
    lines = [line for line in (settings.data_dir / "rejected/one.jsonl").read_bytes().splitlines() if line.strip()]
    assert len(lines) == 2
    conversations = Conversations(archive.database, kept_s=1e9)
    assert conversations.turns("two")
    with pytest.raises(NotFound):
        conversations.turns("one")
    assert [f.id for f in FeedbackStore(archive.database).all()] == ["a2"]


@pytest.mark.usefixtures("filled")
def test_an_index_that_holds_memory_that_was_not_cleared_is_built_anew(
    archive: Archive, indexes: Indexes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[tuple[list[Trace], int, int]] = []

    def look(folder: Path, marks: ErasureTraces) -> tuple[list[Trace], int, int]:
        if not looks:  # as Chroma does now and then
            (newest,) = (folder / "indexes").glob("vectors-*")
            (newest / "length.bin").write_bytes(SECRET.encode())
        looks.append(traces(folder, marks))
        return looks[-1]

    monkeypatch.setattr(erasure, "traces", look)
    assert do(archive, indexes, settings).clean
    assert [bool(found) for found, _, _ in looks[:2]] == [True, True]  # then it is built anew, as often as it takes


@pytest.mark.usefixtures("filled")
def test_it_does_not_come_back(archive: Archive, indexes: Indexes, settings: Settings, pipeline: Pipeline) -> None:
    do(archive, indexes, settings)
    twin = {**SECRET_NEWS, "id": "x", "url": f"{URL}?utm_source=fb"}
    for record in (SECRET_NEWS, {**SECRET_NEWS, "id": "other"}, twin):
        assert pipeline.run([record]).erased == 1
    with pytest.raises(Erased):
        archive.article("secret")
    assert archive.check() == [] and indexes.check() == []


@pytest.mark.usefixtures("filled")
def test_it_is_found_by_its_address_and_by_a_persons_name(archive: Archive) -> None:
    assert ids_of(archive, url=f"http://www.{URL.removeprefix('https://')}/") == ["secret"]
    with pytest.raises(NotFound):
        ids_of(archive, url="https://glas.example/none")
    for name in ("Živadinka Ćurčić", "ЖИВАДИНКА ЋУРЧИЋ", "Zivadinke Curcic", "Živka Skrivenović", "Skrivenović Živka"):
        assert [m.article.id for m in archive.mentions(name)] == ["secret"], name
    assert archive.mentions("Živadinka Petrović") == []
    assert "Живадинка" in archive.mentions("Živadinka Ćurčić")[0].around


def test_a_trace_that_is_left_is_found(archive: Archive, pipeline: Pipeline, settings: Settings) -> None:
    pipeline.run([SECRET_NEWS])
    marks = archive.marks(["secret"])
    settings.data_dir.mkdir(exist_ok=True)  # an archive elsewhere makes none
    (settings.data_dir / "export.txt").write_text(f"x {SECRET} x", encoding="utf-16-le")
    vector = np.frombuffer(marks.vectors[0], "<f2").astype("<f4").tobytes()
    (settings.data_dir / "vectors.bin").write_bytes(b"x" + vector)
    found, files, _ = traces(settings.data_dir, marks)
    assert {t.file for t in found} >= {"export.txt", "vectors.bin"}
    assert files >= 2


def test_what_another_outlet_says_too_is_no_trace(
    archive: Archive, pipeline: Pipeline, indexes: Indexes, settings: Settings
) -> None:
    pipeline.run([SECRET_NEWS, {**SECRET_NEWS, "id": "copy", "url": "https://list.example/1", "outlet": "List"}])
    certificate = do(archive, indexes, settings)
    assert certificate.clean and certificate.marks_searched == 0
    assert certificate.articles[0].copies == ("copy",)
    assert archive.article("copy").text.startswith(SECRET)
