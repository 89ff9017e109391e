"""What an answer must hold, case by case; each can fail."""

from eval.metrics.answers import AcceptedAnswers


def test_whole_words_or_letters():
    words, letters = AcceptedAnswers(["Zagreb", "16"]), AcceptedAnswers(["Zagreb", "16"], letters=True)
    assert not words.held("U Zagrebu 2016.") and letters.held("U Zagrebu")
    assert letters.held("Godine 2016.")  # kind to a number that stands there by chance
    assert words.held("ZAGREB, 16. maja")
    assert not letters.held("Split")


def test_letters_are_compared_without_case_and_unicode_form():
    assert AcceptedAnswers(["Kočani", "5 000"], letters=True).held("u KOC\u030cANIMA".replace("MA", " gori"))
    assert AcceptedAnswers(["5 000"], letters=True).held("oko 5\u00a0000 ljudi")
    assert not AcceptedAnswers(["Kočani"], letters=True).held("Kocani")  # diacritics count here


def test_a_list_wants_each_item_in_one_of_its_spellings():
    wanted = AcceptedAnswers(["Vengu", "Венгу", "Anušić"], [["Vengu", "Венгу"], ["Anušić"]], letters=True)
    assert wanted.held("Венгу и Anušić")
    assert not wanted.held("Vengu and Венгу") and wanted.touched("Vengu and Венгу")
    assert not wanted.touched("Maqedonci")
    assert wanted.references == ["Vengu, Anušić"]


def test_references_of_a_plain_answer_are_its_spellings():
    assert AcceptedAnswers(["59", "fifty-nine"]).references == ["59", "fifty-nine"]
