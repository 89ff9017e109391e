"""The reader's say: which passages are read, what its log odds count, and the table that may switch it off."""

import numpy as np
import pytest

from rag.answer.evidence import UNSURE, features
from rag.answer.extract import extract
from rag.answer.reading import AROUND, MARKED, PASSAGES, Readings, Reread
from rag.reader.reader import Answer, Reading
from rag.reader.use import Use, Uses
from rag.text.sentences import Span
from rag.types import Hit, Passage

ALL = dict.fromkeys(Use, True)
TABLE = Uses(ALL, ALL, {}, {"same": {Use.PICK: 0.5}, "cross": {Use.PICK: 0.25}}, clear=9.0)
FIRST, SECOND = "The minister spoke in Skopje.", "Petar Petrov signed the deal."


class Reader:
    """Says of every sentence that names Petrov that it answers."""

    def __init__(self, odds=4.0, sure=MARKED + 1):
        self.odds, self.sure, self.seen = odds, sure, []

    def read(self, question, text, sentences):
        self.seen.append(text)
        odds = tuple(self.odds if "Petrov" in text[s.start : s.end] else -2.0 for s in sentences)
        at = text.find("Petar Petrov")
        answers = tuple(Answer(Span(at, at + 12), self.sure) if o > 0 else None for o in odds)
        return Reading(odds, 0.2 if max(odds) > 0 else 0.9, None, 0.0, answers)


def passage(key, text, language="en"):
    return Passage(f"p{key}", f"a{key}", 1, 0, text, 100, 100 + len(text), "A headline", language=language)


def test_log_odds_count_by_the_tables_weight_and_offsets_are_the_articles():
    found = Reread(Reader(), TABLE)("Who?", [(passage(1, f"{FIRST} {SECOND}"), 100)], "en")
    at = 100 + len(FIRST) + 1
    assert found.margins == {("p1", 100): -1.0, ("p1", at): 2.0}
    span = found.spans["p1", at]
    assert SECOND[span.start : span.end] == "Petar Petrov"
    assert found.not_here == 0.2


def test_a_stretch_that_it_is_not_sure_of_is_not_marked():
    assert not Reread(Reader(sure=MARKED - 1), TABLE)("Who?", [(passage(1, SECOND), 100)], "en").spans


def test_across_languages_another_weight_counts():
    assert Reread(Reader(), TABLE)("Who?", [(passage(1, SECOND, "sq"), 100)], "en").margins == {("p1", 100): 1.0}


def test_few_passages_are_read_and_none_after_a_clear_answer():
    passages = [(passage(n, FIRST), 100) for n in range(5)]
    doubtful, sure = Reader(), Reader(odds=10.0)
    assert Reread(doubtful, TABLE)("Who?", passages, "en").not_here == 0.9
    Reread(sure, TABLE)("Who?", [(passage(9, SECOND), 100), *passages], "en")
    assert len(doubtful.seen) == PASSAGES and len(sure.seen) == 1


def test_a_reader_that_is_switched_off_is_not_asked():
    reader, off = Reader(), dict.fromkeys(Use, False)
    found = Reread(reader, Uses(off, off, {}, {}))("Who?", [(passage(1, SECOND), 100)], "en")
    assert found == Readings({}, {}, None) and not reader.seen


@pytest.mark.parametrize(("reads", "first"), [(None, FIRST), (Reread(Reader(), TABLE), SECOND)])
def test_its_say_decides_which_sentence_leads(reads, first):
    vector = np.array([1.0, 0.0], np.float32)
    near, far = np.array([1.0, 0.0]), np.array([0.6, 0.8])
    found = extract(
        "Anything?", vector, [Hit(passage(1, f"{FIRST} {SECOND}"), 0.9)], language="en", reads=reads,
        embed=lambda texts: np.array([near if t == FIRST else far for t in texts], np.float32),
        rarity=lambda words: dict.fromkeys(words, 1.0),
    )  # fmt: skip
    assert found.chosen[0].text == first
    assert found.readings.not_here == (None if reads is None else 0.2)


def test_doubt_is_a_feature_of_the_refusal_and_neutral_without_a_reader():
    hits = [Hit(passage(1, SECOND), 0.9, dense_score=0.9)]
    told = {"language": "en", "best_sentence": 0.8, "coverage": 0.5, "top": hits[0].passage}
    assert features("Who?", hits, hits, **told).not_here == UNSURE
    assert features("Who?", hits, hits, **told, not_here=0.0).not_here == 0.0


def test_a_long_passage_is_read_around_its_best_sentence():
    text = " ".join(f"Sentence number {n} says little." for n in range(20))
    start = text.index("Sentence number 10 ")
    found = Reread(Reader(), TABLE)("Who?", [(passage(1, text), 100 + start)], "en")
    read = [text[at - 100 :][:18].strip() for _, at in sorted(found.margins)]
    assert read == [f"Sentence number {n}" for n in range(10 - AROUND, 11 + AROUND)]
