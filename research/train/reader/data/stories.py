"""Made-up news stories in many languages, with the questions that they answer and near misses that they do not.

The same story can be told in any language, since its facts are numbers: a count, a day, or a place in lists of names
that stand in the same order in every language. What the stories say stands in `stories/*.toml`: `slots.toml` gives the
facts of each kind of story, a file a language its sentences and questions. In a sentence `{slot}` is the answer to the
slot's question, `{~slot}` only mentions it; `|` stands between wordings of the same thing.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

from eval.datasets.romanise import romanise
from rag.text.script import script_of, to_cyrillic
from rag.text.sentences import Span
from research.train.reader.data.examples import Example

FOLDER = Path(__file__).with_name("stories")
_PARTS = re.compile(r"\{[^}]*\}|[^{]+")
_SLOT = re.compile(r"\{(~?)(\w+)\}")
_NAMED = ("place", "country", "man", "woman")
_LISTS = (*_NAMED, "cause", "subject", "crime", "body", "reason", "demand", "title")
_YEARS = (2011, 2026)
_DAYS = (date(_YEARS[0], 1, 1).toordinal(), date(_YEARS[1], 12, 31).toordinal())

Facts = Mapping[str, int]
Marks = set[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Slot:
    """What may fill a slot: `kind` is a list of names or a way to write a number between `low` and `high`."""

    kind: str
    low: int = 0
    high: int = 0
    step: int = 1


@dataclass(frozen=True, slots=True)
class Piece:
    """Words as they stand, or the value of a slot."""

    words: str
    slot: str = ""
    answers: bool = True


Template = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """A kind of story in one language; `lines` are sentences in order, each in one or more wordings."""

    heads: tuple[Template, ...]
    lines: tuple[tuple[Template, ...], ...]  # the first line names the event and always stands
    questions: Mapping[str, tuple[Template, ...]]
    untold: tuple[Template, ...]  # questions that no line answers


@dataclass(frozen=True, slots=True)
class Tongue:
    """How one language tells stories and writes names and numbers."""

    language: str
    names: Mapping[str, tuple[str, ...]]
    months: tuple[str, ...]
    numerals: tuple[str, ...]  # five to twelve, the same in every gender and case
    day: str
    thousands: str
    decimal: str
    score: str
    link: str  # a word between a number and its noun that numbers ending in 1 to 19 go without (Romanian "de")
    tellings: Mapping[str, Telling]


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a page gives a value of a story; `sentence` is -1 in the headline."""

    story: int
    slot: str
    sentence: int
    span: Span
    answers: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One or two stories of a kind told in one language; `mentions` say where each value stands."""

    kind: str
    tongue: Tongue
    stories: tuple[Facts, ...]
    text: str
    sentences: tuple[Span, ...]
    mentions: tuple[Mention, ...]

    def named(self, story: int) -> set[str]:
        """The slots of a story that the page gives anywhere; with a day comes its year."""
        slots = {m.slot for m in self.mentions if m.story == story}
        return slots | ({"year"} if "day" in slots else set())

    def answers(self, story: int, slot: str) -> tuple[Mention, ...]:
        return tuple(m for m in self.mentions if (m.story, m.slot) == (story, slot) and m.answers and m.sentence >= 0)


@dataclass(frozen=True, slots=True)
class Typist:
    """How the questions of a group are typed."""

    tongue: Tongue
    careless: bool
    bare: bool
    latin: bool

    def ask(self, template: Template, facts: Facts, slots: Mapping[str, Slot]) -> str:
        text, _ = _fill(template, facts, slots, self.tongue, spelled=False)
        if self.careless:
            text = _lower(text, self.tongue.language).rstrip("?;")
        if self.latin:
            text = romanise(text, self.tongue.language[:2])
        return _without_marks(text) if self.bare else text


def groups(count: int, random: Random) -> Iterator[tuple[Example, ...]]:
    """Groups for one training batch: an answered question, then one to three near misses beside the same text."""
    made = 0
    while made < count:
        if group := _group(random):
            made += 1
            yield group


@cache
def kinds() -> Mapping[str, Mapping[str, Slot]]:
    """The slots of each kind of story; a story with a day has its year besides."""
    return {kind: _slots(table) for kind, table in _toml("slots")["kinds"].items()}


@cache
def tongues() -> Mapping[str, Tongue]:
    """All languages that stories are told in, by their tags."""
    tags = sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != "slots")
    return {tag: _tongue(tag) for tag in tags}


def draw(kind: str, random: Random, used: Marks) -> Facts:
    """A story's facts, none of which looks like anything in `used`, which grows by them."""
    slots = kinds()[kind]
    facts = {
        name: _value(slot, random, used) for name, slot in slots.items() if not (name == "year" and "day" in slots)
    }
    return {**facts, "year": date.fromordinal(facts["day"]).year} if "day" in slots else facts


