"""The table of the reader's uses."""

import pytest

from rag.errors import BadSettings
from rag.reader.use import Use, read_uses, uses

TABLE = """
[same]
pick = true
order = false
[cross]
pick = false
[pairs]
"el:en" = { pick = true }
"tr:tr" = { pick = false }
[weights.same]
pick = 0.01
[weights.cross]
pick = 0.004
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "use.toml"
    path.write_text(TABLE, encoding="utf-8")
    return read_uses(path)


def test_one_language_and_two(table):
    assert table.may(Use.PICK, "en", "en") and not table.may(Use.PICK, "en", "ro")


def test_scripts_and_close_languages_count_as_one(table):
    assert table.may(Use.PICK, "sr-Cyrl", "hr") and table.may(Use.PICK, "bs", "sr-Latn")


def test_a_pair_of_its_own_goes_before_the_rule(table):
    assert table.may(Use.PICK, "el", "en") and not table.may(Use.PICK, "en", "el")
    assert not table.may(Use.PICK, "tr", "tr")


def test_what_the_table_does_not_name_is_off(table):
    assert not table.may(Use.GUARD, "en", "en")


def test_a_weight_is_that_of_the_pair_and_nothing_where_the_reader_is_off(table):
    assert table.weight(Use.PICK, "sr-Cyrl", "hr") == 0.01 and table.weight(Use.PICK, "el", "en") == 0.004
    assert table.weight(Use.PICK, "en", "el") == table.weight(Use.ORDER, "en", "en") == 0.0


@pytest.mark.parametrize(
    "text", ["", "[same]\npick = true\n", "[same]\nfly = true\n[cross]\n", '[same]\npick = "yes"\n[cross]\n', "[same"]
)
def test_a_bad_table_is_an_error_that_says_how_it_is_written(tmp_path, text):
    path = tmp_path / "use.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match="telal train measure"):
        read_uses(path)


def test_the_shipped_table_can_be_read_and_names_every_use():
    assert set(uses().same) == set(uses().cross) == set(Use)
