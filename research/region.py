"""Checks the stories of the region's benchmark by the guide beside them: versions, answers, near misses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from eval.core.show import console
from eval.datasets.ours import jsonl_files, read_documents
from eval.datasets.stories import CYRILLIC, STORIES, WRITTEN, ToldQuestion, ToldStory, read_story
from ingest.sources.files import FOLDER as STARTER
from rag.errors import BadInput
from rag.text.language import family, identify
from rag.text.languages import LANGUAGES
from rag.text.names import is_common
from rag.text.numbers import find_figures
from rag.text.script import script_of
from rag.text.sentences import split_sentences
from rag.text.words import words

KINDS = frozenset("who when where how_many what why yes_no said_by".split())
NEAR_KINDS = frozenset("attribute role unit year place name".split())
ENGLISH_WORDS = (300, 500)
WORDS = (240, 540)  # of the others: Turkish and Slovene need fewer for the same, Romanian and Albanian more
QUESTIONS = (12, 13)
NEAR_MISSES = (4, 5)
LONGEST_ANSWER = 16  # words
COPIED = 10  # words in a row that also stand in the starter corpus
ASKED_IN_ITS_WORDS = 6  # words in a row that a question shares with its article
SAME_SENTENCE = 8  # words from which a sentence in two versions is the same sentence, not a phrase
SAME_SHARE = 0.25  # of the sentences of two versions of one family
OTHER_ORDER = len(WRITTEN) // 2  # versions that tell the answers in another order than the English one
SURE = 0.99  # of a detector that contradicts the tag of a question
FIRST, LAST = date(2015, 1, 1), date(2026, 12, 31)
_NAME = re.compile(r"[^\W\d_a-zß-öø-ÿ][\w'’-]*(?: (?:(?:of|the|de|von|der) )*[^\W\d_a-zß-öø-ÿ][\w'’-]*)+")
_BARE_NUMBER = re.compile(r"\d{1,2}")


def complaints(story: ToldStory) -> list[str]:
    """Everything that is wrong with a story, each in a sentence; none when it may go in."""
    found = list(_form(story))
    return found or [*_facts(story), *_versions(story), *_alike(story), *_answers(story), *_questions(story)]


def _form(story: ToldStory) -> Iterator[str]:
    """What must stand before anything else can be looked at."""
    yield from (f"article.{tag} is missing" for tag in WRITTEN if tag not in story.article)
    yield from (f"article.{tag} is no variant; {CYRILLIC} is made" for tag in story.article if tag not in WRITTEN)
    if [q.number for q in story.questions] != list(range(1, len(story.questions) + 1)):
        yield "the questions are not numbered 1, 2, 3 and so on"
    for q in story.questions:
        yield from (f"question {q.number} is not asked in {tag}" for tag in WRITTEN if tag not in q.ask)
        yield from (f"question {q.number}: {tag} is no variant" for tag in q.ask if tag not in LANGUAGES)
    wanted = {q.number for q in story.questions if not q.near}
    for tag, version in story.article.items():
        marked = set(version.answers)
        yield from (f"{tag}: question {n} is marked nowhere" for n in sorted(wanted - marked))
        yield from (f"{tag}: {{{n}|...}} belongs to no answerable question" for n in sorted(marked - wanted))
        if re.search(r"[{}|]", version.plain):
            yield f"{tag}: a mark is not closed, or stands in another"


def _facts(story: ToldStory) -> Iterator[str]:
    if len(story.sources) < 2:
        yield "two sources or more are to be named"
    if not FIRST <= story.date <= LAST:
        yield f"{story.date} is not between 2015 and 2026"
    english = story.article["en"]
    text = f"{english.title}\n{english.plain}"
    yield from (f"{name} is listed, yet not in the English article" for name in story.people if name not in text)
    known = [one.casefold() for one in (*story.people, *story.names)]
    for run in sorted(set(_NAME.findall(text))):
        first, _, rest = run.partition(" ")
        name = re.sub(r"['’]s?$", "", rest if is_common(first) else run)
        if " " in name and not any(name.casefold() in one or one in name.casefold() for one in known):
            yield f"{name!r} is in neither `people` nor `names`: is there such a one, and in which source?"


def _versions(story: ToldStory) -> Iterator[str]:
    for tag, version in story.article.items():
        least, most = ENGLISH_WORDS if tag == "en" else WORDS
        if not least <= (count := len(version.plain.split())) <= most:
            yield f"{tag}: {count} words, not {least} to {most}"
        for what, text in (("title", version.title), ("text", version.plain)):
            if script_of(text) != LANGUAGES[tag].script:
                yield f"{tag}: the {what} is not in {LANGUAGES[tag].script}"
        guess = identify(version.plain).language
        if family(guess) != family(tag):
            yield f"{tag}: the article reads as {guess}"
        elif tag in ("sr-Latn", "hr") and guess != tag:  # Bosnian and Montenegrin are not told without a page
            yield f"{tag}: its words are those of {guess}"
        if copied := sorted(_runs(version.plain, COPIED) & _starter(tag)):
            yield f"{tag}: stands in the starter corpus too: {' '.join(copied[0])}"


def _alike(story: ToldStory) -> Iterator[str]:
    """Versions that were translated sentence by sentence, or copied from their neighbour."""
    order = [n for n, _ in sorted(story.article["en"].answers.items(), key=lambda item: item[1])]
    others = sum([n for n, _ in sorted(v.answers.items(), key=lambda i: i[1])] != order for v in story.article.values())
    if others < OTHER_ORDER:
        yield f"only {others} versions tell the answers in another order than the English one, not {OTHER_ORDER}"
    kin = [tag for tag in story.article if family(tag) == "sh"]
    for at, one in enumerate(kin):
        for other in kin[at + 1 :]:
            mine, theirs = _sentences(story, one), _sentences(story, other)
            if (share := len(mine & theirs) / max(1, min(len(mine), len(theirs)))) > SAME_SHARE:
                yield f"{one} and {other} share {share:.0%} of their sentences word for word"


def _sentences(story: ToldStory, tag: str) -> set[tuple[str, ...]]:
    text = story.article[tag].plain
    made = (tuple(words(text[s.start : s.end])) for s in split_sentences(text, tag))
    return {sentence for sentence in made if len(sentence) >= SAME_SENTENCE}


def _runs(text: str, length: int) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[i : i + length]) for i in range(len(said) - length + 1)}


@cache
def _starter(tag: str) -> frozenset[tuple[str, ...]]:
    documents = read_documents(jsonl_files(STARTER))
    return frozenset(run for d in documents if d.language == tag for run in _runs(d.text, COPIED))


def _answers(story: ToldStory) -> Iterator[str]:
    for q in story.questions:
        if q.near:
            continue
        values = {tag: {n.key for n in find_figures(v.said(q.number))} for tag, v in story.article.items()}
        for tag, version in story.article.items():
            said = version.said(q.number)
            if len(said.split()) > LONGEST_ANSWER:
                yield f"{tag}: the answer to {q.number} has more than {LONGEST_ANSWER} words: {said}"
            if _BARE_NUMBER.fullmatch(said.strip()):
                yield f"{tag}: {said!r}, the answer to {q.number}, is in too many texts: mark its unit with it"
            if values[tag] != values["en"]:
                there, here = (", ".join(sorted(values[t])) or "none" for t in ("en", tag))
                yield f"{tag}: answer {q.number}, {said!r}, has the numbers {here}, the English one {there}"


def _questions(story: ToldStory) -> Iterator[str]:
    near = sum(bool(q.near) for q in story.questions)
    if not QUESTIONS[0] <= len(story.questions) <= QUESTIONS[1]:
        yield f"{len(story.questions)} questions, not {QUESTIONS[0]} or {QUESTIONS[1]}"
    if not NEAR_MISSES[0] <= near <= NEAR_MISSES[1]:
        yield f"{near} near misses, not {NEAR_MISSES[0]} or {NEAR_MISSES[1]}"
    by_number = {q.number: q for q in story.questions}
    for q in story.questions:
        yield from (f"question {q.number}: {what}" for what in (*_kind(q, by_number.get(q.twin)), *_asked(story, q)))
    for tag in WRITTEN:
        twice = [text for text, n in Counter(" ".join(words(q.ask[tag])) for q in story.questions).items() if n > 1]
        yield from (f"{tag}: asked twice: {text}" for text in twice)


def _kind(q: ToldQuestion, twin: ToldQuestion | None) -> Iterator[str]:
    if not q.near:
        if q.kind not in KINDS:
            yield f"its kind is {q.kind!r}, not one of {', '.join(sorted(KINDS))}"
        if q.twin or q.why:
            yield "`twin` and `why` are a near miss's"
        return
    if q.near not in NEAR_KINDS:
        yield f"`near` is {q.near!r}, not one of {', '.join(sorted(NEAR_KINDS))}"
    if twin is None or twin.near:
        yield "`twin` names no answerable question"
    if not q.why:
        yield "`why` must say what the archive holds instead"
    if q.also or q.kind:
        yield "a near miss has no `also` and no `kind`"


def _asked(story: ToldStory, q: ToldQuestion) -> Iterator[str]:
    for tag, text in q.variants.items():
        if script_of(text) != LANGUAGES[tag].script:
            yield f"{tag}: not in {LANGUAGES[tag].script}: {text}"
        if not 3 <= len(text.split()) <= 25:
            yield f"{tag}: {len(text.split())} words: {text}"
        guess = identify(text)
        if guess.confidence >= SURE and family(guess.language) != family(tag):
            yield f"{tag}: reads as {guess.language}: {text}"
        if _runs(text, ASKED_IN_ITS_WORDS) & _runs(story.versions[tag].plain, ASKED_IN_ITS_WORDS):
            yield f"{tag}: asked in the article's own words: {text}"


def main(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[STORY.toml]...", help="All when none is named.")
    ] = None,
) -> None:
    """Check stories; exit code 1 when one may not go in."""
    table = Table("story", "words", "questions", "near misses", "complaints", box=None)
    wrong = 0
    for path in files or sorted(STORIES.glob("*.toml")):
        try:
            story = read_story(path)
        except BadInput as error:
            console().print(str(error), markup=False, highlight=False, soft_wrap=True)
            wrong += 1
            continue
        found = complaints(story)
        wrong += len(found)
        for one in found:
            console().print(f"{path.name}: {one}.", markup=False, highlight=False, soft_wrap=True)
        counts = [len(v.plain.split()) for v in story.article.values()] or [0]
        near = sum(bool(q.near) for q in story.questions)
        sizes = f"{min(counts)} to {max(counts)}", str(len(story.questions)), str(near), str(len(found))
        table.add_row(story.name, *sizes)
    console().print(table)
    if wrong:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