def tell(kind: str, stories: Sequence[Facts], tongue: Tongue, random: Random) -> Page:
    """The page of the first story, in three to seven sentences, and some of the other's before or after them."""
    telling, spelled = tongue.tellings[kind], random.random() < 0.4
    blocks = [(i, _lines(telling, 2 if i else random.randint(2, 6), random)) for i in range(len(stories))]
    if random.random() < 0.3:
        blocks.reverse()
    text, sentences, mentions = "", list[Span](), list[Mention]()
    if random.random() < 0.6:
        text, found = _written(random.choice(telling.heads), 0, -1, "", kind, stories, tongue, spelled=spelled)
        text, mentions = text + "\n", found
    for story, lines in blocks:
        for line in lines:
            start = len(text)
            text, found = _written(line, story, len(sentences), text, kind, stories, tongue, spelled=spelled)
            sentences.append(Span(start, len(text)))
            mentions, text = mentions + found, text + " "
    return Page(kind, tongue, tuple(stories), text.rstrip(), tuple(sentences), tuple(mentions))


def write(slot: Slot, value: int, tongue: Tongue, *, spelled: bool = False) -> str:
    """A value as the language writes it; with `spelled` small counts in words."""
    if slot.kind == "count" and spelled and 5 <= value <= 12:
        return tongue.numerals[value - 5]
    if slot.kind in tongue.names:
        return tongue.names[slot.kind][value]
    return _WRITERS[slot.kind](value, tongue)


def _write_day(value: int, tongue: Tongue) -> str:
    day = date.fromordinal(value)
    return tongue.day.format(d=day.day, m=tongue.months[day.month - 1], y=day.year)


_WRITERS: Mapping[str, Callable[[int, Tongue], str]] = {
    "count": lambda value, tongue: str(value),
    "ordinal": lambda value, tongue: str(value),
    "year": lambda value, tongue: str(value),
    "round": lambda value, tongue: f"{value:,}".replace(",", tongue.thousands),
    "share": lambda value, tongue: f"{value // 10}{tongue.decimal}{value % 10}",
    "score": lambda value, tongue: f"{value // 10}{tongue.score}{value % 10}",
    "day": _write_day,
}


def _group(random: Random) -> tuple[Example, ...]:
    kind, used = random.choice(sorted(kinds())), Marks()
    stories = [draw(kind, random, used) for _ in range(2 if random.random() < 0.35 else 1)]
    told, asked = draw_languages(random)
    page = tell(kind, stories, told, random)
    typist = draw_typist(asked, random)
    options = [(slot, t) for slot in asked.tellings[kind].questions for t in fitting_questions(page, typist, 0, slot)]
    options = [(slot, t) for slot, t in options if page.answers(0, slot)]
    if not options:
        return ()
    slot, template = choose_question(options, random)
    misses = [*_swaps(page, typist, slot, template, used, random), *_aspects(page, typist, random)]
    random.shuffle(misses)
    kept = misses[: random.randint(1, 3)]
    return (_answered(page, typist, slot, template), *kept) if kept else ()


