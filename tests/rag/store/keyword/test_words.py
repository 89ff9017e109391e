from rag.store.keyword.index import stem, words


def test_words_meet_across_scripts_and_marks():
    assert words("Ћирилица, ĆIRILICA!") == ["cirilica", "cirilica"]


def test_punctuation_and_underscores_split():
    assert words('a_b "c-d" 3.5') == ["a", "b", "c", "d", "3", "5"]


def test_nothing_in_what_is_no_text():
    assert words("\0 \ud800 🙂 — ''") == []


def test_a_very_long_word_is_cut_not_lost():
    assert words("x" * 1000) == ["x" * 40]


def test_inflected_forms_share_their_beginning():
    assert stem("beogradu") == stem("beogradom") == "beogr"
