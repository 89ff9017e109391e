"""The size of the house, and the walk of a question: counted on code made here, and on a walk of our own."""

from pathlib import Path

import pytest

from rag.question.prepare import prepare
from research.house import PARTS, PRODUCT, read_file, read_part
from research.walk import Walk

CODE = '''"""A module."""

import os  # why

X = """two
lines"""


class Note:
    """A class."""

    text: str
    """A field."""

    def said(self) -> str:
        """A method."""
        # a reason
        return (
            self.text
        )


async def gone():
    os.remove(
        X
    )
'''


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name, text in (("a.py", CODE), ("deep/b.py", "class Note: ...\nclass Other: ...\n"), ("c.txt", "class C: ...")):
        path = tmp_path / "rag" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_docstrings_comments_and_blank_lines_are_no_code():
    file = read_file(CODE)
    assert file.lines == 26 and file.code == 13  # import, 2 of X, class, field, 4 of said, 4 of gone
    assert file.classes == ("Note",) and sorted(file.functions) == [4, 4]


def test_class_names_that_stand_twice(house):
    part = read_part("all", ["rag"], house)
    assert part.classes == ["Note", "Note", "Other"] and part.doubled == ["Note"]
    assert part.row == "| all | 2 | 28 (15) | 3 | 2 | 4 / 4 | 1 |"


def test_every_folder_of_the_product_is_there():
    product = read_part(PRODUCT, PARTS[PRODUCT])
    assert len(product.files) > 100 and "Engine" in product.classes


def test_a_walk_counts_files_moves_and_returns():
    walk = Walk(lambda: prepare("Who signed the Tirana agreement?"))
    assert next(iter(walk.entered)) == "rag/question/prepare.py"
    assert walk.called["rag/question/prepare.py: prepare"] == 1
    assert walk.rooms[0] == walk.stays[0] == "rag/question" and "rag/text" in walk.stays
    assert all(one != other for one, other in zip(walk.stays, walk.stays[1:], strict=False))
    assert walk.moves >= len(walk.entered) - 1
    returns = len(walk.stays) - len(set(walk.rooms))
    assert walk.figures.startswith(f"{len(walk.entered)} files, {walk.moves} moves between files, ")
    assert walk.figures.endswith(f"{len(walk.stays)} stays, {returns} returns to a folder that was left")


def test_the_picture_has_a_line_a_folder():
    walk = Walk(lambda: prepare("Who signed the Tirana agreement?"))
    lines = list(walk.picture(columns=20))
    assert [line.split()[0] for line in lines] == list(dict.fromkeys(walk.rooms))
    assert lines[0].split()[1].startswith("#") and len(lines[0].split()[1]) == 20