def choose_question(options: Sequence[tuple[str, Template]], random: Random) -> tuple[str, Template]:
    """A slot first and then one of its questions, so that each slot is asked as often."""
    slot = random.choice(sorted({slot for slot, _ in options}))
    return random.choice([option for option in options if option[0] == slot])


def draw_languages(random: Random) -> tuple[Tongue, Tongue]:
    """The languages of text and question: in 45 % of the groups the same."""
    tags = list(tongues())
    told = random.choice(tags)
    asked = told if random.random() < 0.45 else random.choice([tag for tag in tags if tag != told])
    return tongues()[told], tongues()[asked]


def draw_typist(tongue: Tongue, random: Random) -> Typist:
    cyrillic = tongue.language in ("sr-Cyrl", "mk", "bg")
    return Typist(tongue, random.random() < 0.4, random.random() < 0.15, cyrillic and random.random() < 0.2)


def fitting_questions(page: Page, typist: Typist, story: int, slot: str) -> list[Template]:
    """The questions about a slot (or, for "", about what no page tells) whose context the page gives.

    Where two stories stand on the page, the question must say by a name which of them it means.
    """
    telling, slots, named = typist.tongue.tellings[page.kind], kinds()[page.kind], page.named(story)
    found = []
    for template in telling.questions[slot] if slot else telling.untold:
        context = {piece.slot for piece in template if piece.slot}
        clear = len(page.stories) == 1 or any(slots[name].kind in _NAMED for name in context)
        if context <= named and clear and slot not in context:
            found.append(template)
    return found


def _answered(page: Page, typist: Typist, slot: str, template: Template) -> Example:
    found = page.answers(0, slot)
    return replace(
        _example("stories", page, typist, typist.ask(template, page.stories[0], kinds()[page.kind])),
        right=tuple(sorted({m.sentence for m in found})),
        spans=tuple(m.span for m in found),
        absent=False,
        stated=True,
    )


def _swaps(page: Page, typist: Typist, slot: str, template: Template, used: Marks, random: Random) -> Iterator[Example]:
    """The question with another name or year: one that the page lacks, or one of the other story that is not told."""
    slots, facts = kinds()[page.kind], page.stories[0]
    for name in sorted({p.slot for p in template if p.slot and slots[p.slot].kind in (*_NAMED, "year")}):
        values = [_value(slots[name], random, set(used))]
        if len(page.stories) == 2 and slot not in page.named(1) and name in page.named(1):
            values.append(page.stories[1][name])
        source = "stories-time" if slots[name].kind == "year" else "stories-entity"
        yield _example(source, page, typist, typist.ask(template, {**facts, name: random.choice(values)}, slots))


def _aspects(page: Page, typist: Typist, random: Random) -> Iterator[Example]:
    """Questions about the page's story that the page leaves open: up to two that it might have told, one never told."""
    telling, named = typist.tongue.tellings[page.kind], page.named(0)
    open_slots = [slot for slot in telling.questions if slot not in named]
    for slot in (*random.sample(open_slots, min(2, len(open_slots))), ""):
        if templates := fitting_questions(page, typist, 0, slot):
            question = typist.ask(random.choice(templates), page.stories[0], kinds()[page.kind])
            yield _example("stories-aspect", page, typist, question)


def _example(source: str, page: Page, typist: Typist, question: str) -> Example:
    pair = f"{typist.tongue.language}:{page.tongue.language}"
    return Example(source, question, page.text, page.sentences, absent=True, stated=False, pair=pair)


def _lines(telling: Telling, count: int, random: Random) -> list[Template]:
    """The first line and `count` of the others in their order, each in one of its wordings."""
    others = range(1, len(telling.lines))
    kept = (0, *sorted(random.sample(others, min(count, len(others)))))
    return [random.choice(telling.lines[i]) for i in kept]


