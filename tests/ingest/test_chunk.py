"""Passages stand on sentence borders, cover the text, keep to their length, and have exact offsets."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.checks import clean_text
from ingest.chunk import chunk, describe_chunking, embedded_text
from rag.types import Article

SENTENCE = "Ministri su u utorak u Tirani govorili o saradnji tri zemlje."


def count_words(texts: Sequence[str]) -> list[int]:
    """A word of up to six letters is a token."""
    return [sum(-(-len(word) // 6) for word in text.split()) for text in texts]


def article(text: str) -> Article:
    return Article(id="a", title="Naslov", text=clean_text(text, name="text"), language="sr-Latn")


def check(whole: Article, target: int) -> None:
    passages = chunk(whole, count_words, target)
    for ordinal, passage in enumerate(passages):
        assert whole.text[passage.start : passage.end] == passage.text
        assert passage.text == passage.text.strip() != ""
        assert passage.ordinal == ordinal
        assert count_words([passage.text])[0] <= target
    assert all(a.end <= b.start for a, b in pairwise(passages))
    covered = {i for p in passages for i in range(p.start, p.end)}
    assert all(whole.text[i].isspace() for i in range(len(whole.text)) if i not in covered)
    assert len({p.id for p in passages}) == len(passages)


@given(
    st.lists(
        st.one_of(
            st.just(SENTENCE),
            st.text(),
            st.text(alphabet="ab. \n!?čćЖшΩ;«»”"),
            st.text(alphabet="x", min_size=200, max_size=900),
            st.text(alphabet="е\u0301 ", min_size=50, max_size=400),
        ),
        max_size=12,
    ),
    st.sampled_from([32, 50, 220]),
)
def test_offsets_of_any_text(parts: list[str], target: int) -> None:
    check(article(" ".join(parts)), target)


@pytest.mark.parametrize(
    "text",
    [
        "Жене и деца. Прва реченица о свему! Друга? „Трећа“, рекао је. " * 30,
        "Ποιος υπέγραψε τη συμφωνία; Οι υπουργοί Άμυνας. " * 40,
        "Kjo është fjalia.Këto janë ngjitur.Pa hapësirë. " * 40,
        "Emoji 👨‍👩‍👧 i zastave 🇷🇸🇭🇷 u tekstu. " * 50,
        "\n\n".join(["Pasus o temi. Još jedna rečenica."] * 80),
    ],
)
def test_offsets_of_the_regions_texts(text: str) -> None:
    check(article(text), 50)


def test_a_short_article_is_one_passage() -> None:
    whole = article(f"{SENTENCE} {SENTENCE}\n{SENTENCE}")
    assert [p.text for p in chunk(whole, count_words, 220)] == [whole.text]


def test_passages_are_of_like_length() -> None:
    tokens = count_words([SENTENCE])[0]
    whole = article(" ".join([SENTENCE] * 21))
    lengths = [count_words([p.text])[0] for p in chunk(whole, count_words, 20 * tokens)]
    assert lengths == [11 * tokens, 10 * tokens]


def test_a_sentence_without_end_is_cut_on_spaces() -> None:
    whole = article("reč " * 5000)
    passages = chunk(whole, count_words, 220)
    assert all(set(p.text.split()) == {"reč"} for p in passages)
    check(whole, 220)


def test_a_megabyte_without_a_space_is_cut_too() -> None:
    passages = chunk(article("x" * 1_000_000), count_words, 220)
    assert "".join(p.text for p in passages) == "x" * 1_000_000


def test_an_accent_stays_with_its_letter() -> None:
    passages = chunk(article("ж\u0301" * 3000), count_words, 40)
    assert all(p.text[0] == "ж" for p in passages)


def test_ids_depend_on_article_revision_and_offsets() -> None:
    from dataclasses import replace

    whole = article(SENTENCE)
    ids = {chunk(a, count_words, 220)[0].id for a in (whole, replace(whole, id="b"), replace(whole, revision=2))}
    assert len(ids) == 3
    assert chunk(whole, count_words, 220)[0].id in ids


def test_the_headline_is_embedded_with_short_and_later_passages() -> None:
    short = chunk(article(SENTENCE), count_words, 220)[0]
    first, *_, last = chunk(article(" ".join([SENTENCE] * 100)), count_words, 220)
    assert embedded_text(short) == f"Naslov\n{SENTENCE}"
    assert embedded_text(first) == first.text
    assert embedded_text(last) == f"Naslov\n{last.text}"


def test_a_headline_that_was_taken_from_the_text_is_not_embedded_twice() -> None:
    [passage] = chunk(Article("a", "Ministri su u utorak…", SENTENCE), count_words, 100)
    assert embedded_text(passage) == SENTENCE


def test_the_way_of_chunking_names_the_length() -> None:
    assert describe_chunking(220) != describe_chunking(200)
