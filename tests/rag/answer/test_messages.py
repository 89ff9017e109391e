"""The message catalogue is whole."""

import pytest

from rag.answer.messages import LANGUAGES, catalogue, message


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_message_exists_in_every_language(name):
    assert set(catalogue()[name]) == set(LANGUAGES)


def test_an_unknown_language_gets_english_and_bare_serbian_latin():
    assert message("not_in_archive", "fi") == message("not_in_archive", "en")
    assert message("not_in_archive", "sr") == message("not_in_archive", "sr-Latn")
    assert message("not_in_archive", "tr-TR") == message("not_in_archive", "tr")
