"""The short answer inside a quote: rows of people."""

import pytest

from rag.answer.short import short_answer
from rag.question.kinds import aim
from rag.types import Passage


@pytest.mark.parametrize(
    ("question", "language", "sentence", "found"),
    [
        ("Who signed it?", "en",
         "The defence ministers Pirro Vengu (Albania), Ivan Anušić (Croatia) and Ejup Maqedonci (Kosovo) signed it.",
         ["Pirro Vengu", "Ivan Anušić", "Ejup Maqedonci"]),
        ("Kush e nënshkroi?", "sq",
         "Marrëveshjen e nënshkruan ministrat e Mbrojtjes Pirro Vengu (Shqipëria), Ivan Anušić (Kroacia) "
         "dhe Ejup Maqedonci (Kosova).",
         ["Pirro Vengu", "Ivan Anušić", "Ejup Maqedonci"]),
    ],
)  # fmt: skip
def test_a_row_of_people_with_their_countries_in_brackets(question, language, sentence, found):
    passage = Passage("p", "a", 1, 0, sentence, 0, len(sentence), "title", language=language)
    spans = short_answer(question, sentence, passage, aim(question, language))
    assert [sentence[s.start : s.end] for s in spans] == found
