"""What questions want, in every language, and what sentences hold."""

import pytest

from rag.question.question_type import Wants, holds, persons, wants


@pytest.mark.parametrize(
    ("language", "question", "kind"),
    [
        ("en", "Who signed the Tirana agreement?", Wants.PERSON),
        ("en", "In which country did it happen?", Wants.PLACE),
        ("en", "How many people died?", Wants.NUMBER),
        ("sr-Latn", "Ko je potpisao sporazum?", Wants.PERSON),
        ("sr-Cyrl", "Када је потписан споразум?", Wants.TIME),
        ("hr", "Tko je potpisao sporazum?", Wants.PERSON),
        ("bs", "Gdje je potpisan sporazum?", Wants.PLACE),
        ("cnr", "Koliko je glasova dobio?", Wants.NUMBER),
        ("sl", "Kdaj je bil podpisan?", Wants.TIME),
        ("mk", "Кога е потпишан?", Wants.TIME),
        ("mk", "Кој го потпиша?", Wants.PERSON),
        ("bg", "Къде беше подписано?", Wants.PLACE),
        ("sq", "Sa veta vdiqën?", Wants.NUMBER),
        ("ro", "De ce a demisionat?", Wants.CAUSE),
        ("el", "Ποιος υπέγραψε τη συμφωνία;", Wants.PERSON),
        ("el", "Πόσοι πέθαναν;", Wants.NUMBER),
        ("tr", "Anlaşmayı kim imzaladı?", Wants.PERSON),
        ("tr", "Ne zaman imzalandı?", Wants.TIME),
        ("en", "Is it true?", Wants.OTHER),
        ("fi", "Kuka allekirjoitti?", Wants.OTHER),
    ],
)
def test_the_question_word_decides(language, question, kind):
    assert wants(question, language) is kind


def test_persons_are_two_capitals_side_by_side():
    assert persons("Потписали су Пиро Венгу и Иван Анушић.") == [("Пиро", "Венгу"), ("Иван", "Анушић")]
    assert persons("It rained in Tirana on Tuesday.") == []


def test_a_sentence_holds_a_person_that_the_question_does_not_name():
    asked = frozenset({"kurti"})
    assert holds("Then Pirro Vengu spoke.", Wants.PERSON, asked, 5, "en") == 0.5
    assert holds("Then Pirro Vengu and Ivan Anušić spoke.", Wants.PERSON, asked, 5, "en") == 0.75
    assert holds("Then Albin Kurti spoke.", Wants.PERSON, asked, 5, "en") < 0.5
    assert holds("Then it rained.", Wants.PERSON, asked, 5, "en") == 0.0
    assert holds("Then, Albania, Croatia and Kosovo signed.", Wants.PERSON, asked, 5, "en") == 0.0


def test_a_sentence_holds_a_number_that_the_question_does_not_name():
    assert holds("59 people died in 2025.", Wants.NUMBER, frozenset({"2025"}), 5, "en") == 1.0
    assert holds("People died in 2025.", Wants.NUMBER, frozenset({"2025"}), 5, "en") == 0.0
    assert holds("Three people died.", Wants.NUMBER, frozenset(), 5, "en") == 1.0
    assert holds("One of them died.", Wants.NUMBER, frozenset(), 5, "en") == 0.0  # "one" counts nothing
    assert holds("He died in three days.", Wants.TIME, frozenset(), 5, "en") == 0.0


@pytest.mark.parametrize(
    ("sentence", "language", "held"),
    [
        ("It burned because of a candle.", "en", 1.0),
        ("It burned in the night.", "en", 0.0),
        ("Изгоре заради една свещ.", "bg", 1.0),
        ("Mum yüzünden yandı.", "tr", 1.0),
        ("U djegën për shkak të një qiriu.", "sq", 1.0),
        ("Κάηκε λόγω ενός κεριού.", "el", 1.0),
        ("Izgorelo je zbog sveće.", "sr-Latn", 1.0),
        ("Изгорело је због свеће.", "sr-Cyrl", 1.0),
        ("Izgorelo je noću.", "sr-Latn", 0.0),
    ],
)
def test_a_sentence_gives_a_reason(sentence, language, held):
    assert holds(sentence, Wants.CAUSE, frozenset(), 5, language) == held


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("what is the ship called", "en"),
        ("name of the secretary", "en"),
        ("Kako se zove uhapšeni?", "hr"),
        ("Како се зове ухапшени?", "sr-Cyrl"),
        ("Si quhet personi?", "sq"),
        ("Как се казва корабът?", "bg"),
        ("Како се вика бродот?", "mk"),
        ("Kako se imenuje ladja?", "sl"),
        ("Cum se numește nava?", "ro"),
        ("Πώς λέγεται το πλοίο;", "el"),
        ("Geminin adı ne?", "tr"),
    ],
)
def test_a_question_for_a_name(question, language):
    assert wants(question, language) is Wants.NAME
    assert holds("A ship, the Jadranka, sank.", Wants.NAME, frozenset({"ship"}), 5, "en") > 0
    assert holds("A ship sank.", Wants.NAME, frozenset({"ship"}), 5, "en") == 0.0
