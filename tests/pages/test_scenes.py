"""The double of the server says nothing that the server does not say, or its tests prove nothing."""

from __future__ import annotations

from dataclasses import fields

import pytest
import telal_scenes as scenes

from api.schemas.answers import AnswerOut, CitationOut
from rag.types import Note, Sentence, ShortAnswer


def unknown(part, kind):
    return set(part) - {field.name for field in fields(kind)}


@pytest.mark.parametrize("name", scenes.SCENES)
def test_a_scene_has_the_servers_fields_and_no_other(name):
    scene = scenes.SCENES[name]
    answer = {**scenes.answer("q", scene)} if scene.end == "answer" else {}
    assert not unknown(answer, AnswerOut)
    for part in (*scene.citations, *answer.get("citations", ())):
        assert not unknown(part, CitationOut)
        assert not any(unknown(note, Note) for note in part.get("notes", ()))
    for part in (*scene.sentences, *answer.get("sentences", ())):
        assert not unknown(part, Sentence)
    assert not any(unknown(item, ShortAnswer) for item in answer.get("short", ()))
    assert not any(unknown(item, Note) for item in answer.get("remarks", ()))
