"""The context of a quote: which sentences, how long, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answer.cite import CHARS, SENTENCES, context, in_context, transliteration
from rag.text.sentences import split_sentences
from rag.types import Citation, Context

LONG = "A" + "a" * 689
LINES = "Ministers met in Tirana\nThey signed a pact. It was cold. Nobody spoke.\nThe guests left. More posts:"
TOLD = "They signed a pact. It was cold. Nobody spoke.\nThe guests left."
ALONE = "A heading\n\nThe pact is old.\nIt was signed by three.\nIt binds them.\n\nBelgrade was angry.\nIt said so."


def cited(text: str, quote: str, title: str = "Title", language: str = "en") -> Citation:
    start = text.index(quote)
    return Citation(1, "p", "a", title, "", None, None, quote, start, start + len(quote), language)


@pytest.mark.parametrize(
    ("text", "quote", "shown"),
    [
        (LINES, "It was cold.", TOLD),  # the heading above and the one behind are no sentences
        (LINES, "a pact", TOLD),
        (LINES, "They signed a pact. It was cold. Nobody spoke.", TOLD),
        (ALONE, "It was signed by three.", ALONE.removeprefix("A heading\n\n")),
        ("One. Two. Three. Four. Five. Six. Seven.", "Four.", "Two. Three. Four. Five. Six."),
        ("One. Two. Three. Four. Five. Six. Seven.", "Two.", "One. Two. Three. Four. Five."),
        ("One.", "One.", "One."),
        (f"{LONG}. Short one. Next.", "Short one.", "Short one. Next."),
        (f"Before. Short one. {LONG}.", "Short one.", "Before. Short one."),
        (f"{LONG}. Short one. {LONG}.", "Short one.", "Short one."),
        (f"Before. {LONG}{LONG}. After.", f"{LONG}{LONG}.", f"{LONG}{LONG}."),
        (f"Before. {'a ' * 500}end. After.", "end.", "end."),
    ],
)
def test_five_sentences_around_the_quote(text, quote, shown):
    found = context(cited(text, quote), text)
    assert found is not None and found.text == shown


def test_a_headline_has_none():
    assert (
        context(cited("Pact signed\nIt is done.", "Pact signed", title="Pact signed "), "Pact signed\nIt is done.")
        is None
    )


PIECES = st.sampled_from(
    ["Da.", "Ne!", "Dr.", " ", "\n", "\n\n", "2022.", "Ana je došla", "…", "„", "“", "a" * 200, ". B"]
)


@settings(deadline=None)  # the first call reads tables
@given(st.lists(PIECES, min_size=1, max_size=30).map("".join), st.integers(0, 400), st.integers(1, 900))
def test_the_context_is_the_articles_and_holds_the_quote(text, start, length):
    start = min(start, len(text) - 1)
    quote = text[start : start + length]
    found = context(Citation(1, "p", "a", "Title", "", None, None, quote, start, start + len(quote)), text)
    if found is None:
        assert not quote.strip()
        return
    assert text[found.start : found.end] == found.text
    assert found.start <= start and start + len(quote) <= found.end
    assert len(found.text) <= CHARS or found.text == quote
    own = sum(s.start < start + len(quote) and s.end > start for s in split_sentences(text))
    assert len(split_sentences(found.text)) <= max(SENTENCES, own)


def test_a_citation_that_no_longer_holds_is_dropped_and_all_articles_are_read_at_once():
    asked = []

    def texts_of(articles):
        asked.append(articles)
        return dict.fromkeys(articles, LINES)

    good, gone = cited(LINES, "It was cold."), cited("Other words.", "Other words.")
    assert [c.quote for c in in_context([good, gone, good], texts_of)] == [good.quote, good.quote]
    assert asked == [["a"]]
    assert in_context([good], lambda _: {}) == ()


def test_a_quoted_answer_shows_its_sentences_in_their_context(make):
    quote = "It was cold."
    shown = make.answer(make.evidence("Was it cold?", make.passage(LINES), reader=make.Reader({quote: 4.0})))
    assert shown.sentences[0].text == quote
    assert shown.citations[0].context.text == TOLD


CYRILLIC = "Њих троје су дошли. Љубав и џем! Крај."
LATIN = "Njih troje su došli. Ljubav i džem! Kraj."


@pytest.mark.parametrize(
    ("own", "asked", "script"),
    [
        ("sr-Cyrl", "sr-Latn", "Latn"),
        ("sr-Cyrl", "hr", "Latn"),
        ("sr-Latn", "sr-Cyrl", "Cyrl"),
        ("sr-Latn", "sr-Latn", None),
        ("sr-Cyrl", "sr-Cyrl", None),
        ("mk", "sr-Latn", None),
        ("sr-Cyrl", "en", None),
    ],
)
def test_a_serbian_quote_is_written_in_its_readers_script(own, asked, script):
    text, other = (CYRILLIC, LATIN) if own != "sr-Latn" else (LATIN, CYRILLIC)
    quote, quote_other = (t[t.index(". ") + 2 : t.index("!") + 1] for t in (text, other))
    c = replace(cited(text, quote, language=own), context=Context(0, len(text), text))
    made = transliteration(c, asked)
    assert (made.script if made else None) == script
    assert made is None or made.before + made.quote + made.after == other
    assert made is None or made.quote == quote_other
