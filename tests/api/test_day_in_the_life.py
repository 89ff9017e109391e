"""A day of four outlets, an editor, a reader and a program: one falls silent, a story breaks in three languages, a
figure is corrected, an article is erased. `--basetemp=DIR` keeps the screenshots.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import feedparser
import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from api.auth.keys import KeyStore
from rag.config import Settings
from rag.store.archive.archive import Archive
from rag.store.database.rows import micros
from rag.store.database.schema import articles, changes
from support.outlets import Outlets, Report, serve_outlets
from support.servers import free_port, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

NOW = datetime.now(UTC).replace(microsecond=0)
BROKE = NOW - timedelta(hours=1 if NOW.hour else 2)  # within one day, whatever the hour
KEY = "k" * 32
PAST, EVERY = 45, timedelta(hours=4)  # articles of the past
COAST, MALI = "Coast Post", "Lajmi i Malit"
OUTLETS = f"""
[[outlet]]
name = "{COAST}"
language = "en"
feeds = ["{{base}}/coast/feed"]
shows = "quote"
[[outlet]]
name = "Речни гласник"
language = "sr-Cyrl"
feeds = ["{{base}}/reka/feed"]
[[outlet]]
name = "{MALI}"
language = "sq"
feeds = ["{{base}}/mali/feed"]
[[outlet]]
name = "Φωνή του Αιγαίου"
language = "el"
feeds = ["{{base}}/foni/feed"]
"""
TOWNS = "Bar Budva Kotor Tivat Ulcinj Cetinje Herceg-Novi Perast Risan".split()
GOODS = (("figs", "fiqtë"), ("olives", "ullinjtë"), ("carp", "krapi"), ("honey", "mjalti"), ("cheese", "djathi"))
HURT = "How many people were hurt on the ferry Galeb?"

MORNING = Report(
    "coast", "line", "en", "Ferry Galeb returns to the line from Bar to Corfu",
    (
        "The ferry Galeb takes up its line from Bar to Corfu again after two winters in the yard, its owner said.",
        "Captain Milena Radunović will command it, with a crew of thirty-one.",
        "A ticket costs 45 euros, and bicycles travel free until the end of the month.",
    ),
    BROKE - timedelta(days=1),
)  # fmt: skip
AGROUND = Report(
    "coast", "aground", "en", "Ferry Galeb runs aground off Ulcinj",
    (
        "The ferry Galeb ran aground off Ulcinj with 212 passengers on board, the coast guard of Montenegro said.",
        "At least 14 people were hurt when the ferry Galeb struck the rocks, and were taken to the hospital in Bar.",
        "The harbour office of Bar has opened an inquiry into the charts that were used that night.",
    ),
    BROKE,
)  # fmt: skip
CORRECTED = replace(
    AGROUND,
    paragraphs=(
        AGROUND.paragraphs[0],
        AGROUND.paragraphs[1].replace("At least 14", "17"),
        AGROUND.paragraphs[2],
        "Correction: an earlier version of this article gave a wrong number of people hurt.",
    ),
    modified=NOW,
)
IN_SERBIAN = Report(
    "reka", "nasukan", "sr-Cyrl", "Трајект Галеб насукао се код Улциња",
    (
        "Трајект Галеб насукао се код Улциња са 212 путника, саопштила је обалска стража Црне Горе.",
        "Капетан Милена Радуновић рекла је да је отказало кормило, а тегљачи из Бара стигли су до брода пред зору.",
        "Линија од Бара до Крфа неће саобраћати до недеље.",
    ),
    BROKE + timedelta(minutes=20),
)  # fmt: skip
IN_GREEK = Report(
    "foni", "prosaraxi", "el", "Το φέρι Galeb προσάραξε ανοιχτά του Ούλτσιν",
    (
        "Το φέρι Galeb προσάραξε ανοιχτά του Ούλτσιν με 212 επιβάτες, ανακοίνωσε η ακτοφυλακή του Μαυροβουνίου.",
        "Το πλοίο εκτελούσε το δρομολόγιο από το Μπαρ προς την Κέρκυρα και είχε στόχο να φτάσει το πρωί.",
        "Ρυμουλκά από το Μπαρ έφτασαν στο σημείο πριν από την αυγή.",
    ),
    BROKE + timedelta(minutes=35),
)  # fmt: skip


def small_news(folder: str, language: str) -> Iterator[Report]:
    """What an outlet brought in the past week, a report every four hours."""
    for n in range(PAST):
        town, (english, albanian) = TOWNS[n % len(TOWNS)], GOODS[n % len(GOODS)]
        title = f"Price of {english} at the market of {town}"
        lines = (
            f"A kilo of {english} costs {200 + 7 * n} cents at the market of {town}, where {11 + n} stalls stand.",
            f"Last year a kilo of {english} was {n + 3} cents cheaper in {town}, its traders said on being asked.",
        )
        if language == "sq":
            title = f"Çmimi në tregun e {town}: {albanian}"
            lines = (
                f"Në tregun e {town} {albanian} shiten {200 + 7 * n} lekë, thanë {11 + n} tregtarë që u pyetën.",
                f"Vitin e kaluar {albanian} në {town} ishin {n + 3} lekë më lirë, sipas tregtarëve të tregut.",
            )
        yield Report(folder, f"market-{n}", language, title, lines, NOW - timedelta(days=9) + n * EVERY)


def past_of(last: float) -> list[float]:
    return [last - (PAST - 1 - n) * EVERY.total_seconds() for n in range(PAST)]


def let_time_pass(archive: Archive) -> None:
    """What was taken in just now came over a week, one outlet's till ten minutes ago, the other's till yesterday."""
    now = datetime.now(UTC).timestamp()
    with archive.database.writing() as connection:
        for outlet, times in ((COAST, past_of(now - 600)), (MALI, past_of(now - 86_400))):
            c, a = changes.c, articles.c
            held = select(c.number).join_from(changes, articles, a.id == c.article_id)
            numbers = connection.scalars(held.where(a.outlet == outlet).order_by(a.published)).all()
            assert len(numbers) >= PAST
            for number, at in zip(numbers[:PAST], times, strict=True):
                moment = micros(datetime.fromtimestamp(at, UTC))
                connection.execute(update(changes).where(c.number == number).values(at=moment))


@dataclass
class Day:
    """What lives through the day: the outlets, the server, its log, and the keys of an editor and of a program."""

    outlets: Outlets
    base: str
    log: Path
    editor: str
    program: str

    def get(self, path: str, **params: str) -> httpx.Response:
        return httpx.get(f"{self.base}{path}", params=params or None, timeout=60)

    def ask(self, question: str, **more: Any) -> dict[str, Any]:
        return httpx.post(f"{self.base}/v1/ask", json={"question": question, **more}, timeout=60).json()

    def entries(self, **asked: str) -> list[Any]:
        """What a feed reader sees, the newest first."""
        self.get("/v1/follow.atom", **asked)  # followed from the second time on
        return feedparser.parse(self.get("/v1/follow.atom", **asked).text).entries

    def article(self, report: Report) -> str:
        """The id of an article by its address, once it is there; "" before."""
        listed = self.get("/v1/articles").json()["articles"]
        return next((one["id"] for one in listed if one["url"] == self.outlets.url(report)), "")

    def publish(self, *reports: Report) -> None:
        """Publishes reports and waits until each was taken in, nobody having asked for it."""
        self.outlets.publish(*reports)
        until(lambda: all(self.article(one) for one in reports), each_s=0.3)


@pytest.fixture
def day(tmp_path) -> Iterator[Day]:
    folder, port = tmp_path / "data", free_port()
    with serve_outlets(Outlets()) as outlets:
        environment = {
            **os.environ,
            "TELAL_DATA_DIR": str(folder),
            "TELAL_EMBEDDING__THREADS": "1",
            "TELAL_INGEST__ALLOW_PRIVATE": "true",
            "TELAL_INGEST__HOST_DELAY_S": "0",
            "TELAL_INGEST__POLL_S": "2",
            "TELAL_INGEST__CONTACT": "desk@coast.example",
            "TELAL_SERVER__ASK_LIMIT": "none",
            "TELAL_SERVER__READ_LIMIT": "none",
            "TELAL_SERVER__CORS_ORIGINS": json.dumps([outlets.base.replace("127.0.0.1", "localhost")]),
            "TELAL_SERVER__READER_KEYS": json.dumps({COAST: KEY}),
        }

        folder.mkdir()
        (folder / "outlets.toml").write_text(OUTLETS.format(base=outlets.base))
        outlets.publish(*small_news("coast", "en"), *small_news("mali", "sq"))
        telal = [sys.executable, "-m", "telal"]
        done = subprocess.run([*telal, "ingest", "run"], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        with Archive.open(Settings(data_dir=folder)) as archive:
            let_time_pass(archive)
            keys = KeyStore(archive.database)
            editor = keys.create("Ana", kind="secret", scopes=["ask", "search", "ingest", "admin"]).token
            program = keys.create("program", kind="secret", scopes=["follow"]).token
        log = tmp_path / "log"
        with log.open("w") as said:
            command = [*telal, "serve", "--port", str(port)]
            server = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
        try:
            base = f"http://127.0.0.1:{port}"
            until(lambda: f"Serving {base}" in log.read_text() or server.poll() is not None, within_s=300)
            assert server.poll() is None, log.read_text()
            yield Day(outlets, base, log, editor, program)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser of its own."""
    contexts, faults = [], []

    def opened(address: str, **options: Any) -> Page:
        size = {"width": 1200, "height": 900}
        contexts.append(browser.new_context(**({"locale": "en-GB", "viewport": size} | options)))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        page.goto(address)
        return page

    expect.set_options(timeout=60_000)
    yield opened
    expect.set_options(timeout=5_000)
    for context in contexts:
        context.close()
    assert not faults, faults


