"""Language identification: short questions, bare typing, Latin letters, odd input, the region's questions."""

from __future__ import annotations

import json
import zlib
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.datasets.languages import bare
from eval.datasets.romanise import romanise
from eval.datasets.stories import STORIES, read_story
from rag.text.language import SUPPORTED, family, identify
from rag.text.languages import LANGUAGES
from rag.text.ngrams import BITS, buckets, language_ngrams

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "parallel"
QUESTIONS = [
    ("sta je kurti rekao o vucicu", "sr-Latn"),
    ("Шта је Курти рекао о Вучићу?", "sr-Cyrl"),
    ("Ko je predloženi mandatar?", "sr-Latn"),
    ("Šta Andrej misli o političarima?", "sh"),
    ("Kakšen je recept za burek?", "sl"),
    ("Sta se predsednika srečala v Kopru?", "sl"),
    ("Tko je potpisao sporazum u Tirani?", "hr"),
    ("Ko je pobijedio na izborima u Sarajevu?", "bs"),
    ("Gdje će se održati sjutra sjednica, nijesu rekli?", "sh"),
    ("Kdo je podpisal sporazum v Tirani?", "sl"),
    ("Кој го потпиша договорот во Тирана?", "mk"),
    ("Кой подписа споразумението в Тирана?", "bg"),
    ("kush e nenshkroi marreveshjen e tiranes", "sq"),
    ("cine a semnat acordul de la tirana", "ro"),
    ("Ποιος υπέγραψε τη συμφωνία των Τιράνων;", "el"),
    ("tiran anlasmasini kim imzaladi", "tr"),
    ("koi podpisa sporazumenieto v tirana", "bg"),
    ("4uhte li za pojara v skopie", "bg"),
    ("koj go potpisa dogovorot vo tirana", "mk"),
    ("poios upegrapse th sumfwnia sta tirana", "el"),
    ("giati paraitithike o ypourgos", "el"),
    ("who signed the tirana agreement", "en"),
    ("WHO SIGNED THE TIRANA AGREEMENT?", "en"),
    ("Wer hat das Abkommen von Tirana unterzeichnet?", "de"),
    ("Когда начнутся переговоры и кто их возглавит?", "ru"),
    ("Хто підписав угоду в Тирані?", "uk"),
    ("Kdo podepsal dohodu v Tiraně?", "cs"),
    ("Ki írta alá a tiranai megállapodást?", "hu"),
]


@pytest.mark.parametrize(("question", "language"), QUESTIONS)
def test_a_question_is_recognised(question: str, language: str) -> None:
    told = identify(question).language
    assert language in (told, family(told))


@pytest.mark.parametrize("text", ["", "   ", "2024", "12.3.2024.", "?!…", "😀😀", "\ud800", "\u200b\u202e", "\u0301"])
def test_what_has_no_letters_is_undetermined(text: str) -> None:
    assert identify(text) == identify("")
    assert identify(text).language == "und"


def test_a_foreign_language_says_that_it_is_not_ours() -> None:
    assert not identify("Wer hat das Abkommen von Tirana unterzeichnet?").supported
    assert all(identify(question).supported for question, language in QUESTIONS if language in SUPPORTED)


def test_the_four_standards_are_one_family() -> None:
    assert {family(tag) for tag in ("sr-Latn", "sr-Cyrl", "sr", "hr", "bs", "cnr")} == {"sh"}
    assert family("mk") == "mk"


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    identified = identify(text)
    assert identified.language and 0 <= identified.confidence <= 1


def test_ten_thousand_characters_without_a_space() -> None:
    assert identify("đ" * 10_000).language


def _asked(per_language: int) -> list[tuple[str, str]]:
    """Questions of the region benchmark, on which nothing was trained."""
    stories = [read_story(path) for path in sorted(STORIES.glob("*.toml"))]
    rows = [row for story in stories for question in story.questions for row in question.variants.items()]
    rows.sort(key=lambda row: row[0])
    each = [list(some) for _, some in groupby(rows, key=lambda row: row[0])]
    return [row for some in each for row in some[:: len(some) // per_language]]


@pytest.mark.parametrize("way", ["as written", "bare", "in Latin letters"])
def test_the_region_s_questions_are_recognised(way: str) -> None:
    right = []
    for tag, text in _asked(50):
        if way == "in Latin letters" and LANGUAGES[tag].script == "Latn":
            continue
        typed = text if way == "as written" else bare(text, tag) if way == "bare" else romanise(text, tag)
        right.append(family(identify(typed).language) == family(tag))
    assert sum(right) / len(right) >= 0.98


@pytest.mark.parametrize(("name", "least"), [("foreign", 0.96), ("typed_latin", 0.96)])
def test_questions_written_by_hand_are_recognised(name: str, least: float) -> None:
    """Short news questions in languages that are none of ours, and those of ours typed as in a chat."""
    lines = (Path(__file__).parent / "gold" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    right = [identify(text).language == tag for tag, _, text in (line.partition(" ") for line in lines)]
    assert sum(right) / len(right) >= least


@pytest.mark.data
def test_serbian_and_croatian_documents_are_told_apart() -> None:
    path = SHARED / "setimes_sr_hr_docs.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is absent: telling Serbian from Croatian is not measured")
    docs = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    right = sum(identify(doc["text"]).language == doc["language"] for doc in docs)
    assert right / len(docs) >= 0.93


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who is Ivan Anušić?", "en"),
        ("Did Vučić resign?", "en"),
        ("Who is Recep Tayyip Erdoğan?", "en"),
        ("Kdo je Ivan Anušić?", "sl"),
        ("Ko je Ivan Anušić?", "sh"),
        ("Kush është Željko Komšić?", "sq"),
    ],
)
def test_a_name_does_not_tell_the_language_of_a_short_question(question, language):
    assert family(identify(question).language) == language


@pytest.mark.parametrize("page", ["sr-Latn", "hr", "bs", "cnr"])
def test_what_the_four_standards_share_is_in_that_of_the_page(page):
    assert identify("kada je poginuo vozac", hint=page).language == page
    assert identify("gde je bio pozar prosle nedelje", hint=page).language == "sr-Latn"
    assert identify("tko je u tijeku tjedna bio ravnatelj", hint=page).language == "hr"


def test_ngrams_are_hashed_alike_on_every_processor() -> None:
    """None stands over the border of a word, digits count within words only, and capitals do not."""
    assert buckets("").size == buckets("2025 ?!").size == 0
    assert sorted(buckets("Ко је 2025?")) == sorted(buckets("ко је"))
    assert sorted([*buckets("ko"), *buckets("je")]) == sorted(buckets("ko je"))
    assert zlib.crc32(np.sort(buckets("4uhte li za požara? Кой спечели")).astype("<i8").tobytes()) == 1613106491


def test_the_weights_are_small_and_whole() -> None:
    held = language_ngrams()
    assert held.weights.dtype == np.int8 and held.weights.shape == (1 << BITS, len(held.labels))
    assert files("rag.text").joinpath("data/language_ngrams.npz").stat().st_size < 1_000_000
