"""Reads stories told in thirteen variants, with the questions on them: one TOML file each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from eval.core.cases import Case, Document, GoldQuote, Suite
from eval.datasets.reader import build_suite
from ingest.raw import Place
from rag.errors import BadInput
from rag.text.languages import LANGUAGES
from rag.text.script import to_cyrillic
from rag.text.sentences import split_sentences

REGION, APART = "region", "region_apart"
STORIES = Path(__file__).resolve().parent.parent / "benchmarks" / REGION / "stories"
LATIN, CYRILLIC = "sr-Latn", "sr-Cyrl"
WRITTEN = tuple(tag for tag in LANGUAGES if tag != CYRILLIC)  # Cyrillic is made from the Latin, as newsrooms do
NEAR = "near_"
_STRICT = ConfigDict(extra="forbid")
_MARK = re.compile(r"\{(\d+)\|([^{}|]+)\}")


@dataclass(frozen=True)
class NamedSource:
    """Where the facts were published; no sentence is taken from it."""

    __pydantic_config__ = _STRICT
    outlet: str
    title: str
    date: date


@dataclass(frozen=True)
class ToldVersion:
    """The article in one language, as written: `{3|in 2019}` is the answer to the third question."""

    __pydantic_config__ = _STRICT
    title: str
    text: str

    @cached_property
    def plain(self) -> str:
        """The text without marks."""
        return _MARK.sub(r"\2", self.text).strip()

    @cached_property
    def answers(self) -> Mapping[int, tuple[int, int]]:
        """Where in the plain text each question's answer stands, the first mark of each."""
        found: dict[int, tuple[int, int]] = {}
        taken = len(self.text) - len(self.text.lstrip())
        for mark in _MARK.finditer(self.text):
            start = mark.start() - taken
            found.setdefault(int(mark.group(1)), (start, start + len(mark.group(2))))
            taken += len(mark.group()) - len(mark.group(2))
        return found

    def said(self, number: int) -> str:
        """The words of an answer."""
        start, end = self.answers[number]
        return self.plain[start:end]

    def around(self, number: int, language: str) -> str:
        """The sentence, or sentences, of an answer."""
        start, end = self.answers[number]
        spans = [s for s in split_sentences(self.plain, language) if s.start < end and start < s.end]
        return self.plain[spans[0].start : spans[-1].end]

    @property
    def cyrillic(self) -> ToldVersion:
        return ToldVersion(to_cyrillic(self.title), to_cyrillic(self.text))


@dataclass(frozen=True)
class ToldQuestion:
    """One question in every variant. A near miss names its `twin`, what is other in it (`near`), and `why` the archive
    does not answer it."""

    __pydantic_config__ = _STRICT
    number: int
    ask: Mapping[str, str]
    kind: str = ""
    also: tuple[str, ...] = ()
    near: str = ""
    twin: int = 0
    why: str = ""

    @property
    def category(self) -> str:
        return f"{NEAR}{self.near}" if self.near else self.kind

    @cached_property
    def variants(self) -> Mapping[str, str]:
        """Returns the question in all variants; the Cyrillic one is made unless it was written."""
        return {**({CYRILLIC: to_cyrillic(self.ask[LATIN])} if LATIN in self.ask else {}), **self.ask}


@dataclass(frozen=True)
class ToldStory:
    """One file: what happened when, told in every variant, and what is asked of it.

    `people`, `names`: every person, and every other name of more than one word, that the English article names.
    """

    __pydantic_config__ = _STRICT
    date: date
    section: str
    countries: tuple[str, ...]
    people: tuple[str, ...]
    names: tuple[str, ...]
    sources: tuple[NamedSource, ...]
    article: Mapping[str, ToldVersion]
    questions: tuple[ToldQuestion, ...]
    name: str = ""

    @cached_property
    def versions(self) -> Mapping[str, ToldVersion]:
        """Returns the article in all variants, the Cyrillic one among them."""
        return {**self.article, **({CYRILLIC: self.article[LATIN].cyrillic} if LATIN in self.article else {})}

    def document(self, language: str) -> Document:
        """The article in one language, as a record."""
        fields = {
            "id": self._id(language), "story": self.name, "title": self.versions[language].title,
            "text": self.versions[language].plain, "language": language, "published": self.date.isoformat(),
            "outlet": "Telal", "section": self.section, "kind": "report", "parallel_id": f"{REGION}:{self.name}",
        }  # fmt: skip
        return Document(self._id(language), fields, Place(self.name, 1))

    def cases(self, languages: Sequence[str]) -> Iterator[Case]:
        """Every question in every variant, of an archive that holds the article in some languages."""
        for one in self.questions:
            golds = () if one.near else tuple(languages)
            told = {language: self.versions[language] for language in golds}
            quotes = [GoldQuote(self._id(tag), version.around(one.number, tag)) for tag, version in told.items()]
            said = dict.fromkeys((*(version.said(one.number) for version in told.values()), *one.also))
            for language, question in one.variants.items():
                yield Case(
                    id=f"{self.name}-{one.number:02}-{language}", question=question, language=language,
                    answers=() if one.near else tuple(said), gold_doc_ids=tuple(map(self._id, golds)),
                    gold_quotes=tuple(quotes), unanswerable=bool(one.near), why=one.why or None, category=one.category,
                    parallel_id=f"{self.name}-{one.number:02}", place=self.name,
                )  # fmt: skip

    def _id(self, language: str) -> str:
        return f"{REGION}:{self.name}:{language}"


_STORY = TypeAdapter(ToldStory)


def read_story(path: Path) -> ToldStory:
    """One file; raises BadInput that names file and field."""
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
        return replace(_STORY.validate_python(fields), name=path.stem)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path.name} is not TOML: {error}.") from error
    except ValidationError as error:
        told = [f"{path.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
        raise BadInput("\n  ".join(told), hint="eval/benchmarks/region/README.md shows the form.") from error


def read_stories(folder: Path = STORIES) -> list[ToldStory]:
    """All of them, by name."""
    return [read_story(path) for path in sorted(folder.glob("*.toml"))]


def region_suite(name: str, beside: Sequence[Document], folder: Path = STORIES) -> Suite:
    """The region's benchmark, other documents beside it. `region`: one archive of every article in all languages.
    `region_apart`: each article in one language alone, the questions in all, so that most must cross languages."""
    cases, documents, tags = list[Case](), list[Document](), tuple(LANGUAGES)
    for number, story in enumerate(read_stories(folder)):
        languages = tags if name == REGION else tags[number % len(tags) :][:1]
        documents += map(story.document, languages)
        for case in story.cases(languages):
            split = "one" if case.language in languages else "two"
            cases.append(case if name == REGION else replace(case, split=split))
    return build_suite(name, cases, [*documents, *beside], licence="Apache-2.0")
