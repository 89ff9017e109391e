"""False premises: what articles contradict, in the region's languages, and what only looks like it."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from rag.answer.deeds import deeds
from rag.answer.extract import Candidate
from rag.answer.premise import contradicted
from rag.question.kinds import aim
from rag.text.sentences import split_sentences
from rag.types import Passage

HERE = Path(__file__).parent


def candidate(text, language):
    passage = Passage("p", "a", 1, 0, text, 0, len(text), "", "Outlet", language=language)
    first = split_sentences(text, language)[0]
    return Candidate(passage, 0, first.start, first.end, text[first.start : first.end])


def examples(name):
    """Rows of language, whether the article bears the question out, question, article."""
    with (HERE / name).open(encoding="utf-8") as lines:
        return [tuple(row) for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


def found(language, question, article):
    return contradicted(question, [candidate(article, language)], aim(question, language), language)


@pytest.mark.parametrize(("language", "holds", "question", "article"), examples("premises_seen.tsv"))
def test_a_premise_is_contradicted_by_the_opposite_alone(language, holds, question, article):
    assert (found(language, question, article) is None) is (holds == "yes")


def test_examples_that_no_rule_was_made_by():
    rows = examples("premises_unseen.tsv")
    assert not [q for language, holds, q, article in rows if holds == "yes" and found(language, q, article)]
    false = [found(language, q, article) for language, holds, q, article in rows if holds == "no"]
    assert sum(c is not None for c in false) >= 13  # of 17


def test_the_sentence_shown_stands_in_the_article_where_it_says():
    article = "Bulgaria won the Adria Cup in May. Spain stayed away. Finland came sixth."
    c = found("en", "Why did Finland win the Adria Cup?", article)
    assert c is not None and article[c.start : c.end] == c.text == "Finland came sixth."


def test_one_who_won_at_all_is_not_refused():
    article = "Finland won the Adria Cup in 2030. In 2031 Finland came sixth and Bulgaria won."
    assert found("en", "Why did Finland win the Adria Cup?", article) is None


def test_deeds_are_compared_across_languages():
    article = "Crna Gora je prihvatila poziv NATO-a."
    question = "Why did Montenegro turn down NATO's invitation?"
    assert contradicted(question, [candidate(article, "cnr")], aim(question, "en"), "en") is not None


def test_denied_and_refused_deeds_stand_on_the_other_side():
    told = {(d.name, d.side) for d in deeds("Croatia condemned Moscow's decision to recognise Donetsk.", "en")}
    assert ("recognise", -1) in told and ("recognise", 1) not in told
    assert ("send", -1) in {(d.name, d.side) for d in deeds("Serbia did not send tanks.", "en")}
    assert [d.side for d in deeds("Суд у Нишу осудио је Петра Лукића.", "sr-Cyrl")] == [1]  # Nišu is no "nisu"


@pytest.mark.parametrize(
    "question", ["Did Montenegro accept NATO's invitation?", "Who turned down NATO's invitation to Montenegro?"]
)
def test_questions_that_presume_nothing(question):
    assert found("en", question, "Montenegro turned down NATO's invitation.") is None


@pytest.mark.parametrize("question", ["", "?", "Why", "Why did", "Зошто?", "won won won", "in in in"])
def test_odd_questions_contradict_nothing(question):
    assert found("en", question, "Bulgaria won in Varna.") is None
    assert contradicted(question, [], aim(question, "en"), "en") is None


def test_a_headline_bears_the_question_out_and_a_name_opens_nothing():
    article = "Novak Lukić vratio se u Brezno, pa je počelo Otvoreno prvenstvo Ostrane. Novak Lukić ostaje kapiten."
    question, language = "Zašto je Novak Lukić napustio Ostranu?", "sr-Latn"
    c = candidate(article, language)
    told = replace(c, passage=replace(c.passage, title="Novak Lukić napustio Ostranu"))
    assert contradicted(question, [told], aim(question, language), language) is None
    assert not deeds("Počelo je Otvoreno prvenstvo.", language)


def test_shares_of_votes_tell_who_won():
    article = "Rumen Tesić had 58 per cent and the lawyer Maria Dolan 36 per cent."
    assert found("en", "By how much did Dolan beat Tesić?", article) is not None
    assert found("en", "By how much did Tesić beat Dolan?", article) is None
