"""`python -m research.walk question|article TEXT`: the files that a question or an article passes through, in order."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from ingest.pipeline import Pipeline, identity
from ingest.raw import Place, Raw
from rag.config import load_settings
from rag.engine import Engine
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive

ROOT = f"{Path(__file__).resolve().parents[1]}/"
TOPS = tuple(f"{ROOT}{top}/" for top in ("rag", "ingest"))


class Walk:
    """What this thread calls while `do` runs: `entered`, each file with the function by which it was entered first;
    `moves`, the calls from one file of ours into another."""

    def __init__(self, do: Callable[[], object]) -> None:
        self.entered: dict[str, str] = {}
        self.moves = 0
        sys.setprofile(self._called)
        try:
            do()
        finally:
            sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(TOPS):
            return
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(ROOT):
            caller = caller.f_back  # a library's: what counts is who of ours called that
        self.entered.setdefault(code.co_filename.removeprefix(ROOT), code.co_name)
        self.moves += caller is not None and caller.f_code.co_filename != code.co_filename


def question(text: str) -> Walk:
    """The walk of a question over the archive of the settings, after another one that pays for all that is lazy.

    With one thread passages are read in this one, so that their way is seen, too.
    """
    settings = load_settings()
    alone = settings.embedding.model_copy(update={"threads": 1})
    with Engine.open(settings.model_copy(update={"embedding": alone}), own=False) as telal:
        telal.ask(text)
        return Walk(lambda: telal.ask(text))


def article(text: str) -> Walk:
    """The walk of an article into an empty archive, after another one."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder))
        embedder = load_embedder(settings.embedding)
        with Archive.open(settings, identity=identity(settings, embedder)) as archive:
            pipeline = Pipeline(archive, embedder, settings)
            first, second = (Raw({"title": t, "text": text}, Place(t), fallback_id=t) for t in ("First", "Second"))
            pipeline.run([first])
            return Walk(lambda: pipeline.run([second]))


WALKS = {"question": question, "article": article}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=WALKS)
    parser.add_argument("text")
    given = parser.parse_args()
    walk = WALKS[given.what](given.text)
    for file, function in walk.entered.items():
        print(f"{file}: {function}")  # noqa: T201
    print(f"{len(walk.entered)} files, {walk.moves} moves between files")  # noqa: T201
