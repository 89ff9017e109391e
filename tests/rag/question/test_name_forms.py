"""Names of settlements and persons in their inflected forms: a form is known as its name's, not as a near name's."""

import tomllib
from itertools import permutations
from os.path import commonprefix
from pathlib import Path

import pytest

from rag.question.mentions import mentions_name, name_instead
from rag.question.prepare import prepare
from rag.text.language import family

FORMS = tomllib.loads(Path(__file__).with_name("name_forms.toml").read_text(encoding="utf-8"))
ALIKE = 4  # letters that two near names share at their beginning


def known(form, base, language):
    """Whether an article on `base` is taken for one that mentions `form`."""
    question, text = prepare(f"2024, {form}?", language=language), f"In 2024, {base}, 2024."
    named = all(mentions_name(name, text, kin=family(language)) for name in question.names if name.sure)
    return named and not name_instead(question, text, language)


@pytest.mark.parametrize("language", FORMS)
@pytest.mark.parametrize("kind", ["settlements", "surnames"])
def test_a_form_is_known_as_its_own_names(language, kind):
    forms = [
        (form, base)
        for base, *others in FORMS[language][kind]
        for form in (base, *others, base.replace("İ", "i").lower())
    ]
    lost = [pair for pair in forms if not known(*pair, language)]
    assert len(lost) <= 0.03 * len(forms), lost


@pytest.mark.parametrize("language", FORMS)
@pytest.mark.parametrize("kind", ["settlements", "surnames"])
def test_a_form_is_not_taken_for_a_near_names(language, kind):
    rows = FORMS[language][kind]
    near = [
        (form, other)
        for (base, *forms), (other, *_) in permutations(rows, 2)
        if len(commonprefix((base.casefold(), other.casefold()))) >= ALIKE
        for form in (base, *forms)
    ]
    taken = [pair for pair in near if known(*pair, language)]
    assert near and len(taken) <= 0.22 * len(near), taken
