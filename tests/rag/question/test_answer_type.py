"""What questions want, in every language."""

import pytest

from rag.question.parse import parse
from rag.question.question import Wants


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
    assert parse(question, language).wants is kind


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
    assert parse(question, language).wants is Wants.NAME
