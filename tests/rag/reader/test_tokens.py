"""How question and text are laid out: heads, sentences, windows."""

from hypothesis import given
from hypothesis import strategies as st

from rag.reader.tokens import END, HEAD_TOKENS, QUESTION_TOKENS, START, Tokens, body, head, lay_out, locate, windows
from rag.text.sentences import Span


def tokens(*sentences):
    """One token a character, numbered from 100; -1 for a token of no sentence."""
    return Tokens(range(100, 100 + len(sentences)), [(i, i + 1) for i in range(len(sentences))], list(sentences))


def test_a_token_belongs_to_the_sentence_of_its_last_character():
    # "Title\nOne. Two." with the space that begins "▁Two" before the second sentence
    places = [(0, 5), (6, 9), (9, 10), (10, 14), (14, 15)]
    found = locate([1, 2, 3, 4, 5], places, [Span(6, 10), Span(11, 15)])
    assert list(found.sentences) == [-1, 0, 0, 1, 1]


def test_what_lies_between_sentences_belongs_to_none():
    assert list(locate([1, 2, 3], [(0, 2), (3, 5), (6, 8)], [Span(0, 2), Span(6, 8)]).sentences) == [0, -1, 1]


def test_the_layout_is_question_head_and_chosen_tokens():
    layout = lay_out([7, 8], tokens(-1, 0, 0, 1), [3])
    assert layout.ids == [START, 7, 8, END, 100, 103, END]
    assert layout.sentences == [-1, -1, -1, -1, -1, 1, -1]
    assert layout.origins == [-1, -1, -1, -1, 0, 3, -1]


def test_a_long_question_is_cut_and_a_long_head_too():
    text = tokens(*[-1] * 200, 0)
    layout = lay_out([5] * 500, text, body(text))
    assert layout.ids.count(5) == QUESTION_TOKENS
    assert len(head(text)) == HEAD_TOKENS
    assert body(text) == [200]


def test_a_text_without_sentences_has_neither_head_nor_body():
    nothing = tokens(-1, -1)
    assert list(head(nothing)) == [] and body(nothing) == [] and list(windows(nothing, 10)) == []


def test_windows_keep_sentences_whole_and_repeat_a_short_last_one():
    found = list(windows(tokens(0, 0, 1, 1, 2, 2, 3, 3, 4, 4), 8))
    assert found == [[0, 1, 2, 3, 4, 5, 6, 7], [6, 7, 8, 9]]


def test_a_sentence_longer_than_a_window_is_cut():
    assert [len(w) for w in windows(tokens(*[0] * 25), 10)] == [10, 10, 5]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(4, 50))
def test_every_token_is_in_a_window_and_none_is_too_long(lengths, room):
    text = tokens(*(n for n, length in enumerate(lengths) for _ in range(length)))
    found = list(windows(text, room))
    assert {i for w in found for i in w} == set(range(len(text.ids)))
    assert max(map(len, found)) <= room
    assert all(w == sorted(set(w)) for w in found)
