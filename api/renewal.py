"""Takes the new embedding model when the archive was embedded anew while it is served (`telal reindex`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from rag.config import Settings
from rag.engine import Engine
from rag.errors import TelalError
from rag.models.embed import Embedder, load_embedder
from rag.store.indexes import Indexes
from rag.wiring import check_model, embedding_of

LOOK_S = 1.0
FORMER_GRACE_S = 10.0  # for questions that began with the former model

_log = logging.getLogger(__name__)


class Renewal:
    """Looks at the archive's model in a thread; `engines` share one model and one set of indexes."""

    def __init__(self, engines: Sequence[Engine], settings: Settings, wrapped: Callable[[Embedder], Embedder]) -> None:
        self._engines, self._settings, self._wrapped = engines, settings, wrapped
        self._former: dict[int, Indexes] = {}

    def start(self) -> None:
        """From now on, until the process ends."""
        threading.Thread(target=self._work, name="telal-renewal", daemon=True).start()

    def _work(self) -> None:
        wait = threading.Event()
        while not wait.wait(LOOK_S):
            try:
                if self.look():
                    wait.wait(FORMER_GRACE_S)
                    self.close_former()
            except TelalError as error:
                _log.warning("The archive was embedded anew, but its model cannot be taken: %s", error)
                wait.wait(FORMER_GRACE_S)

    def look(self) -> bool:
        """Whether the archive has another model than the engines had; they have it now.

        Until this returns they answer from the former vectors, which they hold in memory.
        """
        engine = self._engines[0]
        held = engine.archive.identity
        if held is None or held.model_id == engine.embedder.model_id:
            return False
        embedder = load_embedder(embedding_of(self._settings, engine.archive))
        check_model(engine.archive, embedder)
        indexes = Indexes(engine.archive, self._settings, dimension=embedder.dimension)
        indexes.start()
        wrapped = self._wrapped(embedder)
        self._former = {id(i): i for i in (e.renew(wrapped, indexes) for e in self._engines)}
        _log.info("The archive is embedded by %s now.", embedder.model_id)
        return True

    def close_former(self) -> None:
        """Close the indexes of the former model; the new ones own the directory then."""
        for indexes in self._former.values():
            indexes.close()
        self._former = {}
