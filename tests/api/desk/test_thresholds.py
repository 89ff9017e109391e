"""How many answers may be wrong, and the archive's own curve of judged answers: shown, adopted, put away."""

from __future__ import annotations

from random import Random

import pytest

from rag.answer.own_curve import LEAST_JUDGED

QUESTION = "Who signed the Tirana agreement?"


@pytest.fixture
def settings_back(editor):
    yield
    editor.put("/desk/api/threshold", json={"threshold": None})
    editor.put("/desk/api/curve", json={"adopt": False})


def shown(editor) -> dict:
    return editor.get("/desk/api/threshold").json()


def ask(editor) -> dict:
    return editor.post("/v1/ask", json={"question": QUESTION}).json()


def report(editor, answer_id: str, verdict: str) -> None:
    assert editor.post("/v1/feedback", json={"id": answer_id, "verdict": verdict}).status_code == 204


def test_a_readers_verdict_counts_once_and_the_editors_word_on_it_goes_before(editor):
    before = shown(editor)["judged"]
    judged = ask(editor)
    assert shown(editor)["judged"] == before  # nobody said anything of it yet
    report(editor, judged["id"], "wrong")
    report(editor, judged["id"], "wrong")
    assert shown(editor)["judged"] == before + 1
    open_ones = [r for r in editor.get("/desk/api/reports").json()["reports"] if r["id"] == judged["id"]]
    settled = editor.post(f"/desk/api/reports/{open_ones[0]['report']}", json={"outcome": "none"})
    assert settled.status_code == 204 and shown(editor)["judged"] == before
    editor.post(f"/desk/api/reports/{open_ones[1]['report']}", json={"outcome": "right"})
    assert shown(editor)["judged"] == before + 1


def test_a_share_that_may_be_wrong_is_chosen_by_name_and_follows_the_curve(editor, settings_back):
    first = shown(editor)
    assert first["wrong_share"] is None and first["one_in_ten"] < first["one_in_twenty"]
    assert editor.put("/desk/api/threshold", json={"threshold": "one_in_twenty"}).status_code == 204
    chosen = shown(editor)
    assert (chosen["wrong_share"], chosen["threshold"]) == ("one_in_twenty", first["one_in_twenty"])
    assert editor.put("/desk/api/threshold", json={"threshold": "one_in_two"}).status_code == 422

    assert editor.put("/desk/api/curve", json={"adopt": True}).status_code == 422  # too few were judged
    random = Random(3)
    for _ in range(LEAST_JUDGED - chosen["judged"]):
        confidence = random.uniform(0.2, 1)
        verdict = {"confidence": confidence, "right": confidence > 0.4}
        assert editor.post("/desk/api/judged", json=verdict).status_code == 204
    ready = shown(editor)
    assert ready["curve"]["judged"] == LEAST_JUDGED and ready["adopted"] is None
    assert ready["threshold"] == first["one_in_twenty"]  # shown is not adopted

    assert editor.put("/desk/api/curve", json={"adopt": True}).status_code == 204
    adopted = shown(editor)
    assert adopted["threshold"] == adopted["one_in_twenty"] == adopted["adopted"]["one_in_twenty"] < 0.5
    assert editor.put("/desk/api/curve", json={"adopt": False}).status_code == 204
    assert shown(editor)["threshold"] == first["one_in_twenty"] and shown(editor)["adopted"] is None
    acts = [act["act"] for act in editor.get("/desk/api/log").json()["acts"][:2]]
    assert acts == ["curve.drop", "curve.adopt"]


def test_an_answer_is_held_to_the_share_that_was_chosen(editor, settings_back):
    sure = ask(editor)["confidence"]
    for threshold, status in ((min(1.0, sure + 0.01), "partial"), (sure - 0.01, "answered")):
        editor.put("/desk/api/threshold", json={"threshold": threshold})
        assert ask(editor)["status"] == status
