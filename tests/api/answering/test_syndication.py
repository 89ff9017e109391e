"""Citations say which outlets carry the same story, by every way of asking."""

import pytest

from rag.store.archive.copies import Cluster

THREE = Cluster("c7", ("Outlet", "Another", "A third"), ("a/1", "b/1", "c/1"))


@pytest.fixture
def copied(engine):
    engine.archive.copies = THREE
    return engine


def test_an_answer_and_its_stream_name_the_outlets(copied, client, events_of):
    whole = client.post("/v1/ask", json={"question": "Who?"}).json()
    assert whole["citations"][0]["outlets"] == ["Outlet", "Another", "A third"]
    with client.stream("POST", "/v1/ask", json={"question": "Who?", "stream": True}) as reply:
        events = {name: data for _, name, data in events_of(reply.iter_lines())}
    assert events["citation"]["outlets"] == events["answer"]["citations"][0]["outlets"] == list(THREE.outlets)


def test_openai_clients_get_them_too(copied, client):
    body = {"model": "telal", "messages": [{"role": "user", "content": "Who?"}]}
    assert client.post("/v1/chat/completions", json=body).json()["citations"][0]["outlets"] == list(THREE.outlets)


def test_one_outlet_is_no_list(engine, client):
    engine.archive.copies = None
    assert client.post("/v1/ask", json={"question": "Who?"}).json()["citations"][0]["outlets"] == []


def test_as_of_a_day_nothing_is_said_of_later_copies(copied, client):
    asked = {"question": "Who?", "as_of": "2025-03-19"}
    assert client.post("/v1/ask", json=asked).json()["citations"][0]["outlets"] == []


def test_looked_up_once_an_answer(copied, client):
    asked, carriers = [], copied.archive.carriers
    copied.archive.carriers = lambda article, quote: asked.append(article) or carriers(article, quote)
    client.post("/v1/ask", json={"question": "Who?"})
    assert asked == ["a/1"]


def test_a_real_archive_names_them(real, telal_engine):
    from ingest.pipeline import Pipeline

    text = "The harbour master of Zelengrad, Mira Tadin, resigned on Monday after nine years. "
    text += "Her deputy, Jovan Perak, takes over until the council has chosen. The port handled four ships in March. "
    text += "Three candidates have applied, and the council of the town will hear them in the first week of May."
    fields = {"title": "Harbour master resigns", "text": text, "language": "en", "published": "2025-04-07"}
    records = [{**fields, "id": f"carried/{name}", "outlet": name} for name in ("Dawn", "Noon")]
    report = Pipeline(telal_engine.archive, telal_engine.embedder, telal_engine.settings).run(records)
    assert report.new == 2
    telal_engine.indexes.refresh()
    answer = real().post("/v1/ask", json={"question": "Who resigned as harbour master of Zelengrad?"}).json()
    assert answer["citations"][0]["outlets"] == ["Dawn", "Noon"], answer


def test_an_outlet_that_tells_it_otherwise_is_not_named(real, telal_engine):
    from ingest.pipeline import Pipeline

    lines = [
        "Rescuers pulled 17 people alive from the mine at Brestovac on Tuesday, the chief of the fire brigade said.",
        "The shaft had been closed for repairs since March, and nobody was meant to work below the second level.",
        "The company promised to pay for the treatment of the injured and opened a line for their families.",
        "Inspectors of the ministry will visit the mine in the coming week and speak with the miners.",
    ]
    texts = {"Glas": lines, "List": lines[:3], "Other": [lines[0].replace("17", "94"), *lines[1:]]}
    records = [
        {"id": f"mine/{name}", "title": "Mine", "text": "\n".join(text), "outlet": name, "language": "en",
         "published": "2025-04-07"}
        for name, text in texts.items()
    ]  # fmt: skip
    Pipeline(telal_engine.archive, telal_engine.embedder, telal_engine.settings).run(records)
    carriers = telal_engine.archive.carriers
    assert set(carriers("mine/Glas", lines[0])) == {"Glas", "List"}
    assert carriers("mine/Glas", lines[3]) == ()
    assert carriers("mine/Other", lines[0].replace("17", "94")) == ()
