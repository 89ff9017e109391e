"""Each language has all that it needs: what is missing is named, file by file."""

from __future__ import annotations

import codecs
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_timedelta

from rag.text.cldr import place_name
from rag.text.dates import find_dates, meanings
from rag.text.language import family, identify
from rag.text.languages import LANGUAGES, Language, find_language, scripts_of
from rag.text.ngrams import language_ngrams
from rag.text.script import fold, script_of
from rag.text.tables import table

ROOT = Path(__file__).parents[3]
FILES = (
    "ingest/starter/{}.jsonl",
    "tests/rag/text/gold/sentences/{}.jsonl",
    "api/web/src/strings/{}.js",
    "api/web/src/desk/strings/{}.js",
)
FAMILIES = {one.family for one in LANGUAGES.values()}
NOTICES = table("notices").keys()  # an English notice is its own name
DAY = date(2025, 6, 18)


def missing(one: Language) -> list[str]:
    """What a language still needs, a line for each file."""
    return [*_tables(one), *_frequent_words(one), *_days(one), *_files(one), *_told_apart(one)]


def _tables(one: Language) -> Iterator[str]:
    """Tables with a line for each language or family: a section that most have. A section of few is their own."""
    for file in sorted([*ROOT.glob("rag/**/*.toml"), *ROOT.glob("ingest/**/*.toml"), *ROOT.glob("eval/*/*.toml")]):
        if file.name in ("languages.toml", "frequent.toml"):
            continue
        lacking = list(_sections_without(one, tomllib.loads(file.read_text(encoding="utf-8")), ""))
        if lacking:
            name = one.tag if file.name in ("messages.toml", "notices.toml") else one.family
            yield f"{file.relative_to(ROOT)}: {name}{' in ' * any(lacking)}{', '.join(lacking)}"


def _sections_without(one: Language, written: dict[str, Any], section: str) -> Iterator[str]:
    if len(written.keys() & FAMILIES) > len(FAMILIES) / 2:
        of_english = one.tag == "en" and section in NOTICES
        if not {one.tag, one.family} & written.keys() and not of_english:
            yield f"[{section}]" if section else ""
        return
    for name, below in written.items():
        if isinstance(below, dict):
            yield from _sections_without(one, below, name)


def _frequent_words(one: Language) -> Iterator[str]:
    others = [other for other in LANGUAGES.values() if other.script == one.script and other.tag != one.tag]
    if others and not {one.tag, one.family} & table("frequent").get(one.script, {}).keys():
        yield f"rag/text/data/frequent.toml: its frequent words in [{one.script}]"


def _days(one: Language) -> Iterator[str]:
    """Months, weekdays and "three days ago" as CLDR has them. One weekday may be another word ("pazar", "недела")."""
    cldr = Locale.parse(one.locale)
    forms = ("format", "stand-alone")
    months = {name for form in forms for name in cldr.months[form]["wide"].values()}
    weekdays = {name for form in forms for name in cldr.days[form]["wide"].values()}
    unknown = sorted(name for name in months if fold(name) not in meanings("months"))
    strange = sorted(name for name in weekdays if fold(name).replace("_", " ") not in meanings("weekdays"))
    ago = format_timedelta(-timedelta(days=3), add_direction=True, locale=cldr, granularity="day", threshold=9)
    if not find_dates(ago, as_of=DAY, language=one.tag):
        unknown.append(ago)
    unknown += strange if len(strange) > 1 else []
    if unknown:
        yield f"rag/text/data/dates.toml: {', '.join(unknown)}"


def _files(one: Language) -> Iterator[str]:
    for file in (form.format(one.tag) for form in FILES):
        if not (ROOT / file).exists():
            yield f"{file}: the file"


def _told_apart(one: Language) -> Iterator[str]:
    """The starter corpus's articles are recognised, but for the standards of one family, which share most words."""
    corpus = ROOT / f"ingest/starter/{one.tag}.jsonl"
    if not corpus.exists():
        return
    texts = [json.loads(line)["text"] for line in corpus.read_text(encoding="utf-8").splitlines()]
    strange = [text for text in texts if (family(identify(text).language), script_of(text)) != (one.family, one.script)]
    if len(strange) > len(texts) / 10:
        yield f"rag/text/data/language_ngrams.npz: fit it on texts in it, for {strange[0][:60]!r} is not recognised"


@pytest.mark.parametrize("one", LANGUAGES.values(), ids=LANGUAGES)
def test_a_language_has_all_that_it_needs(one: Language) -> None:
    needs = missing(one)
    assert not needs, "\n".join([f"{one.english} ({one.tag}) still needs", *needs])


def test_a_new_language_is_told_what_it_needs() -> None:
    told = missing(Language("hu", "Magyar", "Hungarian", "Latn", "hu", "hu"))
    named = {line.split(":")[0] for line in told}
    assert {"rag/text/data/wants.toml", "rag/text/data/messages.toml", "ingest/extraction/words.toml"} < named
    assert {file.format("hu") for file in FILES} < named
    (words,) = (line for line in told if line.startswith("rag/text/data/wants.toml"))
    assert words == "rag/text/data/wants.toml: hu in [person], [time], [place], [number], [cause], [name]"
    days = "\n".join(line for line in told if line.startswith("rag/text/data/dates.toml"))
    assert "hu in [future]" in days and "szeptember" in days and "hétfő" in days and "3 nappal ezelőtt" in days
    assert "rag/text/data/frequent.toml: its frequent words in [Latn]" in told


@pytest.mark.parametrize("one", LANGUAGES.values(), ids=LANGUAGES)
def test_a_record_names_what_exists(one: Language) -> None:
    assert {script_of(letter) for letter in one.letters} <= {one.script}
    assert not one.zone or ZoneInfo(one.zone)
    assert place_name(f"@{one.state or 'RS'}", one.tag)
    for charset in one.charsets:
        codecs.lookup(charset)
        assert one.letters.encode(charset, "ignore"), f"{charset} has none of its letters"
    assert find_language(one.tag) == one and all(find_language(tag) == one for tag in one.also)


def test_every_language_was_learnt_in_its_script_and_in_latin_letters() -> None:
    held = dict(zip(language_ngrams().labels, language_ngrams().scripts, strict=True))
    for one in LANGUAGES.values():
        assert {one.script, "Latn"} <= held[one.primary]


def test_a_tag_is_found_by_its_longest_known_beginning() -> None:
    found = {tag: find_language(tag) for tag in ("sr", "SR-cyrl-ME", "sr-Latn-ME", "hr-HR", "sh", "mo", "fi", "und")}
    assert {tag: one and one.tag for tag, one in found.items()} == {
        "sr": "sr-Latn", "SR-cyrl-ME": "sr-Cyrl", "sr-Latn-ME": "cnr", "hr-HR": "hr", "sh": "sr-Latn", "mo": "ro",
        "fi": None, "und": None,
    }  # fmt: skip


def test_only_serbian_is_written_in_two_scripts() -> None:
    assert scripts_of("sr") == scripts_of("sh") == {"Latn", "Cyrl"}
    assert scripts_of("hr") == {"Latn"} and scripts_of("mk") == {"Cyrl"}


def test_the_page_has_the_same_languages() -> None:
    made = (ROOT / "api/web/src/languages.js").read_text(encoding="utf-8")
    names, aliases = (dict(re.findall(r"'(.+)': '(.+)',", part)) for part in made.split("export const ")[1:])
    assert list(names.items()) == [(one.tag, one.name) for one in LANGUAGES.values()], "npm run build, in api/web"
    assert all((one := find_language(alias)) and one.tag == tag for alias, tag in aliases.items())
