"""The words that texts are searched by: folded, and cut to the beginning that inflected forms share."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text.script import fold, two_scripts

# Words are held a second time cut to their beginnings, so that inflected forms meet in every language, without a
# stemmer for each. Recall@1 without -> with: XQuAD-en .926 -> .937, XQuAD-ro .877 -> .924, RealTimeQA .479 -> .492, our
# own Balkan cases .774 -> .821; four and six letters are no better.
_BEGINNING = 5
_LETTERS = 40  # of a word; what is longer is no word
_LONG_TOKEN = 100  # characters; a word of no language, and not kept

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The folded words of a text, split at everything but letters and digits. Used for passages and questions alike."""
    return [word[:_LETTERS] for word in _WORD.findall(fold(text))]


def stem(word: str) -> str:
    """Roughly what the inflected forms of a word have in common."""
    return word[:_BEGINNING]


def terms(text: str) -> frozenset[str]:
    """The beginnings of a text's words. The right sentence by them .863, by whole words .846."""
    return frozenset(map(stem, words(text)))


def indexed_words(text: str) -> tuple[str, str]:
    """The words of a text and their beginnings, each joined by spaces, for a tokenizer that splits at spaces.

    Texts repeat most of their words, so they are looked up token by token: half of the time of folding a text whole.
    """
    found = [_token_words(token) if len(token) <= _LONG_TOKEN else None for token in text.split()]
    known = [pair for pair in found if pair is not None]
    if len(known) < len(found):
        whole = words(text)
        return " ".join(whole), " ".join(map(stem, whole))
    return " ".join([pair[0] for pair in known]), " ".join([pair[1] for pair in known])


@lru_cache(maxsize=200_000)  # some 40 MB
def _token_words(token: str) -> tuple[str, str] | None:
    """The words of what stands between two spaces and their beginnings; None where two scripts meet in it: which one is
    meant may depend on the text around it."""
    if not token.isascii() and two_scripts(token):
        return None
    found = words(token)
    return " ".join(found), " ".join(map(stem, found))
