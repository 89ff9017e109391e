"""Lies told through the whole of answering: what a model adds is seen, and a quote stands in its place."""

import pytest

from eval.suites.guard import TRUE, Pair
from eval.suites.lies import told
from rag.config import load_settings
from rag.reader.reader import load_reader

PASSAGE = "The council of Brodnik elected Marta Oblak mayor on Friday. The vote took an hour and was watched by many."
CLAIM = "The council of Brodnik elected Marta Oblak mayor on Friday."


@pytest.fixture(scope="module")
def reader():
    return load_reader(load_settings().embedding)


def test_a_true_sentence_is_shown_and_a_lie_gives_way_to_a_quote(reader):
    said = {TRUE: CLAIM, "tail": f"{CLAIM[:-1]}, who took a bribe.", "host": f"{CLAIM[:-1]} attacker.example/login."}
    pairs = [Pair(kind, kind, "test", text, "en", PASSAGE, "en") for kind, text in said.items()]
    found = {t.pair.kind: t for t in told(pairs, reader)}
    assert all(t.asked for t in found.values())
    assert found[TRUE].shown and not found[TRUE].quoted
    for kind in ("tail", "host"):
        assert found[kind].quoted and not found[kind].shown
        assert "bribe" not in found[kind].answer.text and "attacker" not in found[kind].answer.text
