"""`python -m research.retold fit|judge`: questions that ask how outlets tell a story, known by their vectors.

`retold.jsonl` was written to fit on, `retold_other.jsonl` afterwards, in other words, to judge by, both by our own
hand. Further questions that ask something else are, to fit on, the reader's parallel ones; to judge by, the region's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import typer
from numpy.typing import NDArray
from rich.table import Table

import rag.question.retold
from eval.core.show import console
from eval.datasets.lines import read_lines
from eval.datasets.stories import STORIES, read_story
from rag.config import load_settings
from rag.models.embed import Embedder, load_embedder
from rag.question.parse import parse
from rag.question.retold import HEAD_FILE, load_retold_head, read_retold
from rag.question.same import centred
from rag.store.vectors.language_centering import mean_questions
from rag.text.language import family
from research.train.reader.data.parallel_questions import held, read_questions

HERE = Path(__file__).parent
WRITTEN, OTHERS = HERE / "retold.jsonl", HERE / "retold_other.jsonl"
EACH = 2  # variants in which a parallel question is taken
EACH_OF_REGION = 4  # languages in which a question of a story of the region is taken
STRENGTH = 10.0  # of the weights; 1 and 50 find fewer

app = typer.Typer(no_args_is_help=True, help=__doc__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, whether it asks how outlets tell a story, and of which countries' outlets."""

    language: str
    text: str
    asks: bool
    countries: frozenset[str] = frozenset()
    ours: bool = True  # written for it


def written(path: Path) -> Iterator[Asked]:
    """The questions of a file."""
    for line in read_lines(path):
        countries = frozenset(line.fields.get("countries", ()))
        text, asks = line.text("question"), bool(line.fields["asks"])
        yield Asked(line.text("language"), text, asks, countries)


def others(seed: int = 7) -> Iterator[Asked]:
    """Parallel questions that the reader is trained on, which ask something else."""
    random = Random(seed)
    for question in read_questions():
        if not held(question):
            for tag in random.sample(sorted(question.asked), EACH):
                yield Asked(tag, question.asked[tag], asks=False, ours=False)


def region(seed: int = 7) -> Iterator[Asked]:
    """Questions on the region's stories, which ask something else. Nothing is fitted on them."""
    random = Random(seed)
    for path in sorted(STORIES.glob("*.toml")):
        for question in read_story(path).questions:
            for tag in random.sample(sorted(question.ask), min(EACH_OF_REGION, len(question.ask))):
                yield Asked(tag, question.ask[tag], asks=False, ours=False)


def vectors(asked: Sequence[Asked], embedder: Embedder) -> NDArray[np.float32]:
    """Shape (len(asked), d): each less the mean question of its language."""
    means = mean_questions(embedder.model_id)
    return np.stack([centred(embedder.embed_query(one.text), one.language, means) for one in asked])


def fitted(asked: Sequence[Asked], found: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """The weights and the bias."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=STRENGTH, max_iter=5000).fit(found, [one.asks for one in asked])
    return np.asarray(model.coef_[0], np.float32), float(model.intercept_[0])


@app.command()
def fit() -> None:
    """Judges every family of languages by weights that were fitted without it, then writes those fitted on all."""
    embedder = load_embedder(load_settings().embedding)
    asked = [*written(WRITTEN), *others()]
    found = vectors(asked, embedder)
    right: dict[str, list[tuple[Asked, bool]]] = {}
    for kin in sorted({family(one.language) for one in asked}):
        own = np.array([family(one.language) == kin for one in asked])
        weights, bias = fitted([one for one, left in zip(asked, own, strict=True) if not left], found[~own])
        held = [one for one, left in zip(asked, own, strict=True) if left]
        right[kin] = list(zip(held, (found[own] @ weights + bias > 0).tolist(), strict=True))
    _table(right)
    weights, bias = fitted(asked, found)
    path = Path(rag.question.retold.__file__).with_name(HEAD_FILE)
    np.savez(path, weights=weights, bias=np.float32(bias), model=np.array(embedder.model_id))
    console().print(f"{path}: {len(asked)} questions")


@app.command()
def judge(file: Path = OTHERS) -> None:
    """Judges the shipped head by questions on which it was not fitted, the region's among them, and which countries it
    reads."""
    embedder, head = load_embedder(load_settings().embedding), load_retold_head()
    asked = [*written(file), *region()]
    told = [head.asks(vector) for vector in vectors(asked, embedder)]
    by: dict[str, list[tuple[Asked, bool]]] = {}
    countries = []
    for one, says in zip(asked, told, strict=True):
        by.setdefault(family(one.language), []).append((one, says))
        if one.asks != says:
            console().print(f"{'missed' if one.asks else 'taken'}: {one.language}: {one.text}", markup=False)
        if one.asks:
            read = read_retold(parse(one.text, one.language), ())
            countries.append(frozenset(read.countries) == one.countries)
            if not countries[-1]:
                console().print(f"{one.language}: {read.countries}: {one.text}", markup=False)
    _table(by)
    console().print(f"countries right {sum(countries)} of {len(countries)}")


def _table(by: dict[str, list[tuple[Asked, bool]]]) -> None:
    table = Table("family", "asks it", "found", "asks something else", "taken", "of other collections", "taken")
    for name, pairs in {**by, "all": [pair for some in by.values() for pair in some]}.items():
        some = [[says for one, says in pairs if (one.asks, one.ours) == kind] for kind in _KINDS]
        table.add_row(name, *(str(n) for says in some for n in (len(says), sum(says))))
    console().print(table)


_KINDS = ((True, True), (False, True), (False, False))


if __name__ == "__main__":
    app()
