"""haiku.rag beside Telal: the same passages, vectors and questions, each in a process of its own, one after the other.

haiku.rag needs Python 3.12 and an environment of its own: `python3.12 -m venv ENV; ENV/bin/pip install haiku.rag-slim`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rag.config import Settings
from rag.models.embed import load_embedder
from research.speed.figures import Figure
from research.speed.measure import How, benchmark_questions
from research.speed.texts import PER_ARTICLE, TENTH, Maker, embed_base

STORE = Path(__file__).with_name("haiku_store.py")
QUIET = {"LOGFIRE_IGNORE_NO_CONFIG": "1", "PATH": ""}


def haiku_figures(python: Path, settings: Settings, passages: int, how: How) -> list[Figure]:
    """haiku.rag's figures as `reference`, without the embedding of the questions. `python`: of its environment."""
    embedder, maker = load_embedder(settings.embedding), Maker()
    made = [maker.article(n) for n in range(how.embedded // PER_ARTICLE)]
    base, questions = embed_base(settings, embedder, made, None, other_articles=0), benchmark_questions(how.questions)
    rng = np.random.default_rng(7)
    with tempfile.TemporaryDirectory(prefix="telal-haiku-") as folder:
        rows, vectors = [], []
        for one in maker.articles(passages):
            vectors.append(base.perturb(one.article.language, len(one.passages), rng))
            rows.append(
                {"uri": f"{one.article.language}/{one.article.id}", "title": one.article.title,
                 "texts": [p.text for p in one.passages]}
            )  # fmt: skip
        np.save(Path(folder) / "passages.npy", np.concatenate(vectors).astype(np.float32))
        np.save(Path(folder) / "questions.npy", np.array([embedder.embed_query(q) for q in questions], np.float32))
        said = {"articles": rows, "questions": questions, "filter": f"uri LIKE '{TENTH}/%'"}
        (Path(folder) / "said.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        done = subprocess.run([python, "-I", STORE, folder], stdout=subprocess.PIPE, check=True, text=True, env=QUIET)
    return [Figure(name, unit, None, value) for name, unit, value in json.loads(done.stdout.splitlines()[-1])]


def beside(figures: Sequence[Figure], others: Sequence[Figure]) -> list[Figure]:
    """Telal's figures with haiku.rag's of the same name, to whose searches the embedding of the question is added."""
    theirs = {figure.name: figure.reference or 0.0 for figure in others}
    embedding_ms = next(figure.telal or 0.0 for figure in figures if figure.name == "embedding a question, p50")
    return [
        replace(figure, reference=theirs[figure.name] + (embedding_ms if figure.unit == "ms" else 0.0))
        for figure in figures
        if figure.name in theirs
    ]
