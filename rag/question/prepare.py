"""Makes a question of what a reader typed, and makes it stand alone where it needs the conversation before it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import accumulate

from rag.errors import BadInput
from rag.question.browse import asks_newest, read_topic
from rag.question.followup import (
    Earlier,
    asks_nothing,
    bare,
    in_a_row,
    join,
    says_enough,
    stands_alone,
    subjects,
    without_joining,
)
from rag.question.parse import parse, spot
from rag.question.question import PageArticle, Question, Wants
from rag.question.question_type import wants
from rag.text.language import family, identify
from rag.text.languages import LANGUAGES, find_language, scripts_of
from rag.text.names import Name, find_names
from rag.text.own_script import in_own_script
from rag.text.phrases import noun_classes, phrases, tokens
from rag.text.script import script_of
from rag.text.tables import table
from rag.types import Filters, Turn

_SPACES = re.compile(r"\s+")
_HISTORY_TURNS = 200
_PARTS = 5  # questions in one that are answered
_PARTS_CHARS = 800  # of all of them; 2,000 signs with five question marks are none
_LETTER = re.compile(r"[^\W\d_]")
_ALSO = "|".join(table("joining")["questions"]["and"].split())
_AND = re.compile(rf",?\s+(?:{_ALSO})\s+(?=\S+(?:\s+\S+)?\s*[?;;]?$)", re.IGNORECASE)
_OWN = 2  # names and numbers from which a second question in one message needs nothing of the first
_SHORT = 5  # words of who asks for nothing but the newest, which one language says so
_TELLING = 2  # words that may tell a language; one may be a name that nobody knows
_ACRONYMS = 2  # words in capitals that may be so written: "NATO EU"
_CHAIN = 4  # turns back that are read for the language of a conversation, and for what a turn may be about
_LONG = 500  # characters of an earlier question that are read
_WORD = re.compile(r"[^\W\d_]+")


def clean(question: str, *, max_chars: int) -> str:
    """Returns the question in NFC, without control characters, with single spaces. Raises BadInput when nothing is left
    to ask."""
    if len(question) > max_chars:
        raise BadInput(
            f"The question has {len(question):,} characters; at most {max_chars:,} are read.",
            hint="Ask it in fewer words.",
        )
    visible = "".join(c if unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn") else " " for c in question)
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", visible)).strip()
    if not any(unicodedata.category(c)[0] in "LN" for c in text):
        what = "is empty" if not text else "has no letter or digit"
        raise BadInput(f"The question {what}.", hint="Type a question in words.")
    return text


def prepare(
    typed: str,
    *,
    history: Sequence[Turn] = (),
    filters: Filters = Filters(),
    as_of: date | None = None,
    language: str | None = None,
    page_language: str | None = None,
    page: PageArticle | None = None,
    max_chars: int = 2000,
) -> Question:
    """Returns the question that a reader typed: cleaned, its language detected, split where it holds several.

    `as_of` hides what was published after that day; relative days are counted from it, else from today (UTC).
    `language` is the question's; without it the language is detected, and `page_language`, that of the page it was
    typed on, decides between similar ones. `page`: the article that stands on it. Raises BadInput.
    """
    written = clean(typed, max_chars=max_chars)
    history, filters = tuple(history[-_HISTORY_TURNS:]), _as_of(filters, as_of)
    text = written.lower() if _shouts(written) else written
    cased = find_names(text)
    language = language or _language(text, cased, history, page_language)
    if text != written:
        text = _in_small_letters(written, language)
    text = in_own_script(text, language)
    if text != written:
        cased = find_names(text)
    asked = parse(text, language, as_of=as_of, cased=cased)
    asked = replace(asked, typed=written, standalone=written, filters=filters, history=history, page=page)
    if asked.small_talk:
        return replace(asked, days=None, wants_latest=False)
    parts = _split(asked)
    return _of_parts(asked, parts) if len(parts) > 1 else replace(asked, topic=read_topic(asked))


def _shouts(text: str) -> bool:
    """Tells whether a text is in capitals for no reason of its own, as an acronym or two are."""
    return text.isupper() and len(text.split()) > _ACRONYMS


def _in_small_letters(text: str, language: str) -> str:
    """Returns a text in small letters; Turkish has two kinds of i."""
    return (text.replace("I", "ı").replace("İ", "i") if language == "tr" else text).lower()


def _of_parts(asked: Question, texts: Sequence[str]) -> Question:
    """Returns the question that holds several, with those that there is room to answer; without parts where that is
    only one.

    A day that one of them names applies to all, and so does the wish for the newest.
    """
    chosen = [text for text, end in zip(texts, accumulate(map(len, texts)), strict=True) if end <= _PARTS_CHARS]
    chosen = chosen[:_PARTS] if len(chosen) > 1 else []
    whole, *parts = (
        replace(
            parse(text, asked.language, as_of=asked.as_of),
            filters=asked.filters,
            days=asked.days,
            wants_latest=asked.wants_latest,
        )
        for text in (" ".join(texts), *chosen)
    )
    more = len(texts) > len(parts)
    return replace(whole, typed=asked.typed, small_talk="", parts=tuple(parts), holds_more=more, history=asked.history)


def _last(typed: str, possible: Sequence[str]) -> str:
    return possible[0]


def readings(asked: Question, nearest: Callable[[str, Sequence[str]], str] = _last) -> tuple[Question, ...]:
    """Returns what a question may mean in its conversation: together with an earlier subject, and by itself, which
    comes last; by itself alone where there is nothing that it could hang on.

    `nearest` chooses of the subjects, the last one spoken of first.
    """
    if asked.small_talk or (asked.topic and asked.topic.alone):
        return (asked,)
    possible = tuple(said for said in subjects(_earlier(asked)) if any(map(str.isalnum, said)))
    if not possible:
        return (asked,)
    if asks_nothing(asked):  # "and when?" is near to whatever question is short
        nearest = _last
    return (join_to(asked, nearest(asked.typed, possible)), asked)


def headline_of(page: PageArticle) -> str:
    """Returns the headline of a page's article, as the first thing that was spoken of."""
    return " ".join(page.title[:_LONG].split())