def reader_asks(page: Page, question: str) -> Any:
    box = page.locator("telal-chat").first.locator("textarea#question")
    box.fill(question)
    box.press("Enter")
    turn = page.locator("telal-chat .turn").last
    turn.locator(".busy").wait_for(state="detached")
    return turn


def reader_token(key: str, **claims: object) -> str:
    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    said = {"iss": COAST, "exp": time.time() + 600, **claims}
    signed = ".".join(part(json.dumps(one).encode()) for one in ({"alg": "HS256"}, said))
    return f"{signed}.{part(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


def test_a_day_in_the_life(day, visit, tmp_path):
    shots = count(1)

    def shot(page: Page, name: str) -> None:
        page.screenshot(path=tmp_path / f"{next(shots):02}-{name}.png", full_page=True)

    # The morning: it is said who is silent the longest, a report answers a reader, who follows what there is of a ship.
    said = day.get("/v1/status").json()
    assert said["text"].startswith("Read until") and said["outlets"][0]["outlet"] == MALI
    day.publish(MORNING)
    reader = visit(f"{day.base}/?lang=en")
    turn = reader_asks(reader, "Who commands the ferry Galeb?")
    expect(turn.locator(".answer")).to_contain_text("Milena Radunović")
    shot(reader, "answer")
    button = turn.locator("button.follow")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    followed = httpx.URL(button.get_attribute("value")).params
    news = {"q": "What is new on the ferry Galeb?", "language": "en"}
    assert followed["q"] == "Who commands the ferry Galeb?"
    (begun,) = day.entries(**dict(followed))
    assert begun.title == "Milena Radunović"
    assert [MORNING.title in one.content[0].value for one in day.entries(**news)] == [True]

    # Noon: it runs aground, told by three outlets in three languages; one story.
    day.publish(AGROUND, IN_SERBIAN, IN_GREEK)
    ids = [day.article(one) for one in (AGROUND, IN_SERBIAN, IN_GREEK)]
    told: dict[str, Any] = {}

    def whole() -> bool:
        told.update(day.get(f"/v1/stories/{ids[1]}", language="sr-Cyrl", since=f"{BROKE:%Y-%m-%d}").json())
        return {one["article_id"] for one in told["versions"]} == set(ids)

    until(whole, within_s=60, each_s=0.5)
    assert told["article"]["article_id"] == ids[1]
    assert [(one["day"], one["new"], one["article"]["language"], one["articles"]) for one in told["course"]] == [
        (f"{BROKE:%Y-%m-%d}", True, "sr-Cyrl", 3),
        (f"{MORNING.published:%Y-%m-%d}", False, "en", 1),
    ]
    assert told["course"][0]["first"]["article_id"] == ids[0]
    for language, report in (("el", IN_GREEK), ("sr-Cyrl", IN_SERBIAN), ("en", AGROUND)):
        page = visit(f"{day.base}/story/{ids[1]}?lang={language}")
        expect(page.locator("h1")).to_have_text(report.title)
        for other in (AGROUND, IN_SERBIAN, IN_GREEK):
            expect(page.locator("main")).to_contain_text(other.title)
        shot(page, f"story-{language}")
    home = visit(f"{day.base}/?lang=en")
    first = home.locator("telal-chat .story").first
    expect(first.locator("h4")).to_have_text(AGROUND.title)
    first.locator("details.also summary").click()
    expect(first).to_contain_text(IN_GREEK.title)
    shot(home, "home")
    until(lambda: len(day.entries(**news)) == 2)
    assert AGROUND.title in day.entries(**news)[0].content[0].value
    story = {"story": ids[1], "language": "en"}
    assert AGROUND.title in day.entries(**story)[0].content[0].value

    # A program and a feed reader follow how many were hurt.
    headers = {"Authorization": f"Bearer {day.program}"}
    made = httpx.post(
        f"{day.base}/v1/follows",
        json={"question": HURT, "language": "en", "url": f"{day.outlets.base}/hook"},
        headers=headers,
        timeout=60,
    )
    assert made.status_code == 201, made.text
    day.outlets.secret = made.json()["secret"]
    until(lambda: len(day.outlets.told) == 1, each_s=0.3)
    hurt = {"q": HURT, "language": "en"}
    assert day.outlets.told[0]["entry"]["text"] == "At least 14 people" == day.entries(**hurt)[0].title

    # The afternoon: the outlet corrects the figure; the answer says so, and it is told once.
    day.outlets.publish(CORRECTED)
    until(lambda: "17" in day.ask(HURT)["text"], each_s=0.5)
    turn = reader_asks(reader, HURT)
    expect(turn.locator(".short")).to_contain_text("17 people")
    expect(turn.locator(".note")).to_have_text(f"corrected on {NOW.day} {NOW:%B %Y}")
    assert "14" not in turn.locator(".answer").inner_text()
    shot(reader, "corrected")
    until(lambda: len(day.outlets.told) > 1, each_s=0.3)
    time.sleep(12)  # two more looks at what is followed
    assert [(one["entry"]["kind"], one["entry"]["text"]) for one in day.outlets.told[1:]] == [("words", "17 people")]
    assert [one.title for one in day.entries(**hurt)] == ["17 people"]
    assert day.outlets.forged == 0

    # Whoever opens the page hears until when the archive was read; the desk lists its outlets.
    newest = visit(f"{day.base}/?lang=sq")
    newest.locator("footer").scroll_into_view_if_needed()
    expect(newest.locator("#status")).to_contain_text("Lexuar deri")
    desk = visit(f"{day.base}/desk?lang=en")
    desk.locator("input[name=key]").fill(day.editor)
    desk.locator("input[name=key]").press("Enter")
    desk.get_by_role("link", name="Sources").click()
    expect(desk.get_by_role("article", name=COAST).locator("h2 .badge")).to_have_text("Works")

    # On the outlet's own page, of another origin, a forged token opens nothing and is refused in words.
    origin = day.outlets.base.replace("127.0.0.1", "localhost")
    for name, key in (("forged", "x" * 32), ("signed", KEY)):
        tag = f'data-telal data-article data-mode="inline" data-language="en" data-token="{reader_token(key)}"'
        day.outlets.tags[name] = f'<script type="module" src="{day.base}/widget.js" {tag}></script>'
    opened = {}
    for name in ("forged", "signed"):
        page = visit(f"{origin}{AGROUND.path}?{name}")
        turn = reader_asks(page, HURT)
        turn.locator(".source").first.click()
        expect(page.locator("telal-chat .card")).not_to_contain_text("Loading")
        opened[name] = page.locator("telal-chat .card").inner_text()
        shot(page, f"widget-{name}")
        reply = page.evaluate(
            "async ([url, token]) => { const r = await fetch(url, {headers: {'x-telal-reader': token}}); "
            "return [r.status, await r.text()]; }",
            [f"{day.base}/v1/articles/{ids[0]}", reader_token("x" * 32 if name == "forged" else KEY)],
        )
        assert reply[0] == (403 if name == "forged" else 200), reply
        assert ("not signed with its outlet's key" in reply[1]) == (name == "forged")
    assert AGROUND.paragraphs[0] in opened["signed"] and AGROUND.paragraphs[0] not in opened["forged"]

    # The evening: the editor erases the article, and nothing of it is left anywhere.
    desk.get_by_role("link", name="Articles").click()
    desk.get_by_label("Words, address or id").fill(day.outlets.url(AGROUND))
    desk.get_by_role("button", name="Search").click()
    expect(desk.locator(".list a")).to_have_count(1)
    desk.locator(".list a").first.click()
    drawer = desk.locator("details", has=desk.locator("summary", has_text="Erase")).last
    drawer.locator("summary").click()
    drawer.get_by_label("Why").fill("asked for by a person it names")
    drawer.get_by_label("I understand that this cannot be undone").check()
    drawer.get_by_role("button", name="Erase").click()
    desk.get_by_role("region", name="Certificate of erasure").wait_for(timeout=120_000)
    shot(desk, "erased")
    before = len(day.outlets.told)
    until(lambda: len(day.outlets.told) > before, each_s=0.3)
    time.sleep(12)
    assert [(one["entry"]["kind"], one["entry"]["sources"]) for one in day.outlets.told[before:]] == [("gone", [])]
    assert day.get(f"/v1/articles/{ids[0]}").status_code == day.get(f"/story/{ids[0]}").status_code == 410
    after = day.get(f"/v1/stories/{ids[1]}", language="en")
    assert set(ids[1:]) <= {one["article_id"] for one in after.json()["versions"]}
    said = [after.text, json.dumps(day.outlets.told[before:]), day.get("/v1/stories", language="en").text]
    said += [day.get("/v1/follow.atom", **one).text for one in (hurt, news, story)]
    said.append(json.dumps(day.ask(HURT)))
    page = visit(f"{day.base}/story/{ids[1]}?lang=en")
    shot(page, "story-after")
    said.append(page.content())
    page = visit(f"{day.base}/?{urlencode({'lang': 'en', 'q': HURT})}")  # the first reader's device kept its answer
    expect(page.locator("telal-chat .refusal")).to_be_visible()
    shot(page, "answer-after")
    said.append(page.locator("telal-chat .turn").inner_text())
    words = (AGROUND.title, *AGROUND.paragraphs, *CORRECTED.paragraphs)
    for one in said:
        assert not [part for part in words if part in one], one
