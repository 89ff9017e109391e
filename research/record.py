"""`python -m research.record make OUT` and `compare A B`: every answer as JSON, and which of them a change altered."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from eval.core.cases import Suite
from eval.core.show import console
from eval.datasets.lines import read_lines
from eval.datasets.load import load, suite_names
from eval.datasets.shared_data import DATA
from eval.run.index import build, open_index
from rag.config import load_settings
from rag.engine import Engine
from rag.errors import BadInput, TelalError
from rag.types import Event, Filters, Finished, PassagesFound, Turn
from rag.wire import answer_json, jsonable
from research.tour import QUESTIONS

BROWSE_DEV, TALKS_DEV = "qa/browse_dev.jsonl", "qa/talks_dev.jsonl"
STARTER = "balkan"  # a suite over the starter corpus
ODD = Path(__file__).with_name("odd_inputs.jsonl")
_DAYS = ("published_from", "published_to", "as_of")
# Suites over other people's articles: split and number of cases, drawn by language and kind.
SHARED: Mapping[str, tuple[str | None, int | None]] = {
    "reader_dev": ("dev", None),
    "reader_dev2": ("dev", None),
    "xquad": (None, 100),
    "news_quiz": (None, 300),
}
# 715 questions of one form take four minutes, more than all others together: half of them are asked.
SAMPLED = {"newcomer": 360}
QUICK = 10  # every tenth question
DIFFERENT_EVERY_RUN = frozenset({"timings_ms"})
ABOUT = "about.json"
EXIT_DIFFERENT = 1
_DIGITS = 6  # of scores: the order of a sum may change the last of sixteen
_SHOWN = 3  # examples of a field that differs
_WIDTH = 100

_out = console()
app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True)
class Input:
    """What is asked, and all that a client can send with it; `wants` is one of REPLIES."""

    id: str
    question: str
    wants: str = "answer"
    page_language: str | None = None
    languages: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    as_of: date | None = None
    history: tuple[Turn, ...] = ()
    later: tuple[Input, ...] = ()  # asked after it in the same conversation

    @property
    def filters(self) -> Filters:
        return Filters(self.published_from, self.published_to, self.languages)


@dataclass(frozen=True, slots=True)
class Source:
    """Inputs that are asked over the documents of a suite, under a name."""

    name: str
    suite: Suite
    inputs: tuple[Input, ...]


def sources(*, data: Path = DATA) -> Iterator[Source]:
    """Everything that is asked: the tour, the suites, conversations, browsing, odd inputs, suites of real articles.

    Raises BadInput where development data is missing.
    """
    starter = load(STARTER)
    tour = (
        Input(str(n), asked, history=(Turn(before),) if before else ())
        for n, (_, asked, before) in enumerate(QUESTIONS)
    )
    yield Source("tour", starter, tuple(tour))
    yield Source("odd", starter, odd_inputs())
    yield Source("talks", starter, tuple(_talk(line.fields) for line in read_lines(data / TALKS_DEV)))
    browsed = (line.fields for line in read_lines(data / BROWSE_DEV))
    yield Source("browse", starter, tuple(Input(f["id"], f["input"], page_language=f["language"]) for f in browsed))
    for name in suite_names():
        yield _suite(name, load(name).sample(SAMPLED.get(name), seed=0))
    for name, (split, size) in SHARED.items():
        yield _suite(name, load(name).of_split(split).sample(size, seed=0))


def odd_inputs(path: Path = ODD) -> tuple[Input, ...]:
    """Our own odd inputs; one with a `length` is repeated and cut to so many characters."""
    made = []
    for n, line in enumerate(read_lines(path)):
        fields = dict(line.fields)
        text, length = fields.pop("input"), fields.pop("length", None)
        days: dict[str, Any] = {name: date.fromisoformat(fields.pop(name)) for name in _DAYS if name in fields}
        languages = tuple(fields.pop("languages", ()))
        asked = (text * (length // len(text) + 1))[:length] if length else text
        made.append(Input(str(n), asked, languages=languages, **days, **fields))
    return tuple(made)


def _talk(talk: Mapping[str, Any]) -> Input:
    first, *later = (
        Input(f"{talk['id']}.{turn['turn']}", turn["question"], page_language=talk["language"])
        for turn in talk["turns"]
    )
    return Input(first.id, first.question, page_language=first.page_language, later=tuple(later))


def _suite(name: str, suite: Suite) -> Source:
    cases = (c for c in suite.cases if not c.search_only)
    asked = (Input(c.id, c.question, languages=c.search_in, as_of=c.as_of, history=c.history) for c in cases)
    return Source(name, suite, tuple(asked))


def record(source: Source, engine: Engine) -> Iterator[dict[str, Any]]:
    """A row for each input, and for each later turn of a conversation with the turns before it."""
    for first in track(source.inputs, source.name, disable=not _out.is_terminal):
        history = list(first.history)
        for one in (first, *first.later):
            row = {"id": f"{source.name}/{one.id}", "question": one.question, **reply(one, engine, history)}
            history.append(Turn(one.question, row.get("answer", {}).get("text", "")))
            yield row


def reply(asked: Input, engine: Engine, history: Sequence[Turn]) -> dict[str, Any]:
    """What comes of it, or the error that says why nothing does."""
    try:
        return {name: rounded(made) for name, made in REPLIES[asked.wants](asked, engine, history).items()}
    except TelalError as error:
        return {"error": {"kind": error.kind, "message": error.message, "hint": error.hint}}


def _answer(asked: Input, engine: Engine, history: Sequence[Turn]) -> dict[str, Any]:
    events = list(
        engine.stream(
            asked.question,
            history=history,
            filters=asked.filters,
            as_of=asked.as_of,
            page_language=asked.page_language,
        )
    )
    answers = [event.answer for event in events if isinstance(event, Finished)]
    return {"events": [event_json(event) for event in events], "answer": answer_json(answers[-1])}


def _passages(asked: Input, engine: Engine, history: Sequence[Turn]) -> dict[str, Any]:
    hits = engine.search(asked.question, history=history, filters=asked.filters, as_of=asked.as_of)
    return {"passages": jsonable(hits)}


def _stories(asked: Input, engine: Engine, history: Sequence[Turn]) -> dict[str, Any]:
    return {"stories": jsonable(engine.latest(asked.page_language or "en", filters=asked.filters).stories)}


REPLIES: Mapping[str, Callable[[Input, Engine, Sequence[Turn]], dict[str, Any]]] = {
    "answer": _answer,
    "passages": _passages,
    "stories": _stories,
}


def event_json(event: Event) -> dict[str, Any]:
    """An event by its name; of a passage its id and scores, of a citation its number, of a sentence its text."""
    name = type(event).__name__
    if isinstance(event, Finished):
        return {"event": name}
    if isinstance(event, PassagesFound):
        hits = [{**jsonable(hit), "passage": hit.passage.id, "article": hit.passage.article_id} for hit in event.hits]
        return {"event": name, "standalone": event.standalone, "hits": hits}
    held = {key: value for key in ("citation", "sentence", "model") if (value := getattr(event, key, None)) is not None}
    return {"event": name, **{key: getattr(v, "number", getattr(v, "text", v)) for key, v in held.items()}}


def rounded(value: Any) -> Any:
    """Rounds scores to six digits and drops what differs from run to run."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: rounded(held) for key, held in value.items() if key not in DIFFERENT_EVERY_RUN}
    return [rounded(held) for held in value] if isinstance(value, list) else value


