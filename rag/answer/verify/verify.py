"""The guard: every citation reproduces its article, each sentence is a quote or supported, or gives way to one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from rag.answer.lexicon.prompt_injection import orders
from rag.answer.verify.guard import faults
from rag.answer.verify.statements import Statement, claimed, shared
from rag.text.dates import find_dates
from rag.text.language import family
from rag.text.names import find_names, name_key
from rag.text.numbers import find_numbers, number_keys
from rag.text.phrases import things
from rag.text.script import fold
from rag.text.sentences import split_sentences
from rag.text.when import lexicon
from rag.types import Citation, Passage, Sentence, Verdict

# Words that often open a sentence and are no names, beside those of rag/text/language.py.
_NO_NAMES = frozenset(fold(word) for word in "σύμφωνα κατά όπως ενώ μετά according sipas".split())
_POSSESSIVE = ("ov", "ev", "in", "ovsk", "evsk", "sk")  # Lisakovim rečima: of Lisak
_ALIKE = 0.6  # of two spellings of a name, by the share of letters in common (Ratcliff and Obershelp)
_STEM = 4  # letters of a word that its forms share at least
_DIGITS = re.compile(r"\d+")


def citation_valid(citation: Citation, article_text: str, title: str | None = None) -> bool:
    """Whether the offsets reproduce the quote (code points, end-exclusive), of a headline from the article's `title`.

    None: the citation's own title, which the archive gave with the passage.
    """
    told = article_text if not citation.headline else citation.title if title is None else title
    return bool(citation.quote and article_text) and told[citation.start : citation.end] == citation.quote


def valid_citations(citations: Iterable[Citation], texts: Mapping[str, str]) -> tuple[Citation, ...]:
    """Those citations whose quote stands in the article's current text; `texts` by article, without gone ones."""
    return tuple(c for c in citations if citation_valid(c, texts.get(c.article_id, "")))


def unsupported(
    sentence: str, passages: Sequence[Passage], *, across: bool = False, language: str | None = None
) -> list[str]:
    """The numbers and names of a sentence that stand in none of its passages, as written; empty means supported.

    Numbers are compared by value as written in the region ("2.000" is 2000), names by their key across scripts
    and cases. A passage counts with its title, outlet and date, whose day and month count for dates alone. `across`:
    the sentence is in another language than its passages; with its `language` known the words of bodies ("National
    Theatre") count where the passages name the same things. Names of months are left to the check of dates.
    """
    evidence = "\n".join(f"{p.title}\n{p.outlet}\n{_year(p)}\n{p.text}" for p in passages)
    known = {*number_keys(evidence), *_DIGITS.findall(evidence)}
    dated = known.union(*(_DIGITS.findall(_dates(p)) for p in passages))
    missing = [n.written for n in _numbers(sentence) if n.key not in (dated if n.of_date else known)]
    folded = f" {fold(evidence)} "
    held = frozenset[str]()
    if across and language:
        held = held.union(*(things(f"{p.title} {p.text}", p.language) for p in passages))
    keys = {name_key(word) for name in find_names(evidence) for word in _words(evidence[name.start : name.end])}
    for name in find_names(sentence):
        written = sentence[name.start : name.end]
        words = _words(written)
        if name.first and across and not name.key.startswith("@"):
            words = words[1:]  # a sentence's first word has a capital whatever it is, and its language is not theirs
        for word in words:
            told = things(word, language) if held and language else frozenset[str]()
            if told and told <= held:
                continue  # "National Theatre" is Narodno pozorište
            if across and len(_words(written)) > 1 and _spelt(word, written, evidence):
                continue
            if not _known(word, folded, keys) and not (name.first and word == words[0] and _common(word, folded)):
                missing.append(written)
                break
    return missing


def _known(word: str, folded: str, keys: set[str]) -> bool:
    """Whether a word of a name stands in the evidence: as written, by its key, or with a possessive ending."""
    if fold(word) in folded or fold(word) in _NO_NAMES or fold(word) in lexicon().months:
        return True
    key = name_key(word)
    return key in keys or any(key.removesuffix(ending) in keys for ending in _POSSESSIVE if len(key) > len(ending) + 2)


