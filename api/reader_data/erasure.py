"""Lists the stores beside the archive that may hold words of an article."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from api.desk.acts import forget
from api.reader_data.conversations import Conversations
from api.reader_data.feedback import FeedbackStore
from ingest.lifecycle.erasure import ErasableStore, erase_rejected
from rag.store.database.database import Database


def erasable_stores(data_dir: Path, database: Database) -> list[ErasableStore]:
    """Returns every store of a site but the archive's articles and indexes."""
    conversations, feedback = Conversations(database, kept_s=float("inf")), FeedbackStore(database)
    return [
        ErasableStore("rejected records", partial(erase_rejected, data_dir)),
        ErasableStore("conversations", lambda marks: conversations.erase_where(marks.stand_in)),
        ErasableStore("feedback", lambda marks: feedback.erase_where(marks.stand_in)),
        ErasableStore("desk", partial(forget, database)),
    ]
