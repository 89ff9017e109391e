"""What the server keeps besides the archive that may contain an article's words: conversations, feedback, the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.kept.conversations import Conversations
from api.kept.feedback import FeedbackStore
from ingest.lifecycle.erasure import Keeps, RejectedRecords
from rag.store.archive.erase import ErasureTraces
from rag.store.database.database import Database
from rag.store.desk.acts import forget


@dataclass(frozen=True)
class _Tables:
    """Tables of the archive's database."""

    name: str
    forget: Callable[[ErasureTraces], int]


def keeps_of(data_dir: Path, database: Database) -> list[Keeps]:
    """Everything of a site but the archive's articles and indexes."""
    conversations, feedback = Conversations(database, kept_s=float("inf")), FeedbackStore(database)
    return [
        RejectedRecords(data_dir),
        _Tables("conversations", lambda marks: conversations.erase_where(marks.stand_in)),
        _Tables("feedback", lambda marks: feedback.erase_where(marks.stand_in)),
        _Tables("desk", lambda marks: forget(database, marks)),
    ]
