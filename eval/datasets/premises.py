"""Reads questions that take something false for granted, and questions on near names: a TOML file each hand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from eval.core.cases import Case, Document, GoldQuote, Suite
from eval.datasets.reader import build_suite
from eval.datasets.stories import CYRILLIC, LATIN
from ingest.raw import Place
from rag.errors import BadInput
from rag.text.script import to_cyrillic
from rag.types import AnswerStatus

PREMISES, NAMES = "premises", "names"
BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
TRUE = "true"
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Premise:
    """A question with a false premise and its partner with a true one, in every variant.

    `contrary`: the sentence of the English article that shows that the premise is not so; empty where the article does
    not tell. `answers` are those of the true partner.
    """

    __pydantic_config__ = _STRICT
    id: str
    story: str
    kind: str
    contrary: str
    answers: tuple[str, ...]
    false: Mapping[str, str]
    true: Mapping[str, str]

    def cases(self, doc_ids: Sequence[str], hand: str) -> Iterator[Case]:
        """The false question and the true one in each variant; the Serbian Cyrillic is made from the Latin."""
        for told, asked in (("", self.false), (TRUE, self.true)):
            for language, question in {**asked, CYRILLIC: to_cyrillic(asked[LATIN])}.items():
                against = (GoldQuote(doc_ids[0], self.contrary),) if self.contrary and not told else ()
                yield Case(
                    id=f"{self.id}-{told or 'false'}-{language}", question=question, language=language, split=hand,
                    answers=self.answers if told else (), gold_doc_ids=tuple(doc_ids) if told or against else (),
                    gold_quotes=against, unanswerable=not told, category=f"{told}_{self.kind}" if told else self.kind,
                    status=AnswerStatus.CONTRADICTED.value if against else None, parallel_id=self.id, place=self.id,
                )  # fmt: skip


@dataclass(frozen=True)
class NamePair:
    """An article on one of two near names, a question on it, and the same kind of question on the other name."""

    __pydantic_config__ = _STRICT
    id: str
    kind: str
    language: str
    asked: str
    published: date
    title: str
    text: str
    name: str
    near: str
    own: str
    other: str
    answers: tuple[str, ...] = Field(min_length=1)

    @property
    def document(self) -> Document:
        """The article, as a record."""
        fields = {
            "id": f"{NAMES}:{self.id}", "title": self.title, "text": self.text.strip(), "language": self.language,
            "published": self.published.isoformat(), "outlet": "Telal",
        }  # fmt: skip
        return Document(fields["id"], fields, Place(self.id, 1))

    def cases(self, hand: str) -> Iterator[Case]:
        """The question on the article's own name, and the one on the other name."""
        own = {"answers": self.answers, "gold_doc_ids": (f"{NAMES}:{self.id}",)}
        for told, question, fields in (("own", self.own, own), ("near", self.other, {"unanswerable": True})):
            yield Case(
                id=f"{self.id}-{told}", question=question, language=self.asked, split=hand,
                category=f"{told}_{self.kind}", parallel_id=self.id, place=self.id, **fields,
            )  # fmt: skip


def premises_suite(documents: Sequence[Document], folder: Path = BENCHMARKS / PREMISES) -> Suite:
    """Questions of all hands over the region's stories; `documents`: every article, which names its `story`."""
    told: dict[str, list[Document]] = {}
    for document in documents:
        told.setdefault(str(document.fields.get("story")), []).append(document)
    cases = []
    for path in sorted(folder.glob("*.toml")):
        for one in _read(path, "item", _PREMISES):
            articles = told.get(one.story, ())
            first = sorted(articles, key=lambda d: (d.language != "en", one.contrary not in d.text))
            cases += one.cases([d.id for d in first], path.stem)
    return build_suite(PREMISES, cases, documents, licence="Apache-2.0")


def names_suite(beside: Sequence[Document], folder: Path = BENCHMARKS / NAMES) -> Suite:
    """Pairs of all hands, over their articles and others."""
    pairs = [(path.stem, pair) for path in sorted(folder.glob("*.toml")) for pair in _read(path, "pair", _PAIRS)]
    cases = [case for hand, pair in pairs for case in pair.cases(hand)]
    return build_suite(NAMES, cases, [*(pair.document for _, pair in pairs), *beside], licence="Apache-2.0")


_PREMISES, _PAIRS = TypeAdapter(list[Premise]), TypeAdapter(list[NamePair])


def _read(path: Path, table: str, kind: TypeAdapter[list[Any]]) -> list[Any]:
    """The items of a file; raises BadInput that names file and field."""
    try:
        return kind.validate_python(tomllib.loads(path.read_text(encoding="utf-8"))[table])
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise BadInput(f"{path.name} is not TOML with [[{table}]]: {error}.") from error
    except ValidationError as error:
        told = [f"{path.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
        raise BadInput("\n  ".join(told), hint="docs/benchmark.md shows the form.") from error
