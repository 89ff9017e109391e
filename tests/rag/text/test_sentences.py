"""Sentence borders: nothing lost, odd input, the gold set of hard sentences, and the SETimes treebanks."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.languages import LANGUAGES
from rag.text.sentences import Span, split_sentences

GOLD = Path(__file__).parent / "gold" / "sentences"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "parallel"

PIECES = st.sampled_from(
    ["A.", "dr.", "5.", " ", "\n", "…", "...", "?", "!", ";", "“", "„", "»", "(", ")", ".", "Kurti", "rekao", "2024",
     "ο", "\u200b", "\ud800", "\u0301", "\u2028", "\x00", "й", "İ", "www.a.rs", "[1]", "-", "–"]
)  # fmt: skip
texts = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=30).map("".join))


def spans_of(text: str, language: str = "und") -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text, language)]


@given(texts, st.sampled_from((*LANGUAGES, "und")))
def test_no_character_is_lost_and_none_is_in_two_sentences(text: str, language: str) -> None:
    spans = split_sentences(text, language)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(before.end <= after.start for before, after in zip(spans, spans[1:], strict=False))
    covered = [False] * len(text)
    for span in spans:
        covered[span.start : span.end] = [True] * (span.end - span.start)
        assert text[span.start : span.end] == text[span.start : span.end].strip()
    assert all(covered[at] for at, character in enumerate(text) if not character.isspace())


@given(texts)
def test_a_newline_is_always_a_border(text: str) -> None:
    assert not any("\n" in sentence for sentence in spans_of(text))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n\t ", []),
        ("Naslov", ["Naslov"]),
        ("1. Prvi kandidat\n2. Drugi kandidat", ["1. Prvi kandidat", "2. Drugi kandidat"]),
        ("Rekao je to.[1] Posle je otišao.", ["Rekao je to.[1]", "Posle je otišao."]),
        ("Kraj.\u200b“Početak je dobar.”", ["Kraj.", "\u200b“Početak je dobar.”"]),
        ("...", ["..."]),
        ("?!", ["?!"]),
        ("Ne! Ne! Ne!", ["Ne!", "Ne!", "Ne!"]),
        ("Objavljeno u 6:03 p.m. ET u petak.", ["Objavljeno u 6:03 p.m. ET u petak."]),
        ("tha ai.Ai nuk foli.", ["tha ai.", "Ai nuk foli."]),
        ("Vidi Index.Hr i Node.Js danas.", ["Vidi Index.Hr i Node.Js danas."]),
    ],
)
def test_odd_texts(text: str, sentences: list[str]) -> None:
    assert spans_of(text) == sentences


ONE = [
    "19. septembra 2022. Andrija Mandić predao je potpise.",
    "Dana 19. septembra 2022. Andrija Mandić predao je potpise.",
    "У септембру 2022. Андрија Мандић предао је потписе.",
    "U Podgorici, u petak, 19. septembra 2022. Andrija Mandić predao je potpise.",
    "Od 2015. Marija radi u Nišu.",
    "Potpise je 19. septembra 2022. predao Andrija Mandić.",
    "Potpise je predao 19. septembra 2022. Andrija Mandić.",
]
TWO = [
    ("Potpisan je 19. septembra 2022.", "Andrija Mandić nije bio prisutan."),
    ("Zgrada je srušena 1999.", "Obnova je počela."),
    ("To je 2015.", "Marija tada nije bila tamo."),
    ("Umro je u Nišu 2001.", "Bio je glumac."),
]


@pytest.mark.parametrize("text", ONE)
def test_a_year_with_its_full_stop_may_stand_within_a_sentence(text: str) -> None:
    assert spans_of(f"{text} Drugo je bilo lako.", "sr") == [text, "Drugo je bilo lako."]


@pytest.mark.parametrize("sentences", TWO)
def test_a_year_may_end_one(sentences: tuple[str, str]) -> None:
    assert spans_of(" ".join(sentences), "sr") == list(sentences)


NUMBERED = [
    "Rumun je osvojio dve medalje na 39. Svetskom prvenstvu u gimnastici.",
    "U Rovinju je otvoren 17. Salon fotografije.",
    "U subotu 22. septembra biće održana 21. Banjalučka biciklijada.",
    "Obraćajući se 77. Generalnoj skupštini, Guterres je upozorio na krizu.",
    "Osumnjičen je za prekršaj iz člana 4. Zakona o drogama.",
    "Најбољи филм изабран је на 13. Фестивалу у Нишу.",
]


@pytest.mark.parametrize("text", NUMBERED)
def test_an_ordinal_stands_before_a_name_with_a_number(text: str) -> None:
    assert spans_of(f"{text} Drugo je bilo lako.", "sr") == [text, "Drugo je bilo lako."]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Broj je porastao na 12.", "Slučaj se istražuje."),
        ("Sveli smo na 14.", "Smanjili smo administraciju."),
        ("Poginulo je 17.", "Povrijeđeno je još deset ljudi."),
        ("Pobedio je u Formuli 1.", "Rezultat je potvrđen."),
        ("Izbačeno je iz člana 15.", "Ova odredba je sporna."),
        ("Bilo ih je 20.", "Prošlog tjedna bilo ih je 18."),
    ],
)
def test_a_number_before_a_capital_may_end_a_sentence(first: str, second: str) -> None:
    assert spans_of(f"{first} {second}", "hr") == [first, second]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Odprl ga je 5. avg. 2023 minister.", "sl"),
        ("Отворен е на 5 дек. 2023 година.", "mk"),
        ("Άνοιξε στις 5 Δεκ. 2023 στο Ρίο.", "el"),
        ("A fost deschis pe 5 iul. 2023 la Brăila.", "ro"),
    ],
)
def test_a_shortened_month_goes_on_with_its_year(text: str, language: str) -> None:
    assert spans_of(text, language) == [text]


def test_the_ends_are_exclusive_offsets() -> None:
    assert split_sentences(" Da. Ne.") == [Span(1, 4), Span(5, 8)]


@pytest.mark.parametrize("piece", ["a", ".", "A.", "?", "1.", ". A", "\u0301", "”", "a.A", "(", "\u200b.", "ж; "])
def test_ten_thousand_pieces_are_quick(piece: str) -> None:
    begin = time.perf_counter()
    split_sentences(piece * 10_000)
    assert time.perf_counter() - begin < 5  # linear: under 0.2 s; quadratic: minutes


def _gold(language: str) -> Iterator[tuple[str, set[int]]]:
    """Each record's text and its inner borders: the ends of all its sentences but the last."""
    for line in (GOLD / f"{language}.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        text, borders = "", set()
        for sentence, join in zip(record["sentences"], [*record["joins"], ""], strict=True):
            text += sentence
            borders.add(len(text))
            text += join
        yield text, borders - {len(text)}


def _f1(gold: set[tuple[int, int]], found: set[tuple[int, int]]) -> float:
    return 2 * len(gold & found) / (len(gold) + len(found))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("told", [True, False], ids=["language told", "und"])
def test_hard_sentences(language: str, told: bool) -> None:
    gold, found = set(), set()
    for number, (text, borders) in enumerate(_gold(language)):
        gold |= {(number, border) for border in borders}
        ends = {span.end for span in split_sentences(text, language if told else "und")}
        found |= {(number, end) for end in ends - {len(text)}}
    assert _f1(gold, found) >= 0.97, sorted(gold ^ found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gold_set_has_a_hundred_sentences_a_language(language: str) -> None:
    lines = (GOLD / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    assert sum(len(json.loads(line)["sentences"]) for line in lines) >= 100


@pytest.mark.data
@pytest.mark.parametrize("language", ["sr-Latn", "hr"])
def test_setimes_treebank_sentences(language: str) -> None:
    """Sentences of a document joined by a space; a headline without an end mark has no border to be seen there."""
    path = SHARED / "setimes_sr_hr_segments.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is absent: sentence borders are not measured on the SETimes treebanks")
    docs: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["language"] == language:
            docs.setdefault(row["doc_id"], []).append(row["text"])
    gold, found = set(), set()
    for number, sentences in enumerate(docs.values()):
        text, at = " ".join(sentences), 0
        for sentence in sentences[:-1]:
            at += len(sentence)
            if re.search(r"[.!?…][\"'”“)]*\Z", sentence):
                gold.add((number, at))
            at += 1
        found |= {(number, span.end) for span in split_sentences(text, language) if span.end < len(text)}
    assert _f1(gold, found) >= 0.99
