"""The short answer that is proposed: whole names, numbers with their units, days, rows."""

import pytest

from rag.answer.short import propose

SIGNED = "The defence ministers Pirro Vengu (Albania), Ivan Anušić (Croatia) and Ejup Maqedonci (Kosovo) signed it."
NËNSHKRUAN = (
    "Marrëveshjen e nënshkruan ministrat e Mbrojtjes Pirro Vengu (Shqipëria), Ivan Anušić (Kroacia) "
    "dhe Ejup Maqedonci (Kosova)."
)
IN_A_ROW = "Pirro Vengu (Albania), Ivan Anušić (Croatia) and Ejup Maqedonci"
NË_RRESHT = "Pirro Vengu (Shqipëria), Ivan Anušić (Kroacia) dhe Ejup Maqedonci"
THREE = ["Pirro Vengu", "Ivan Anušić", "Ejup Maqedonci"]


@pytest.fixture
def proposed(make):
    def made(question, sentence, marked, language="en", asked_in="en"):
        reader = make.Reader(marked={marked: 5.0}, other=2.0)
        evidence = make.evidence(question, make.passage(sentence, language=language), reader=reader, language=asked_in)
        return propose(evidence, evidence.best, evidence.best.sentences[0])

    return made


def texts(proposal, sentence):
    return [sentence[start:end] for start, end in proposal.spans] if proposal else []


@pytest.mark.parametrize(
    ("language", "question", "sentence", "marked", "short"),
    [
        ("en", "Who signed it?", "The three ministers signed it.", "The three ministers", ["The three ministers"]),
        ("en", "How many people died?", "At least 59 people died and 148 were hurt.", "59", ["At least 59 people"]),
        ("en", "How many people were hurt?", "More than 148 people were hurt.", "148 people", ["More than 148 people"]),
        ("bs", "Koliko je glasova dobio?", "Nakon 60,56 posto ima 187.274 glasa.", "187.274", ["187.274 glasa"]),
        ("en", "How much did it cost?", "It cost € 300 in all.", "300", ["€ 300"]),
        ("en", "How many voted?", "In all 41 % voted.", "41", ["41 %"]),
        ("mk", "Кој ја предводи комисијата?", "Податокот го соопшти Оливер Деркоски.", "Деркоски", ["Оливер Деркоски"]),
        ("en", "Who won Eurovision?", "Bulgaria won the contest, sung by Darina Yotova.", "Darina", ["Darina Yotova"]),
        ("en", "When was it signed?", "It was signed in Tirana on 18 March 2025.", "18 March", ["18 March 2025"]),
        ("en", "When did it begin?", "It began at 18:30 sharp.", "18:30", ["18:30"]),
        (
            "hr", "U koje su države prevezeni?", "Prevezeni su u Bugarsku, Srbiju i Grčku.", "Bugarsku",
            ["Bugarsku", "Srbiju", "Grčku"],
        ),
        ("en", "Which ministers signed it?", SIGNED, "Pirro Vengu", THREE),
        ("en", "Who signed it?", SIGNED, IN_A_ROW, THREE),
        ("sq", "Kush e nënshkroi?", NËNSHKRUAN, NË_RRESHT, THREE),
        ("en", "Who signed it for Croatia?", SIGNED, "Ivan", ["Ivan Anušić"]),
        ("en", "Who signed it?", "Pirro Vengu signed the agreement in Tirana.", "Vengu", ["Pirro Vengu"]),
        ("en", "Which song won?", "Bulgaria won with “Bangaranga”.", "“Bangaranga”", ["Bangaranga"]),
    ],
)  # fmt: skip
def test_the_stretch_is_brought_to_the_whole_thing(proposed, language, question, sentence, marked, short):
    assert texts(proposed(question, sentence, marked, language, asked_in=language), sentence) == short


@pytest.mark.parametrize(
    ("question", "sentence", "marked"),
    [
        ("What happened?", "It rained on the old bridge and the new road and all the small towns nearby.",
         "It rained on the old bridge and the new road and all the small towns nearby"),
        ("Did it rain?", "It rained in Skopje.", "Skopje"),
    ],
)  # fmt: skip
def test_nothing_where_no_few_words_answer(proposed, question, sentence, marked):
    assert proposed(question, sentence, marked) is None


def test_what_speaks_for_it(proposed):
    number = proposed("How many people died?", "The fire killed 59 people and hurt 148.", "59")
    assert (number.values["verdict"], number.values["span"]) == (5.0, 5.0)
    assert number.values["long"] == pytest.approx(2 / 12)


def test_a_name_that_the_question_names_itself_is_told(proposed):
    sentence = "Petar Petrov met Ivan Anušić."
    assert proposed("Which man met Ivan Anušić?", sentence, "Ivan Anušić").values["asked"] == 1.0
    assert proposed("Which man met Ivan Anušić?", sentence, "Petar Petrov").values["asked"] == 0.0


@pytest.mark.parametrize(
    ("language", "hurt", "sentence", "marked"),
    [
        ("en", "How many were injured?", "A fire killed 59 people and injured more than 100.", "59 people"),
        ("bs", "Koliko ljudi je povrijeđeno?", "Poginulo je 59 osoba, a više od stotinu je povrijeđeno.", "59"),
        ("tr", "Kaç kişi yaralandı?", "Yangında 59 kişi öldü, 100'den fazla kişi yaralandı.", "59"),
        ("sq", "Sa veta u plagosën?", "Vdiqën 59 veta, kurse 100 u plagosën.", "59"),
    ],
)
def test_the_dead_are_not_told_as_the_hurt(proposed, language, hurt, sentence, marked):
    assert proposed(hurt, sentence, marked, language, asked_in=language) is None
    assert texts(proposed("How many died?", sentence, marked, language), sentence) != []


def test_both_counts_at_once_are_told(proposed):
    both = "1 dead, 9 injured"
    assert texts(proposed("How many were injured?", f"Earthquake: {both} in Crete", both), f"Earthquake: {both}") == [
        both
    ]


def test_a_bracket_at_the_end_of_a_sentence_is_no_short_answer(proposed):
    proposal = proposed("Which song won?", "Bulgaria won with Bangaranga (", "Bangaranga (")
    assert texts(proposal, "Bulgaria won with Bangaranga (") == ["Bangaranga"]


def test_another_article_that_gives_the_same_words_in_its_own_script_speaks_for_them(make):
    reader = make.Reader(marked={"Petar Petrov": 4.0, "Петар Петров": 3.0, "Ivan Ilić": 5.0}, other=2.0)
    own = make.passage("Petar Petrov signed the deal.", "a")

    def agreed(*others):
        evidence = make.evidence("Who signed the deal?", own, *others, reader=reader)
        weighed = next(w for w in evidence.passages if w.passage.article_id == "a")
        return propose(evidence, weighed, weighed.sentences[0]).values["agreed"]

    assert agreed() == agreed(make.passage("Ivan Ilić signed the deal.", "b")) == 0.0
    assert agreed(make.passage("Петар Петров је потписао споразум.", "c", language="sr-Cyrl")) > 0.9
