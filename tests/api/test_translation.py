"""A quote in the reader's language by a language model: asked for alone, checked, kept, and gone with its article."""

from __future__ import annotations

import time

import pytest
from starlette.testclient import TestClient

from api.answering.worker_threads import StoppableModel
from api.app import build_app
from api.auth.keys import KeyStore
from api.stops import stops
from rag.answer.chat import load_models
from rag.config import ChatSettings
from rag.newsroom import Newsroom
from rag.text.messages import message
from research import scripted_model
from research.scripted_model import SECRET, Line, Script, scripted

SIGNED = "Ura e Zorblatit u hap më 12 maj 2024 dhe kushtoi 3 milionë euro."
TEXT = f"Binte shi gjithë ditën. {SIGNED} Në ceremoni morën pjesë banorë të qytetit."
TRUE = "The bridge of Zorblat was opened on 12 May 2024 and cost 3 million euros."
WAYS = {
    "true": TRUE,
    "number": TRUE.replace("3 million", "4 million"),
    "day": TRUE.replace("12 May", "13 May"),
    "markup": f"<img src=x onerror=alert(1)> {TRUE}",
}


@pytest.fixture(scope="module")
def model():
    said = {way: [Line(text, [SIGNED])] for way, text in WAYS.items()}
    said["true"] += [
        Line("It rained all day.", ["Binte shi"]),
        Line("Residents took part.", ["pjesë banorë"]),
    ]
    with scripted(Script({"": said})) as address:
        yield address


@pytest.fixture
def admin(telal_engine):
    store = KeyStore(telal_engine.archive.database)
    created = store.create("translations", kind="secret", scopes=("ingest", "admin"))
    yield {"Authorization": f"Bearer {created.token}"}
    store.revoke(created.key.id)


@pytest.fixture
def serving_way(telal_engine, model):
    """A client of a server whose language model translates in a way; None: without one."""
    opened = []

    def client(way, waits_s=5, **server):
        server = {"ask_limit": "", "read_limit": ""} | server
        settings = telal_engine.settings
        settings = settings.model_copy(update={"server": settings.server.model_copy(update=server)})
        engine = telal_engine
        if way is not None:
            chat = ChatSettings(
                model=f"openai:{way}", base_url=f"{model}/v1", api_key="none", timeout_s=waits_s, first_token_s=waits_s
            )
            settings = settings.model_copy(update={"chat": chat})
            engine = Newsroom(
                telal_engine.archive, telal_engine.indexes, telal_engine.embedder, settings,
                models=load_models(chat, StoppableModel),
            )  # fmt: skip
        made = TestClient(build_app(engine, settings), base_url="http://127.0.0.1", client=("127.0.0.1", 1))
        made.__enter__()
        opened.append(made)
        return made

    yield client
    for made in opened:
        made.__exit__(None, None, None)


def store(client, admin, number, text=TEXT, **more):
    """Takes in an article of its own, and returns the path of its translation and what to send for the quote."""
    name = f"translated-{number}"
    record = {
        "id": name,
        "title": "Ura",
        "text": text,
        "language": "sq",
        "outlet": "Zorblat News",
        "published": "2024-05-13",
    }
    assert client.post("/v1/admin/articles", json={"articles": [record | more]}, headers=admin).json()["rejected"] == []
    (held,) = client.app.state.services.engine.archive.passages_of(name)
    start = text.find(SIGNED)
    body = {"language": "en", "passage_id": held.passage.id, "start": start, "end": start + len(SIGNED)}
    return f"/v1/articles/{name}/translation", body


