"""Questions of what will be, beside passages that tell what was."""

import pytest

from rag.question.question_type import asks_about_future
from rag.types import Passage


def passage(text, language):
    return Passage("p", "a", 1, 0, text, 0, len(text), "title", language=language)


@pytest.mark.parametrize(
    ("language", "question", "told"),
    [
        ("en", "Who will win Eurovision 2027?", "Bulgaria won the contest."),
        ("sr-Latn", "Ko će pobediti na izborima 2030?", "Na izborima je pobedila vlada."),
        ("sr-Cyrl", "Који ће нови модел правити?", "Фабрика је правила аутомобиле."),
        ("sl", "Kdo bo naslednji predsednik?", "Predsednik je odstopil."),
        ("mk", "Кој ќе победи на изборите?", "На изборите победи владата."),
        ("bg", "Коя песен ще спечели?", "България спечели конкурса."),
        ("sq", "Kush do t'i fitojë zgjedhjet?", "Zgjedhjet i fitoi qeveria."),
        ("ro", "Cine va câștiga alegerile?", "Alegerile au fost câștigate de guvern."),
        ("el", "Ποιος θα κερδίσει τις εκλογές;", "Η κυβέρνηση κέρδισε τις εκλογές."),
        ("tr", "Seçimi kim kazanacak?", "Seçimi hükümet kazandı."),
    ],
)
def test_a_question_ahead_of_a_passage_that_tells_what_was(language, question, told):
    assert asks_about_future(question, language, passage(told, language))
    assert not asks_about_future(told, language, passage(told, language))


def test_a_passage_that_tells_of_what_is_to_come_meets_it_in_any_language():
    question = "Where will the new depot be built?"
    for language, told in (("en", "It will stand in Smederevo."), ("sr-Latn", "Skladište će se graditi u Smederevu."),
                           ("sr-Cyrl", "Радиће од јесени."), ("tr", "Depo Smederevo'da yapılacak.")):  # fmt: skip
        assert not asks_about_future(question, "en", passage(told, language)), told
