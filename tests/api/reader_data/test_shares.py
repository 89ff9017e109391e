"""A shared answer is kept because a reader chose so, follows its sources, and goes when it is to."""

from __future__ import annotations

from dataclasses import replace

import httpx
import numpy as np
import pytest

from api.reader_data.shares import Shares, render_share
from api.schemas.answers import SharedAnswerOut
from api.schemas.replies import answer_reply
from rag.config import Settings
from rag.errors import BadInput, Erased, NotFound
from rag.store.archive.archive import Archive, Write
from rag.store.database.records import Identity
from rag.types import (
    Answer,
    AnswerStatus,
    Article,
    ArticleStatus,
    Citation,
    Note,
    Passage,
    Sentence,
    ShortAnswer,
    Verdict,
)


def free(shown):
    """The outlets' terms say nothing."""


ASK = {"question": "Who signed the pact?"}
TEXTS = {"a": "Pirro Vengu potpisao je sporazum u Tirani.", "b": "Ministar je bio iz Zagreba."}


def held(name: str, **changed) -> Article:
    return replace(Article(name, f"Naslov {name}", TEXTS[name], outlet=name.upper(), language="sr-Latn"), **changed)


def write(archive: Archive, *articles: Article) -> None:
    def passage(a: Article) -> Passage:
        return Passage(f"{a.id}-{a.text[-9:]}", a.id, 1, 0, a.text, 0, len(a.text), a.title, a.outlet)

    archive.write([Write(a, [passage(a)], np.ones((1, 2), np.float32)) for a in articles])


def answer() -> dict:
    citations = tuple(
        Citation(n, f"p{n}", name, f"Naslov {name}", name.upper(), None, None, TEXTS[name], 0, len(TEXTS[name]))
        for n, name in enumerate(TEXTS, 1)
    )
    sentences = tuple(Sentence(c.quote, (c.number,), Verdict.QUOTE) for c in citations)
    found = Answer("Ko?", AnswerStatus.CONFLICTING, "sr-Latn", sentences, citations, standalone="Ko?")
    said = (Note("corroborated", "Dva medija."),)
    return answer_reply(replace(found, short=(ShortAnswer("Pirro Vengu", (1,)),), remarks=said), "answer-1")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def archive(settings):
    with Archive.open(settings, identity=Identity("fake@1", 2, "sentences")) as archive:
        write(archive, held("a"), held("b"))
        yield archive


@pytest.fixture
def shares(settings, archive):
    return Shares(archive.database, days=settings.server.share_days)


@pytest.mark.usefixtures("database")
def test_it_is_shown_to_others_until_its_secret_erases_it(shares, archive, settings):
    kept = shares.keep(answer(), archive)
    with Archive.open(settings) as other:  # of another worker
        elsewhere = Shares(other.database, days=1)
        body = render_share(elsewhere.find(kept.id), archive, free)
        assert body["answer"]["sentences"] == answer()["sentences"]
        assert "timings_ms" not in body["answer"]
        assert (body["changed"], body["gone"]) == ([], 0)
        elsewhere.erase("0" * 32)
        assert shares.find(kept.id)
        elsewhere.erase(kept.secret)
    with pytest.raises(NotFound):
        shares.find(kept.id)


@pytest.mark.usefixtures("database")
def test_an_erased_article_takes_the_answers_that_cite_it_along(shares, archive):
    kept = shares.keep(answer(), archive)
    archive.erase("b", reason="asked for")
    with pytest.raises(NotFound):
        shares.find(kept.id)


def test_no_byte_of_it_stays_in_the_files(shares, archive, settings):
    secret = {**answer(), "question": "Da li je Živadinka Petrović bila tamo?"}
    shares.keep(secret, archive)

    def stands() -> bool:
        return any("Živadinka".encode() in f.read_bytes() for f in settings.data_dir.rglob("*") if f.is_file())

    assert stands()
    archive.erase("a", reason="asked for")
    assert not stands()


def test_a_changed_source_is_told_and_a_retracted_one_left_out(shares, archive):
    kept = shares.keep(answer(), archive)
    write(archive, held("b", text=f"Ispravka: {TEXTS['b']}"))
    assert render_share(shares.find(kept.id), archive, free)["changed"] == [2]
    write(archive, held("a", status=ArticleStatus.RETRACTED))
    body = render_share(shares.find(kept.id), archive, free)
    assert (body["gone"], body["changed"]) == (1, [2])
    assert [s["text"] for s in body["answer"]["sentences"]] == [TEXTS["b"]]
    assert [c["number"] for c in body["answer"]["citations"]] == [2]
    assert body["answer"]["short"] == [] and body["answer"]["remarks"] == []
    assert body["answer"]["text"] == f"{TEXTS['b']}[2]"
    assert body["answer"]["status"] == "answered"  # one side alone contradicts nobody
    write(archive, held("b", status=ArticleStatus.RETRACTED))
    with pytest.raises(Erased):
        render_share(shares.find(kept.id), archive, free)


def test_the_short_answer_stays_above_what_is_left(shares, archive):
    shared = answer()
    shared["short"] = [{"text": "Zagreb", "citations": [2]}, {"text": "juče", "said": "23. avgust", "citations": [2]}]
    kept = shares.keep(shared, archive)
    write(archive, held("a", status=ArticleStatus.RETRACTED))
    body = render_share(shares.find(kept.id), archive, free)["answer"]
    assert body["text"] == f"Zagreb[2], 23. avgust[2]\n\n{TEXTS['b']}[2]"


def test_an_answer_kept_before_short_answers_had_a_form_is_shown(shares, archive):
    before = answer()
    before["short"] = [{"text": "Pirro Vengu", "citations": [1], "score": None}]
    shared = render_share(shares.find(shares.keep(before, archive).id), archive, free)["answer"]
    assert SharedAnswerOut.model_validate({**shared, "id": "x"}).short[0].said == "Pirro Vengu"


def test_it_ends(archive):
    shares = Shares(archive.database, days=1e-9)
    kept = shares.keep(answer(), archive)
    with pytest.raises(NotFound):
        shares.find(kept.id)


def test_sharing_can_be_switched_off_and_a_refusal_is_not_shared(archive, shares):
    with pytest.raises(BadInput, match="keeps no answers"):
        Shares(archive.database, days=0).keep(answer(), archive)
    with pytest.raises(BadInput, match="no quotes"):
        shares.keep({**answer(), "sentences": []}, archive)


def test_over_http_the_answer_is_telals_own(serve, engine):
    client: httpx.Client = serve(engine)
    assert client.post("/v1/shares", json={**ASK, "answer": "forged"}).status_code == 422
    made = client.post("/v1/shares", json=ASK)
    assert made.status_code == 201
    shared = client.get(f"/v1/shares/{made.json()['id']}").json()
    assert shared["answer"]["question"] == ASK["question"]
    assert shared["answer"]["sentences"][0]["text"] == shared["answer"]["citations"][0]["quote"]
    page = client.get(made.json()["path"])
    assert page.status_code == 200 and page.headers["x-robots-tag"] == "noindex"
    assert client.delete(f"/v1/shares/{made.json()['secret']}").status_code == 204
    assert client.get(f"/v1/shares/{made.json()['id']}").status_code == 404
