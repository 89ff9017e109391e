"""The pages that need no JavaScript in a browser, over rough articles: nothing is cut off, axe-core finds nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.http.plain_pages import answer_page, error_page
from api.http.story_page import story_page
from rag.types import (
    Answer,
    AnswerStatus,
    Citation,
    Nearest,
    Note,
    Refusal,
    Sentence,
    Side,
    StoryDay,
    Telling,
    Tellings,
    Verdict,
    Version,
    WholeStory,
)

pytestmark = pytest.mark.browser

DAY = datetime(2025, 3, 16, tzinfo=UTC)
WORD = "Riječ " + "nadnaravno" * 8 + " stoji ovdje."
LONG = "Donau" * 60


def version(name: str, title: str, language: str = "hr") -> Version:
    return Version(name, title, "Outlet", "https://n.example/1", language, DAY)


NAMELESS, ARABIC = version("a", ""), version("b", "تم توقيع الاتفاق في تيرانا", "ar")
MANY = tuple(version(f"v{n}", f"Version {n}", tag) for n, tag in enumerate(["sq", "bg", "el", "tr"] * 10))
SIDES = tuple(Side(one, "HR", WORD, 0, len(WORD), "stoji") for one in (NAMELESS, version("c", LONG)))
STORY = WholeStory(
    "a", "hr", NAMELESS, WORD, False,
    (StoryDay(DAY.date(), "text", WORD, 0, len(WORD), False, version("c", LONG), NAMELESS, 2, True),
     StoryDay(None, "published", "تم توقيع الاتفاق.", 0, 17, False, ARABIC, None, 1, False)),
    (NAMELESS, *MANY), (ARABIC, version("c", LONG)), 43, 43, DAY.date(), (Note("undated", "Članci bez datuma: 1."),),
)  # fmt: skip
TOLD = Tellings("a", "hr", SIDES, (Telling("number", SIDES, (1, 2)), Telling("alone", SIDES[:1], (1,))))
CITED = Citation(1, "p", "a", "", "", None, DAY, WORD, 0, len(WORD), "hr")
ARAB = Citation(2, "q", "b", LONG, "الجريدة", "https://n.example/2", None, "تم توقيع الاتفاق.", 0, 17, "ar")
ANSWER = Answer(
    WORD,
    AnswerStatus.ANSWERED,
    "hr",
    (Sentence(WORD, (1,), Verdict.QUOTE), Sentence("تم توقيع الاتفاق.", (2,), Verdict.QUOTE)),
    (CITED, ARAB),
)
NEAR = (
    Nearest("a", "", "", None, None, "hr"),
    Nearest("c", LONG, "Outlet", "https://n.example/3", DAY, "bg"),
    Nearest("b", ARABIC.title, "الجريدة", "javascript:alert(1)", DAY, "ar"),
)
REFUSED = Answer(LONG, AnswerStatus.REFUSED, "hr", (), (), Refusal("nothing_near", "Telal ne nalazi odgovor.", NEAR))
PAGES = {
    "story": story_page(STORY, "hr", TOLD),
    "answer": answer_page(ANSWER, "hr"),
    "refusal": answer_page(REFUSED, "hr"),
    "missing": error_page("page_no_story", "", "hr"),
}


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 1280), ("dark", 320), ("light", 640)])
def test_rough_articles_fit_and_axe_finds_nothing(visit, double, scheme, width):
    double.pages |= {f"/{name}": (html, {}) for name, html in PAGES.items()}
    reader = visit("about:blank", width=width, color_scheme=scheme)
    found = {}
    for name in PAGES:
        reader.page.goto(f"{double.url}/{name}")
        found[name] = reader.violations()
        reader.shot(f"plain-{name}-{scheme}-{width}")
        assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert {name: what for name, what in found.items() if what} == {}


def test_the_pages_read_in_order_without_a_script(visit, double):
    double.pages["/story"] = (PAGES["story"], {})
    page = visit(f"{double.url}/story", java_script_enabled=False).page
    assert page.locator("script").count() == 0
    heads = page.locator(":is(h1, h2, h3)").evaluate_all("all => all.map((e) => +e.tagName[1])")
    assert heads[0] == 1 and heads.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(heads, heads[1:], strict=False))
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("class") == "name"  # the way home comes first
