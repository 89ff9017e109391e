"""A file of an archive's own questions: what it becomes, and what is said of a bad one."""

import json

import pytest

from rag.errors import BadInput
from research.train.reader.data.examples import read
from research.train.reader.data.own import read_own, write_own

TEXTS = [f"Council {i} met on Monday in Bitola. It spent {100 + i} euros on lamps." for i in range(24)]


def record(i, **more):
    fields = {"id": f"q{i}", "language": "en", "question": f"What did council {i} spend?", "context": TEXTS[i]}
    return {**fields, "answers": [f"{100 + i} euros"], "unanswerable": False, **more}


def open_question(i):
    return record(i, id=f"n{i}", question=f"Who chairs council {i}?", answers=[], unanswerable=True)


def written(path, *records):
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    return path


def test_answered_questions_get_partners_and_an_eighth_of_the_passages_is_kept(tmp_path):
    path = written(tmp_path / "own.jsonl", *(r(i) for i in range(24) for r in (record, open_question)))
    found = write_own(path, tmp_path / "out")
    kept = {e.text for e in found.kept}
    assert 0 < len(kept) < 12 and not kept & {e.text for e in found.train if not e.absent}
    own = [e for e in found.train if e.right]
    beside = {e.group: [o for o in found.train if o.group == e.group and o.absent] for e in own}
    assert all({o.source for o in others} == {"own-miss", "own-null"} for others in beside.values())
    assert read(tmp_path / "out/train.jsonl.gz") == list(found.train)
    assert json.loads((tmp_path / "out/data.json").read_text())["examples"] == len(found.train)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"answers": ["999 euros"]}, "does not hold '999 euros'"),
        ({"answers": []}, "answers: is empty"),
        ({"unanswerable": True}, "is true, yet there are answers"),
        ({"context": None}, "context: is missing"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, changed, said):
    path = written(tmp_path / "own.jsonl", record(0), {**record(1), **changed})
    with pytest.raises(BadInput, match=said):
        read_own(path)


def test_a_file_without_an_answer_teaches_nothing(tmp_path):
    with pytest.raises(BadInput, match="no question with an answer"):
        read_own(written(tmp_path / "own.jsonl", open_question(0)))
