"""What an article mentions of a question: its names in any form, and its days."""

from __future__ import annotations

from datetime import date

import pytest

from rag.question.mentions import home_of, mentions_name, mentions_time
from rag.question.parse import parse, with_seen_names
from rag.question.question import Question, QuestionName
from rag.text.dates import day_window, year_window
from rag.text.names import seen_names

DAY = date(2026, 11, 1)


def parsed(question: str, language: str = "en") -> Question:
    return parse(question, language, as_of=DAY)


def the_name(question: str, language: str = "en") -> QuestionName:
    (name,) = [name for name in parsed(question, language).names if name.sure]
    return name


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What did Kurti say?", "Премијер Албин Курти је говорио."),
        ("What did Albin Kurti say?", "Kurtiju je rečeno da čeka."),
        ("Fires on Rhodes", "Φωτιές στη Ρόδο."),
        ("Fires on Crete", "Požar na Kritu."),
        ("Who governs Croatia?", "Hrvatski premijer je u Briselu."),
        ("Votes in Tuzla", "Sindikat u Tuzlanskom kantonu."),
        ("Ko je potpisao Tiranski sporazum?", "The agreement was signed in Tirana."),
        ("Кога е Охридскиот договор?", "Sporazum je potpisan u Ohridu."),
        ("Who leads the EU?", "Evropska unija je odlučila."),
        ("Why did Šešelj leave?", "Gradonačelnik Šešelj je otišao."),
        ("Who rules North Macedonia?", "Владата на Северна Македонија."),
        ("Who governs Romania?", "Președintele României a demisionat."),
        ("Who governs Romania?", "un premier român și un fotbalist românesc"),
        ("Who lives in Bucharest?", "Primarul Bucureștiului."),
        ("Koliko je NIS zaradio?", "НИС у 2021: нето добит."),
    ],
)
def test_a_name_is_mentioned_in_another_form(question: str, text: str) -> None:
    assert mentions_name(the_name(question), text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Fires on Corfu", "Fires on Rhodes were put out."),
        ("Ko je potpisao Zagrebački sporazum?", "The agreement was signed in Tirana."),
        ("Votes in Šumadija", "Slavonija je glasala."),
        ("What did Albin Kurti say?", "Ivan Kurti je rekao."),
        ("Who lives in Novi Pazar?", "Novi Sad je velik grad."),
        ("Who governs Slovenia?", "Slavonia is in Croatia."),
        ("Who governs Austria?", "Australia votes."),
        ("Who leads Mali?", "Malo ljudi je došlo, mali broj."),
        ("Koliko je NIS zaradio?", "Град Ниш гради пут."),
        ("Who governs Romania?", "Награда за романа „Времеубежище“."),
        ("Who governs Romania?", "Nagrada za roman o ratu."),
    ],
)
def test_another_entity_is_not_mentioned(question: str, text: str) -> None:
    assert not mentions_name(the_name(question), text)


def test_a_question_word_is_no_name_though_the_hits_have_one_that_sounds_so() -> None:
    seen = seen_names(["Η Κίνα εξάγει. Η κυβέρνηση στην Κίνα."])
    for asked in ("Cine a câștigat?", "cine a câștigat"):
        assert not [name for name in with_seen_names(parsed(asked, "ro"), seen).names if name.sure]


def test_an_outlets_own_state_counts_as_named() -> None:
    name = the_name("koliko je vakcinisano u srbiji", "sr-Latn")
    assert not mentions_name(name, "Vakcinisano je pet odsto.")
    assert mentions_name(name, "Vakcinisano je pet odsto.", home=home_of("sr-Cyrl"))
    assert not mentions_name(name, "Vakcinisano je pet odsto.", home=home_of("sr-Latn", "https://example.ba/a"))


def test_a_year_is_borne_by_the_text_or_the_day_of_publication() -> None:
    year, day = year_window(2021), day_window(2022, 2, 22)
    assert mentions_time(year, "Požar 2021. godine")
    assert mentions_time(year, "Požar juče", published=date(2021, 8, 3))
    assert mentions_time(year, "Požar juče")  # undated: nothing speaks against it
    assert not mentions_time(year, "Požar 2022. godine", published=date(2022, 8, 3))
    assert day and mentions_time(day, "Sudar je bio 22. februara.", published=date(2022, 2, 25))
    assert day and not mentions_time(day, "Sudar je bio 18. februara.", published=date(2022, 2, 18))
