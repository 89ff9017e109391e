"""What the guard sees: denial, opposites, dates, amounts, roles, in one language and across; true sentences pass."""

from datetime import UTC, datetime

import pytest

from eval.suites.guard import TRUE, judge, made_pairs
from rag.answer.verify.guard import faults
from rag.answer.verify.verify import check
from rag.types import Passage

EN = (
    "Mayor Ana Kolar sued the builder Petar Lisak on 12 May 2024. The work cost 14 million euros and took 320 people. "
    "Lisak denied that the bridge was late. Traffic rose by 8 per cent."
)
SR = "Ana Kolar tužila je 12. maja 2024. graditelja Petra Lisaka. Saobraćaj je porastao za 8 odsto."


def passage(text, language="en"):
    return Passage(
        "p", "a", 1, 0, text, 0, len(text), "Bridge", "Glasnik", language=language,
        published=datetime(2024, 6, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("Ana Kolar did not sue the builder Petar Lisak.", "denied"),
        ("Petar Lisak sued the mayor Ana Kolar on 12 May 2024.", "roles"),
        ("Traffic fell by 8 per cent.", "turned"),
        ("Ana Kolar sued the builder Petar Lisak on 14 May 2024.", "misdated"),
        ("Traffic rose by 14 per cent.", "mismeasured"),
        ("Ana Kolar denied that the bridge was late.", "misattributed"),
        ("Rain was heavy on Sunday evening near the coast.", "elsewhere"),
        ("The passage is:", "empty"),
    ],
)
def test_each_rule_sees_its_lie(claim, fault):
    assert fault in faults(claim, [passage(EN)], "en")


@pytest.mark.parametrize(
    "claim",
    [
        "Ana Kolar sued the builder Petar Lisak on 12 May 2024.",
        "The builder Petar Lisak was sued by mayor Ana Kolar.",
        "The work cost 14 million euros.",
        "Traffic rose by 8 per cent.",
        "Lisak denied that the bridge was late.",
    ],
)
def test_true_sentences_pass(claim):
    assert faults(claim, [passage(EN)], "en") == []
    assert check(claim, [1], {1: passage(EN)}, language="en") is not None


FILM = (
    "Elena Turku won the main prize. The jury, led by the actor Pavle Osmak, watched 64 films. Turku received 30,000 "
    "euros. The audience prize went to Mirsad Balić, whose film was seen by 2,400 people and shown on 12 screens."
)


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        ("The jury was led by the actor Mirsad Balić.", "misattributed"),
        ("Pavle Osmak received the audience prize.", "misattributed"),
        ("The jury watched 12 films.", "borrowed"),
        ("The film was seen by 12 people.", "borrowed"),
    ],
)
def test_what_stands_elsewhere_in_the_passage_is_not_borrowed(claim, fault):
    assert fault in faults(claim, [passage(FILM)], "en")


@pytest.mark.parametrize(
    "claim",
    [
        "Mirsad Balić received the audience prize.",
        "The jury led by Pavle Osmak watched 64 films.",
        "Elena Turku received 30,000 euros.",
        "The film by Mirsad Balić was shown on 12 screens and seen by 2,400 people.",
    ],
)
def test_what_is_told_of_several_people_may_be_told_of_each(claim):
    assert faults(claim, [passage(FILM)], "en") == []


VOTES = "Mira Dobrin beat Goran Tesić in the second round. She had 18,400 votes and he had 15,250."


def test_numbers_of_two_persons_stay_in_their_order():
    assert faults("Goran Tesić had 15,250 votes.", [passage(VOTES)], "en") == []
    assert faults("Mira Dobrin had 18,400 votes.", [passage(VOTES)], "en") == []
    assert "borrowed" in faults("Mira Dobrin had 15,250 votes.", [passage(VOTES)], "en")


def test_things_are_compared_across_languages():
    beds = "Bolnica u Lukovcu ima 210 kreveta i 46 lekara."
    assert faults("The hospital in Lukovac has 46 doctors.", [passage(beds, "sr-Latn")], "en") == []
    assert "borrowed" in faults("The hospital in Lukovac has 46 beds.", [passage(beds, "sr-Latn")], "en")


QUAKE = (
    "Dragana Milošek, who heads the civil protection, said that 3 schools would stay closed, while the seismologist "
    "Emin Halilaj expected weaker tremors."
)


