"""What the server keeps besides the archive that may contain an article's words: conversations, feedback, the desk."""

from __future__ import annotations

from pathlib import Path

from api.kept.conversations import Conversations
from api.kept.feedback import FeedbackFile
from ingest.lifecycle.erasure import Keeps, RejectedRecords
from rag.store.archive.erase import ErasureTraces
from rag.store.database.database import Database
from rag.store.desk.acts import forget


class KeptConversations:
    """Turns whose question or answer quotes an erased article go with the rest of their conversation."""

    name = "conversations"

    def __init__(self, data_dir: Path, database: Database | None = None) -> None:
        self._data_dir = data_dir
        self._database = database

    def forget(self, marks: ErasureTraces) -> int:
        if self._database is None and not (self._data_dir / "conversations.sqlite").exists():
            return 0
        kept = Conversations(self._data_dir, kept_s=float("inf"), database=self._database)
        try:
            return kept.erase_where(marks.stand_in)
        finally:
            kept.close()


class KeptFeedback:
    """Readers' comments and questions that quote an erased article."""

    name = "feedback"

    def __init__(self, data_dir: Path, database: Database | None = None) -> None:
        self._file = FeedbackFile(data_dir, database)

    def forget(self, marks: ErasureTraces) -> int:
        return self._file.erase_where(marks.stand_in)


class KeptDesk:
    """What editors and readers wrote at the desk that quotes an erased article."""

    name = "desk"

    def __init__(self, archive: Database) -> None:
        self._archive = archive

    def forget(self, marks: ErasureTraces) -> int:
        return forget(self._archive, marks)


def keeps_of(data_dir: Path, database: Database | None = None, *, archive: Database) -> list[Keeps]:
    """Everything in a data directory, the archive's articles and indexes aside, and in the database that machines
    share (`database`); `archive`: the archive's own."""
    return [
        RejectedRecords(data_dir),
        KeptConversations(data_dir, database),
        KeptFeedback(data_dir, database),
        KeptDesk(archive),
    ]
