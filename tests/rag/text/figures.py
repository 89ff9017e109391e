"""The figures of the language modules: `python tests/rag/text/figures.py [--data ../shared/data/parallel]`."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rag.text.language import family, identify
from rag.text.names import name_key, name_keys
from rag.text.script import fold
from rag.text.sentences import split_sentences

GOLD = Path(__file__).parent / "gold"
MEGABYTES = 4


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, help="a folder with ntrex128_segments_dev.jsonl, for identification")
    data = parser.parse_args().data
    say = sys.stdout.write
    for path in sorted((GOLD / "sentences").glob("*.jsonl")):
        say(f"sentence borders, F1, {path.stem}: {borders(path):.3f}\n")
    precision, recall = names()
    say(f"name key, precision / recall: {precision:.3f} / {recall:.3f}\n")
    if data:
        segments = [json.loads(line) for line in (data / "ntrex128_segments_dev.jsonl").open(encoding="utf-8")]
        for bare in (False, True):
            told = "without diacritics" if bare else "as written"
            say(f"identification of 5 to 10 words, {told}: {identified(segments, bare)}\n")
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


def identified(segments: list[dict[str, str]], bare: bool) -> str:
    """Shares that are recognised, sr, hr, bs and cnr as one; stretches of five to ten words."""
    rng, right, total = random.Random(5), Counter[str](), Counter[str]()
    for segment in segments:
        words = segment["text"].split()
        if len(words) < 5:
            continue
        length = rng.randint(5, 10)
        start = rng.randint(0, max(0, len(words) - length))
        text = " ".join(words[start : start + length])
        if bare and segment["language"] not in ("sr-Cyrl", "mk", "bg", "el"):
            text = fold(text)
        total[segment["language"]] += 1
        right[segment["language"]] += family(identify(text).language) == family(segment["language"])
    by_language = ", ".join(f"{name} {right[name] / count:.3f}" for name, count in sorted(total.items()))
    return f"{sum(right.values()) / sum(total.values()):.3f} ({by_language})"


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
