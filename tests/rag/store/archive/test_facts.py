"""What differs in a fact is told from what differs in typing, script, cuts and frame."""

from datetime import date

import pytest

from rag.store.archive.facts import DatedText, contradict, holds
from rag.text.script import to_cyrillic

LINES = [
    "Vatrogasci su iz jame u Brestovcu izvukli 17 ljudi, saopštila je policija u utorak uveče.",
    "Ministar Goran Tesić tužio je direktorku Miru Dobrin zbog propusta u ventilaciji rudnika.",
    "Kompanija nije platila popravku vrednu četiri miliona evra, kažu u sindikatu.",
    "Inspektori dolaze u ponedeljak da pregledaju okno koje je zatvoreno još od marta.",
]


def report(lines, language="sr-Latn"):
    return DatedText("\n".join(lines), language, date(2025, 4, 7))


def changed(at, old, new):
    assert old in LINES[at]
    return [line.replace(old, new) if i == at else line for i, line in enumerate(LINES)]


@pytest.mark.parametrize(
    ("at", "old", "new"),
    [
        (0, "17", "94"),
        (0, "Brestovcu", "Lukovcu"),
        (1, "Miru Dobrin", "Miru Perić"),
        (0, "utorak", "sredu"),
        (0, "ljudi", "vojnika"),
        (0, "policija", "opština"),
        (1, "Goran Tesić tužio je direktorku Miru Dobrin", "Mira Dobrin tužio je direktorku Goran Tesić"),
        (2, "nije platila", "je platila"),
        (2, "četiri", "devet"),
        (3, "marta", "maja"),
    ],
)
def test_another_fact_contradicts(at, old, new):
    assert contradict(report(LINES), report(changed(at, old, new)))
    assert contradict(report([to_cyrillic(line) for line in changed(at, old, new)], "sr-Cyrl"), report(LINES))


@pytest.mark.parametrize(
    "lines",
    [
        [to_cyrillic(line) for line in LINES],
        LINES[:2],
        LINES[2:],
        ["BRESTOVAC – Agencija –", *LINES, "Pratite nas na mrežama."],
        [line.replace("š", "s").replace("č", "c").replace("ć", "c") for line in LINES],
        changed(0, "Brestovcu", "Bretsovcu"),  # a slip
        changed(1, "Ministar Goran Tesić", "Goran Tesić"),
        changed(0, " u utorak uveče", ""),
        changed(2, "četiri", "4"),
    ],
)
def test_script_cuts_frame_and_typing_contradict_nothing(lines):
    assert not contradict(report(LINES), report(lines))


ON_LISTS = [
    ("U Lukovac su stigli gosti iz Bugarske, Rusije, Grčke, Poljske i Letonije.",
     "U Lukovac su stigli gosti iz Bugarske, Grčke, Poljske i Letonije.", False),  # left out
    ("U Lukovac su stigli gosti iz Bugarske, Rusije, Grčke, Poljske i Letonije.",
     "U Lukovac su stigli gosti iz Bugarske, Rusije, Kine, Poljske i Letonije.", True),
    ("Sud je utvrdio da Republika Srpska nema tu nadležnost za imovinu.",
     "Sud je utvrdio da RS nema tu nadležnost za imovinu.", False),
    ("Sud je utvrdio da Banja Luka nema tu nadležnost za imovinu.",
     "Sud je utvrdio da Banjaluka nema tu nadležnost za imovinu.", False),
    ("Sud je utvrdio da Republika Srpska nema tu nadležnost za imovinu.",
     "Sud je utvrdio da Republika Slovenija nema tu nadležnost za imovinu.", True),  # with the same initials
    ("Saobraćajna nesreća dogodila se sinoć kod Lukovca.", "Prometna nesreća dogodila se sinoć kod Lukovca.", False),
    ("Još gotovo 40.000 ljudi pobjeglo je preko granice.",
     "Još gotovo 40. 000 ljudi pobjeglo je preko granice.", False),
    ("Na skup u Lukovcu došla je Ana Perić", "Na skup u Lukovcu došla je Ana Pe", False),  # broken off
    ("Na skup u Lukovcu došla je Ana Perić", "Na skup u Lukovcu došla je Ana Kolar", True),
    ("Počelo je u 2.00 h.", "Počelo je u 2.45 h.", True),  # a short sentence
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "told"), ON_LISTS)
def test_cut_lists_and_other_ways_to_write_a_name_contradict_nothing(one, other, told):
    assert contradict(report([LINES[1], one, LINES[3]]), report([LINES[1], other, LINES[3]])) is told


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("tr", "Belediye köprünün perşembe günü açıldığını duyurdu ve yol trafiğe açıldı.",
         "Belediye köprünün perşembe günü açıldığını duyurdu ve yol trafiğe açılmadı."),
        ("el", "Η γέφυρα στο Λούκοβο άνοιξε την Πέμπτη για τα φορτηγά.",
         "Η γέφυρα στο Λούκοβο δεν άνοιξε την Πέμπτη για τα φορτηγά."),
        ("sq", "Ura në Lukovë u hap të enjten për kamionët e rëndë.",
         "Ura në Lukovë nuk u hap të enjten për kamionët e rëndë."),
        ("en", "The bridge in Lukovac was opened on Thursday for heavy lorries.",
         "The bridge in Lukovac wasn't opened on Thursday for heavy lorries."),
    ],
)  # fmt: skip
def test_denials_of_other_languages(language, one, other):
    assert contradict(DatedText(one, language), DatedText(other, language))


def test_yesterday_and_the_day_of_the_week_may_be_one_day():
    said = "Most u Lukovcu otvoren je {} za teške kamione i autobuse."
    one, other = (DatedText(said.format(word), "sr-Latn", date(2025, 4, 8)) for word in ("juče", "u ponedeljak"))
    assert not contradict(one, other)
    later = DatedText(said.format("juče"), "sr-Latn", date(2025, 4, 9))
    assert contradict(other, later)


def test_a_list_of_like_lines_is_not_taken_for_one_that_was_changed():
    lines = [
        f"U gradu {town} stopa nezaposlenosti prošle godine iznosila je {rate} odsto radne snage."
        for town, rate in (("Lukovac", 3), ("Brestovac", 8), ("Trnovac", 5), ("Zelengrad", 9))
    ]
    assert not contradict(report(lines), report(lines[:2]))


def test_a_text_holds_what_it_says_itself():
    text = report([to_cyrillic(line) for line in LINES], "sr-Cyrl")
    assert holds(text, LINES[0])
    assert holds(text, f"{LINES[0]} {LINES[1]}")
    assert not holds(text, LINES[0].replace("17", "94"))
    assert not holds(text, f"{LINES[0]} Direktor je primio mito od dobavljača opreme.")
    assert not holds(text, "")


@pytest.mark.parametrize("text", ["", "\n", "99999999999999999999999 1,2,3,4 ٣٤ ²", "%", "A. B. C.", "0 000"])
def test_any_text_can_be_compared(text):
    assert not contradict(DatedText(text), DatedText(text))
    assert not contradict(DatedText(text), report(LINES))
    assert not holds(DatedText(text), LINES[0])
