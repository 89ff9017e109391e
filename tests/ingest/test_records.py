"""A raw record becomes an article, or is refused with the reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.raw import Place, RawRecord
from ingest.records import to_articles
from rag.errors import BadInput
from rag.types import Article, ArticleStatus

MakeRaw = Callable[..., RawRecord]


def to_article(record: RawRecord) -> Article:
    (article,) = to_articles(record, max_bytes=10_000)
    return article


def test_every_field_is_taken(raw: MakeRaw) -> None:
    article = to_article(
        raw(
            id=" tanjug:1 ",
            url="https://example.com/vesti/1",
            published="2025-03-18T12:00:00+01:00",
            modified="2025-03-19",
            authors=["Ana Kovač"],
            outlet="Glas",
            kind="Opinion",
            section="Politika",
            status="corrected",
            veracity="true",
        ),
    )
    assert (article.id, article.outlet, article.kind, article.section) == ("tanjug:1", "Glas", "opinion", "Politika")
    assert article.published == datetime(2025, 3, 18, 11, tzinfo=UTC)
    assert article.modified == datetime(2025, 3, 19, tzinfo=UTC)
    assert article.authors == ("Ana Kovač",)
    assert article.status is ArticleStatus.CORRECTED
    assert article.extra == {"veracity": "true"}


def test_source_is_another_name_for_outlet_and_the_host_stands_in(raw: MakeRaw) -> None:
    assert to_article(raw(source="B92")).outlet == "B92"
    assert to_article(raw(url="https://www.example.com/a")).outlet == "example.com"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": None}, "no text (headline only)"),
        ({"text": " \n\t"}, "no text (headline only)"),
        ({"text": "", "title": ""}, "no text and no title"),
        ({"text": "Sporazum  u\nTirani"}, "text is the title again (headline only)"),
        ({"text": "Samo dve."}, "text has fewer than 3 words"),
        ({"text": "🔥 🔥 🔥 🔥"}, "text has fewer than 3 words"),
        ({"text": ["a"]}, "text is not text"),
        ({"text": None, "html": 5}, "html is not text"),
        ({"text": "a b c " * 5000}, "text is too long"),
        ({"title": "t" * 1001}, "title is too long"),
        ({"title": {"rendered": "x"}}, "title is not text"),
        ({"id": "x" * 513}, "id is too long"),
        ({"id": True}, "id is not text"),
        ({"published": "2999-01-01"}, "published is in the future"),
        ({"modified": "2999-01-01"}, "modified is in the future"),
        ({"status": "erased"}, "status is not known"),
        ({"url": "javascript:alert(1)"}, "url is not an http address"),
    ],
)
def test_refusals(raw: MakeRaw, fields: dict[str, object], reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        to_article(raw(**fields))
    assert refused.value.message == reason
    assert refused.value.hint


def test_without_a_date_an_article_is_taken(raw: MakeRaw) -> None:
    assert to_article(raw(published=None)).published is None


def test_the_id_comes_from_the_address_without_campaign_marks(raw: MakeRaw) -> None:
    plain = to_article(raw(url="https://Example.com/a/?id=7"))
    marked = to_article(raw(url="http://example.com/a?utm_source=fb&id=7&fbclid=x#top", title="Other"))
    other = to_article(raw(url="https://example.com/a?id=8"))
    assert plain.id == marked.id != other.id
    assert plain.id.startswith("url:")


def test_without_an_address_the_id_comes_from_the_file_or_the_words(raw: MakeRaw) -> None:
    assert to_article(replace(raw(), fallback_id="file:a/b.txt")).id == "file:a/b.txt"
    words = to_article(raw())
    assert words.id.startswith("text:")
    assert words.id == to_article(raw()).id != to_article(raw(title="Drugi")).id


def test_an_article_without_a_headline_gets_its_first_line(raw: MakeRaw) -> None:
    article = to_article(raw(title=None, text="Prva rečenica o svemu. " * 20 + "\nDrugi red."))
    assert article.title.endswith("…")
    assert len(article.title) <= 121
    assert article.text.startswith(article.title[:-1])
    assert article.extra == {"title_from_text": True}


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("sr", "Министри одбране потписали су споразум.", "sr-Cyrl"),
        ("sr-RS", "Ministri odbrane potpisali su sporazum.", "sr-Latn"),
        ("bs", "Министри одбране потписали су споразум.", "bs-Cyrl"),
        ("bs", "Ministri odbrane potpisali su sporazum.", "bs"),
        (None, "Οι υπουργοί Άμυνας υπέγραψαν τη συμφωνία στα Τίρανα.", "el"),
    ],
)
def test_language_and_script(raw: MakeRaw, declared: str | None, text: str, language: str) -> None:
    assert to_article(raw(language=declared, title="", text=text)).language == language


def test_an_unknown_kind_is_kept_beside_a_report(raw: MakeRaw) -> None:
    article = to_article(raw(kind="headline+lead"))
    assert article.kind == "report"
    assert article.extra == {"kind": "headline+lead"}


def test_text_wins_over_html_which_is_not_kept(raw: MakeRaw) -> None:
    article = to_article(raw(html="<p>nešto drugo</p>"))
    assert article.text.startswith("Ministri")
    assert "html" not in article.extra


def test_html_is_read_when_there_is_no_text(raw: MakeRaw) -> None:
    html = (
        '<html lang="sr-RS"><head><link rel="canonical" href="/1"></head><body><article><h1>Sporazum u Tirani</h1>'
        "<p>Ministri su se sastali u Tirani i razgovarali o saradnji u odbrani.</p>"
        "<p>Sporazum je potpisan u utorak, posle dva sata razgovora.</p></article></body></html>"
    )
    article = to_article(RawRecord({"html": html, "url": "https://example.com/amp/1"}, Place("x")))
    assert article.title == "Sporazum u Tirani"
    assert article.text.startswith("Ministri su se sastali")
    assert article.language == "sr-Latn"
    assert article.url == "https://example.com/1"


def test_a_notice_of_the_reading_is_kept(raw: MakeRaw) -> None:
    assert to_article(replace(raw(), notice="read as cp1250")).extra == {"reading": "read as cp1250"}
