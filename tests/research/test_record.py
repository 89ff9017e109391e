"""A record of answers: what is asked, that asking twice gives the same, and what a comparison says."""

import json

import pytest
from typer.testing import CliRunner

from eval.core.cases import Document, Suite
from eval.run.index import build, open_index
from ingest.raw import Place
from rag.config import load_settings
from rag.errors import BadInput
from rag.types import Turn
from research.record import ABOUT, Input, Source, app, compare_rows, differences, odd_inputs, record, told

TEXT = "The ministers Ana Horvat and Marko Ilić signed the water agreement in Vardena on 4 April 2024."


@pytest.fixture(scope="module")
def engine():
    fields = {"id": "a", "title": "Ministers sign water agreement", "text": TEXT, "language": "en"}
    suite = Suite("one", (), (Document("a", fields, Place("made", 1)),))
    with open_index(build(suite, load_settings())) as engine:
        yield engine


def recorded(engine, *inputs):
    return list(record(Source("made", Suite("made", (), ()), inputs), engine))


def test_a_row_holds_events_and_answer_and_nothing_that_differs_from_run_to_run(engine):
    asked = Input("1", "Who signed the water agreement?")
    (row,) = recorded(engine, asked)
    assert row["id"] == "made/1" and "Ana Horvat" in row["answer"]["sentences"][0]["text"]
    assert [e["event"] for e in row["events"]] == ["PassagesFound", "Cited", "Delta", "Finished"]
    assert row["events"][0]["hits"][0]["article"] == "a" and row["events"][2]["sentence"] == TEXT
    assert "timings_ms" not in row["answer"]
    assert recorded(engine, asked) == [row]


def test_a_later_turn_is_asked_with_the_turns_before_it(engine):
    talk = Input("1", "Who signed the water agreement?", later=(Input("2", "and when?"),))
    first, second = recorded(engine, talk)
    assert (first["id"], second["id"]) == ("made/1", "made/2")
    alone = recorded(engine, Input("2", "and when?", history=(Turn(first["question"], first["answer"]["text"]),)))
    assert alone == [second] and "water agreement" in second["answer"]["standalone"]


def test_what_is_no_question_is_recorded_with_its_error(engine):
    (row,) = recorded(engine, Input("1", " "))
    assert row["error"]["kind"] == "bad-input" and row["error"]["message"] and "answer" not in row


def test_passages_and_stories_are_recorded_too(engine):
    passages, stories = recorded(
        engine, Input("1", "water", wants="passages"), Input("2", "", wants="stories", page_language="en")
    )
    assert passages["passages"][0]["passage"]["text"] == TEXT
    assert stories["stories"][0]["article_id"] == "a"


def test_odd_inputs_are_of_every_sort():
    inputs = odd_inputs()
    asked = [i.question for i in inputs]
    assert {len(q) for q in asked} >= {0, 1, 1999, 2000, 2001}
    assert {i.wants for i in inputs} == {"answer", "passages", "stories"}
    assert any(i.as_of for i in inputs) and any(i.languages for i in inputs) and any(i.published_to for i in inputs)


def row(text, *, score=0.5, **more):
    return {"answer": {"sentences": [{"text": text, **more}], "confidence": score}}


def test_a_difference_names_its_field_by_path():
    (one,) = differences(row("a"), row("b"))
    assert (one.path, one.field) == ("answer.sentences[0].text", "answer.sentences[].text")
    assert (one.before, one.after, one.added) == ('"a"', '"b"', False)


def test_items_more_or_less_and_fields_that_are_gone_are_differences():
    longer = {"answer": {"sentences": [{"text": "a"}, {"text": "b"}], "confidence": 0.5}}
    (more,) = differences(row("a"), longer)
    (less,) = differences(longer, row("a"))
    assert (more.path, more.before) == ("answer.sentences[1]", "nothing") and less.after == "nothing"
    (gone,) = differences(row("a", lead="x"), row("a"))
    assert (gone.path, gone.after) == ("answer.sentences[0].lead", "gone")


def test_one_is_not_true():
    assert len(list(differences({"a": 1}, {"a": True}))) == 1


def test_added_and_ignored_fields_are_told_apart_from_changed_ones():
    before = {"s/1": row("a"), "s/2": row("b"), "s/3": row("c"), "s/4": row("d")}
    after = {"s/1": row("a", lead="x"), "s/2": row("b", score=0.6), "s/3": row("z"), "t/5": row("e")}
    made = compare_rows(before, after, ignore=["answer.confidence"])
    assert made.equal == 2 and list(made.different) == ["s/3"]
    assert made.added == {"answer.sentences[].lead": 1} and made.ignored == {"answer.confidence": 1}
    assert (made.missing, made.new) == (["s/4"], ["t/5"])
    lines = "\n".join(told(made))
    assert lines.startswith("3 answers: 2 equal, 1 different.")
    assert "answer.sentences[].text: 1\n  s/3 answer.sentences[0].text" in lines and "s: 1 different: s/3" in lines


def test_to_ignore_a_field_is_to_ignore_all_below_it_and_no_other():
    before, after = {"s/1": row("a")}, {"s/1": row("b")}
    assert not compare_rows(before, after, ignore=["answer.sentences"]).different
    assert compare_rows(before, after, ignore=["answer.sent"]).different


def written(folder, rows, *, part=False, day="2026-11-30"):
    folder.mkdir()
    lines = (json.dumps({"id": key, **held}) + "\n" for key, held in rows.items())
    (folder / "s.jsonl").write_text("".join(lines))
    (folder / ABOUT).write_text(json.dumps({"day": day, "part": part}))
    return str(folder)


def compared(*args):
    return CliRunner().invoke(app, ["compare", *args])


def test_exit_codes(tmp_path):
    whole = written(tmp_path / "a", {"s/1": row("a"), "s/2": row("b")})
    same = written(tmp_path / "b", {"s/1": row("a"), "s/2": row("b")}, day="2026-12-01")
    other = written(tmp_path / "c", {"s/1": row("a"), "s/2": row("z")})
    less = written(tmp_path / "d", {"s/1": row("a")})
    quick = written(tmp_path / "e", {"s/1": row("a")}, part=True)
    equal = compared(whole, same)
    assert equal.exit_code == 0 and "2 equal" in equal.output and "2026-12-01" in equal.output
    assert compared(whole, other).exit_code == 1
    assert compared(whole, other, "--ignore", "answer.sentences").exit_code == 0
    assert compared(whole, less).exit_code == 1  # an answer is lost
    assert compared(whole, quick).exit_code == 0


def test_what_is_no_record_says_how_to_make_one(tmp_path):
    whole = written(tmp_path / "a", {"s/1": row("a")})
    failed = compared(whole, str(tmp_path / "none"))
    assert isinstance(failed.exception, BadInput) and "research.record make" in failed.exception.hint
    again = CliRunner().invoke(app, ["make", whole])
    assert isinstance(again.exception, BadInput) and "another folder" in again.exception.hint