def _written(
    template: Template,
    story: int,
    sentence: int,
    before: str,
    kind: str,
    stories: Sequence[Facts],
    tongue: Tongue,
    *,
    spelled: bool,
) -> tuple[str, list[Mention]]:
    """`before` with the template filled after it, and where its values stand in the whole."""
    text, found = _fill(template, stories[story], kinds()[kind], tongue, spelled=spelled)
    at = len(before)
    mentions = [Mention(story, p.slot, sentence, Span(s.start + at, s.end + at), p.answers) for p, s in found]
    return before + text, mentions


def _fill(
    template: Template, facts: Facts, slots: Mapping[str, Slot], tongue: Tongue, *, spelled: bool
) -> tuple[str, list[tuple[Piece, Span]]]:
    text, found, bound = "", [], False
    for piece in template:
        words = piece.words
        if piece.slot:
            words = write(slots[piece.slot], facts[piece.slot], tongue, spelled=spelled)
            found.append((piece, Span(len(text), len(text) + len(words))))
            bound = slots[piece.slot].kind in ("count", "round") and 1 <= facts[piece.slot] % 100 <= 19
        elif bound and tongue.link:
            words = words.removeprefix(tongue.link)
        text += words
    return _upper(text[0], tongue.language) + text[1:], found


def _value(slot: Slot, random: Random, used: Marks) -> int:
    """A value that looks like none of the used ones, whose marks then are used."""
    while True:
        value = _any_value(slot, random)
        marks = _marks(slot, value)
        if not marks & used and _fits(slot, value):
            used |= marks
            return value


def _any_value(slot: Slot, random: Random) -> int:
    if slot.kind in _LISTS:
        return random.randrange(_length(slot.kind))
    return random.randrange(slot.low, slot.high + 1, slot.step)


def _fits(slot: Slot, value: int) -> bool:
    """Counts that take the form of a noun that five takes, in all the languages (21 and 22 do not); no drawn match."""
    if slot.kind == "score":
        return value // 10 > value % 10
    return slot.kind not in ("count", "ordinal") or value % 10 in (0, *range(5, 10)) or value % 100 in range(11, 15)


