"""Questions by rules."""

from random import Random

from research.train.reader.data.cloze import clause, cloze, thinned

SENTENCE = "On 5 May the minister Ana Horvat promised 1200 euros to every household in the flooded valley."


def test_the_answer_is_cut_out_of_the_question():
    for seed in range(30):
        made = cloze(SENTENCE, "en", Random(seed))
        assert made.answer in SENTENCE and made.answer not in made.question
        assert made.number == made.answer.isdigit()


def test_the_question_opens_with_a_word_of_its_language():
    asked = [cloze(SENTENCE, "hr", Random(seed)).question for seed in range(30)]
    assert any(q.startswith("Koliko ") and q.endswith("?") for q in asked)
    assert any(not q.endswith("?") for q in asked)  # some are bare words
    assert any(cloze(SENTENCE, "el", Random(s)).question.endswith(";") for s in range(10))


def test_no_question_without_a_name_or_a_number():
    assert cloze("rain fell on the valley for days", "en", Random(0)) is None


def test_a_clause_is_part_of_the_sentence():
    found = {
        clause("The mayor of the town said yes, and the council voted for it on Friday.", Random(s)) for s in range(9)
    }
    assert found == {"The mayor of the town said yes", "and the council voted for it on Friday"}
    assert clause("Short, very.", Random(0)) == "Short, very."


def test_few_words_are_all_kept():
    assert thinned(["a", "b", "c"], Random(0)) == ["a", "b", "c"]
    assert len(thinned(list("abcdefghijklmnop") * 5, Random(0))) < 80
