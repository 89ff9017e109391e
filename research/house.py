"""`python -m research.house`: the size of each part, how many names it has, and how far one question travels in it."""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.core.show import console
from research.walk import ROOT, Walk, question

# Parts of the tree, each with its folders; what a user installs is the product.
PRODUCT = "product"
PARTS: Mapping[str, tuple[str, ...]] = {
    PRODUCT: ("rag", "ingest", "api", "telal"),
    "eval": ("eval",),
    "research": ("research",),
    "tests": ("tests",),
}
ASKED = "Who signed the Tirana agreement?"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DOCUMENTED = (*_FUNCTIONS, ast.ClassDef, ast.Module)
_WITHOUT_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
    tokenize.ENDMARKER,
}  # fmt: skip
_out = console()


@dataclass(frozen=True, slots=True)
class File:
    """What one file of Python holds. `code`: lines with code, docstrings and comments left out; `functions`: the lines
    of code of each."""

    lines: int
    code: int
    classes: tuple[str, ...]
    functions: tuple[int, ...]


def read_file(text: str) -> File:
    """Counts of a file's text."""
    tree = ast.parse(text)
    lines = _code_lines(text) - set(_docstring_lines(tree))
    nodes = list(ast.walk(tree))
    spans = ((n.lineno, n.end_lineno or n.lineno) for n in nodes if isinstance(n, _FUNCTIONS))
    return File(
        len(text.splitlines()),
        len(lines),
        tuple(n.name for n in nodes if isinstance(n, ast.ClassDef)),
        tuple(len(lines & set(range(first, last + 1))) for first, last in spans),
    )


def _code_lines(text: str) -> set[int]:
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _WITHOUT_CODE:
            found |= set(range(token.start[0], token.end[0] + 1))
    return found


def _docstring_lines(tree: ast.AST) -> Iterator[int]:
    """The lines of every docstring, and of a string below a field, which documents that."""
    for node in ast.walk(tree):
        for one in node.body if isinstance(node, _DOCUMENTED) else ():
            if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str):
                yield from range(one.lineno, (one.end_lineno or one.lineno) + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """The files of a part together."""

    name: str
    files: Sequence[File]

    @property
    def classes(self) -> list[str]:
        return [name for file in self.files for name in file.classes]

    @property
    def doubled(self) -> list[str]:
        """Names that two classes or more have."""
        return sorted(name for name in set(self.classes) if self.classes.count(name) > 1)

    @property
    def functions(self) -> list[int]:
        return [lines for file in self.files for lines in file.functions]

    @property
    def row(self) -> str:
        """Formats the part as a row of the table."""
        lines, code = (sum(getattr(file, name) for file in self.files) for name in ("lines", "code"))
        tenth = statistics.quantiles(self.functions, n=10)[-1] if len(self.functions) > 1 else 0
        return (
            f"| {self.name} | {len(self.files)} | {lines:,} ({code:,}) | {len(self.classes)} | {len(self.functions):,} "
            f"| {statistics.median(self.functions or [0]):.0f} / {tenth:.0f} | {len(self.doubled)} |"
        )


def read_part(name: str, folders: Sequence[str], root: Path = Path(ROOT)) -> Part:
    """A part of a checkout."""
    paths = sorted(p for folder in folders for p in (root / folder).rglob("*.py") if "node_modules" not in p.parts)
    return Part(name, [read_file(path.read_text(encoding="utf-8")) for path in paths])


def house(
    asked: Annotated[str, typer.Option("--question", help="The question that is followed.")] = ASKED,
    still: Annotated[bool, typer.Option("--still", help="Count files alone; ask nothing.")] = False,
) -> None:
    """Print the table of sizes and names, and the walk of a question through the archive of the settings."""
    parts = [read_part(name, folders) for name, folders in PARTS.items()]
    head = ("part", "files", "lines (code)", "classes", "functions", "their lines, median / p90", "class names twice")
    for line in (f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(part.row for part in parts)):
        _say(line)
    _say(f"\nClass names that stand twice in the {PRODUCT}: {', '.join(parts[0].doubled)}.")
    if not still:
        for line in told(asked, question(asked)):
            _say(line)


def told(asked: str, walk: Walk) -> Iterator[str]:
    """The walk of a question in figures and as a picture."""
    yield f"\n{asked}\n{walk.figures}\n"
    yield from walk.picture()


def _say(line: str) -> None:
    _out.print(line, markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(house)
