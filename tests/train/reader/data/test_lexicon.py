"""Bilingual lexicons, and questions put into another language with them."""

from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from rag.text.sentences import Span
from train.reader.data.examples import Example
from train.reader.data.lexicon import Lexicons, across, aligned, put

TEXT = "The fire killed 59 people."


class Blind:
    """Vectors that say nothing of what words mean: alignment must come from the sentences."""

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.random.default_rng(len(texts)).normal(size=(len(texts), 16)).astype(np.float32) * 0.01 + np.eye(
            len(texts), 16, dtype=np.float32
        )


def example(question: str = "How many people did the fire kill?", **fields: object) -> Example:
    return Example("squad", question, TEXT, (Span(0, len(TEXT)),), (0,), pair="en:en", **fields)  # type: ignore[arg-type]


def lexicons() -> Lexicons:
    known = {"people": [(3.0, "ljudi")], "fire": [(2.0, "požar")], "how": [(1.0, "koliko")]}
    languages = ("bg", "bs", "el", "hr", "mk", "ro", "sl", "sq", "sr-Cyrl", "sr-Latn", "tr")
    return Lexicons(dict.fromkeys(languages, known), {"tr": {"kim": [(1.0, "who")]}})


def test_words_that_go_together_are_aligned() -> None:
    pairs = [
        (["fire", "today"], ["požar", "danas"]),
        (["fire", "tomorrow"], ["požar", "sutra"]),
        (["rain", "today"], ["kiša", "danas"]),
        (["rain", "tomorrow"], ["kiša", "sutra"]),
    ]
    counts = aligned(pairs, Blind())  # type: ignore[arg-type]
    for ours, theirs in (("fire", "požar"), ("rain", "kiša"), ("today", "danas"), ("tomorrow", "sutra")):
        assert max((n, b) for (a, b), n in counts.items() if a == ours)[1] == theirs


def test_the_same_word_becomes_the_same_one_under_one_seed() -> None:
    table = {"fire": [(1.0, "požar"), (1.0, "požara"), (1.0, "vatra")]}
    made = [put("Fire, fire or the fire?", table, "hr", seed / 50).rstrip("?").lower() for seed in range(50)]
    assert all(m.split()[0].rstrip(",") == m.split()[-1] for m in made)
    assert len({m.split()[-1] for m in made}) >= 3


def test_articles_are_left_out_but_in_english() -> None:
    kept = {
        tag: sum("the" in put("Did the fire spread?", {}, tag, seed / 20).lower().split() for seed in range(20))
        for tag in ("mk", "en")
    }
    assert kept["en"] == 20
    assert kept["mk"] < 6  # a few words stay as they are


def test_a_greek_question_ends_in_its_own_mark() -> None:
    assert put("Who died?", {}, "el", 0.5).endswith(";")


def test_near_misses_are_put_alike() -> None:
    near = example("How many people did the flood kill?", group="g")
    for draw in range(20):
        first, second = across((example(group="g"), near), lexicons(), Random(draw))  # type: ignore[misc]
        assert first.pair == second.pair != "en:en"
        assert ("ljudi" in first.question) == ("ljudi" in second.question)
        assert first.source == "squad-across"


def test_claims_and_questions_in_two_languages_stay() -> None:
    claim = example(claim=True)
    crossed = Example("ntrex", "Koliko ljudi?", TEXT, (Span(0, len(TEXT)),), (0,), pair="hr:en")
    for unit in (claim, crossed):
        assert across(unit, lexicons(), Random(1)) is unit


def test_a_text_in_another_language_is_asked_of_in_english() -> None:
    turkish = Example("turkish", "Kim geldi?", "Ali geldi.", (Span(0, 10),), (0,), pair="tr:tr")
    made = [across(turkish, lexicons(), Random(draw)) for draw in range(12)]
    assert {m.pair for m in made if isinstance(m, Example)} == {"en:tr"}
    assert any("Who" in m.question for m in made if isinstance(m, Example))