def _marks(slot: Slot, value: int) -> Marks:
    """What of the value could be taken for another: a name of its list, or the numbers that it is written with."""
    if slot.kind in _LISTS:
        return {(slot.kind, value)}
    if slot.kind == "score":
        return {("score", value)}
    if slot.kind == "day":
        return {("number", date.fromordinal(value).day), ("number", date.fromordinal(value).year)}
    if slot.kind == "share":
        return {("number", value // 10)}
    parts = (value, value // 1000, value % 1000) if slot.kind == "round" else (value,)
    return {("number", part) for part in parts if part}


@cache
def _length(names: str) -> int:
    return min(len(tongue.names[names]) for tongue in tongues().values())


def _slots(table: Mapping[str, str]) -> Mapping[str, Slot]:
    slots = {name: _slot(*spec.split()) for name, spec in table.items()}
    return {**slots, "year": Slot("year", *_YEARS)} if "day" in slots else slots


def _slot(kind: str, *numbers: str) -> Slot:
    return Slot(kind, *_DAYS) if kind == "day" else Slot(kind, *map(int, numbers))


def _tongue(tag: str) -> Tongue:
    """A language of a file; one with a `base` is the base's, by its own table of `words` and its script."""
    raw = _raw(tag)
    respell = partial(_respelled, words=raw.get("words", ()), cyrillic=raw.get("script") == "Cyrl")
    names = {kind: _names(kind, raw) for kind in ("place", "man", "woman")}
    lists = {kind: tuple(map(respell, re.split(r"\s*[,;]\s*", raw[kind]))) for kind in _LISTS if kind not in names}
    return Tongue(
        tag,
        {**names, **lists},
        months=tuple(respell(raw["months"]).split()),
        numerals=tuple(n.replace("_", " ") for n in respell(raw["numerals"]).split()),
        tellings={kind: _telling(raw[kind], respell) for kind in kinds()},
        link=raw.get("link", ""),
        **{key: respell(raw[key]) for key in ("thousands", "decimal", "score")},
        day=raw["day"],
    )


def _raw(tag: str) -> dict[str, Any]:
    own = _toml(tag)
    base = _raw(own["base"]) if "base" in own else {}
    return {**base, **own, "words": [*base.get("words", ()), *own.get("words", ())]}


def _respelled(text: str, *, words: Sequence[tuple[str, str]], cyrillic: bool) -> str:
    parts = _PARTS.findall(text)
    return "".join(part if part[0] == "{" else _respelled_words(part, words, cyrillic=cyrillic) for part in parts)


def _respelled_words(text: str, words: Sequence[tuple[str, str]], *, cyrillic: bool) -> str:
    for pattern, word in words:
        text = re.sub(pattern, partial(_as_capital, word), text, flags=re.IGNORECASE)
    return to_cyrillic(text) if cyrillic else text


def _as_capital(word: str, match: re.Match[str]) -> str:
    return match.expand(word.capitalize() if match.group()[:1].isupper() else word)


def _names(kind: str, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The shared names in the language's own form, or spelled by its letters."""
    own = dict(re.split("=", pair) for pair in re.split(r",\s*", raw.get(kind, "")) if pair)
    names = []
    for pair in _toml("slots")[kind].split(", "):
        native, _, phonetic = pair.partition("=")
        names.append(own.get(native) or (_spelled(phonetic or native, raw) if raw.get("phonetic") else native))
    return tuple(names)


def _spelled(name: str, raw: Mapping[str, Any]) -> str:
    name = name if raw["phonetic"] == "Latn" else to_cyrillic(name) if raw["phonetic"] == "Cyrl" else name.lower()
    for letters, theirs in raw.get("letters", ()):
        name = re.sub(letters, theirs, name)
    return name if raw["phonetic"] != "Grek" else " ".join(map(_accented, name.title().split(" ")))


def _accented(word: str) -> str:
    """A Greek word with the accent on its last vowel but one."""
    vowels = list(re.finditer("ου|[αεηιοω]", word.lower()))
    if len(vowels) < 2:
        return word
    at = vowels[-2].end()
    return unicodedata.normalize("NFC", f"{word[:at]}\u0301{word[at:]}")


def _telling(table: Mapping[str, Any], respell: Callable[[str], str]) -> Telling:
    lines = (table["lead"], *table["rest"].strip().splitlines())
    return Telling(
        heads=_templates(table["head"], respell),
        lines=tuple(_templates(line, respell) for line in lines),
        questions={slot: _templates(text, respell) for slot, text in table["ask"].items()},
        untold=_templates(table["none"], respell),
    )


def _templates(text: str, respell: Callable[[str], str]) -> tuple[Template, ...]:
    return tuple(_template(respell(wording.strip())) for wording in text.split("|"))


def _template(text: str) -> Template:
    parts = (_SLOT.fullmatch(part) or part for part in _PARTS.findall(text))
    return tuple(Piece(p) if isinstance(p, str) else Piece("", p.group(2), answers=not p.group(1)) for p in parts)


@cache
def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _upper(letter: str, language: str) -> str:
    return "İ" if (letter, language) == ("i", "tr") else letter.upper()


def _lower(text: str, language: str) -> str:
    return (text.replace("İ", "i").replace("I", "ı") if language == "tr" else text).lower()


def _without_marks(text: str) -> str:
    """As typed without diacritics; Cyrillic letters keep theirs, for those are letters of their own."""
    if script_of(text) == "Cyrl":
        return text
    plain = text.replace("đ", "dj").replace("Đ", "Dj").replace("ı", "i")
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