def test_a_faithful_translation_is_the_models_wording_beside_the_original_and_asked_for_once(serving_way, admin):
    client = serving_way("says-true", model_answers_a_day=1)
    path, body = store(client, admin, 1)
    first = client.post(path, json=body)
    assert first.status_code == 200, first.text
    (sentence,) = first.json()["sentences"]
    assert sentence["text"] == TRUE and [o["text"] for o in sentence["originals"]] == [SIGNED]
    assert first.json()["notice"].startswith("Wording: openai:says-true.")
    again = client.post(path, json=body)
    assert again.json() == first.json()  # though the day's one answer of the model is spent
    assert 'telal_model_answers_total{model="openai:says-true",outcome="written"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize("bound", ["translations_a_day", "model_answers_a_day"])
def test_a_days_bound_is_told_in_the_readers_language_with_what_to_do_and_counted(serving_way, admin, bound):
    client = serving_way("says-true", **{bound: 1})
    before = stops(client.app.state.services.database)["translations"]
    path, body = store(client, admin, 1)
    assert client.post(path, json=body).json()["sentences"]
    other = client.post(path, json=body | {"language": "ro"})
    assert (other.status_code, other.json()["type"]) == (429, "/problems/translations-spent")
    assert other.json()["detail"] == message("translations_spent", "ro") and int(other.headers["retry-after"]) >= 3600
    assert "TELAL_SERVER__TRANSLATIONS_A_DAY" in other.json()["hint"]
    assert f'telal_stops{{bound="translations"}} {before + 1}.0' in client.get("/metrics").text


def test_a_passage_costs_no_more_calls_than_it_has_sentences_whatever_stretches_are_asked_for(serving_way, admin):
    client = serving_way("says-true", translations_a_day=3)
    path, body = store(client, admin, 1)
    for start in range(0, len(TEXT) - 1, 9):
        for end in range(start + 2, len(TEXT), 9):
            assert client.post(path, json=body | {"start": start, "end": end}).json()["sentences"], (start, end)
    part = client.post(path, json=body | {"start": TEXT.find("Zorblatit"), "end": TEXT.find("kushtoi")}).json()
    assert [o["text"] for s in part["sentences"] for o in s["originals"]] == [SIGNED]
    told = client.post(path, json=body | {"start": None, "end": None}).json()["sentences"]
    assert [s["text"] for s in told] == [
        "It rained all day.",
        TRUE,
        "Residents took part.",
    ]
    assert "".join(f"{s['originals'][0]['text']} " for s in told).strip() == TEXT


def test_a_passage_is_shown_whole_or_not_at_all(serving_way, admin):
    client = serving_way("says-number")  # it knows one sentence of three, and that wrongly
    path, body = store(client, admin, 1)
    told = client.post(path, json=body | {"start": None, "end": None}).json()
    assert told["sentences"] == [] and told["left_out"] == 3 and "number" in told["reasons"]


@pytest.mark.parametrize(("way", "why"), [("number", "number"), ("day", "date"), ("markup", "markup")])
def test_what_departs_from_the_original_is_not_shown(serving_way, admin, way, why):
    client = serving_way(f"says-{way}")
    path, body = store(client, admin, 1)
    told = client.post(path, json=body).json()
    assert told["sentences"] == [] and told["reasons"] == [why] and told["notice"] == message("no_translation", "en")


@pytest.mark.parametrize("way", ["error", "never", "wrong-json", "empty"])
def test_a_model_that_fails_is_a_problem_that_passes_and_rests_after_three(
    serving_way, admin, monkeypatch, caplog, way
):
    monkeypatch.setattr(scripted_model, "SILENT_S", 3.0)
    client = serving_way(way, waits_s=1)
    path, body = store(client, admin, 1)
    for _ in range(3):
        reply = client.post(path, json=body)
        assert reply.status_code == 503 and reply.json()["type"] == "/problems/chat-unavailable"
        assert reply.headers["retry-after"] and SECRET not in reply.text
    assert client.get("/readyz").json()["language_model"] == "resting"
    said = [record for record in caplog.records if record.name.startswith("telal.")]
    assert len(said) == 3 and all(path in record.getMessage() for record in said)
    assert not any(record.exc_info for record in said)  # one line each


