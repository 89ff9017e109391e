"""What an answer must hold, case by case; each can fail."""

from eval.metrics.answers import AcceptedAnswers


def test_whole_words_or_letters():
    words, letters = AcceptedAnswers(["Zagreb", "16"]), AcceptedAnswers(["Zagreb", "16"], letters=True)
    assert not words.all_in("U Zagrebu 2016.") and letters.all_in("U Zagrebu")
    assert letters.all_in("Godine 2016.")  # kind to a number that stands there by chance
    assert words.all_in("ZAGREB, 16. maja")
    assert not letters.all_in("Split")


def test_letters_are_compared_without_case_and_unicode_form():
    assert AcceptedAnswers(["Kočani", "5 000"], letters=True).all_in("u KOC\u030cANIMA".replace("MA", " gori"))
    assert AcceptedAnswers(["5 000"], letters=True).all_in("oko 5\u00a0000 ljudi")
    assert not AcceptedAnswers(["Kočani"], letters=True).all_in("Kocani")  # diacritics count here


def test_a_list_wants_each_item_in_one_of_its_spellings():
    wanted = AcceptedAnswers(["Vengu", "Венгу", "Anušić"], [["Vengu", "Венгу"], ["Anušić"]], letters=True)
    assert wanted.all_in("Венгу и Anušić")
    assert not wanted.all_in("Vengu and Венгу") and wanted.any_in("Vengu and Венгу")
    assert not wanted.any_in("Maqedonci")
    assert wanted.references == ["Vengu, Anušić"]


def test_references_of_a_plain_answer_are_its_spellings():
    assert AcceptedAnswers(["59", "fifty-nine"]).references == ["59", "fifty-nine"]
