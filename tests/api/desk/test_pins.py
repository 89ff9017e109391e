"""An editor pins an answer, readers get it, its article takes it away; the threshold is tried and set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

ASKED = "How deep is the new harbour of Bar, as the port master says?"
TEXT = (
    "The new harbour of Bar is 14 metres deep, port master Luka Vujović said. Ships of every size may enter from May."
)


@pytest.fixture
def article(editor, newsroom):
    record = {"id": "pin-1", "title": "New harbour of Bar", "text": TEXT, "language": "en", "outlet": "Most Daily"}
    headers = {"Authorization": f"Bearer {newsroom.key}"}
    editor.post("/v1/admin/articles", json={"articles": [record | {"published": "2025-04-07"}]}, headers=headers)
    yield "pin-1"
    editor.post("/desk/api/article/erase", json={"id": "pin-1", "reason": "end of the test"})
    for pin in editor.get("/desk/api/pins").json()["pins"]:
        editor.post("/desk/api/pins/withdraw", json={"id": pin["id"]})


def pin(editor, **more):
    body = {"questions": [ASKED], "kind": "text", "text": "Fourteen metres.", "cites": [{"article": "pin-1"}]}
    return editor.post("/desk/api/pins", json=body | more)


def ask(editor, question: str = ASKED) -> dict:
    return editor.post("/v1/ask", json={"question": question}).json()


def test_a_pinned_answer_from_its_first_day_to_its_articles_end(editor, article):
    made = pin(editor, questions=[ASKED, "Sa i thellë është porti i ri i Tivarit?"])
    assert made.status_code == 200, made.text
    answer = ask(editor, "sa i thellë është porti i ri i tivarit")
    assert answer["answered_by"] == "newsroom" and answer["sentences"][0]["verdict"] == "newsroom"
    assert answer["remarks"][0]["kind"] == "newsroom" and answer["text"].startswith("Përgjigje e vetë redaksisë")
    chat = {"model": "telal", "messages": [{"role": "user", "content": ASKED}]}
    content = editor.post("/v1/chat/completions", json=chat).json()["choices"][0]["message"]["content"]
    assert content.startswith("The newsroom’s own answer") and "Fourteen metres." in content
    (row,) = editor.get("/desk/api/pins").json()["pins"]
    assert (row["state"], row["editor"], row["cites"][0]["article"]["title"]) == ("live", "Ana", "New harbour of Bar")
    assert pin(editor, id=made.json()["id"], text="Some 14 metres.").status_code == 200
    assert "Some 14 metres." in ask(editor)["text"]
    editor.post("/desk/api/article/hold", json={"id": article, "reason": "a lawyer asks"})
    assert (
        ask(editor)["answered_by"] != "newsroom" and editor.get("/desk/api/pins").json()["pins"][0]["state"] == "void"
    )
    editor.post("/desk/api/article/release", json={"id": article, "reason": "cleared"})
    assert ask(editor)["answered_by"] == "newsroom"
    certificate = editor.post("/desk/api/article/erase", json={"id": article, "reason": "a court"}).json()
    assert certificate["clean"] and certificate["removed"]["desk"] >= 1
    (row,) = editor.get("/desk/api/pins").json()["pins"]
    assert (row["state"], row["text"], row["cites"]) == ("erased", "", [])
    assert editor.post("/desk/api/pins/withdraw", json={"id": row["id"]}).status_code == 204
    assert editor.post("/desk/api/pins/withdraw", json={"id": row["id"]}).status_code == 404
    acts = [act for act in editor.get("/desk/api/log").json()["acts"] if act["act"].startswith("pin.")]
    assert [act["act"] for act in acts[:3]] == ["pin.withdraw", "pin.change", "pin.add"]
    assert editor.get("/desk/api/log").json()["altered"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"cites": []},
        {"text": " "},
        {"cites": [{"article": "nowhere"}]},
        {"cites": [{"article": "pin-1", "quote": "It is 15 metres deep."}]},
        {"questions": []},
        {"questions": ["?"]},
        {"kind": "loud"},
        {"last_day": (datetime.now(UTC) - timedelta(days=1)).date().isoformat()},
        {"id": "0" * 12},
    ],
)
def test_what_could_not_be_given_is_not_pinned(editor, article, wrong):
    assert pin(editor, **wrong).status_code in (404, 422)
    assert editor.get("/desk/api/pins").json()["pins"] == []


def test_a_pin_without_an_answer_needs_no_article(editor, article):
    last = datetime.now(UTC).date().isoformat()
    assert pin(editor, kind="silence", text="", cites=[], last_day=last).status_code == 200
    assert ask(editor)["refusal"]["reason"] == "newsroom"
    (row,) = editor.get("/desk/api/pins").json()["pins"]
    assert row["last_day"] == last and row["state"] == "live"


def test_no_reader_pins(newsroom, served):
    import httpx

    assert httpx.post(f"{newsroom.base}/desk/api/pins", json={}).status_code in (401, 403)