def _earlier(asked: Question) -> Iterator[Earlier]:
    """Returns the earlier questions of the conversation, before them the headline of the page. One is whole if the
    client says that it was searched for by itself, or its words show it."""
    if asked.page:
        headline = parse(asked.page.title[:_LONG], asked.language, as_of=asked.as_of)
        yield Earlier(replace(headline, typed=headline_of(asked.page)), True)
    for one in asked.history[-_CHAIN:]:
        said, whole = (in_own_script(text, asked.language) for text in (one.question[:_LONG], one.standalone))
        turn = bare(parse(said, asked.language, as_of=asked.as_of))
        if not turn.small_talk:
            alone = one.standalone.split() == one.question.split() or stands_alone(turn)
            yield Earlier(replace(turn, typed=said), alone, whole)


def join_to(asked: Question, before: str) -> Question:
    """Joins a follow-up question to the one before it. Passages are read for the follow-up alone if it says enough."""
    first, *further = asked.parts or (asked,)
    own = bare(first)
    text = join(own, before)
    joined = replace(parse(text, asked.language, as_of=asked.as_of), filters=asked.filters, small_talk="")
    if joined.counted and (counted := noun_classes(own.text, asked.language)):
        joined = replace(joined, counted=counted)  # "and the injured?" after a question for the dead
    if further:
        joined = _of_parts(replace(joined, wants_latest=asked.wants_latest), (text, *(p.text for p in further)))
    elif says_enough(own):
        joined = replace(joined, topic=read_topic(joined), turn=asked, wants_latest=asked.wants_latest)
    else:
        joined = replace(joined, topic=read_topic(joined))
    standalone = in_a_row(before, asked.typed)
    read_first = asked.page.id if asked.page and before == headline_of(asked.page) else ""
    given = replace(joined, typed=asked.typed, history=asked.history, page=asked.page, read_first=read_first)
    return replace(given, standalone=standalone, used_history=True)


def restate(asked: Question, text: str) -> Question:
    """Returns the question in other words that stand alone. Raises BadInput."""
    alone = prepare(text, filters=asked.filters, as_of=asked.as_of, language=asked.language)
    read_first = asked.page.id if asked.page else ""
    return replace(alone, typed=asked.typed, history=asked.history, read_first=read_first, used_history=True)


