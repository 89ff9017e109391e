"""The sixty questions of the language model's suite, and the script that plays it."""

from datetime import date

import pytest

from rag.answer.check import fault
from rag.answer.prompt import Claim, NumberedSentence, prompt
from rag.text.language import SUPPORTED, family, identify
from rag.types import Passage
from research.model import FIGURES, questions, script
from research.scripted_model import reply, verdicts


def test_there_are_sixty_in_one_language_and_in_two():
    asked = questions()
    assert len(asked) == 60 and len({q.id for q in asked}) == 60
    assert [q.pair for q in asked].count("two languages") == 35
    assert {q.language.split("-")[0] for q in asked} == {tag.split("-")[0] for tag in SUPPORTED}
    assert len({(q.language, q.source) for q in asked}) >= 40
    assert sum(q.changed in FIGURES for q in asked) >= 30 and all(q.false not in q.true for q in asked)


@pytest.mark.parametrize("q", questions(), ids=lambda q: q.id)
def test_what_is_written_is_in_the_readers_language(q):
    for text in (*q.true, q.false):
        found = identify(text)
        assert found.confidence < 0.8 or family(found.language) == family(q.language), text


def test_the_script_finds_its_sentence_by_its_text_and_says_no_where_it_is_not():
    q = questions()[0]
    said = script([q])
    text = f"Нещо друго. Той {q.evidence[0]}."
    passage = Passage("p", "a", 1, 0, text, 0, len(text), "", "Дневник", language="bg")
    made = prompt(q.question, [passage], "bg", today=date(2026, 1, 2))
    assert reply("says true", made.user, said) == f"{q.true[0]} [1.2]"
    assert reply("says true", prompt(q.question, [], "bg", today=date(2026, 1, 2)).user, said) == "NO ANSWER"
    assert verdicts(f"Sentence 1: {q.true[0]}\nSentence 2: {q.false}", said) == "1 supported\n2 contradicted"


def test_a_lie_that_changes_a_number_is_told_by_its_source_alone():
    q = questions()[0]
    text = f"Той {q.evidence[0]} на 13 ноември 2016 г."
    source = NumberedSentence("1.1", Passage("p", "a", 1, 0, text, 0, len(text), "", language="bg"), 0, len(text), text)
    assert fault(Claim(q.false, ("1.1",)), [source], "bg", date(2016, 11, 13)) == "number"
