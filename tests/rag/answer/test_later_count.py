"""A later count of the same matter comes first, after its day; what counts a part, warns, or is of another event does
not."""

from datetime import UTC, datetime

import pytest

from rag.types import AnswerStatus

TOLD = "The fire in Kotor on 3 May 2024 killed 59 people."
ASKED = "How many people died in the fire in Kotor?"


@pytest.fixture
def stated(make):
    """The answer where the first report and a later one were found; the figures are the likely words."""

    def made(later, figure, *, question=ASKED, on=(2025, 2, 1), language="en", verdict=4.0, first=1, title=""):
        passages = [
            make.passage(TOLD),
            make.passage(later, "b", language=language, published=datetime(*on, tzinfo=UTC), title=title),
        ]
        reader = make.Reader({"59": 9.0}, marked={figure: verdict, "59": 9.0})
        return make.answer(make.evidence(question, *passages, reader=reader, limit=first, further=1))

    return made


def told(answer):
    return answer.status, [item.text for item in answer.short], [(s.lead, s.text) for s in answer.sentences]


@pytest.mark.parametrize(
    ("later", "figure", "language"),
    [
        ("The death toll of the Kotor fire of 3 May has risen to 64.", "64", "en"),
        ("Broj žrtava požara u Kotoru od 3. maja porastao je na 64.", "64", "sr-Latn"),
        ("Бројот на загинати во пожарот во Котор на 3 мај е веќе 64.", "64", "mk"),
        ("Numri i të vdekurve nga zjarri i 3 majit në Kotor arriti në 64.", "64", "sq"),
    ],
)
def test_a_later_count_comes_first_in_whatever_language(stated, later, figure, language):
    status, short, sentences = told(stated(later, figure, language=language))
    assert (status, short) == (AnswerStatus.ANSWERED, ["64"])
    assert sentences == [("1 February 2025:", later), ("3 May 2024:", TOLD)]


def test_it_is_read_though_the_first_report_is_enough(stated):
    later = "The death toll of the Kotor fire of 3 May has risen to 64."
    assert stated(later, "64", first=1).citations[0].article_id == "b"
    assert [r.kind for r in stated(later, "64").remarks] == ["as_of"]


def test_a_report_of_the_same_weeks_need_not_name_the_day(stated):
    later = "64 people died in the Kotor fire."
    assert told(stated(later, "64", on=(2024, 5, 20)))[1] == ["64 people"]
    assert stated(later, "64").remarks[0].kind != "as_of"


def test_a_lower_count_is_newer_only_where_the_older_one_is_mentioned(stated):
    corrected = "56 people died in the Kotor fire of 3 May, not 59, the ministry said."
    assert told(stated(corrected, "56"))[1] == ["56 people"]
    assert told(stated("In the Kotor fire of 3 May 7 of the victims were minors.", "7"))[1] == ["59 people"]


@pytest.mark.parametrize(
    ("later", "figure", "verdict"),
    [
        ("The trial of 135 people over the Kotor fire of 3 May has begun.", "135", 4.0),  # counts no dead
        ("In the Kotor fire of 3 May 164 people were injured.", "164", 4.0),
        ("The dead of the Kotor fire of 3 May could be up to 90, it was feared.", "90", 4.0),
        ("The Kotor fire of 3 May may kill 90 people.", "90", -3.0),  # the reader finds it no answer
        ("64 people died in the fire in Bar on 3 May.", "64", 4.0),  # of another place
        ("64 people died in a fire in Kotor on 30 January 2025.", "64", 4.0),  # of another event
    ],
)
def test_what_is_no_later_count_of_it_does_not_come_first(stated, later, figure, verdict):
    assert "as_of" not in {remark.kind for remark in stated(later, figure, verdict=verdict).remarks}


def test_an_earlier_count_does_not_come_first(stated):
    assert told(stated("64 people died in the Kotor fire.", "64", on=(2024, 5, 2)))[1][-1] == "59 people"


def test_who_asks_for_no_number_gets_no_count(stated):
    answer = stated(
        "The death toll of the Kotor fire of 3 May has risen to 64.", "64", question="What burned in Kotor?"
    )
    assert answer.sentences[0].text == TOLD


@pytest.mark.parametrize(
    ("part", "whole", "first"),
    [
        ("Six of them drowned.", "The wildfire near Athens killed 83 people.", 1),
        ("Šest osoba se utopilo.", "U požaru kod Atine poginule su 83 osobe.", 1),
        ("Six of them drowned.", "The wildfire near Athens injured 183 people.", 0),  # the hurt
        ("The wildfire near Athens killed 83 people.", "In 2007 fires killed 84 people.", 0),  # shares less
    ],
)
def test_the_whole_count_comes_before_that_of_a_part(make, part, whole, first):
    passage = make.passage(f"{part} {whole}", language="en" if "them" in part or "2007" in whole else "hr")
    reader = make.Reader({part: 9.0, whole: 5.0}, marked={word: 5.0 for word in ("Six", "Šest", "83", "183", "84")})
    answer = make.answer(make.evidence("How many people died in the wildfire near Athens?", passage, reader=reader))
    assert answer.sentences[0].text == (part, whole)[first]
