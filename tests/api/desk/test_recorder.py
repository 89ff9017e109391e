"""What is counted of readers, and that nothing else of theirs is written down."""

from __future__ import annotations

from datetime import UTC, date, datetime

from api.desk.asked import ENOUGH, QuestionLog, QuestionRecorder
from rag.config import Settings
from rag.store.archive.archive import Archive
from rag.types import Answer, AnswerStatus, Nearest, Refusal

NEAR = Nearest("a1", "Title", "Outlet", None, None, "en")


def refused(question: str, reason: str = "nothing_near") -> Answer:
    return Answer(question, AnswerStatus.REFUSED, "en", refusal=Refusal(reason, "No.", (NEAR,)), standalone=question)


def test_a_name_is_written_down_when_enough_visitors_asked_for_it(tmp_path):
    with Archive.open(Settings(data_dir=tmp_path)) as archive:
        recorder = QuestionRecorder(archive.database)
        recorder.begin(lambda: True)
        for visitor in range(ENOUGH - 1):
            for _ in range(3):
                recorder.note(refused("Who is Zdravka Perušinović?"), f"10.0.0.{visitor}")
        recorder.flush()
        log = QuestionLog(archive.database)
        today = datetime.now(UTC).date()
        assert log.since(today).sought == {}
        assert b"Zdravka" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite*"))
        recorder.note(refused("Where does Zdravka Perušinović live?"), "10.0.0.99")
        recorder.note(refused("Hello", "greeting"), "10.0.0.99")
        recorder.close()
        found = log.since(today)
        assert set(found.sought) == {"Zdravka Perušinović"}
        assert found.stories[("a1", "refused")] == 3 * (ENOUGH - 1) + 1 and found.stories[("a1", "talk")] == 1
        assert log.list_kept(datetime.now(UTC)) == []
        held = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite*"))
        assert b"10.0.0." not in held and b"live?" not in held


def test_nothing_is_counted_while_there_is_no_desk(tmp_path):
    with Archive.open(Settings(data_dir=tmp_path)) as archive:
        recorder = QuestionRecorder(archive.database)
        recorder.note(Answer("Q?", AnswerStatus.ANSWERED, "en"), "10.0.0.1")
        recorder.begin(lambda: False)
        recorder.note(Answer("Q?", AnswerStatus.ANSWERED, "en"), "10.0.0.1")
        recorder.close()
        assert QuestionLog(archive.database).since(date.min).days == {}