@app.command()
def make(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder: a file of JSON lines a source.")],
    quick: Annotated[bool, typer.Option("--quick", help="Every tenth question, in a minute.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="These sources alone; may be repeated.")
    ] = None,
) -> None:
    """Ask everything of this checkout and write each answer down. Reads `../shared/data`."""
    if (out / ABOUT).exists():
        raise BadInput(f"{out} holds a record already.", hint="Name another folder, or remove this one.")
    out.mkdir(parents=True, exist_ok=True)
    chosen = [s for s in sources() if not only or s.name in only]
    if missing := set(only or ()) - {s.name for s in chosen}:
        raise BadInput(f"There is no source {sorted(missing)[0]}.", hint=f"{', '.join(s.name for s in sources())}.")
    counts: dict[str, int] = {}
    about = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "commit": _commit(), "part": True, "counts": counts}
    for source in chosen:
        inputs = source.inputs[:: QUICK if quick else 1]
        with open_index(build(source.suite, load_settings())) as engine:
            rows = list(record(replace(source, inputs=inputs), engine))
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (out / f"{source.name}.jsonl").write_text("".join(lines), encoding="utf-8")
        counts[source.name] = len(rows)
        _out.print(f"{source.name}: {len(rows)}", highlight=False)
        about["part"] = quick or bool(only) or source is not chosen[-1]
        (out / ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")


def _commit() -> str:
    ran = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return ran.stdout.strip()


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one answer: where it stands, and what it was and is."""

    path: str
    before: str
    after: str
    added: bool = False  # a field that was not there; nothing that was there is another

    @property
    def field(self) -> str:
        """The path without the numbers of items."""
        return "".join("[]" if part.isdigit() else part for part in self.path.replace("]", "[").split("["))


def differences(a: Any, b: Any, path: str = "") -> Iterator[Difference]:
    """Every field that differs, in order; of a list that became longer or shorter each item more or less."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys((*a, *b)):
            here = f"{path}.{key}" if path else key
            if key not in a:
                yield Difference(here, "", _short(b[key]), added=True)
            else:
                yield from differences(a[key], b[key], here) if key in b else [Difference(here, _short(a[key]), "gone")]
    elif isinstance(a, list) and isinstance(b, list):
        for n, (x, y) in enumerate(zip_longest(a, b, fillvalue=_NOTHING)):
            yield from differences(x, y, f"{path}[{n}]")
    elif a != b or isinstance(a, bool) != isinstance(b, bool):
        yield Difference(path, _short(a), _short(b))


_NOTHING = object()


def _short(value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    said = json.dumps(value, ensure_ascii=False)
    return said if len(said) <= _WIDTH else f"{said[: _WIDTH - 1]}…"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two records have in common: answers by id with the differences of each."""

    equal: int
    different: Mapping[str, Sequence[Difference]]
    added: Mapping[str, int]  # fields that only the second has, with the number of answers
    ignored: Mapping[str, int]
    missing: Sequence[str]  # only in the first
    new: Sequence[str]


def compare_rows(
    a: Mapping[str, Mapping[str, Any]], b: Mapping[str, Mapping[str, Any]], *, ignore: Iterable[str] = ()
) -> Comparison:
    """Answers by id, compared field by field; `ignore`: fields, and all below them, that make no difference."""
    passed_over = tuple(ignore)
    different: dict[str, list[Difference]] = {}
    added, ignored = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    both = [key for key in a if key in b]
    for key in both:
        for one in differences(a[key], b[key]):
            if any(one.field == name or one.field.startswith((f"{name}.", f"{name}[")) for name in passed_over):
                ignored[one.field].add(key)
            elif one.added:
                added[one.field].add(key)
            else:
                different.setdefault(key, []).append(one)
    return Comparison(
        len(both) - len(different),
        different,
        {name: len(ids) for name, ids in added.items()},
        {name: len(ids) for name, ids in ignored.items()},
        [key for key in a if key not in b],
        [key for key in b if key not in a],
    )


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A record made before.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="A record made after.")],
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD", help="Differences in it are only counted; may be repeated: answer.sentences[].lead."
        ),
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="Answers named for each field that differs.")] = _SHOWN,
) -> None:
    """Say how many answers are equal, and which fields of the others differ. Exit code 1 when any differs.

    A field that only B has is no difference. A part (`--quick`, `--only`) is compared with what it holds.
    """
    before, after = _about(a), _about(b)
    made = compare_rows(read_rows(a), read_rows(b), ignore=ignore or ())
    lost = made.missing if not after["part"] else ()
    for line in told(made, examples=examples):
        _out.print(line, markup=False, highlight=False, soft_wrap=True)
    if before["day"] != after["day"]:
        _out.print(
            f"Made on {before['day']} and {after['day']}: what asks for news may differ for that.", highlight=False
        )
    if made.different or lost or not (made.equal or made.different):
        raise typer.Exit(EXIT_DIFFERENT)


def told(made: Comparison, *, examples: int = _SHOWN) -> Iterator[str]:
    """The comparison in lines: the count, each field with answers in which it differs, what else is to be known."""
    yield f"{made.equal + len(made.different)} answers: {made.equal} equal, {len(made.different)} different."
    fields = defaultdict[str, list[tuple[str, Difference]]](list)
    sources = defaultdict[str, list[str]](list)
    for key, found in made.different.items():
        sources[key.partition("/")[0]].append(key)
        for one in {d.field: d for d in reversed(found)}.values():  # the first of each field
            fields[one.field].append((key, one))
    for name, ones in sorted(fields.items(), key=lambda item: -len(item[1])):
        yield f"\n{name}: {len(ones)}"
        yield from (f"  {key} {one.path}\n    {one.before}\n    {one.after}" for key, one in ones[:examples])
    yield from (f"\n{source}: {len(keys)} different: {' '.join(keys)}" for source, keys in sources.items())
    for title, counts in (("Fields only in B", made.added), ("Ignored", made.ignored)):
        yield from (f"{title}: {name} ({count})" for name, count in counts.items())
    for title, ids in (("Only in A", made.missing), ("Only in B", made.new)):
        if ids:
            yield f"{title}: {len(ids)} answers, such as {', '.join(ids[:_SHOWN])}"


def read_rows(folder: Path) -> dict[str, dict[str, Any]]:
    """The rows of a record by their ids."""
    lines = (line for path in sorted(folder.glob("*.jsonl")) for line in read_lines(path))
    return {line.fields["id"]: dict(line.fields) for line in lines}


def _about(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT
    if not path.is_file():
        raise BadInput(f"{folder} holds no whole record.", hint=f"Make one: python -m research.record make {folder}")
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


if __name__ == "__main__":
    app()
