"""Files of every kind, folders, gzip and standard input give records; what cannot be read says where and why."""

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ingest.raw import RawRecord, RejectedRecord
from ingest.sources.files import Files
from rag.errors import BadInput

Lines = Callable[..., Path]


def read(*paths: str | Path, max_bytes: int = 1_000_000, stdin: bytes = b"") -> list[RawRecord | RejectedRecord]:
    return list(Files(paths, max_bytes=max_bytes, stdin=io.BytesIO(stdin)))


def told(records: Sequence[RawRecord | RejectedRecord]) -> list[str]:
    return [f"{r.place.line}: {r.reason}" if isinstance(r, RejectedRecord) else str(r.fields["n"]) for r in records]


def test_json_lines_plain_gzipped_and_from_standard_input(tmp_path: Path, lines: Lines) -> None:
    plain = lines("a.jsonl", [{"n": 1}, {"n": 2}])
    zipped = tmp_path / "b.jsonl.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    misnamed = tmp_path / "c.jsonl"
    misnamed.write_bytes(zipped.read_bytes())
    for path in (plain, zipped, misnamed):
        records = read(path)
        assert told(records) == ["1", "2"]
        assert sum(r.size for r in records) == path.stat().st_size
    for data in (plain.read_bytes(), zipped.read_bytes()):
        assert told(read("-", stdin=data)) == ["1", "2"]


def test_lines_that_are_no_records_are_told_with_their_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"n": 1}\r\n\n{"n": \n["n"]\n"n"\n{"n": NaN}\n{"n": "\xe8aj"}\n' + b"[" * 100_000 + b'\n{"n": 9}'
    )
    records = read(path)
    assert told(records) == [
        "1",
        "3: line is not JSON",
        "4: line is not a JSON object",
        "5: line is not a JSON object",
        "6: line is not JSON",
        "7: line is not UTF-8",
        "8: line is not JSON",
        "9",
    ]
    assert all(r.detail and r.record is not None for r in records if isinstance(r, RejectedRecord))


def test_a_file_in_utf_16_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"n": 1}\n{"n": 2}\n', encoding="utf-16")
    assert told(read(path)) == ["1: file is UTF-16, not UTF-8"]


