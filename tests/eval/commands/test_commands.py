"""The commands as an evaluator types them, on a tiny suite, with the real engine."""

import json
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from eval.commands import main
from eval.compare import gate
from eval.core.record import read_run
from eval.datasets.load import load
from eval.datasets.ours import write_suite
from eval.run import index
from eval.run import run as runner
from rag.errors import BadInput

DOCS = [
    {"id": "tirana", "title": "Agreement", "language": "en", "published": "2025-03-18",
     "text": "An agreement was signed in Tirana on 18 March 2025. Ivan Anušić signed it for Croatia."},
    {"id": "kocani", "title": "Fire", "language": "en", "published": "2025-03-16",
     "text": "A fire in Kočani killed 59 people on 16 March 2025. Warrants were issued for four people."},
    {"id": "kratko", "title": "Too short", "language": "en", "text": "No."},
]  # fmt: skip
CASES = [
    {"id": "c1", "language": "en", "question": "Who signed the agreement for Croatia?", "answers": ["Ivan Anušić"],
     "gold_doc_ids": ["tirana"], "unanswerable": False, "category": "who", "split": "dev"},
    {"id": "c2", "language": "en", "question": "How many people did the fire in Kočani kill?", "answers": ["59"],
     "gold_doc_ids": ["kocani"], "unanswerable": False, "category": "how-many", "split": "dev"},
    {"id": "c3", "language": "en", "question": "Who won the 2031 election on Mars?", "answers": [],
     "gold_doc_ids": [], "unanswerable": True, "category": "future", "split": "test"},
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory):
    """Stores go into a cache of their own."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "cache_dir", lambda settings: folder)
        yield folder


@pytest.fixture(scope="module")
def telal():
    """Runs `telal eval ...`; returns what it printed."""
    app = typer.Typer()
    main.register(app)
    runner = CliRunner()

    def invoke(*arguments, code=0):
        done = runner.invoke(app, ["eval", *map(str, arguments)], env={"COLUMNS": "200"})
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    return invoke


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, records in (("cases", CASES), ("docs", DOCS)):
        text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder / "cases.jsonl", folder / "docs.jsonl"


@pytest.fixture(scope="module")
def finished(telal, files, tmp_path_factory):
    """A finished run: its folder, and what was printed."""
    cases, docs = files
    out = tmp_path_factory.mktemp("runs") / "run"
    return out, telal("run", cases, "--docs", docs, "--out", out)


@pytest.fixture
def ran(finished):
    return finished[0]


def test_run(finished):
    out, shown = finished
    for name in ("recall@1", "mrr@10", "seen@1", "calibration_error", "citation_valid", "latency_ms_p95"):
        assert name in shown
    assert "\nOf 2 answerable 2 were answered rightly, " in f"\n{shown}" and "; of 1 trap 1 was seen." in shown
    assert shown.index("of 1 trap") < shown.index("stated_wrong") < shown.index("recall@1")  # the plain words first
    assert "3 cases: " in shown
    raw = json.loads((out / "run.json").read_text())
    assert raw["metrics"]["recall@1"] == 1 and raw["metrics"]["seen@1"] == 1
    assert raw["metrics"]["citation_valid"] == 1
    about = raw["environment"]
    assert about["model_id"].startswith("telal-e5-small") and about["chunking"]
    assert len(about["cases_digest"]) == len(about["docs_digest"]) == 64
    assert about["packages"]["numpy"] and about["python"] and about["cpu"] and about["cores"]
    assert about["rejected_documents"] == ["docs.jsonl:3: text has fewer than 3 words"]
    assert "data_dir" not in about["settings"] and "api_key" not in about["settings"]["chat"]


def test_searching_alone_gives_the_same_ranking_and_no_answer(telal, files, ran, tmp_path):
    cases, docs = files
    shown = telal("run", cases, "--docs", docs, "--search", "--out", tmp_path / "run.json")
    assert "0 refused, 3 searched" in shown and "success@1" in shown and "seen@1" not in shown
    searched, whole = read_run(tmp_path / "run.json"), read_run(ran)
    assert [c.ranked_docs for c in searched.per_case] == [c.ranked_docs for c in whole.per_case]


def test_run_again_uses_the_index(telal, files, ran, monkeypatch):
    def built(*arguments):
        raise AssertionError("it was indexed again")

    monkeypatch.setattr(index, "_ingest", built)
    cases, docs = files
    telal("run", cases, "--docs", docs, "--split", "dev")


def test_what_cannot_be_measured(telal, files):
    cases, docs = files
    with pytest.raises(BadInput, match="--target 'ftp://x' is not known"):
        telal("run", cases, "--docs", docs, "--target", "ftp://x")


def test_a_target_that_is_down_fails_every_case_and_says_so(telal, files, tmp_path):
    cases, docs = files
    shown = telal("run", cases, "--docs", docs, "--target", "http://127.0.0.1:9/v1", "--out", tmp_path / "down", code=1)
    assert "3 failed" in shown and "The same command tries them again" in shown and "cannot be reached" in shown
    assert read_run(tmp_path / "down").metrics["withheld"] is None


def test_split_limit_and_language(telal, files):
    cases, docs = files
    assert len(main.opened_suite(str(cases), docs, split="dev").cases) == 2
    assert len(main.opened_suite(str(cases), docs, limit=1).cases) == 1
    with pytest.raises(BadInput, match="no case in sq"):
        telal("run", cases, "--docs", docs, "--language", "sq")
    with pytest.raises(BadInput, match="has no split"):
        telal("run", cases, "--docs", docs, "--split", "train")


def test_what_is_exported_is_the_same_suite(telal, files, ran, tmp_path):
    cases, docs = files
    shown = telal("export", cases, tmp_path / "out", "--docs", docs, "--split", "dev")
    assert "2 cases over 3 documents" in shown
    made, given = load(str(tmp_path / "out")), load(str(cases), docs).of_split("dev")
    assert (made.cases_digest, made.docs_digest) == (given.cases_digest, given.docs_digest)
    with pytest.raises(BadInput, match=r"cases\.jsonl is there already"):
        telal("export", cases, tmp_path / "out", "--docs", docs)
    with pytest.raises(BadInput, match="Cannot write to"):
        telal("export", cases, cases / "out", "--docs", docs)


@pytest.mark.parametrize("name", ["balkan", "injection"])
def test_what_comes_along_can_be_exported(name, tmp_path):
    given = load(name)
    write_suite(given, tmp_path)
    made = load(str(tmp_path))
    assert (made.cases_digest, made.docs_digest) == (given.cases_digest, given.docs_digest)


def test_a_place_that_cannot_be_written_is_said_before_anything_is_asked(telal, files, monkeypatch):
    def built(*arguments, **more):
        raise AssertionError("it began")

    monkeypatch.setattr(runner, "build", built)
    cases, docs = files
    for out in (cases, cases / "run", cases / "run.json"):
        with pytest.raises(BadInput, match="Cannot write to .*: not a directory. Name another --out."):
            telal("run", cases, "--docs", docs, "--out", out)
    (folder := cases.with_name("folder.json")).mkdir()
    with pytest.raises(BadInput, match="Cannot write to .*: it is a folder."):
        telal("run", cases, "--docs", docs, "--out", folder)


def test_a_name_that_is_nearly_right():
    with pytest.raises(BadInput, match="Did you mean region_apart"):
        load("region_appart")


def test_list(telal):
    shown = telal("list")
    for name in ("balkan", "injection", "squad", "beir", "parallel", "Apache-2.0", "CC BY-SA 4.0"):
        assert name in shown


def test_compare(telal, ran, files, tmp_path):
    cases, docs = files
    telal("run", cases, "--docs", docs, "--target", "bm25", "--out", tmp_path / "b")
    assert read_run(tmp_path / "b").target == "bm25"
    shown = telal("compare", ran, tmp_path / "b")
    for words in ("95 % interval", "p corrected", "cases better", "calibration_error"):
        assert words in shown
    made = json.loads(telal("compare", ran, tmp_path / "b", "--json"))
    assert {d["metric"] for d in made["differences"]} >= {"recall@1", "seen@1"}


def test_trec(telal, ran, tmp_path):
    telal("trec", ran, tmp_path / "trec")
    assert (tmp_path / "trec/run.trec").read_text().startswith("c1 Q0 tirana 1 ")
    assert (tmp_path / "trec/qrels.trec").read_text() == "c1 0 tirana 1\nc2 0 kocani 1\n"


@pytest.mark.slow
def test_the_tutorial_and_one_half_of_the_search(telal, files, tmp_path):
    cases, docs = files
    pytest.importorskip("langchain_chroma")
    for name in ("vectors", "tutorial"):
        telal("run", cases, "--docs", docs, "--split", "dev", "--target", name, "--out", tmp_path / name)
        run = read_run(tmp_path / name)
        assert run.metrics["recall@5"] == 1 and run.target == name
    assert run.metrics["seen@1"] is None and run.metrics["stated"] is None  # it writes no answers


def _once(measure):
    """Measures really the first time and gives the same record after that."""
    made = []

    def measured(*arguments, **more):
        if not made:
            made.append(measure(*arguments, **more))
        return made[0]

    return measured


def test_gate(telal, monkeypatch, tmp_path, files):
    """The gate holds, breaks when a floor is too high, and is lowered with a reason only."""

    cases, docs = files
    suite = load(str(cases), docs)
    monkeypatch.setattr(gate, "load", lambda name: suite)
    monkeypatch.setattr(gate, "measure", _once(gate.measure))
    floors = tmp_path / "floors.toml"
    monkeypatch.setattr(gate.read_gates, "__defaults__", (floors,))
    monkeypatch.setattr(gate.write_gates, "__defaults__", (floors,))

    def pin(pins=None, **at_least):
        made = gate.Gate("small", "tiny", "dev", 1, ("", ""), at_least, {"quotes_altered": 0.0})
        gate.write_gates([replace(made, pins=pins or gate.pins_of(made.of(suite)))], floors)

    pin(**{"recall@5": 0.9})
    assert "Gate small holds: 2 bounds on 2 cases." in telal("gate")
    pin(**{"recall@5": 0.1, "token_f1": 0.99})
    assert "fell: token_f1: " in telal("gate", code=1)
    telal("gate", "--write", code=1)  # two cases raise no bound, and what fell stays as it was
    assert gate.read_gates(floors)["small"].at_least["recall@5"] == 0.1
    assert gate.read_gates(floors)["small"].at_least["token_f1"] == 0.99
    with pytest.raises(BadInput, match="not lowered without a reason"):
        telal("gate", "--lower")
    telal("gate", "--lower", "--reason", "quotes are longer than answers")
    lowered = gate.read_gates(floors)["small"]
    assert "token_f1" not in lowered.at_least and lowered.reason == "quotes are longer than answers"
    assert "Gate small holds" in telal("gate")
    pin(("0", gate.pins_of(suite)[1]), **{"recall@5": 0.9})
    with pytest.raises(BadInput, match="there have changed the cases"):
        telal("gate")
    telal("gate", "--lower", "--reason", "more cases")
    taken = gate.read_gates(floors)["small"]
    assert taken.pins == gate.pins_of(suite.of_split("dev")) and taken.reason == "more cases"
    with pytest.raises(BadInput, match="There is no gate 'large'"):
        telal("gate", "large")
