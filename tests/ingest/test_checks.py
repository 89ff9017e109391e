"""Each field is cleaned, or refused with a reason."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import checks
from rag.errors import BadInput

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Prvi red \r\nDrugi\trăd\r Treći  ", "Prvi red\nDrugi\trăd\n Treći"),
        ("c\u030caj", "čaj"),
        ("nul\x00a \x07zvono", "nula zvono"),
        ("pola \ud83d para", "pola  para"),
        ("me\u00adki \u200bprelom \ufeff", "meki prelom"),
        ("\u202eobrnuto\u202c", "obrnuto"),
        ("porodica 👨\u200d👩\u200d👧", "porodica 👨\u200d👩\u200d👧"),
        ("red\u2028novi\x85i\x0btreći", "red\nnovi\ni\ntreći"),
        (None, ""),
    ],
)
def test_text_is_normalised(given: str | None, kept: str) -> None:
    assert checks.clean_text(given, name="text") == kept


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = checks.clean_text(text, name="text")
    assert checks.clean_text(once, name="text") == once
    once.encode("utf-8")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-03-18", datetime(2025, 3, 18, tzinfo=UTC)),
        ("2025/3/18", datetime(2025, 3, 18, tzinfo=UTC)),
        ("2025/03/18 08:30", datetime(2025, 3, 18, 8, 30, tzinfo=UTC)),
        ("2025-03-18T12:00:00+01:00", datetime(2025, 3, 18, 11, tzinfo=UTC)),
        ("2025-03-18T12:00:00Z", datetime(2025, 3, 18, 12, tzinfo=UTC)),
        ("2025-03-18 12:00:00", datetime(2025, 3, 18, 12, tzinfo=UTC)),
        ("Tue, 18 Mar 2025 12:00:00 +0100", datetime(2025, 3, 18, 11, tzinfo=UTC)),
        ("2026-01-16", datetime(2026, 1, 16, tzinfo=UTC)),  # tomorrow: a time zone away
        ("", None),
        (None, None),
    ],
)
def test_dates(written: str | None, moment: datetime | None) -> None:
    assert checks.clean_date(written, name="published", now=NOW) == moment


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2026-02-01", "published is in the future"),
        ("9999-12-31T23:59:59-14:00", "published is not a date"),
        ("1899-12-31", "published is before 1900"),
        ("0001-01-01T00:00:00+14:00", "published is not a date"),
        ("yesterday", "published is not a date"),
        ("2025-02-30", "published is not a date"),
        (1742299200, "published is not text"),
    ],
)
def test_unusable_dates(written: object, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        checks.clean_date(written, name="published", now=NOW)
    assert refused.value.message == reason
    assert refused.value.hint


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("sr-Cyrl", "sr-Cyrl"),
        ("sr_cyrl_RS", "sr-Cyrl"),
        ("SR-RS", "sr"),
        ("en-US", "en"),
        ("und", ""),
        ("Albanian", ""),
        (None, ""),
    ],
)
def test_languages(written: str | None, tag: str) -> None:
    assert checks.clean_language(written) == tag


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "www.example.com/a", "http://", "http://[::"]
)
def test_addresses_that_are_not_http_are_refused(url: str) -> None:
    with pytest.raises(BadInput, match="not an http address"):
        checks.clean_url(url)


def test_an_address_loses_its_line_breaks() -> None:
    assert checks.clean_url(" https://example.com/a b\nc ") == "https://example.com/a%20bc"


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ana Kovač; Petar  Ilić", ("Ana Kovač", "Petar Ilić")),
        (["Ana Kovač", "", "Ana Kovač"], ("Ana Kovač",)),
        ([{"name": "Ana Kovač"}, {"role": "photo"}], ("Ana Kovač",)),
        ({"name": "Ana Kovač"}, ("Ana Kovač",)),
        (None, ()),
    ],
)
def test_authors(written: object, names: tuple[str, ...]) -> None:
    assert checks.clean_authors(written) == names


def test_authors_that_are_a_number_are_refused() -> None:
    with pytest.raises(BadInput, match="not a list of names"):
        checks.clean_authors(7)


def test_extra_fields_can_be_stored() -> None:
    odd = {"a\x00": ["x\ud800", {"y": float("inf")}], "n": 3, "b": None}
    assert checks.clean_extra(odd) == {"a": ["x", {"y": "inf"}], "n": 3, "b": None}


@pytest.mark.parametrize(
    "url", ["https://ana:secret@example.com/a", "https://ana@example.com/a", "http://@example.com/"]
)
def test_an_address_with_a_user_or_a_password_is_none_and_is_not_repeated(url: str) -> None:
    with pytest.raises(BadInput) as told:
        checks.clean_url(url)
    assert "secret" not in str(told.value)
