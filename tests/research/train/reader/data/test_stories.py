"""Made-up stories: what their examples say of a page is true, in every language and kind."""

import re
from collections import Counter
from functools import cache
from random import Random

import pytest

from rag.text.script import fold
from research.train.reader.data.examples import Example
from research.train.reader.data.stories import draw as draw_facts
from research.train.reader.data.stories import groups, kinds, tell, tongues, write

NUMERIC = ("count", "round", "share", "ordinal", "score", "year")


@cache
def made() -> tuple[tuple[Example, ...], ...]:
    return tuple(groups(2_000, Random(7)))


def pages():
    random = Random(3)
    for tongue in tongues().values():
        for kind in kinds():
            for count in (1, 2, 2):
                used: set[tuple[str, int]] = set()
                yield tell(kind, [draw_facts(kind, random, used) for _ in range(count)], tongue, random)


def test_a_group_is_an_answered_question_and_one_to_three_near_misses_beside_its_text() -> None:
    for answered, *misses in made():
        assert answered.right and answered.spans and answered.stated and not answered.absent
        assert 1 <= len(misses) <= 3
        for miss in misses:
            assert (miss.text, miss.sentences, miss.pair) == (answered.text, answered.sentences, answered.pair)
            assert miss.absent and not (miss.stated or miss.right or miss.spans)
            assert fold(miss.question) != fold(answered.question)


def test_spans_lie_in_the_right_sentences_and_sentences_fill_the_text() -> None:
    for answered, *_ in made():
        body = " ".join(answered.text[s.start : s.end] for s in answered.sentences)
        assert answered.text.removeprefix(answered.text[: answered.sentences[0].start]) == body
        assert 3 <= len(answered.sentences) <= 10
        holding = {
            i for p in answered.spans for i, s in enumerate(answered.sentences) if s.start <= p.start and p.end <= s.end
        }
        assert holding == set(answered.right)


def test_no_slot_stays_open() -> None:
    for group in made():
        assert not any(re.search(r"[{}|]", e.question + e.text) for e in group)


def test_a_number_stands_only_where_its_own_slot_is() -> None:
    for page in pages():
        slots = kinds()[page.kind]
        for mention in page.mentions:
            value = page.text[mention.span.start : mention.span.end]
            fact, slot = page.stories[mention.story][mention.slot], slots[mention.slot]
            written = {write(slot, fact, page.tongue, spelled=spelled).lower() for spelled in (True, False)}
            assert value.lower() in written
            if slot.kind in NUMERIC:
                places = {
                    m.span() for m in re.finditer(rf"(?<![\w.,:-]){re.escape(value)}(?![\w]|[.,:-]\d)", page.text)
                }
                ours = {
                    (m.span.start, m.span.end)
                    for m in page.mentions
                    if (m.story, m.slot) == (mention.story, mention.slot)
                }
                assert places <= ours, (value, page.text)


def test_a_swapped_name_or_year_is_not_on_the_page_or_is_of_its_other_story() -> None:
    for answered, *misses in made():
        words = set(re.findall(r"\w+", fold(answered.text)))
        for miss in misses:
            if miss.source in ("stories-entity", "stories-time"):
                changed = set(re.findall(r"\w+", fold(miss.question))) - set(
                    re.findall(r"\w+", fold(answered.question))
                )
                assert changed
                if changed <= words:  # each story begins with its day or year
                    assert len(re.findall(r"\b20\d\d\b", answered.text)) >= 2, (miss.question, answered.text)


def test_every_language_and_source_occurs_and_45_in_100_stay_in_one() -> None:
    pairs = Counter(group[0].pair for group in made())
    told = {pair.split(":")[1] for pair in pairs}
    assert told == {pair.split(":")[0] for pair in pairs} == set(tongues())
    same = sum(n for pair, n in pairs.items() if len(set(pair.split(":"))) == 1)
    assert 0.41 <= same / len(made()) <= 0.49
    assert {e.source for g in made() for e in g} == {"stories", "stories-entity", "stories-time", "stories-aspect"}


def test_the_same_random_makes_the_same_groups() -> None:
    assert list(groups(20, Random(1))) == list(groups(20, Random(1)))


@pytest.mark.parametrize("tag", sorted(tongues()))
def test_a_language_tells_every_kind_with_known_slots_only(tag: str) -> None:
    for kind, telling in tongues()[tag].tellings.items():
        told = {p.slot for line in telling.lines for wording in line for p in wording if p.slot}
        templates = [*telling.heads, *telling.untold, *(t for ts in telling.questions.values() for t in ts)]
        named = {p.slot for t in templates for p in t if p.slot}
        assert set(telling.questions) <= told <= set(kinds()[kind])
        assert named <= set(kinds()[kind])
        assert len(telling.untold) >= 3


def test_lists_of_names_are_as_long_in_every_language() -> None:
    for names in tongues()["en"].names:
        assert len({len(tongue.names[names]) for tongue in tongues().values()}) == 1, names
