"""Folding, its offsets, scripts and transliteration."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.script import fold, fold_with_map, script_of, to_cyrillic, to_latin

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "parallel"

REGION = "aAbcčćžšđĐDždžljnjLjNJëÇçğĞıIİiöşŞșȘţțăâîАБВГДЂђЕЖЗИЈКЛЉљЊњЏџЋћШѓќѕйщъьюяѝΆάΒβΌςσΣψϊΐ .,\n'’“”«»-–12"
ODD = "\ud800\udfff\u0301\u0308\u200b\u200d\u202e\u2066\ufeff\u00ad\u0000\u0085\ufb01\u00bd\u2026²ﾞ한각가\u1100\u1161😀"
texts = st.one_of(st.text(max_size=60), st.text(alphabet=REGION + ODD, max_size=60))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đoković", "djokovic"),
        ("Ђоковић", "djokovic"),
        ("Djokovic", "djokovic"),
        ("ЉУБАВ Љубав", "ljubav ljubav"),
        ("Џаја i Džaja", "dzaja i dzaja"),
        ("Ѓорѓи Ќосев", "gjorgji kjosev"),
        ("İstanbul ISPARTA ılık", "istanbul isparta ilik"),
        ("știri ştiri țară ţară", "stiri stiri tara tara"),
        ("Shqipëria çfarë", "shqiperia cfare"),
        ("Ο ΠΡΩΘΥΠΟΥΡΓΌΣ πρωθυπουργός", "o prothupourgos prothupourgos"),
        ("c\u030cist", "cist"),
        ("Щърбанов и Живков", "starbanov i zivkov"),
        ("ﬁnal ² ½", "final 2 1/2"),
        ("„Blic“ – ’90.", '"blic" - \'90.'),
        ("so\u00adft\u200bly", "softly"),
        ("a\ud800b\x00c", "a b c"),
        ("Кurti", "kurti"),  # a Cyrillic К before Latin letters
        ("Вучuћ", "vucuc"),
        ("Facebookу", "facebooku"),  # a Latin brand with a Cyrillic ending is no spoof
        ("НАТО-а", "nato-a"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(texts)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_folded_text_can_be_stored(text: str) -> None:
    fold(text).encode("utf-8")


@given(texts)
def test_composed_and_decomposed_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(texts)
def test_every_folded_character_maps_back(text: str) -> None:
    folded = fold_with_map(text)
    assert folded.text == fold(text)
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    starts, ends = folded.starts.tolist(), folded.ends.tolist()
    assert starts == sorted(starts) and ends == sorted(ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))


def test_a_folded_stretch_is_found_in_the_original() -> None:
    text = "Премијер Ђоковић и c\u030cačanska Љуба"
    folded = fold_with_map(text)
    for word, original in (("djokovic", "Ђоковић"), ("cacanska", "c\u030cačanska"), ("ljuba", "Љуба")):
        at = folded.text.index(word)
        start, end = folded.original(at, at + len(word))
        assert text[start:end] == original


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Beograd", "Latn"),
        ("Београд", "Cyrl"),
        ("Αθήνα", "Grek"),
        ("2024!", "Zyyy"),
        ("", "Zyyy"),
        ("ЕУ и НАТО i", "Cyrl"),
    ],
)
def test_script(text: str, script: str) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("ЉУБАВ Љубав љубав", "LJUBAV Ljubav ljubav"),
        ("Његош, ЊЕГОШ", "Njegoš, NJEGOŠ"),
        ("Џејмс и ЏЕЈМС", "Džejms i DŽEJMS"),
        ("инјекција, конјункција, Танјуг, надживети", "injekcija, konjunkcija, Tanjug, nadživeti"),
        ("коњ, коњица, џезва, наџак", "konj, konjica, džezva, nadžak"),
        ("Windows у Microsoft-у", "Windows u Microsoft-u"),
        ("Facebook, Google, XIV век", "Facebook, Google, XIV vek"),
        ("портал www.b92.net", "portal www.b92.net"),
    ],
)
def test_serbian_both_ways(cyrillic: str, latin: str) -> None:
    assert to_latin(cyrillic) == latin
    if "Microsoft" not in latin and "Facebook" not in latin:
        assert to_cyrillic(latin) == cyrillic


LETTERS = "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š".split()
words = st.lists(st.sampled_from(LETTERS), min_size=2, max_size=10).map("".join)
cases = st.sampled_from([str.lower, str.capitalize, str.upper])


@given(words, cases)
def test_serbian_latin_survives_the_way_to_cyrillic_and_back(word: str, case) -> None:
    """Exceptions, by construction: none for small letters; a lone capital digraph (LJ) comes back as Lj."""
    written = case(word)
    assert to_latin(to_cyrillic(written)) == written or written.upper() in ("LJ", "NJ", "DŽ")


@pytest.mark.data
def test_serbian_dev_segments_reach_the_other_script() -> None:
    path = SHARED / "ntrex128_segments_dev.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is absent: transliteration is not measured on real text")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    latin = {row["seg_id"]: row["text"] for row in rows if row["language"] == "sr-Latn"}
    cyrillic = {row["seg_id"]: row["text"] for row in rows if row["language"] == "sr-Cyrl"}
    same = sum(to_latin(cyrillic[each]) == latin[each] for each in latin)
    assert same >= 925  # 929 of 970 are letter for letter, says the data's own description
    written = {word for text in cyrillic.values() for word in re.findall("[а-шђјљњћџА-ШЂЈЉЊЋЏ]+", text)}
    back = {word for word in written if to_cyrillic(to_latin(word)) == word}
    assert len(back) / len(written) >= 0.998


@pytest.mark.parametrize(
    ("spoofed", "meant"), [("сe", "се"), ("кojи", "који"), ("Meђутим", "међутим"), ("Вучiћ", "вучић")]
)
def test_mixed_letters_in_cyrillic_text(spoofed: str, meant: str) -> None:
    assert fold(f"Рекао је да {spoofed} зна") == fold(f"Рекао је да {meant} зна")


@pytest.mark.parametrize("piece", ["a", "ж", "1", "\u0301", "đ\u0301", "Кa", "ab@", ".", "\u200b"])
def test_ten_thousand_characters_without_a_space_are_quick(piece: str) -> None:
    text = piece * 10_000
    begin = time.perf_counter()
    fold(text), fold_with_map(text), to_latin(text), to_cyrillic(text), script_of(text)
    assert time.perf_counter() - begin < 5  # linear: about 0.05 s; quadratic: minutes
