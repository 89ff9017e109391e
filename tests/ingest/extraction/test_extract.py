"""What a page says of itself is read: text, headline, authors, dates, language, address."""

import pytest

from ingest.extraction.extract import extract
from rag.errors import BadInput

PAGE = """<!doctype html><html lang="hr"><head><title>Ministri u Tirani | Glas</title>
<meta property="og:site_name" content="Glas"><meta name="author" content="Ana Kovač">
<meta property="article:published_time" content="2025-03-18T14:05:00+01:00">
<meta property="article:modified_time" content="2025-03-19T08:00:00+01:00">
<link rel="canonical" href="https://glas.example.com/vijesti/1"></head><body>
<nav><a href="/">Naslovnica</a><a href="/sport">Sport</a></nav>
<article><h1>Ministri u Tirani potpisali sporazum</h1>
<p>Ministri obrane sastali su se u Tirani i potpisali izjavu o suradnji triju zemalja.</p>
<p>Izjava predviđa zajedničke vježbe i razvoj obrambene industrije, rekli su nakon susreta.</p>
<script>alert("ne")</script></article>
<footer>Sva prava pridržana</footer></body></html>"""


def test_a_page() -> None:
    page = extract(PAGE)
    assert page.title == "Ministri u Tirani potpisali sporazum"
    assert page.text.startswith("Ministri obrane sastali su se")
    assert "alert" not in page.text
    assert "Naslovnica" not in page.text
    assert page.authors == ("Ana Kovač",)
    assert page.published == "2025-03-18T14:05:00+01:00"
    assert page.modified == "2025-03-19T08:00:00+01:00"
    assert page.language == "hr"
    assert page.url == "https://glas.example.com/vijesti/1"
    assert page.outlet == "Glas"


def test_dates_in_linked_data() -> None:
    html = PAGE.replace("article:published_time", "x").replace(
        "</head>", '<script type="application/ld+json">{"datePublished": "2025-03-17T09:00:00Z"}</script></head>'
    )
    assert extract(html).published == "2025-03-17T09:00:00+00:00"


def test_a_declared_date_that_is_none_gives_way() -> None:
    html = PAGE.replace("2025-03-18T14:05:00+01:00", "18 Mar 2025 14:05:00 EST").replace(
        "2025-03-19T08:00:00+01:00", "%s"
    )
    page = extract(html)
    assert page.published.startswith(("2025-03-18", "18 Mar 2025"))
    assert page.modified == ""


def test_a_canonical_address_is_joined_to_the_page_address() -> None:
    html = PAGE.replace("https://glas.example.com/vijesti/1", "/vijesti/1")
    assert extract(html, url="https://glas.example.com/amp/1").url == "https://glas.example.com/vijesti/1"
    assert extract(html).url == ""


def test_a_page_without_an_article_has_no_text() -> None:
    assert extract("<html lang='sq'><body></body></html>").text == ""


@pytest.mark.parametrize("html", ["", "   ", "\x00"])
def test_what_is_no_page_is_refused(html: str) -> None:
    with pytest.raises(BadInput, match="html cannot be read"):
        extract(html)


DUG = "Most je otvoren juče u mestu Pirot. Radovi su trajali dve godine i koštali pet miliona evra."
SAO = "Građani su čekali na otvaranje uprkos kiši, a saobraćaj je pušten oko podneva bez zastoja na prilazima."


@pytest.mark.parametrize(
    ("fragment", "lines"),
    [
        (f"<p>{DUG}</p>", [DUG]),
        (DUG, [DUG]),
        (f"{DUG}\n\n{SAO}", [DUG, SAO]),  # the older editor of WordPress, in its exports
        (f"{DUG}<br>{SAO}", [f"{DUG} {SAO}"]),
        (f'<img src="/m.jpg">{DUG}', [DUG]),
        (f"{DUG}<p>{SAO}</p>", [f"{DUG} {SAO}"]),
        (f"<p>{DUG}</p><h2>Otvaranje</h2><blockquote>{SAO}</blockquote>", [DUG, "Otvaranje", SAO]),
    ],
)
def test_a_fragment_as_feeds_and_wordpress_give_it(fragment: str, lines: list[str]) -> None:
    assert extract(fragment, url="https://most.example/1").text.split("\n") == lines
