"""What is no question on the news is told from what is."""

import json
from pathlib import Path

import pytest

from rag.question.parse import parse

CASES = Path(__file__).parents[3] / "eval/benchmarks/balkan/cases"


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("en", "hello", "greeting"),
        ("en", "Hi there, Telal!", "greeting"),
        ("sq", "hello", "greeting"),
        ("el", "Thanks!", "thanks"),
        ("sr-Latn", "Ćao, kako si?", "greeting"),
        ("sr-Cyrl", "Добар дан!", "greeting"),
        ("hr", "Pozdrav svima", "greeting"),
        ("bs", "selam", "greeting"),
        ("cnr", "Dobro veče", "greeting"),
        ("sl", "Dober dan", "greeting"),
        ("mk", "Здраво", "greeting"),
        ("bg", "Здравейте!", "greeting"),
        ("sq", "Mirëdita", "greeting"),
        ("ro", "Bună ziua", "greeting"),
        ("el", "Καλημέρα", "greeting"),
        ("tr", "Merhaba", "greeting"),
        ("sl", "Hvala lepa!", "thanks"),
        ("tr", "Çok teşekkürler", "thanks"),
        ("en", "you are so stupid", "insult"),
        ("hr", "Glup si", "insult"),
        ("mk", "ти си идиот", "insult"),
        ("el", "είσαι ηλίθιος", "insult"),
        ("en", "Who are you?", "about"),
        ("en", "How does Telal work?", "about"),
        ("sr-Latn", "ko si ti i šta možeš?", "about"),
        ("bg", "Кой си ти?", "about"),
        ("sq", "kush je ti?", "about"),
        ("ro", "Ești robot?", "about"),
        ("el", "Τι μπορείς να κάνεις;", "about"),
        ("tr", "Sen kimsin?", "about"),
        ("en", "Should I buy shares of NIS?", "advice"),
        ("sr-Cyrl", "За кога да гласам на изборима?", "advice"),
        ("tr", "Kime oy vermeliyim?", "advice"),
        ("mk", "Што да правам со парите?", "advice"),
    ],
)
def test_small_talk_is_recognised(language, text, kind):
    assert parse(text, language).small_talk == kind


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hello, who signed the Tirana agreement?"),
        ("en", "Who are the ministers?"),
        ("en", "What is the Open Balkan initiative?"),
        ("sr-Latn", "Ko je rekao hvala Srbiji?"),
        ("en", "Who called Vučić an idiot?"),
        ("tr", "Kim kime oy verdi?"),
        ("en", ""),
    ],
)
def test_a_question_on_the_news_is_none(language, text):
    assert parse(text, language).small_talk == ""


def test_no_question_of_the_benchmark_is_taken_for_small_talk():
    cases = [json.loads(line) for file in CASES.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]
    assert len(cases) > 600
    assert [c["question"] for c in cases if parse(c["question"], c["language"]).small_talk] == []
