"""`python -m research.language_ngrams`: fits the n-grams that tell languages apart, and counts the words of those that
are typed in Latin letters (rag/text/ngrams.py, rag/text/own_script.py)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from scipy.sparse import csr_matrix

from eval.datasets.languages import bare
from eval.datasets.lines import read_lines
from rag.errors import BadInput
from rag.text.languages import LANGUAGES
from rag.text.ngrams import BITS, LEVELS, buckets
from rag.text.own_script import WAYS
from rag.text.script import script_of, to_latin
from research.train.reader.data import parallel_questions, written
from research.typed_latin import typed_latin, without_accents

# Languages that are none of ours, by the names of Tatoeba's files and FLORES-200's.
OTHERS = {
    **{"de": "deu", "fr": "fra", "it": "ita", "es": "spa", "pt": "por", "ca": "cat", "nl": "nld", "sv": "swe"},
    **{"da": "dan", "no": "nob", "fi": "fin", "et": "est", "lv": "lvs", "lt": "lit", "hu": "hun", "pl": "pol"},
    **{"cs": "ces", "sk": "slk", "ru": "rus", "uk": "ukr", "be": "bel"},
}
NTREX, TATOEBA, FLORES = (
    "parallel/ntrex128_segments_dev.jsonl",
    "parallel/tatoeba.jsonl.gz",
    "train/parallel_open.jsonl.gz",
)
# Pieces of each language. Shares are prior odds: Serbian before its neighbours, Montenegrin last, others rare.
PIECES = {"sr": 16_000, "hr": 9_000, "bs": 6_000, "cnr": 4_000, "bg": 16_000, "mk": 16_000, "el": 12_000}
OURS, THEIRS = 10_000, {"ru": 6_000, "uk": 5_000, "be": 4_000}
RARE = 3_500
SHORTEST, SHORT, LONGEST = 2, 5, 12  # words of a piece
PASSES, BATCH, RATE, DECAY = 5, 2048, 0.15, 1e-6
SEED = 38
OFTEN = 3  # a word that the spelling of words is learnt from
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_err = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text in a language of ours, or in another one; `asked`: a question, of which the beginning tells most."""

    tag: str
    text: str
    asked: bool = False

    @property
    def label(self) -> str:
        return self.tag.split("-")[0]


def collected(data: Path, tatoeba: Path, flores: Path) -> Iterator[LabelledText]:
    """All texts to learn from. Raises BadInput where a collection is missing."""
    yield from _written()
    for name in (NTREX, TATOEBA, FLORES):
        for record in read_lines(data / name):
            yield LabelledText(record.text("language"), record.text("text"))
            if english := record.text("en", default=""):
                yield LabelledText("en", english)
    for label, code in OTHERS.items():
        for path in (tatoeba / f"tatoeba.{code}-eng.{code}", flores / f"{code}.devtest"):
            if not path.is_file():
                raise BadInput(f"{path} is missing.", hint="docs/languages.md says where the texts come from.")
            yield from (LabelledText(label, line) for line in path.read_text(encoding="utf-8").splitlines())


def _written() -> Iterator[LabelledText]:
    """Stories and questions that Telal wrote for training."""
    for record in written.records():
        for question in record.questions:
            yield from (LabelledText(tag, text, asked=True) for tag, text in question.asked.items())
        for article in record.articles.values():
            yield from (LabelledText(article.language, s) for s in _SENTENCE.split(f"{article.title}\n{article.text}"))
    for first in parallel_questions.read_questions():
        for one in (first, *first.misses):
            yield from (LabelledText(tag, text, asked=True) for tag, text in one.asked.items())


def pieces(texts: Sequence[LabelledText], random: Random) -> Iterator[tuple[str, str]]:
    """Labels with pieces of texts as a reader types them: short, some without marks, without or with other names."""
    of_label: dict[str, dict[str, list[LabelledText]]] = defaultdict(lambda: defaultdict(list))
    names: dict[str, list[str]] = defaultdict(list)
    for one in texts:
        if one.text.strip():
            of_label[one.label][one.tag].append(one)
        if one.asked:
            capitals = (word.strip('?.,;»"') for word in one.text.split()[1:] if word[:1].isupper())
            names[script_of(one.text)] += capitals
    for label, of_tag in of_label.items():
        tags = sorted(of_tag)
        usual = RARE if label in OTHERS else OURS
        for number in range({**PIECES, **THEIRS}.get(label, usual)):
            tag = tags[number % len(tags)]
            text = as_typed(random.choice(of_tag[tag]), names, random)
            if script_of(text) in ("Latn", "Cyrl"):
                yield label, text


