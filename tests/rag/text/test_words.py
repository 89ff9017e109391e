import random

from rag.text.words import indexed_words, stem, words


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


def test_words_looked_up_one_by_one_are_those_of_the_whole_text():
    chance = random.Random(1)
    letters = "akoАШшђЉÉžœ ½ \u00ad\u200b\u2028\u00a0\u0301\x1c\x00\ud800’-_1ΩAς ."  # scripts meet, marks, odd spaces
    for _ in range(5000):
        text = "".join(chance.choices(letters, k=20))
        whole = words(text)
        found, beginnings = indexed_words(text)
        assert (found.split(), beginnings.split()) == (whole, [stem(word) for word in whole])


def test_look_alike_letters_are_put_right_by_the_text_around_them():
    assert indexed_words("Аce је у Београду")[0].split() == words("Аce је у Београду")


def test_a_token_that_is_no_word_is_read_with_the_whole_text():
    address = "https://vesti.example/" + "a-b" * 40
    whole = words(f"Види {address}")
    found, beginnings = indexed_words(f"Види {address}")
    assert (found.split(), beginnings.split()) == (whole, [stem(word) for word in whole])