def test_an_oversized_line_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"n": "')
        for _ in range(40):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"n": 2}\n')
    tracemalloc.start()
    records = read(path, max_bytes=10_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told(records) == ["1: line is too long", "2"]
    assert peak < 5_000_000


def test_gzip_that_breaks_off_gives_what_stood_before(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    whole = gzip.compress("".join(f'{{"n": {n}}}\n' for n in range(1000)).encode())
    path.write_bytes(whole[: len(whole) // 2])
    records = read(path)
    assert told(records)[-1] == "None: gzip data breaks off or is damaged"
    assert told(records)[:3] == ["0", "1", "2"]
    path.write_bytes(whole[:100] + b"\xff" * 20 + whole[120:])
    assert isinstance(read(path)[-1], RejectedRecord)


def test_rejected_records_are_read_back(lines: Lines, tmp_path: Path) -> None:
    first = tmp_path / "a.jsonl"
    first.write_bytes('{"n": "Čačak, Niš, Užice: čitav dan je padala kiša"}\n'.encode("cp1250"))
    page = tmp_path / "p.txt"
    page.write_text("Naslov")
    rejected = [r for r in read(first) if isinstance(r, RejectedRecord)]
    again = lines("r.jsonl", [rejected[0].as_line(), RejectedRecord("why", rejected[0].place, record=None).as_line()])
    records = read(again)
    assert told(records) == [
        "Čačak, Niš, Užice: čitav dan je padala kiša",
        "2: rejected record is not in the file",
    ]
    held = RejectedRecord("no text", rejected[0].place, record={"n": 1}, fallback_id="file:x/p.txt")
    assert read(lines("s.jsonl", [held.as_line()]))[0] == RawRecord(
        {"n": 1}, records[0].place.__class__(str(tmp_path / "s.jsonl"), 1), fallback_id="file:x/p.txt",
        size=(tmp_path / "s.jsonl").stat().st_size,
    )  # fmt: skip


def test_documents(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n Naslov\nPrvi pasus.\n\nDrugi pasus.\n")
    (tmp_path / "b.md").write_text(
        "---\ntitle: 'Naslov: drugi'\ndate: 2025-03-18\nauthor: [Ana, \"Petar\"]\ntags:\n  - a\n  - b\nurl:\n---\n\n"
        "Uvod sa [vezom](https://example.com) i **važnom** _rečju_.\n\n## Međunaslov\n\n> Citat\n"
    )
    (tmp_path / "c.md").write_text("# Naslov *treći*\n\nTekst sa snake_case_imenom i 2 * 3 * 4.\n")
    (tmp_path / "d.html").write_text("<p>x</p>")
    (tmp_path / "e.html.gz").write_bytes(gzip.compress(b"<p>y</p>"))
    records = [r for r in read(tmp_path) if isinstance(r, RawRecord)]
    assert [r.fields for r in records] == [
        {"title": "Naslov", "text": "Prvi pasus.\n\nDrugi pasus."},
        {
            "title": "Naslov: drugi",
            "published": "2025-03-18",
            "authors": ["Ana", "Petar"],
            "tags": ["a", "b"],
            "url": None,
            "text": "\nUvod sa vezom i važnom rečju.\n\nMeđunaslov\n\nCitat\n",
        },
        {"title": "Naslov treći", "text": "\n\nTekst sa snake_case_imenom i 2 * 3 * 4.\n"},
        {"html": "<p>x</p>"},
        {"html": "<p>y</p>"},
    ]


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ("title: >\n  Naslov u\n  dva reda\n", {"title": "Naslov u dva reda\n"}),
        ('authors: ["Kovač, Ana", Petar]', {"authors": ["Kovač, Ana", "Petar"]}),
        ("title: Most # radni naslov", {"title": "Most"}),
        ("date: 2025-03-18T12:00:00+01:00\nid: 007\ndraft: no", {
            "published": "2025-03-18T12:00:00+01:00", "id": "007", "draft": "no",
        }),
        ("url:\nAuthor:\n  - name: Ana", {"url": None, "authors": [{"name": "Ana"}]}),
    ],
)  # fmt: skip
def test_front_matter_is_yaml_whose_values_stay_text(tmp_path: Path, written: str, fields: dict[str, object]) -> None:
    (tmp_path / "a.md").write_text(f"---\n{written}\n---\nTekst.")
    (record,) = read(tmp_path / "a.md")
    assert isinstance(record, RawRecord)
    assert record.fields == {**fields, "text": "Tekst."}


@pytest.mark.parametrize(
    ("written", "reason", "hint"),
    [
        ("title: Most\nlead: Naslov: drugi", "not YAML", "Line 3"),
        ("title: [", "not YAML", ""),
        ("- a\n- b", "holds no fields", ""),
        ("a: &a [x, x]\nb: [*a, *a]", "references", ""),
    ],
)
def test_front_matter_that_cannot_be_read_is_told(tmp_path: Path, written: str, reason: str, hint: str) -> None:
    (tmp_path / "a.md").write_text(f"---\n{written}\n---\nTekst.")
    (record,) = read(tmp_path / "a.md")
    assert isinstance(record, RejectedRecord)
    assert reason in record.reason and hint in record.detail


def test_a_folder_is_walked_in_order_and_ids_move_with_it(tmp_path: Path) -> None:
    news = tmp_path / "news"
    for name in ("b/2.txt", "a/1.txt", ".hidden/3.txt", "a/.4.txt", "a/5.pdf"):
        (news / name).parent.mkdir(parents=True, exist_ok=True)
        (news / name).write_text("Naslov\nTekst vesti.")
    files = Files([news], max_bytes=1000)
    assert [r.fallback_id for r in files if isinstance(r, RawRecord)] == ["file:news/a/1.txt", "file:news/b/2.txt"]
    assert list(files).count(None) == 1
    assert files.total_bytes == sum((news / n).stat().st_size for n in ("a/1.txt", "b/2.txt"))
    news.rename(tmp_path / "elsewhere").rename(tmp_path / "x").rename(news)
    assert [r.fallback_id for r in read(news / "a/1.txt") if isinstance(r, RawRecord)] == ["file:a/1.txt"]


def test_a_file_named_twice_is_read_once(tmp_path: Path, lines: Lines) -> None:
    path = lines("a.jsonl", [{"n": 1}])
    assert told(read(path, tmp_path, path)) == ["1"]


@pytest.mark.parametrize(
    ("charset", "text", "notice"),
    [
        ("utf-8", "Čačak je grad.", ""),
        ("utf-8-sig", "Čačak je grad.", ""),
        ("utf-16", "Čačak je grad.", "read as utf-16"),
        ("cp1250", "Čačak je grad. Šta će biti sa žitom i rđom, pitaju đaci.", "read as cp1250, the likeliest"),
        ("cp1251", "Чачак је град у Србији. Шта ће бити са житом, питају ђаци.", "read as cp1251, the likeliest"),
        ("cp1253", "Οι υπουργοί Άμυνας υπέγραψαν τη συμφωνία στα Τίρανα σήμερα.", "read as cp1253, the likeliest"),
    ],
)
def test_character_sets(tmp_path: Path, charset: str, text: str, notice: str) -> None:
    (tmp_path / "a.txt").write_bytes(f"Naslov\n{text}".encode(charset))
    record = read(tmp_path / "a.txt")[0]
    assert isinstance(record, RawRecord)
    assert record.fields["text"] == text
    assert record.notice.startswith(notice) if notice else record.notice == ""


def test_a_page_is_read_in_the_character_set_that_it_declares(tmp_path: Path) -> None:
    page = '<html><head><meta charset="iso-8859-2"></head><body><p>Šta će žaba</p></body></html>'
    (tmp_path / "a.html").write_bytes(page.encode("iso-8859-2"))
    record = read(tmp_path / "a.html")[0]
    assert isinstance(record, RawRecord)
    assert (record.fields["html"], record.notice) == (page, "read as iso-8859-2")


def test_a_lying_mark_and_a_large_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfea")
    (tmp_path / "b.txt").write_bytes(b"x" * 5000)
    assert told(read(tmp_path, max_bytes=1000)) == [
        "None: text is not UTF-16, as its first bytes say",
        "None: file is too long",
    ]


@pytest.mark.parametrize(("name", "reason"), [("none.jsonl", "no file or folder"), ("a.pdf", "kind that is not read")])
def test_a_wrong_path_is_told_before_anything_is_read(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(BadInput, match=reason) as refused:
        Files([tmp_path / name], max_bytes=1000)
    assert refused.value.hint


def test_a_file_that_goes_away_is_told(tmp_path: Path, lines: Lines) -> None:
    files = Files([lines("a.jsonl", [{"n": 1}]), lines("b.jsonl", [{"n": 2}])], max_bytes=1000)
    (tmp_path / "a.jsonl").unlink()
    assert told(list(files)) == ["None: file cannot be read", "2"]


def test_sizes_of_records_are_small_numbers_of_the_source(lines: Lines) -> None:
    records = [json.loads(json.dumps({"n": n})) for n in range(100)]
    path = lines("a.jsonl", records)
    assert [r.size for r in read(path)] == [len(line) + 1 for line in path.read_bytes().splitlines()]
