"""Reads files and folders: JSON lines, HTML, Markdown, plain text, each also gzipped, and standard input."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

import yaml

from ingest.raw import Place, RawRecord, RejectedRecord, SourceRecord
from ingest.sources.charset import MARKS, decode, guess
from rag.errors import BadInput

SKIP_BYTES = 1 << 20  # read at once while the rest of an oversized line is passed over


def read_lines(
    stream: BinaryIO, source: str, *, max_bytes: int, tell: Callable[[], int]
) -> Iterator[RawRecord | RejectedRecord]:
    """Reads the records of a stream. `tell` returns the position in the stored source, from which sizes are taken."""
    before, number = 0, 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        place = Place(source, number)
        oversized = len(line) > max_bytes and not line.endswith(b"\n")
        while oversized and (more := stream.readline(SKIP_BYTES)) and not more.endswith(b"\n"):
            pass
        after = tell()
        size, before = after - before, after
        if number == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
            yield RejectedRecord(
                "file is UTF-16, not UTF-8", place, "Convert it: `iconv -f UTF-16 -t UTF-8`.", size=size
            )
            return
        if oversized:
            detail = f"More than {max_bytes} bytes, which TELAL_INGEST__MAX_BYTES allows; it stays where it is."
            yield RejectedRecord("line is too long", place, detail, size=size)
        elif line.strip():
            yield read_line(line.removeprefix(MARKS[0][0]) if number == 1 else line, place, size=size)


def read_line(line: bytes, place: Place, *, size: int = 0) -> RawRecord | RejectedRecord:
    """Reads the record of a line; of a line in a file of rejected records, the record that it holds."""
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        # The likeliest character set, to be checked and given again.
        detail = f"Byte {error.start + 1} of the line."
        try:
            guessed = guess(line)
        except BadInput:
            return RejectedRecord("line is not UTF-8", place, detail, record=line.decode("latin-1").strip(), size=size)
        detail += f" `record` holds it read as {guessed.charset}, the likeliest; when that is right, feed it again."
        return RejectedRecord("line is not UTF-8", place, detail, record=guessed.text.strip(), size=size)
    try:
        fields = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        return RejectedRecord("line is not JSON", place, f"{error or 'nested too deeply'}", record=text, size=size)
    if not isinstance(fields, dict):
        detail = 'One record a line is expected: {"title": ..., "text": ...}.'
        return RejectedRecord("line is not a JSON object", place, detail, record=text, size=size)
    if not fields.keys() >= {"rejected", "record"}:
        return RawRecord(fields, place, size=size)
    record, about = fields["record"], fields["rejected"]
    if isinstance(record, str):
        return read_line(record.encode("utf-8", "surrogatepass"), place, size=size)
    if not isinstance(record, dict):
        detail = "Feed its source again."
        return RejectedRecord("rejected record is not in the file", place, detail, record=record, size=size)
    name = about.get("id") if isinstance(about, dict) else None
    return RawRecord(record, place, size=size, fallback_id=name if isinstance(name, str) else "")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


Fields = dict[str, Any]

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
ALIASES = {"date": "published", "author": "authors", "lang": "language", "updated": "modified", "canonical": "url"}
# Marks of Markdown that would stand in a quote; what they enclose stays.
MARKDOWN = (
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"^(?:#{1,6}[ \t]+|>[ \t]?)", re.MULTILINE), ""),
    (re.compile(r"[ \t]+#+[ \t]*$", re.MULTILINE), ""),
)
HEADING = re.compile(r"^#[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$|^(\S.*)\n=+[ \t]*$", re.MULTILINE)


def read_html(text: str) -> Fields:
    return {"html": text}


def read_text(text: str) -> Fields:
    """Reads plain text; its first line that is not empty is the title."""
    title, _, body = text.strip().partition("\n")
    return {"title": title, "text": body}


def read_markdown(text: str) -> Fields:
    """Reads Markdown: YAML front matter, then the first heading as title unless the front matter has one.

    Raises BadInput when the front matter is not YAML.
    """
    text = text.replace("\r\n", "\n")
    found = FRONT_MATTER.match(text)
    fields = _front_matter(found[1]) if found else {}
    body = text[found.end() :] if found else text
    heading = HEADING.search(body)
    if heading and not body[: heading.start()].strip():
        fields.setdefault("title", _plain(heading[1] or heading[2]))
        body = body[heading.end() :]
    return {**fields, "text": _plain(body)}


READERS: dict[str, Callable[[str], Fields]] = {
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_text,
}


def _front_matter(block: str) -> Fields:
    """Reads values as they are written: a date stays text. References are refused, as they can multiply."""
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(block)):
            raise BadInput("front matter holds references (*name)", hint="Write the value out.")
        held = yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f"Line {where.line + 2}: " if where else ""
        hint = f"{line}{getattr(error, 'problem', '') or error}. Put a value with a colon in quotes."
        raise BadInput("front matter is not YAML", hint=hint) from error
    if not isinstance(held, dict):
        raise BadInput("front matter holds no fields", hint="Write `key: value` lines between the two ---.")
    return {ALIASES.get(str(key).lower(), str(key).lower()): value or None for key, value in held.items()}


def _plain(text: str) -> str:
    for mark, plain in MARKDOWN:
        text = mark.sub(plain, text)
    return text


STDIN = "-"
LINES = (".jsonl", ".ndjson")
GZIP = b"\x1f\x8b"
BUFFER_BYTES = 1 << 18


class Files:
    """Reads files and folders record by record, so memory does not grow with their size."""

    def __init__(self, paths: Sequence[str | Path], *, max_bytes: int, stdin: BinaryIO | None = None) -> None:
        """Raises BadInput when a path does not exist, cannot be read, or is of an unsupported kind."""
        self._max_bytes = max_bytes
        self._stdin = stdin
        self._skipped = 0  # files of other kinds in folders
        self._ids = {path: name for given in paths for path, name in self._found(str(given))}

    @property
    def total_bytes(self) -> int | None:
        """The size of the files; None with standard input."""
        if Path(STDIN) in self._ids:
            return None
        return sum(path.stat().st_size for path in self._ids if path.exists())

    def __iter__(self) -> Iterator[SourceRecord]:
        yield from repeat(None, self._skipped)
        for path in self._ids:
            try:
                if str(path) == STDIN:
                    yield from self._lines(self._stdin or sys.stdin.buffer, "standard input")
                else:
                    with path.open("rb", buffering=BUFFER_BYTES) as file:
                        if _kind(path) in LINES:
                            yield from self._lines(file, str(path))
                        else:
                            yield self._page(file, path)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                hint = f"{error}. What stood before the break is taken in: fetch the file anew and feed it again."
                yield RejectedRecord("gzip data breaks off or is damaged", Place(str(path)), hint)
            except OSError as error:
                yield RejectedRecord("file cannot be read", Place(str(path)), str(error))

    def _found(self, path: str) -> Iterator[tuple[Path, str]]:
        """Yields each file to read, and an id for its article, which it has where the file gives none.

        The id is made of the folder's name and the path inside it, so that it stays when the folder is moved.
        """
        here = Path(path)
        if path == STDIN:
            yield here, ""
        elif here.is_dir():
            yield from self._walk(here)
        elif not here.exists():
            raise BadInput(f"There is no file or folder {path}.", hint="Check the path; `-` reads standard input.")
        elif _kind(here) is None:
            kinds = ", ".join([*LINES, *READERS])
            raise BadInput(f"{path} is of a kind that is not read.", hint=f"Read are {kinds}, also gzipped (.gz).")
        elif not os.access(here, os.R_OK):
            raise BadInput(f"{path} may not be read.", hint="Give this user the right to read it.")
        else:
            yield here.resolve(), f"file:{here.resolve().parent.name}/{here.name}"

    def _walk(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """Yields the files below a folder in the order of their names, without hidden ones and links to folders."""
        root = folder.resolve()
        for where, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for name in sorted(n for n in names if not n.startswith(".")):
                path = Path(where, name)
                if _kind(path) is None:
                    self._skipped += 1
                else:
                    yield path, f"file:{root.name}/{path.relative_to(root).as_posix()}"

    def _lines(self, file: BinaryIO, source: str) -> Iterator[RawRecord | RejectedRecord]:
        tell = file.tell if file.seekable() else lambda: 0
        yield from read_lines(unzipped(file), source, max_bytes=self._max_bytes, tell=tell)

    def _page(self, file: BinaryIO, path: Path) -> RawRecord | RejectedRecord:
        place, size = Place(str(path)), path.stat().st_size
        data = unzipped(file).read(self._max_bytes + 1)
        if len(data) > self._max_bytes:
            detail = f"More than {self._max_bytes} bytes, which TELAL_INGEST__MAX_BYTES allows."
            return RejectedRecord("file is too long", place, detail, size=size)
        try:
            decoded = decode(data)
            fields = READERS[_kind(path) or ""](decoded.text)
        except BadInput as error:
            return RejectedRecord(error.message, place, error.hint, size=size)
        return RawRecord(fields, place, size=size, fallback_id=self._ids[path], notice=decoded.notice)


def _kind(path: Path) -> str | None:
    """Returns the suffix that decides how a file is read, without .gz; None when it is not supported."""
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    suffix = plain.suffix.lower()
    return suffix if suffix in LINES or suffix in READERS else None


def unzipped(file: BinaryIO) -> BinaryIO:
    """Unpacks data that its first bytes show to be gzipped, whatever the file's name."""
    buffered = (
        file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file), BUFFER_BYTES)
    )
    if not buffered.peek(2).startswith(GZIP):
        return buffered
    # Without a second buffer: where the file breaks off, that would lose what was unzipped before.
    return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))


FOLDER = Path(__file__).parents[1] / "starter"
MAX_BYTES = 1_000_000  # of one brief


def starter_files() -> Files:
    """Reads the starter corpus. Raises BadInput when the package was installed without it."""
    return Files([FOLDER], max_bytes=MAX_BYTES)
