"""The checker of the region's stories: the stories in the box pass, and each slip is found."""

from dataclasses import replace

import pytest

from eval.datasets.stories import STORIES, ToldVersion, read_story
from research.region import complaints

EXAMPLE = read_story(STORIES / "albania-earthquake-2019.toml")


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_stories_in_the_box_pass(path):
    assert complaints(read_story(path)) == []


def changed(tag, old, new):
    version = EXAMPLE.article[tag]
    assert old in version.text
    return replace(
        EXAMPLE, article={**EXAMPLE.article, tag: ToldVersion(version.title, version.text.replace(old, new))}
    )


def asked(number, **fields):
    questions = (replace(q, **fields) if q.number == number else q for q in EXAMPLE.questions)
    return replace(EXAMPLE, questions=tuple(questions))


def ask(number, tag, text):
    return asked(number, ask={**EXAMPLE.questions[number - 1].ask, tag: text})


def swapped(**articles):
    return replace(EXAMPLE, article={**EXAMPLE.article, **articles})


SLIPS = {
    "sq: answer 1, '52 viktima', has the numbers 52": changed("sq", "51 viktima", "52 viktima"),
    "hr: question 1 is marked nowhere": changed("hr", "{1|51 osoba}", "51 osoba"),
    "hr: {14|...} belongs to no answerable question": changed("hr", "{1|51 osoba}", "{1|51 osoba} {14|danas}"),
    "ro: '51', the answer to 1, is in too many texts": changed("ro", "{1|51 de persoane}", "{1|51} de persoane"),
    "John Smith' is in neither": changed("en", "Commissioner Olivér Várhelyi said", "Commissioner John Smith said"),
    "Edi Rama is listed, yet not": changed("en", "Edi Rama", "Rama"),
    "mk: the article reads as bg": swapped(mk=EXAMPLE.article["bg"]),
    "hr: its words are those of sr-Latn": swapped(hr=EXAMPLE.article["sr-Latn"]),
    "cnr and sr-Latn share 100%": swapped(cnr=EXAMPLE.article["sr-Latn"]),
    "word for word": swapped(bs=EXAMPLE.article["hr"]),
    "another order than the English one": replace(
        EXAMPLE, article=dict.fromkeys(EXAMPLE.article, EXAMPLE.article["en"])
    ),
    "two sources or more": replace(EXAMPLE, sources=EXAMPLE.sources[:1]),
    "question 1: its kind is 'howmany'": asked(1, kind="howmany"),
    "question 10: `twin` names no answerable": asked(10, twin=11),
    "question 10: `why` must say": asked(10, why=""),
    "question 10: `near` is 'other'": asked(10, near="other"),
    "question 2: el: not in Grek": ask(2, "el", "pote egine o megalos seismos"),
    "sl: asked twice": ask(2, "sl", EXAMPLE.questions[0].ask["sl"]),
    "question 7: en: asked in the article's own words": ask(
        7, "en", "Was the conference chaired by Ursula von der Leyen?"
    ),
    "question 3: ro: reads as tr": ask(3, "ro", "Arnavutluk depreminde kaç kişi öldü?"),
    "question 3 is not asked in tr": asked(3, ask={k: v for k, v in EXAMPLE.questions[2].ask.items() if k != "tr"}),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_is_found(slip):
    assert any(slip in one for one in complaints(SLIPS[slip])), complaints(SLIPS[slip])


def test_what_stands_in_the_starter_corpus_is_found():
    taken = "The attack took place on Friday, 9 September, and forced officials to switch off TIMS,"
    story = changed("en", "Less than three months", f"{taken} Less than three months")
    assert any("stands in the starter corpus too" in one for one in complaints(story))


def test_a_short_article_is_found():
    english = EXAMPLE.article["en"]
    first = " ".join(f"{{{q.number}|{english.said(q.number)}}}." for q in EXAMPLE.questions if not q.near)
    story = replace(EXAMPLE, article={**EXAMPLE.article, "en": ToldVersion(english.title, first)})
    assert any(one.startswith("en: ") and "not 300 to 500" in one for one in complaints(story))
