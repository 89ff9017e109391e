"""Pieces as readers type them, and a model fitted on a handful of them that tells two languages apart."""

from random import Random

import numpy as np
import pytest
from rich.console import Console

from rag.text.ngrams import Ngrams
from rag.text.own_script import WAYS
from rag.text.script import script_of
from research.language_ngrams import LabelledText, as_typed, collected, fit, scripts_of_labels
from research.typed_latin import typed_latin

WRITTEN = {
    "bg": "Кой щеше да спечели Първа лига, Ющенко или Цветан Хаджиев?",
    "mk": "Кој ќе ја спечели Џексоновата ѓердан-лига, Љубен или Њупорт?",
    "el": "Ποιος κέρδισε το κύπελλο, ο Ψάλτης ή ο Μπάμπης Ξανθόπουλος;",
}


@pytest.mark.parametrize("language", WAYS)
def test_a_text_is_typed_in_latin_letters_throughout_and_in_many_ways(language):
    made = {typed_latin(WRITTEN[language], language, Random(seed)) for seed in range(20)}
    assert len(made) > 10
    for text in made:
        assert script_of(text) == "Latn" and text.isascii() or language == "mk"
        assert len(text.split()) == len(WRITTEN[language].split())


def test_one_way_is_held_through_a_text():
    for seed in range(10):
        text = typed_latin("чичо чака", "bg", Random(seed))
        assert text.count(text.split("i")[0]) == 3


def test_greek_is_learnt_in_latin_letters_alone():
    random = Random(1)
    made = [as_typed(LabelledText("el", WRITTEN["el"]), {}, random) for _ in range(20)]
    assert {script_of(text) for text in made} == {"Latn"}


def test_names_are_left_out_or_changed_for_others():
    random = Random(1)
    made = {as_typed(LabelledText("en", "Who is Ivan and where"), {"Latn": ["Marko"]}, random) for _ in range(60)}
    assert any("Marko" in text for text in made) and any("Ivan" not in text and "Marko" not in text for text in made)


def test_labels_have_their_script_and_ours_latin_too():
    assert scripts_of_labels(["bg", "sr", "el", "ru", "de"]) == ["Cyrl Latn", "Cyrl Latn", "Grek Latn", "Cyrl", "Latn"]


def test_what_is_fitted_tells_two_languages_apart():
    made = [("sq", "kush është ky"), ("en", "who is this"), ("sq", "çfarë është kjo"), ("en", "what is that")] * 20
    labels = ["en", "sq"]
    held = Ngrams(("en", "sq"), (frozenset({"Latn"}),) * 2, fit(labels, made, Console(quiet=True)))
    assert held.weights.dtype == np.int8
    odds = held.log_odds("kush është", "Latn")
    assert odds["sq"] > odds["en"] and held.log_odds("кой", "Cyrl") == {}


def test_a_collection_that_is_missing_is_named(tmp_path):
    with pytest.raises(Exception, match="ntrex128"):
        list(collected(tmp_path, tmp_path, tmp_path))
