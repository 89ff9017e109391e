"""The figures of the language modules: `python tests/rag/text/figures.py`."""

from __future__ import annotations

import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from random import Random

from eval.datasets.languages import bare
from eval.datasets.romanise import romanise
from eval.datasets.stories import STORIES, read_story
from rag.text.language import family, identify
from rag.text.languages import LANGUAGES
from rag.text.names import name_key, name_keys
from rag.text.own_script import WAYS, in_own_script
from rag.text.script import fold, script_of
from rag.text.sentences import split_sentences
from research.typed_latin import typed_latin, without_accents

GOLD = Path(__file__).parent / "gold"
MEGABYTES = 4
_WORD = re.compile(r"\w+")


def main() -> None:
    say = sys.stdout.write
    for path in sorted((GOLD / "sentences").glob("*.jsonl")):
        say(f"sentence borders, F1, {path.stem}: {borders(path):.3f}\n")
    precision, recall = names()
    say(f"name key, precision / recall: {precision:.3f} / {recall:.3f}\n")
    for line in (*identification(), *spelling()):
        say(f"{line}\n")
    text = " ".join(line for path in (GOLD / "sentences").glob("*.jsonl") for line in sentences(path))
    for name, work in (("fold", fold), ("split", split_sentences), ("names", name_keys)):
        say(f"{name}: {rate(work, text):.1f} MB a second\n")


def sentences(path: Path) -> list[str]:
    return [s for line in path.read_text(encoding="utf-8").splitlines() for s in json.loads(line)["sentences"]]


def borders(path: Path) -> float:
    """F1 of the inner borders of the gold texts of a language."""
    hits = told = gold = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        record, text, ends = json.loads(line), "", set()
        for sentence, join in zip(record["sentences"], [*record["joins"], ""], strict=True):
            text += sentence
            ends.add(len(text))
            text += join
        found = {span.end for span in split_sentences(text, path.stem)} - {len(text)}
        ends -= {len(text)}
        hits, told, gold = hits + len(ends & found), told + len(found), gold + len(ends)
    return 2 * hits / (told + gold)


def names() -> tuple[float, float]:
    """Precision and recall of "the same key" on the gold pairs."""
    pairs = [json.loads(line) for line in (GOLD / "names.jsonl").read_text(encoding="utf-8").splitlines()]
    judged = [(name_key(pair["a"]) == name_key(pair["b"]), pair["same"]) for pair in pairs]
    right = sum(found and same for found, same in judged)
    return right / sum(found for found, _ in judged), right / sum(same for _, same in judged)


Row = tuple[str, str]  # a language and a text


def asked() -> list[Row]:
    """The region benchmark's questions, on which nothing was trained."""
    stories = (read_story(path) for path in sorted(STORIES.glob("*.toml")))
    return [row for story in stories for question in story.questions for row in question.variants.items()]


def gold(name: str) -> list[Row]:
    """Questions of our own, `LANGUAGE QUESTION` a line."""
    lines = (GOLD / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [(tag, text) for tag, _, text in (line.partition(" ") for line in lines)]


def cut(text: str, random: Random) -> str:
    """Three to five words in a row, in small letters; half of them the first ones."""
    words = text.lower().rstrip("?;").split()
    length = min(random.randint(3, 5), len(words))
    start = random.choice((0, random.randint(0, len(words) - length)))
    return " ".join(words[start : start + length])


def typed(rows: Sequence[Row], way: str) -> list[Row]:
    """The rows that a way of typing changes, changed."""
    random = Random(38)
    ways: dict[str, Callable[[str, str], str]] = {
        "as written": lambda text, tag: text,
        "without marks": bare,
        "3 to 5 words": lambda text, tag: cut(text, random),
        "in Latin letters": lambda text, tag: romanise(text, tag) if script_of(text) != "Latn" else "",
        "as in a chat": lambda text, tag: typed_latin(text, tag, random).lower() if tag in WAYS else "",
    }
    return [(tag, made) for tag, text in rows if (made := ways[way](text, tag))]


TYPED = ("as written", "without marks", "3 to 5 words", "in Latin letters", "as in a chat")


def recognised(rows: Sequence[Row]) -> dict[str, float]:
    """The share of each language that is told, sr, hr, bs and cnr as one."""
    right: dict[str, list[bool]] = defaultdict(list)
    for tag, text in rows:
        right[tag].append(family(identify(text).language) == family(tag))
    return {tag: sum(told) / len(told) for tag, told in right.items()}


def identification() -> Iterator[str]:
    """A row for each language, then the four standards by themselves, those that are none of ours, and the time."""
    rows = asked()
    shares = {way: recognised(typed(rows, way)) for way in TYPED}
    yield f"| | {' | '.join(TYPED)} |"
    for tag in LANGUAGES:
        told = (f"{of[tag]:.3f}" if tag in of else "" for of in shares.values())
        yield f"| {LANGUAGES[tag].english} ({tag}) | {' | '.join(told)} |"
    kin = [(tag, text) for tag, text in rows if tag in ("sr-Latn", "hr", "bs", "cnr")]
    for told in ("no page", "own page", "Serbian page"):
        hints = {"own page": lambda tag: tag, "Serbian page": lambda tag: "sr-Latn", "no page": lambda tag: None}
        right: dict[str, list[bool]] = defaultdict(list)
        for tag, text in kin:
            right[tag].append(identify(text, hint=hints[told](tag)).language == tag)
        yield f"{told}: {', '.join(f'{tag} {sum(r) / len(r):.3f}' for tag, r in right.items())}"
    for tag, some in groupby(gold("foreign"), key=lambda row: row[0]):
        texts = [text for _, text in some]
        yield f"{tag}: none of ours {sum(not identify(text).supported for text in texts)} of {len(texts)}"
    yield f"typed by hand in Latin letters: {recognised(gold('typed_latin'))}"
    started = time.process_time()
    for _, text in rows[:2000]:
        identify(text)
    yield f"a question: {(time.process_time() - started) / 2:.2f} ms"


def spelling() -> Iterator[str]:
    """The words that were typed in Latin letters and are rightly put back into their script, Greek accents aside."""
    rows, random = [row for row in asked() if row[0] in WAYS], Random(38)
    for way, latin in (("official", romanise), ("chat", lambda text, tag: typed_latin(text, tag, random))):
        for language in WAYS:
            right: list[bool] = []
            for tag, text in rows:
                if tag == language:
                    typed_ = latin(text, tag).lower()
                    wanted, made = (
                        _WORD.findall(t.lower()) for t in (without_accents(text), in_own_script(typed_, tag))
                    )
                    right += [a == b for a, b in zip(wanted, made, strict=False)]
            yield f"put back, {way}, {language}: {sum(right) / len(right):.3f} of the words"


def rate(work: Callable[[str], object], text: str) -> float:
    """Megabytes of UTF-8 a second on one core, the best of three."""
    size = len(text.encode())
    texts = [text[i : i + 4000] for i in range(0, len(text), 4000)]
    rounds = max(1, MEGABYTES * 1_000_000 // size)
    times = []
    for _ in range(3):
        started = time.process_time()
        for _ in range(rounds):
            for one in texts:
                work(one)
        times.append(time.process_time() - started)
    return size * rounds / min(times) / 1e6


if __name__ == "__main__":
    main()