def _as_of(filters: Filters, as_of: date | None) -> Filters:
    if as_of is not None:
        last = min(as_of, filters.published_to) if filters.published_to else as_of
        filters = replace(filters, published_to=last)
    if filters.published_from and filters.published_to and filters.published_from > filters.published_to:
        raise BadInput(
            f"The date range is empty: {filters.published_from} is after {filters.published_to}.",
            hint="Swap the two dates.",
        )
    return filters


def _language(text: str, cased: Sequence[Name], history: Sequence[Turn], page_language: str | None = None) -> str:
    """Detects the language of a question. If its words hardly show it, the conversation's counts, then the page's."""
    hint = page_language
    for turn in history[-_CHAIN:]:
        hint = language_of(turn.question[:_LONG], hint)
    language = language_of(text, hint, cased)
    # Which of similar languages it is, a conversation in another one does not tell, but the page does.
    return language if hint is None or family(language) == family(hint) else language_of(text, page_language, cased)


def language_of(text: str, hint: str | None = None, cased: Sequence[Name] | None = None) -> str:
    """Detects the language of a text. Names do not count. A few words that may be of several languages are taken to be
    in that of the hint, if it can be written in these letters.

    `cased`: the names that capitals show, if they are known.
    """
    said, script = tokens(text), script_of(text)
    here = [o.tag for o in LANGUAGES.values() if o.script == script and len(said) <= _SHORT]
    newest = [tag for tag in here if asks_newest(said, tag, 1)]
    if hint in here and asks_newest(said, hint):
        return hint
    if newest:
        likely = identify(text).language
        return likely if likely in newest else newest[0]
    names = [n for n in spot(text, find_names(text) if cased is None else cased, "und") if n.likely]
    words = [m[0] for m in _WORD.finditer(text) if not any(n.start <= m.start() < n.end for n in names)]
    hint = hint and _in_script(hint, script)
    if len(words) < _TELLING:
        return hint or identify(text).language
    return identify(" ".join(words), hint=hint).language


def _in_script(language: str, script: str) -> str | None:
    """Returns a language's tag as it may be written in a script, or None. Serbian has two scripts; all others may also
    be typed in Latin letters."""
    known = find_language(language)
    if known and len(scripts_of(known.primary)) > 1:
        return next((o.tag for o in LANGUAGES.values() if (o.primary, o.script) == (known.primary, script)), None)
    return language if script in (known.script if known else "Latn", "Latn") else None


def _split(asked: Question) -> tuple[str, ...]:
    """Splits a message into its questions. Those after the first are completed from earlier ones where they need it."""
    marks = "?;" if asked.language == "el" else "?"
    written = [part for part in re.split(rf"(?<=[{marks}])\s+(?=\S)", asked.text) if _LETTER.search(part)]
    if len(written) < 2:  # none in a day alone, "2025-03-01"
        written = _split_at_and(asked)
    first, *further = written[: _PARTS + 1]
    made, before = [first], first
    for text in further:
        part = parse(text, asked.language, as_of=asked.as_of)
        own = bare(part)
        whole = _alone(part) or (text if stands_alone(own) else "")
        before = whole or before  # what comes after needs the last question that stands alone
        made.append(whole or join(own, before))
    return tuple(made)


def _alone(part: Question) -> str:
    """Returns a further question that names enough to stand alone ("And who won X in 2026?"), else ""."""
    own = sum(not name.first for name in part.cased) + len(part.numbers)
    if own < _OWN or part.wants is Wants.OTHER:
        return ""
    alone = without_joining(part)
    return alone[:1].upper() + alone[1:]


def _split_at_and(asked: Question) -> list[str]:
    """Splits "Who signed it and when?" into two questions: what follows "and" must be nothing but a question word."""
    halves = _AND.split(asked.text)
    if len(halves) == 2 and wants(tokens(halves[0]), asked.language) is not Wants.OTHER:
        if phrases("followup", "questions", asked.language).matches(tokens(halves[1])):
            return [halves[0].rstrip(" ,") + "?", halves[1]]
    return [asked.text]
