"""The double of the server says nothing that the server does not say, or its tests prove nothing."""

from __future__ import annotations

import pytest
import telal_scenes as scenes

from api.schemas.answers import AnswerOut, CitationOut, NoteOut, SentenceOut, ShortAnswerOut


def unknown(part, model):
    return set(part) - set(model.model_fields)


@pytest.mark.parametrize("name", scenes.SCENES)
def test_a_scene_has_the_servers_fields_and_no_other(name):
    scene = scenes.SCENES[name]
    answer = {**scenes.answer("q", scene)} if scene.end == "answer" else {}
    assert not unknown(answer, AnswerOut)
    for part in (*scene.citations, *answer.get("citations", ())):
        assert not unknown(part, CitationOut)
        assert not any(unknown(note, NoteOut) for note in part.get("notes", ()))
    for part in (*scene.sentences, *answer.get("sentences", ())):
        assert not unknown(part, SentenceOut)
    assert not any(unknown(item, ShortAnswerOut) for item in answer.get("short", ()))
    assert not any(unknown(item, NoteOut) for item in answer.get("remarks", ()))
