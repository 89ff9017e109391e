"""A damaged archive gives the articles that were stored or an error that says what to do, and never another text."""

import shutil
from random import Random

import pytest

from rag.config import Settings
from rag.errors import ArchiveBroken, TelalError
from rag.store.archive.archive import Archive

PAGE = 4096  # bytes of a page of SQLite's file


def change_byte(data, random):
    """Another value for one byte."""
    data[random.randrange(len(data))] ^= random.randrange(1, 256)


def change_page(data, random):
    """Noise in the place of a page."""
    start = random.randrange(max(1, len(data) // PAGE)) * PAGE
    data[start : start + PAGE] = random.randbytes(len(data[start : start + PAGE]))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("change", [change_byte, change_page])
def test_no_damage_changes_what_is_read(settings, archive, made, tmp_path, change, seed):
    truth = {f"a{n}": f"Article {n}: {17 * n} people were counted in Lukovac on day {n}. " * 20 for n in range(8)}
    archive.write([made(name, text=text) for name, text in truth.items()])
    archive.close()
    copy = tmp_path / "copy"
    shutil.copytree(settings.data_dir, copy)
    file = copy / "archive.sqlite"
    data = bytearray(file.read_bytes())
    change(data, Random(seed))
    file.write_bytes(data)
    for name, text in truth.items():
        try:
            with Archive.open(Settings(data_dir=copy)) as opened:
                assert opened.article(name).text == text
        except TelalError as error:
            assert error.hint


def test_an_emptied_archive_beside_its_indexes_is_no_new_one(tmp_path):
    (tmp_path / "indexes/keyword").mkdir(parents=True)
    (tmp_path / "archive.sqlite").touch()
    with pytest.raises(ArchiveBroken, match="there are indexes") as told:
        Archive.open(Settings(data_dir=tmp_path))
    assert "Restore a backup" in (told.value.hint or "")
    assert (tmp_path / "archive.sqlite").stat().st_size == 0
