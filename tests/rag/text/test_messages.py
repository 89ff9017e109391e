"""The message catalogue is whole."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.deps import BUDGET_SPENT
from rag.store import indexes
from rag.text.cldr import day_name
from rag.text.languages import LANGUAGES
from rag.text.messages import filled, localise_notice, message, source_named
from rag.text.tables import table

STARTER = Path(__file__).parents[3] / "ingest" / "starter"
OF_INDEXES = (indexes.BEHIND, indexes.REBUILDING, indexes.UNUSABLE, indexes.LAGGING, indexes.BROKEN)


def starter_records() -> Iterator[dict[str, Any]]:
    for path in STARTER.glob("*.jsonl"):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("name", sorted(table("messages")))
def test_every_message_exists_in_every_language(name):
    assert set(table("messages")[name]) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_subject_is_named(language):
    said = message("other_subject", language).format(told="Rodos")
    assert 0 < said.index("Rodos") and "{" not in said


def test_an_unknown_language_gets_english_and_bare_serbian_latin():
    assert message("nothing_near", "fi") == message("nothing_near", "en")
    assert message("nothing_near", "sr") == message("nothing_near", "sr-Latn")
    assert message("nothing_near", "tr-TR") == message("nothing_near", "tr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(table("messages")))
def test_a_day_is_followed_by_one_sign(name, language):
    day = day_name(date(2025, 3, 16), language)
    for end in re.findall(r"\{\w+\}([.,:;])", message(name, language)):
        assert filled(f"{{day}}{end}", day=day) == day.rstrip(".") + end


def test_a_value_keeps_a_stop_that_closes_no_number():
    assert filled("{outlet}: {day} ({day}).", outlet="Vijesti d.o.o.", day="16. ožujka 2025.") == (
        "Vijesti d.o.o.: 16. ožujka 2025. (16. ožujka 2025.)."
    )
    assert filled("{day}: „{quote}”", day="16. mart 2025.", quote="{day} 5.:") == "16. mart 2025: „{day} 5.:”"


def test_telals_founding_document_has_a_name_in_each_language_and_an_outlet_keeps_its_own():
    names = {source_named("Telal's founding document", language) for language in LANGUAGES}
    assert len(names) >= 9 and source_named("USA TODAY", "hr") == "USA TODAY"
    held = {record["brief_of"]["outlet"] for record in starter_records() if "founding" in str(record.get("brief_of"))}
    assert held == {"Telal's founding document"}


@pytest.mark.parametrize("notice", [BUDGET_SPENT, *OF_INDEXES])
def test_every_notice_is_told_in_every_language(notice):
    told_in = {language: localise_notice(notice, language) for language in LANGUAGES}
    assert told_in["en"] == notice
    assert all(told_in[language] != notice for language in LANGUAGES if language != "en")
    assert localise_notice(notice, "fi") == notice and localise_notice(notice, "sr") == told_in["sr-Latn"]


def test_no_notice_is_left_that_nobody_gives():
    assert len(table("notices")) == 6
