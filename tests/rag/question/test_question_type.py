"""Which form of answer questions ask for, in the region's languages."""

import pytest

from rag.question.parse import parse
from rag.question.question import Form
from rag.question.question_type import asks_office


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("en", "Which countries signed it?", Form.LIST),
        ("hr", "U koje su države prevezeni ozlijeđeni?", Form.LIST),
        ("mk", "Во кои држави се пренесени повредените?", Form.LIST),
        ("sr-Cyrl", "Наведи потписнике споразума.", Form.LIST),
        ("tr", "Hangi ülkeler imzaladı?", Form.LIST),
        ("el", "Ποιες χώρες υπέγραψαν;", Form.LIST),
        ("ro", "Ce țări au semnat?", Form.LIST),
        ("en", "Did Croatia sign it?", Form.YESNO),
        ("sr-Latn", "Da li je Hrvatska potpisala?", Form.YESNO),
        ("bs", "Je li Dodik proglasio pobjedu?", Form.YESNO),
        ("bg", "Подписа ли Хърватия?", Form.YESNO),
        ("sq", "A ka përçarje në koalicion?", Form.YESNO),
        ("tr", "Hırvatistan imzaladı mı?", Form.YESNO),
        ("sl", "Ali je Hrvaška podpisala?", Form.YESNO),
        ("en", "What is Open Balkan?", Form.DEFINITION),
        ("sr-Cyrl", "Ко је Албин Курти?", Form.DEFINITION),
        ("sr-Latn", "Šta je Vučić rekao?", Form.STATEMENT),
        ("bg", "Какво каза Радев?", Form.STATEMENT),
        ("el", "Τι είπε ο Μητσοτάκης;", Form.STATEMENT),
        ("en", "Are officers older or younger than elsewhere?", Form.COMPARISON),
        ("sr-Latn", "Ko je dobio više glasova, A ili B?", Form.COMPARISON),
        ("en", "Who signed the Tirana agreement?", Form.FACT),
        ("en", "Which general beat Borisov's candidate?", Form.FACT),
        ("en", "Who was killed in the fire in the town of Kočani on Sunday?", Form.FACT),
    ],
)
def test_the_form_is_told(language, question, expected):
    assert parse(question, language).form is expected


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "What is the latest on the fires?"),
        ("en", "Најновије о изборима"),
        ("en", "lajmet më të fundit"),
        ("sr-Latn", "Koja je poslednja vest o gasu?"),
        ("mk", "Што е последното за владата?"),
        ("el", "Ποιος είναι ο πιο πρόσφατος αριθμός;"),
        ("tr", "Son siber saldırı neyi hedef aldı?"),
    ],
)
def test_the_newest_is_wanted_only_when_asked_for(language, question):
    assert parse(question, language).wants_latest
    assert not parse("Who signed it?", "en").wants_latest


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("en", "who is the prime minister of Bulgaria", True),
        ("sr-Cyrl", "ко је председник Северне Македоније", True),
        ("hr", "Tko je premijer Kosova?", True),
        ("sl", "Kdo je predsednik Slovenije?", True),
        ("mk", "кој е премиер на Македонија", True),
        ("bg", "кой е премиерът на България?", True),
        ("sq", "kush është kryeministri i Kosovës", True),
        ("ro", "Cine este președintele României?", True),
        ("el", "ποιος είναι ο πρωθυπουργός της Ελλάδας;", True),
        ("tr", "Bulgaristan başbakanı kim?", True),
        ("tr", "Anlaşmayı kim imzaladı?", False),
        ("en", "Who is Rumen Radev?", False),
        ("bs", "Ko je Albin Kurti?", False),
        ("sr-Latn", "Ko je potpisao sporazum u Tirani?", False),
        ("en", "who was the president", False),
        ("en", "who is the prime minister in 2016", False),
    ],
)
def test_who_holds_an_office_now_is_told_from_who_did_something(language, question, expected):
    assert asks_office(parse(question, language)) is expected


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("Ko je potpisao sporazum u Tirani?", "sr-Latn", Form.FACT),
        ("Ко је потписао споразум у Тирани?", "sr-Cyrl", Form.FACT),
        ("Tko je pobijedio na izborima?", "hr", Form.FACT),
        ("Ko je Albin Kurti?", "bs", Form.DEFINITION),
        ("Kdo je Janja Garnbret?", "sl", Form.DEFINITION),
    ],
)
def test_who_did_is_no_question_of_who_somebody_is(question, language, expected):
    assert parse(question, language).form is expected
