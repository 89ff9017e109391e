"""The message catalogue is whole."""

import pytest

from api.deps import BUDGET_SPENT
from rag.answer.messages import catalogue, localise_notice, message
from rag.store.keyword import follower as keyword
from rag.store.vectors import follower as vectors
from rag.store.vectors.exact_follower import DAMAGED_NOTICE
from rag.text.languages import LANGUAGES

KEYWORD_NOTICES = (keyword.REBUILDING_NOTICE, keyword.UNUSABLE, keyword.LAGGING_NOTICE)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_message_exists_in_every_language(name):
    assert set(catalogue()[name]) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_subject_is_named(language):
    said = message("other_subject", language).format(told="Rodos")
    assert 0 < said.index("Rodos") and "{" not in said


def test_an_unknown_language_gets_english_and_bare_serbian_latin():
    assert message("nothing_near", "fi") == message("nothing_near", "en")
    assert message("nothing_near", "sr") == message("nothing_near", "sr-Latn")
    assert message("nothing_near", "tr-TR") == message("nothing_near", "tr")


@pytest.mark.parametrize("notice", [BUDGET_SPENT, DAMAGED_NOTICE, vectors.BROKEN_NOTICE, *KEYWORD_NOTICES])
def test_every_notice_is_told_in_every_language(notice):
    told_in = {language: localise_notice(notice, language) for language in LANGUAGES}
    assert told_in["en"] == notice
    assert all(told_in[language] != notice for language in LANGUAGES if language != "en")
    assert localise_notice(notice, "fi") == notice and localise_notice(notice, "sr") == told_in["sr-Latn"]


def test_no_notice_is_left_that_nobody_gives():
    assert len(catalogue("notices")) == 7
