"""The desk in a real browser: a day in an editor's life, a hostile article, a forged request, languages and widths."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HOSTILE = [
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "</textarea><iframe srcdoc='<script>parent.hacked=1</script>'>",
    '"><a href="javascript:window.hacked=1" autofocus onfocus="window.hacked=1">',
    "{{constructor.constructor('window.hacked=1')()}} ${window.hacked=1}",
    "\u202egnol\u202c ]]><!--<script>window.hacked=1//-->",
]


def go(page: Page, part: str) -> None:
    """To a part of the desk, when it is there."""
    page.evaluate("part => { location.hash = `#/${part}`; }", part)
    page.locator(f'nav a[aria-current][href="#/{part.split("/")[0]}"]').wait_for()
    page.locator("p.busy").wait_for(state="detached")


def done(page: Page) -> None:
    expect(page.locator("main > .said")).to_have_text("Done.", timeout=60_000)


def drawer(page: Page, name: str) -> Any:
    """Opens what can be done, and gives its inside."""
    found = page.locator("details", has=page.locator("summary", has_text=name)).last
    found.locator("summary").click()
    return found


def answer(newsroom, question: str) -> str:
    return httpx.post(f"{newsroom.base}/v1/ask", json={"question": question}, timeout=60).text


def test_a_day_in_an_editors_life(sit_down, newsroom, outlet):
    page = sit_down()
    story = next(s for s in outlet.newest() if s.language == "en")
    length, cost = f"{1000 + 7 * story.number} metres", f"{11 + story.number} million euros"
    question = f"How long is the bridge that was opened in {story.town}?"

    # an outlet is added by its address, and visited
    go(page, "sources")
    page.get_by_label("Address of the site").fill(outlet.base)
    page.get_by_role("button", name="Look for its articles").click()
    page.get_by_label("Name, as readers shall see it").fill("Most Daily")
    page.get_by_role("button", name="Add and visit").click()
    card = page.get_by_role("article", name="Most Daily")
    card.get_by_text("Visited. New articles: 6").wait_for(timeout=120_000)
    assert card.locator("h2 .badge").inner_text() == "Works"

    # its articles are there, and answer
    card.get_by_role("button", name="Its articles").click()
    page.locator(".list a", has_text=f"opened in {story.town}").wait_for()
    expect_answer(newsroom, question, length)

    # a reader reports an answer; the report is read and settled
    name = httpx.post(f"{newsroom.base}/v1/ask", json={"question": question}, timeout=60).json()["id"]
    said = {"id": name, "verdict": "wrong", "question": question, "answer": length, "comment": "It is shorter"}
    assert httpx.post(f"{newsroom.base}/v1/feedback", json=said).status_code == 204
    go(page, "reports")
    report = page.get_by_role("article", name="The answer is wrong").first
    assert question in report.inner_text() and "It is shorter" in report.inner_text()
    report.get_by_label("A word on it").fill("The outlet gave a wrong length")
    report.get_by_role("button", name="Settle").click()
    page.get_by_text("Settled by Ana").wait_for()

    # the article is corrected, and the answer changes
    go(page, "articles")
    page.get_by_label("Words, address or id").fill(outlet.url(story))
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".list a")).to_have_count(1)  # not the list before the search
    page.locator(".list a").first.click()
    correct = drawer(page, "Correct")
    text = correct.get_by_label("Text")
    text.fill(text.input_value().replace(length.split()[0], "777"))
    correct.get_by_label("Headline").fill(f"Bridge of 777 metres opened in {story.town}")
    correct.get_by_label("What was wrong").fill("The length")
    correct.get_by_role("button", name="Correct").click()
    done(page)
    page.locator("p .badge.corrected").wait_for()
    revision = drawer(page, "Revision 2")
    assert "777" in revision.locator("ins").last.inner_text() and length in revision.locator("del").last.inner_text()
    expect_answer(newsroom, question, "777 metres")
    corrected = page.locator(".id code").inner_text()

    # an answer of the newsroom's own is pinned to the question and given in another language, until its article is held
    translated = f"Sa e gjatë është ura që u hap në {story.town}?"
    go(page, f"trial/{quote(question)}")
    pin = drawer(page, "Answer this ourselves")
    pin.get_by_role("textbox", name="An answer in our words").fill("777 metres, as the builder told us.")
    pin.get_by_role("checkbox", name="777").first.check()  # of the corrected article, which is held later
    pin.get_by_label("The question, and other wordings").fill(f"{question}\n{translated}")
    pin.get_by_role("button", name="Pin it").click()
    done(page)
    assert "as the builder told us" in answer(newsroom, translated)
    go(page, f"articles/{quote(corrected)}")
    hold = drawer(page, "Hold back")
    hold.get_by_label("Why").fill("The builder asks")
    hold.get_by_role("button", name="Hold back").click()
    page.locator("p .badge.held").wait_for()
    assert "as the builder told us" not in answer(newsroom, translated)
    go(page, "pins")
    pinned = page.get_by_role("article", name=question)
    pinned.get_by_text("It answers nothing").wait_for()
    pinned.get_by_role("button", name="Withdraw").click()
    done(page)
    page.get_by_text("Nothing here yet.").wait_for()

    # another is erased, and the certificate says so
    other = next(s for s in outlet.newest() if s.language == "sq")
    go(page, "articles")
    page.get_by_label("Words, address or id").fill(outlet.url(other))
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".list a")).to_have_count(1)  # not the list before the search
    page.locator(".list a").first.click()
    erase = drawer(page, "Erase")
    erase.get_by_label("Why").fill("asked for by the person it names")
    erase.get_by_label("I understand that this cannot be undone").check()
    erase.get_by_role("button", name="Erase").click()
    certificate = page.get_by_role("region", name="Certificate of erasure")
    certificate.wait_for(timeout=120_000)
    assert "Nothing is left" in certificate.inner_text()
    assert other.sentences[1] not in page.content()
    assert httpx.get(f"{newsroom.base}/v1/articles/{certificate.locator('code').first.inner_text()}").status_code == 410

    # everything is in the log
    go(page, "log")
    log = page.locator(".acts").inner_text()
    for act in ("Outlet added", "Report settled", "Article corrected", "Answer pinned", "Article erased"):
        assert act in log
    assert cost not in log and other.sentences[1] not in log
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Key").wait_for()


def expect_answer(newsroom, question: str, words: str) -> None:
    """The answer, when the indexes have caught up."""
    import time

    end = time.monotonic() + 30
    while words not in (found := answer(newsroom, question)):
        assert time.monotonic() < end, found
        time.sleep(0.5)


def test_what_a_hostile_article_says_stays_text(sit_down, newsroom):
    headers = {"Authorization": f"Bearer {newsroom.key}"}
    text = "Before it the mayor of Hostileville spoke. " + " ".join(HOSTILE) + " After it nobody spoke."
    for number, bad in enumerate(HOSTILE):
        article = {"id": f"hostile/{number}#{bad}", "title": bad, "text": f"{text} {number}", "outlet": bad}
        article |= {"language": "en", "url": f"https://news.example/{number}?{'javascript:x'}"}
        done = httpx.post(f"{newsroom.base}/v1/admin/articles", json={"articles": [article]}, headers=headers)
        assert done.json()["new"] == 1, done.text
        name = httpx.post(f"{newsroom.base}/v1/ask", json={"question": "Who?"}, timeout=60).json()["id"]
        said = {"id": name, "verdict": "wrong", "question": bad, "answer": bad, "quote": bad, "comment": bad}
        assert httpx.post(f"{newsroom.base}/v1/feedback", json=said).status_code == 204
    page = sit_down()
    for part in ("articles", "reports", "asked", "log"):
        go(page, part)
    assert page.locator("script:not([src])").count() == 0
    go(page, "articles")
    for number, bad in enumerate(HOSTILE):
        page.get_by_label("Words, address or id").fill(f"hostile/{number}#{bad}")
        with page.expect_response(lambda reply: "/desk/api/articles?" in reply.url):
            page.get_by_role("button", name="Search").click()
        expect(page.locator(".list a")).to_have_count(1)  # not the list before the search
        page.locator(".list a").first.click()
        page.locator(".drawers").wait_for()
        assert page.locator(".reading").inner_text().startswith("Before it the mayor")
        hold = drawer(page, "Hold back")
        hold.get_by_label("Why").fill(bad)
        hold.get_by_role("button", name="Hold back").click()
        page.locator("p .badge.held").wait_for()
        go(page, "articles")
    go(page, "trial")
    page.get_by_label("Question").fill("Who spoke in Hostileville? " + HOSTILE[0])
    page.get_by_role("button", name="Ask").click()
    page.locator(".passages").wait_for()
    go(page, "log")
    assert page.evaluate("window.hacked") is None
    for link in page.locator("a").all():
        assert (link.get_attribute("href") or "").startswith(("/", "#", "http"))


def test_a_forged_request_from_another_site_changes_nothing(sit_down, newsroom, browser):
    page = sit_down()
    cookie = page.context.cookies()
    context = browser.new_context()
    context.add_cookies(cookie)  # as if the browser had sent it along
    evil = context.new_page()
    evil.route("**/evil", lambda route: route.fulfill(body="<p>evil</p>", content_type="text/html"))
    evil.goto("http://localhost:9/evil")
    sent = evil.evaluate(
        """async (base) => {
          const body = JSON.stringify({days: 90});
          const tries = [
            [`${base}/desk/api/keeping`, {method: 'PUT', body, headers: {'Content-Type': 'application/json'}}],
            [`${base}/desk/api/sources/remove`, {method: 'POST', body: '{"name":"x"}', mode: 'no-cors'}],
            [`${base}/desk/api/log`, {}],
          ];
          const seen = [];
          for (const [url, more] of tries) {
            const reply = fetch(url, {credentials: 'include', ...more});
            seen.push(await reply.then((r) => r.type, () => 'blocked'));
          }
          return seen;
        }""",
        newsroom.base,
    )
    assert sent[0] == "blocked" and sent[2] == "blocked", sent
    context.close()
    go(page, "asked")
    page.get_by_text("Questions are not kept.").wait_for()


LOOKS = [
    ("en", 1280, "light"),
    ("sr-Cyrl", 360, "dark"),
    pytest.param("el", 360, "light", marks=pytest.mark.slow),
    pytest.param("tr", 1280, "dark", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_every_part_is_accessible_and_fits(sit_down, axe, language, width, scheme):
    page = sit_down(width=width, language=language, color_scheme=scheme)
    assert page.locator("html").get_attribute("lang") == language
    for part in ("asked", "reports", "pins", "sources", "articles", "article", "trial", "log"):
        if part == "article":
            page.locator(".list a").first.click()
            page.locator(".drawers").wait_for()
            for summary in page.locator("summary").all():
                summary.click()
        else:
            go(page, part)
        if part == "trial":
            page.locator("input[name=question]").fill("Who signed the Tirana agreement?")
            page.locator("input[name=question]").press("Enter")
            page.locator(".passages").wait_for()
            for summary in page.locator("summary").all():
                summary.click()
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(axe)
        report = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        wrong = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in report["violations"]]
        assert report["passes"] and wrong == [], (part, wrong)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), part


def test_what_is_followed_is_listed_and_ended(sit_down, newsroom):
    """A feed is one row with a button; once it is ended, the log says who did it."""
    asked = {"q": "Who signed the Tirana agreement?", "language": "en"}
    with httpx.Client(base_url=newsroom.base, timeout=60) as reader:
        for _ in range(2):
            assert reader.get("/v1/follow.atom", params=asked).status_code == 200
    page = sit_down()
    go(page, "sources")
    row = page.locator("li", has_text=asked["q"])
    row.get_by_role("button", name="Withdraw").click()
    row.wait_for(state="detached")
    go(page, "log")
    page.get_by_text("Following ended").first.wait_for()