def test_an_erased_and_a_corrected_article_take_their_translations_along(serving_way, admin):
    client = serving_way("says-true")
    kept = client.app.state.services.translations._kept
    path, body = store(client, admin, 2)
    assert client.post(path, json=body).json()["sentences"] and len(kept) == 1
    _, corrected = store(client, admin, 2, TEXT.replace("Binte shi", "Binte borë"), modified="2024-05-14")
    assert client.post(path, json=body).status_code == 404 and not kept
    assert client.post(path, json=corrected).json()["sentences"] and len(kept) == 1
    gone = client.delete("/v1/admin/articles/translated-2", params={"reason": "asked"}, headers=admin)
    assert gone.status_code == 204 and not kept
    assert client.post(path, json=corrected).status_code == 410


def test_what_another_process_erases_is_forgotten_with_the_next_translation(serving_way, admin):
    client = serving_way("says-true")
    services = client.app.state.services
    path, body = store(client, admin, 3)
    assert client.post(path, json=body).json()["sentences"]
    other, wanted = store(client, admin, 4)
    services.engine.archive.erase("translated-3", reason="asked")
    assert client.post(other, json=wanted).json()["sentences"]
    assert [stretch.passage.article_id for stretch in services.translations._kept] == ["translated-4"]
    assert client.post(path, json=body).status_code == 410


def test_without_a_model_the_route_says_so_and_no_quote_has_a_button(serving_way, admin):
    client = serving_way(None)
    path, body = store(client, admin, 5)
    reply = client.post(path, json=body)
    assert reply.status_code == 404 and reply.json()["type"] == "/problems/no-language-model"
    assert "TELAL_CHAT__MODEL" in reply.json()["hint"]
    answer = client.post("/v1/ask", json={"question": "Kur u hap ura e Zorblatit?", "language": "en"}).json()
    assert answer["citations"] and not any(c["translate_label"] for c in answer["citations"])


@pytest.mark.parametrize(
    ("language", "label"), [("en", "In English"), ("sr-Cyrl", "На српском"), ("tr", "Türkçe"), ("sq", "")]
)
def test_a_quote_in_another_language_has_a_button_in_the_questions_language(serving_way, admin, language, label):
    client = serving_way("says-no")
    store(client, admin, 6, TEXT.replace("Zorblatit", "Kvixit"))
    body = {"question": "Kur u hap ura e Kvixit?", "language": language, "filters": {"outlets": ["Zorblat News"]}}
    until = time.monotonic() + 5
    while not (cited := client.post("/v1/ask", json=body).json()["citations"]):  # it is searchable within a second
        assert time.monotonic() < until
        time.sleep(0.1)
    assert {c["translate_label"] for c in cited} == {label}


def test_what_cannot_be_translated_is_refused_in_words(serving_way, admin):
    client = serving_way("says-true")
    path, body = store(client, admin, 7)
    for wrong in ({"language": "sq"}, {"language": "de"}, {"end": 5000}, {"start": None}, {"headline": True}):
        reply = client.post(path, json=body | wrong)
        assert reply.status_code == 422 and reply.json()["hint"], wrong
    assert client.post(path, json=body | {"passage_id": "0" * 32}).status_code == 404
    serbian = {"language": "sr-Latn", "title": "Most", "id": "translated-8"}
    near, wanted = store(client, admin, 8, "Most je otvoren 12. maja 2024.", **serbian)
    for language in ("hr", "bs", "cnr", "sr-Cyrl"):
        reply = client.post(near, json=wanted | {"language": language, "start": 0, "end": 10})
        assert reply.status_code == 422 and "not translated" in reply.json()["detail"]


def test_it_counts_as_a_question(serving_way, admin):
    client = serving_way("says-true", ask_limit="2/minute")
    path, body = store(client, admin, 1)
    assert [client.post(path, json=body).status_code for _ in range(3)] == [200, 200, 429]
