"""Decodes bytes: as UTF-8, else in the declared character set if its letters make sense, else in the likeliest one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from rag.errors import BadInput
from rag.text.language import identify
from rag.text.languages import LANGUAGES, Language, find_language

_LIKELIER_FIRST = (
    "cp1250", "iso8859_2", "cp1251", "cp1253", "iso8859_7", "cp1254", "cp1252", "iso8859_5", "iso8859_9", "iso8859_16",
)  # fmt: skip


def _alphabet(one: Language) -> str:
    """Languages share an alphabet by family in Latin letters, by script in others: a page quotes its neighbours."""
    return one.family if one.script == "Latn" else one.script


_WRITTEN = [one for one in LANGUAGES.values() if one.charsets]
# Small letters beyond ASCII by alphabet, and the alphabets for which each set was made.
ALPHABETS = {
    name: "".join(one.letters for one in _WRITTEN if _alphabet(one) == name) for name in map(_alphabet, _WRITTEN)
}
SETS = {
    charset: tuple(dict.fromkeys(_alphabet(one) for one in _WRITTEN if charset in one.charsets))
    for charset in (*_LIKELIER_FIRST, *sorted({name for one in _WRITTEN for name in one.charsets} - {*_LIKELIER_FIRST}))
}
QUOTES = frozenset("„“”‚‘’«»–—…·•©®°§€\u00a0´`’¨")
COMMON = {"Cyrl": frozenset("аеиоунтсрвкл"), "Grek": frozenset("αεηιοτσςνρ")}
BEYOND = re.compile(r"[^\x00-\x7f]")
TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def rate(text: str, charset: str) -> float:
    """Rates how well a text fits a character set: 1 when all letters are of one alphabet of it, below 0 when it cannot
    be; 0 for ASCII alone."""
    plain = f" {TAGS.sub(' ', text)} "
    seen = Counter(plain[m.start() - 1 : m.end() + 1] for m in BEYOND.finditer(plain))
    worth = (
        sum(count * _worth(near, alphabet) for near, count in seen.items())
        for alphabet in SETS.get(charset, tuple(ALPHABETS))
    )
    return max(worth) / max(seen.total(), 1)


def _worth(near: str, alphabet: str) -> float:
    """Rates a character beyond ASCII between its neighbours: 1 for a letter of the alphabet, below 0 for what only a
    wrong character set produces."""
    before, char, after = near[0], near[1], near[2]
    common = COMMON.get(alphabet, frozenset())
    small = "i" if char == "İ" and alphabet == "tr" else char.lower()
    if small in ALPHABETS[alphabet] or small == "i":
        beside_ascii = any(c.isascii() and c.isalpha() for c in (before, after))
        if (char != small and before.islower()) or (common and beside_ascii):
            return -1.0  # a capital inside a word, or a word in two scripts
        return 1.0 if not common or small in common else 0.8
    if char < "\xa0" or char == "\ufffd":
        return -3.0
    if char.isalpha() or (before.isalpha() and after.isalpha()):
        return -1.5  # a strange letter, or a sign inside a word
    return 0.6 if char in QUOTES else -0.3


MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CHARSET_DECLARATION = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE
)
AS_BROWSERS = {"iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252"}  # WHATWG Encoding
SETS_FIRST = next(iter(SETS))
HEAD_BYTES = 4096  # that may declare a character set
SAMPLE_BYTES = 200_000  # by which sets are compared
MARGIN = 0.1  # by which another set must be more plausible than the declared one (docs/decisions/055)
PLAUSIBLE = 0.6  # from which a set that nobody declared may take the place of the declared one
LEAST_RATE = 0.4  # of a set that is taken at all when nothing is declared
BROKEN_SHARE = 0.02  # of the characters beyond ASCII that may be broken in what is UTF-8 all the same


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A decoded text with its character set. `guessed`: that was only the likeliest one."""

    text: str
    charset: str
    guessed: bool = False
    declared: str = ""  # what the page claimed, when it was read as something else
    broken: int = 0  # characters that could not be read, each replaced by U+FFFD

    @property
    def notice(self) -> str:
        """What to tell the operator; "" for plain UTF-8."""
        if self.broken:
            return "read as utf-8, with some broken characters"
        if self.declared:
            return f"declared {self.declared}, read as {self.charset}"
        if self.charset == "utf-8":
            return ""
        return f"read as {self.charset}, the likeliest character set" if self.guessed else f"read as {self.charset}"


def decode(data: bytes, *, declared: str = "") -> DecodedText:
    """Decodes bytes. `declared`: the server's character set, which goes before the page's own.

    Raises BadInput when no character set of the region fits.
    """
    for mark, charset in MARKS:
        if data.startswith(mark):
            try:
                return DecodedText((data[len(mark) :] if charset == "utf-8" else data).decode(charset), charset)
            except UnicodeDecodeError as error:
                said = f"text is not {charset.upper()}, as its first bytes say"
                raise BadInput(said, hint="Convert it to UTF-8.") from error
    try:
        return DecodedText(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    return _repair(data) or _declared(data, declared) or guess(data)


def guess(data: bytes) -> DecodedText:
    """Decodes bytes in the likeliest single-byte character set of the region. Raises BadInput when none fits."""
    best, rated = _best(data)
    if rated < LEAST_RATE:
        raise BadInput("character set is not known", hint="Convert it to UTF-8, e.g. `iconv -f windows-1250 -t UTF-8`.")
    return DecodedText(data.decode(best, "replace"), best, guessed=True)


def _repair(data: bytes) -> DecodedText | None:
    """Decodes UTF-8 that has lost some bytes; None when too much of what is beyond ASCII is broken."""
    text = data.decode("utf-8", "replace")
    broken, beyond = text.count("\ufffd"), sum(1 for c in text[:SAMPLE_BYTES] if c > "\x7f")
    if beyond and broken <= max(1, BROKEN_SHARE * beyond) and broken < beyond:
        return DecodedText(text, "utf-8", broken=broken)
    return None


def _declared(data: bytes, server: str) -> DecodedText | None:
    """Decodes in the declared character set; in another one where that fits clearly better.

    None without a declaration.
    """
    found = CHARSET_DECLARATION.search(data[:HEAD_BYTES])
    for name in filter(None, (server.strip().lower(), found[1].decode().lower() if found else "")):
        charset = AS_BROWSERS.get(name, name)
        try:
            text = data.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
        best, rated = _best(data)
        if rated >= PLAUSIBLE and rated > rate(text[:SAMPLE_BYTES], charset) + MARGIN:
            return DecodedText(data.decode(best, "replace"), best, guessed=True, declared=name)
        return DecodedText(text, charset)
    return None


def _best(data: bytes) -> tuple[str, float]:
    sample = data[:SAMPLE_BYTES]
    texts = {charset: sample.decode(charset, "replace") for charset in SETS}
    rated = {charset: rate(text, charset) for charset, text in texts.items()}
    for charset in sorted(rated, key=lambda one: -rated[one]):
        if rated[charset] < LEAST_RATE or _spoken(texts[charset], charset):
            return charset, rated[charset]
    return SETS_FIRST, 0.0


def _spoken(text: str, charset: str) -> bool:
    """Tells whether a text is in a language that the set was made for. Italian, whose è would be č, is not."""
    words = TAGS.sub(" ", text)
    at = max(words.find(next(iter(BEYOND.findall(words)), "")) - 300, 0)
    spoken = find_language(identify(" ".join(words[at:].split())).language)
    return spoken is not None and charset in {
        name for one in _WRITTEN if one.family == spoken.family for name in one.charsets
    }