def _spelt(word: str, written: str, evidence: str) -> bool:
    """Whether a name's word is one of the evidence in another spelling: Celo and Dželo, with the same other word."""
    others = {name_key(w) for w in _words(written) if w != word}
    for name in find_names(evidence):
        words = _words(evidence[name.start : name.end])
        if others & {name_key(w) for w in words}:
            ratios = [SequenceMatcher(None, fold(word), fold(w)).ratio() for w in words if name_key(w) not in others]
            if any(ratio >= _ALIKE for ratio in ratios):
                return True
    return False


def _common(word: str, folded: str) -> bool:
    """Whether a sentence's first word stands in the evidence in another form: it is a word as good as a name."""
    stem = fold(word)[: max(_STEM, len(word) - 2)]
    return len(stem) >= _STEM and f" {stem}" in folded


def check(
    sentence: str,
    cited: Sequence[int],
    shown: dict[int, Passage],
    *,
    language: str | None = None,
) -> Sentence | None:
    """A model's sentence as a verified one, or None when it must be withdrawn.

    Numbers that were not shown are dropped; a sentence without a known citation is withdrawn. The rules are those of
    `rag/answer/verify/guard.py`.
    """
    numbers = tuple(dict.fromkeys(n for n in cited if n in shown))
    passages = [shown[n] for n in numbers]
    across = bool(language) and family(language or "") not in {family(p.language) for p in passages}
    if (
        not numbers
        or unsupported(sentence, passages, across=across, language=language)
        or faults(sentence, passages, language)
    ):
        return None
    return Sentence(sentence, numbers, Verdict.SUPPORTED)


@dataclass(frozen=True, slots=True)
class _Number:
    written: str
    key: str
    of_date: bool = False


def _numbers(sentence: str) -> list[_Number]:
    """Every number as written and its key; digits inside dates, which are no numbers of their own, beside them."""
    dated = [range(d.start, d.end) for d in find_dates(sentence, as_of=date(2000, 1, 1))]
    found = find_numbers(sentence)
    inside = [range(n.start, n.end) for n in found]
    dates = [m.group() for m in _DIGITS.finditer(sentence) if not any(m.start() in span for span in inside)]
    numbers = [_Number(sentence[n.start : n.end], n.key, of_date=any(n.start in span for span in dated)) for n in found]
    return numbers + [_Number(d, d.lstrip("0") or d, of_date=True) for d in dates]


def _words(name: str) -> list[str]:
    return [w for w in name.replace("-", " ").split() if len(w) > 1 and w[0].isupper()]


def _year(passage: Passage) -> str:
    return str(passage.published.year) if passage.published else ""


def _dates(passage: Passage) -> str:
    return f"{passage.published:%-d %-m %Y}" if passage.published else ""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A sentence that may not be shown, and the numbers that it cited."""

    text: str
    cited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a passage: `passage.text[start:end]`, code points."""

    number: int
    start: int
    end: int


def quote_instead(gone: Withdrawn, shown: Mapping[int, Passage], taken: Sequence[Quote], language: str) -> Quote | None:
    """The sentence that holds most of what a withdrawn one says, among those of its passages not taken yet.

    None where it cites nothing, or where no sentence shares a name, a number or a word with it.
    """
    passages = {n: shown[n] for n in gone.cited if n in shown}
    claim = claimed(gone.text, list(passages.values()), language)
    scored = [
        (shared(claim, Statement(p.text[s.start : s.end], p.language)), Quote(n, s.start, s.end))
        for n, p in passages.items()
        for s in split_sentences(p.text, p.language)
        if not orders(p.text[s.start : s.end])
    ]
    best = max((one for one in scored if one[1] not in taken), key=lambda one: one[0], default=(0.0, None))
    return best[1] if best[0] > 0 else None