def as_typed(one: LabelledText, names: Mapping[str, Sequence[str]], random: Random) -> str:
    """A piece of a text; Greek always in Latin letters, for its own tell it."""
    words = one.text.split()
    if len(words) > LONGEST or random.random() < 0.35:
        length = min(random.randint(SHORTEST, LONGEST if random.random() < 0.7 else SHORT), len(words))
        start = 0 if one.asked and random.random() < 0.6 else random.randint(0, len(words) - length)
        words = words[start : start + length]
    drawn, others = random.random(), names.get(script_of(" ".join(words)))
    if len(words) > 3 and drawn < 0.3:
        words = [word for n, word in enumerate(words) if n == 0 or not word[:1].isupper()]
    elif others and drawn < 0.55:
        words = [random.choice(others) if n and word[:1].isupper() else word for n, word in enumerate(words)]
    text = " ".join(words)
    if one.label in WAYS and (one.label == "el" or random.random() < 0.55):
        text = typed_latin(text, one.label, random)
    elif one.tag == "sr-Cyrl" and random.random() < 0.2:
        text = to_latin(text)
    return bare(text, one.tag) if script_of(text) == "Latn" and random.random() < 0.4 else text


def spelt(texts: Iterable[LabelledText], label: str) -> Counter[str]:
    """The words of a language in its own script, in small letters and without Greek accents, that are no rare ones."""
    (script,) = {one.script for one in LANGUAGES.values() if one.primary == label}
    found: Counter[str] = Counter()
    for one in texts:
        if one.label == label:
            found.update(_WORD.findall(without_accents(one.text).lower()))
    return Counter({word: n for word, n in found.items() if n >= OFTEN and script_of(word) == script})


def scripts_of_labels(labels: Sequence[str]) -> list[str]:
    """In which scripts a label can be: its own, and Latin for all of ours."""
    own = {label: {one.script for one in LANGUAGES.values() if one.primary == label} for label in labels}
    cyrillic = {label: {"Cyrl"} if label in THEIRS else {"Latn"} for label in OTHERS}
    return [" ".join(sorted(cyrillic.get(label) or own[label] | {"Latn"})) for label in labels]


def fit(labels: Sequence[str], made: Sequence[tuple[str, str]], tell: Console = _err) -> NDArray[np.int8]:
    """Multinomial logistic regression by Adagrad; a piece competes among the labels of its script."""
    ids = [buckets(text) for _, text in made]
    ends = np.cumsum([0, *map(len, ids)])
    counts = csr_matrix((np.ones(ends[-1], np.float32), np.concatenate(ids), ends), (len(made), 1 << BITS))
    right = np.array([labels.index(label) for label, _ in made])
    scripts = scripts_of_labels(labels)
    shut = np.array(
        [[0.0 if name in held.split() else -1e4 for held in scripts] for name in ("Latn", "Cyrl")], np.float32
    )
    cyrillic = np.array([script_of(text) == "Cyrl" for _, text in made], int)
    draws = np.random.default_rng(SEED)
    weights: NDArray[np.float32] = np.zeros((1 << BITS, len(labels)), np.float32)
    seen = np.full_like(weights, 1e-9)  # squared gradients
    for number in range(PASSES):
        loss, order = 0.0, draws.permutation(len(made))
        for start in range(0, len(made), BATCH):
            batch = order[start : start + BATCH]
            scores = counts[batch] @ weights + shut[cyrillic[batch]]
            odds = np.exp(scores - scores.max(1, keepdims=True))
            odds /= odds.sum(1, keepdims=True)
            at = np.arange(len(batch)), right[batch]
            loss -= float(np.log(odds[at] + 1e-9).sum())
            odds[at] -= 1
            gradient = (counts[batch].T @ odds).astype(np.float32) / len(batch) + DECAY * weights
            seen += gradient * gradient
            weights -= RATE * (1 - number / PASSES) * gradient / np.sqrt(seen)
        tell.print(f"pass {number + 1} of {PASSES}: loss {loss / len(made):.3f}")
    return np.clip(np.rint(weights * LEVELS), -127, 127).astype(np.int8)


def fit_ngrams(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="The folder of the collections in our languages.")],
    tatoeba: Annotated[Path, typer.Argument(metavar="TATOEBA", help="data/tatoeba/v1 of facebookresearch/LASER.")],
    flores: Annotated[Path, typer.Argument(metavar="FLORES", help="flores200_dataset/devtest of OPUS-MT-testsets.")],
    out: Annotated[Path, typer.Option(help="Where the weights are written.")] = Path(
        "rag/text/data/language_ngrams.npz"
    ),
) -> None:
    """Fit the n-grams on short pieces of texts in our languages and in those that are taken for them."""
    random = Random(SEED)
    texts = list(collected(data, tatoeba, flores))
    made = list(pieces(texts, random))
    labels = sorted({label for label, _ in made}, key=lambda label: (label in OTHERS, label))
    shown = Counter(one.tag for one in texts)
    _err.print(f"{sum(shown.values())} texts: {', '.join(f'{tag} {n}' for tag, n in sorted(shown.items()))}")
    weights = fit(labels, made)
    np.savez_compressed(out, labels=np.array(labels), scripts=np.array(scripts_of_labels(labels)), weights=weights)
    for label in WAYS:
        lines = (
            f"{word} {often}\n" for word, often in sorted(spelt(texts, label).items(), key=lambda w: (-w[1], w[0]))
        )
        out.with_name(f"words_{label}.txt").write_text("".join(lines), encoding="utf-8")
    _err.print(f"{len(made)} pieces, {len(labels)} languages, {out.stat().st_size} bytes. Written to {out}.")


if __name__ == "__main__":
    typer.run(fit_ngrams)
