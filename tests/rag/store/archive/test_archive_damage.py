"""A damaged archive gives the articles that were stored or an error that says what to do, and never another text."""

import shutil
from random import Random

import pytest

from eval.suites import damage
from rag.config import Settings
from rag.errors import ArchiveBroken, TelalError
from rag.store.archive.archive import Archive


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["byte", "page"])
def test_no_damage_changes_what_is_read(settings, archive, made, tmp_path, kind, seed):
    truth = {f"a{n}": f"Article {n}: {17 * n} people were counted in Lukovac on day {n}. " * 20 for n in range(8)}
    archive.write([made(name, text=text) for name, text in truth.items()])
    archive.close()
    copy = tmp_path / "copy"
    shutil.copytree(settings.data_dir, copy)
    damage._DAMAGES[kind](copy / "archive.sqlite", Random(seed))
    for name, text in truth.items():
        try:
            with Archive.open(Settings(data_dir=copy)) as opened:
                assert opened.article(name).text == text
        except TelalError as error:
            assert error.hint


def test_a_byte_and_a_page_are_changed_and_nothing_else(tmp_path):
    file = tmp_path / "file"
    whole = bytes(range(256)) * 64
    for change, most in ((damage._byte, 1), (damage._page, damage.PAGE)):
        file.write_bytes(whole)
        change(file, Random(4))
        changed = [i for i, (a, b) in enumerate(zip(file.read_bytes(), whole, strict=True)) if a != b]
        assert 0 < len(changed) <= most
        assert changed[-1] - changed[0] < damage.PAGE


def test_an_emptied_archive_beside_its_indexes_is_no_new_one(tmp_path):
    (tmp_path / "indexes/keyword").mkdir(parents=True)
    (tmp_path / "archive.sqlite").touch()
    with pytest.raises(ArchiveBroken, match="there are indexes") as told:
        Archive.open(Settings(data_dir=tmp_path))
    assert "Restore a backup" in (told.value.hint or "")
    assert (tmp_path / "archive.sqlite").stat().st_size == 0
