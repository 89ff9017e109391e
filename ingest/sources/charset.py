"""Reads bytes as text: UTF-8 strictly, else the declared or the likeliest character set, and says which."""

from __future__ import annotations

import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

from rag.errors import BadInput

MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE
)
# The region's single-byte sets; left to itself the detector prefers Baltic and DOS ones for Serbian or Albanian.
REGION = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
    "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9", "iso8859_16",
]  # fmt: skip
AS_BROWSERS = {"iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252"}  # WHATWG Encoding
GREEK_UNDEFINED = (b"\x81", b"\x88", b"\x8a", b"\xd2", b"\xff")  # bytes that windows-1253 does not have
SAMPLE_BYTES = 4096  # of the head that may declare a character set


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the character set, and whether it was UTF-8, declared, or only the likeliest."""

    text: str
    charset: str
    guessed: bool = False

    @property
    def notice(self) -> str:
        if self.charset == "utf-8":
            return ""
        return f"read as {self.charset}, the likeliest character set" if self.guessed else f"read as {self.charset}"


def decode(data: bytes) -> Decoded:
    """Raises BadInput when no character set of the region fits."""
    for mark, charset in MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :] if charset == "utf-8" else data, charset)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _declared(data) or guess(data)


def guess(data: bytes) -> Decoded:
    """The likeliest single-byte character set of the region. Raises BadInput when none fits."""
    best = from_bytes(data, cp_isolation=REGION).best()
    if best is None:
        raise BadInput("character set is not known", hint="Convert it to UTF-8, e.g. `iconv -f windows-1250 -t UTF-8`.")
    charset = "cp1253" if best.encoding == "iso8859_7" and _capital_alpha(data) else best.encoding
    return Decoded(data.decode(charset), charset, guessed=True)


def _capital_alpha(data: bytes) -> bool:
    """The two Greek sets differ in one letter, Ά: A2 in windows-1253, where ISO 8859-7 has a quote, and B6 there."""
    return b"\xa2" in data and b"\xb6" not in data and all(byte not in data for byte in GREEK_UNDEFINED)


def _declared(data: bytes) -> Decoded | None:
    """The character set that a page's head declares, when its bytes agree."""
    found = DECLARED.search(data[:SAMPLE_BYTES])
    if found is None:
        return None
    name = found[1].decode().lower()
    try:
        return Decoded(data.decode(AS_BROWSERS.get(name, name)), AS_BROWSERS.get(name, name))
    except (UnicodeDecodeError, LookupError):
        return None


def _strictly(data: bytes, charset: str) -> Decoded:
    try:
        return Decoded(data.decode(charset), charset)
    except UnicodeDecodeError as error:
        raise BadInput(f"text is not {charset.upper()}, as its first bytes say", hint="Convert it to UTF-8.") from error