def test_each_of_two_speakers_keeps_what_they_said():
    shown = [passage(QUAKE)]
    assert faults("Dragana Milošek said that 3 schools would stay closed.", shown, "en") == []
    assert faults("The seismologist Emin Halilaj expected weaker tremors.", shown, "en") == []
    assert "misattributed" in faults("Emin Halilaj said that 3 schools would stay closed.", shown, "en")
    assert "misattributed" in faults("Dragana Milošek expected weaker tremors, the seismologist said.", shown, "en")


def test_bodies_have_a_name_in_each_language_and_people_a_spelling():
    text = passage("Hana Dželo igra u Narodnom pozorištu u Rudovcu.", "sr-Latn")
    assert check("Hana Celo plays at the National Theatre in Rudovac.", [1], {1: text}, language="en") is not None
    assert check("Hana Merik plays at the National Theatre in Rudovac.", [1], {1: text}, language="en") is None
    assert check("Hana Dželo plays at the National Bank in Rudovac.", [1], {1: text}, language="en") is None


def test_a_whole_sentence_of_the_passage_passes_but_not_a_part_that_is_denied():
    text = "The result was 14,166 for Andrade and 14,133 for Biles. It is not true that Ana Kolar sued the builder."
    assert faults("The result was  14,166 for Andrade and 14,133 for Biles", [passage(text)], "en") == []
    assert "denied" in faults("Ana Kolar sued the builder.", [passage(text)], "en")


def test_two_who_each_did_something_have_not_exchanged_roles():
    text = "Sonja Belak resigned in Rudovac, and Filip Arsov took over the opera."
    assert faults("Filip Arsov took over the opera after Sonja Belak resigned.", [passage(text)], "en") == []


def test_day_and_month_of_publication_are_no_numbers():
    text = passage("The jury watched 64 films.")  # published on 1 June
    assert check("The jury watched 6 films.", [1], {1: text}, language="en") is None
    assert check("The jury watched 64 films by 1 June 2024.", [1], {1: text}, language="en") is not None


def test_a_sentences_first_word_may_stand_in_another_form():
    text = passage("Nagrada je pripala mladom reditelju Mirsadu Baliću.", "sr-Latn")
    assert check("Mladi reditelj Mirsad Balić dobio je nagradu.", [1], {1: text}, language="sr-Latn") is not None
    assert check("Zorblat je dobio nagradu.", [1], {1: text}, language="sr-Latn") is None


def test_rules_hold_across_languages():
    shown = {1: passage(SR, "sr-Latn")}
    assert check("Ana Kolar sued the builder Petar Lisak on 12 May 2024.", [1], shown, language="en") is not None
    for lie in (
        "Petar Lisak sued Ana Kolar on 12 May 2024.",
        "Ana Kolar did not sue the builder Petar Lisak.",
        "Traffic fell by 8 per cent.",
        "Ana Kolar sued the builder Petar Lisak on 13 May 2024.",
    ):
        assert check(lie, [1], shown, language="en") is None, lie


def test_on_the_made_pairs_of_dev_few_lies_pass_and_few_true_sentences_are_withdrawn():
    judged = judge([p for p in made_pairs(split="dev") if not p.across])
    lies = [j for j in judged if j.pair.kind != TRUE]
    true = [j for j in judged if j.pair.kind == TRUE]
    assert len(judged) > 1000
    assert sum(j.wrong for j in lies) <= 0.012 * len(lies)
    assert sum(j.wrong for j in true) <= 0.07 * len(true)  # each gives way to a quote


def test_across_languages_what_has_no_name_or_number_cannot_be_checked():
    assert "empty" in faults("The answer is known.", [passage(SR, "sr-Latn")], "en")
    assert not faults("Ana Kolar sued Petar Lisak on 12 May 2024.", [passage(SR, "sr-Latn")], "en")


def test_a_stretch_of_a_sentence_is_true_unless_what_is_left_out_denies_it():
    said = "The minister denied that the mine at Lisec would open in May."
    assert "denied" in faults("The mine at Lisec would open in May.", [passage(said)], "en")
    true = "Lipnik beat Varden in the final on 3 May, after two goals by Igor Palas."
    assert faults("Lipnik beat Varden in the final on 3 May.", [passage(true)], "en") == []
