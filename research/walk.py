"""`python -m research.walk question|article TEXT`: the files that a question or an article passes through, in order."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path, PurePath
from types import FrameType

from ingest.pipeline import Pipeline, identity
from ingest.raw import Place, RawRecord
from rag.config import load_settings
from rag.engine import Engine
from rag.models.embed import load_embedder
from rag.store.archive.archive import Archive

ROOT = f"{Path(__file__).resolve().parents[1]}/"
TOPS = tuple(f"{ROOT}{top}/" for top in ("rag", "ingest"))


COLUMNS = 100  # of the picture: each is an equal share of the calls


class Walk:
    """What this thread calls while `do` runs.

    `entered`: each file with the function by which it was entered first; `moves`: the calls from one file of ours into
    another; `called`: how often each function was; `rooms`: the folder of each call, in order.
    """

    def __init__(self, do: Callable[[], object]) -> None:
        self.entered: dict[str, str] = {}
        self.moves = 0
        self.called = Counter[str]()
        self.rooms: list[str] = []
        sys.setprofile(self._called)
        try:
            do()
        finally:
            sys.setprofile(None)

    @property
    def stays(self) -> list[str]:
        """The folders in order, each once for as long as the calls stay in it."""
        return [room for room, _ in groupby(self.rooms)]

    @property
    def figures(self) -> str:
        """Everything that is counted, in one line."""
        stays, rooms = self.stays, set(self.rooms)
        return (
            f"{len(self.entered)} files, {self.moves} moves between files, {len(self.called)} functions, "
            f"{self.called.total():,} calls; {len(rooms)} folders, {len(stays)} stays, "
            f"{len(stays) - len(rooms)} returns to a folder that was left"
        )

    def picture(self, columns: int = COLUMNS) -> Iterator[str]:
        """A line a folder, in the order in which they are entered, and its calls from left to right in time."""
        rooms, wide = list(dict.fromkeys(self.rooms)), max(map(len, self.rooms), default=0)
        stays = Counter(self.stays)
        shares = [
            self.rooms[n * len(self.rooms) // columns : (n + 1) * len(self.rooms) // columns] for n in range(columns)
        ]
        for room in rooms:
            drawn = "".join("#" if room in share else "." for share in shares)
            yield f"{room:{wide}} {drawn} {self.rooms.count(room)} calls, {stays[room] - 1} returns"

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(TOPS):
            return
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(ROOT):
            caller = caller.f_back  # a library's: what counts is who of ours called that
        file = code.co_filename.removeprefix(ROOT)
        self.entered.setdefault(file, code.co_name)
        self.moves += caller is not None and caller.f_code.co_filename != code.co_filename
        self.called[f"{file}: {code.co_qualname}"] += 1
        self.rooms.append(str(PurePath(file).parent))


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
            first, second = (
                RawRecord({"title": t, "text": text}, Place(t), fallback_id=t) for t in ("First", "Second")
            )
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
    print("", *walk.picture(), "", walk.figures, sep="\n")  # noqa: T201
