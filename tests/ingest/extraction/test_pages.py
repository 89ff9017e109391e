"""Pages in the styles, languages and character sets of the region are read to the letter, or refused."""

import codecs

import pytest

from ingest.raw import Place, RawRecord
from ingest.records import to_articles
from ingest.sources.charset import decode
from rag.errors import BadInput
from rag.types import Article
from research.extraction import OWN, Page, bytes_of, own_pages

PAGES = own_pages(OWN)
MAX_BYTES = 50_000_000


def articles(page: Page) -> list[Article]:
    fields = {"html": decode(bytes_of(page.html)).text, "url": page.url}
    return to_articles(RawRecord(fields, Place(page.html.name)), max_bytes=MAX_BYTES)


def test_there_are_pages_of_every_kind() -> None:
    assert len(PAGES) >= 50
    assert len({p.language for p in PAGES if p.language}) == 13
    assert len({codecs.lookup(p.charset).name for p in PAGES if p.charset}) >= 9
    assert {f"{p.id}.html" for p in PAGES} == {path.name for path in OWN.glob("*.html")}


@pytest.mark.parametrize("page", [p for p in PAGES if p.rejected is None], ids=lambda p: p.id)
def test_a_page_is_read(page: Page) -> None:
    found = articles(page)
    article = found[0]
    assert "\n".join(a.text for a in found) == page.text
    assert (article.title, article.language) == (page.title, page.language)
    assert page.authors is None or article.authors == page.authors
    assert (article.published, article.kind) == (page.published, page.kind or "report")
    assert article.status.value == (page.status or "live")
    assert page.modified is None or article.modified == page.modified
    assert (article.url or "").partition("#")[0] == page.canonical
    assert codecs.lookup(decode(bytes_of(page.html)).charset).name == codecs.lookup(page.charset or "utf-8").name


@pytest.mark.parametrize("page", [p for p in PAGES if p.rejected is not None], ids=lambda p: p.id)
def test_a_page_that_is_no_article_is_refused(page: Page) -> None:
    with pytest.raises(BadInput, match=page.rejected):
        articles(page)


@pytest.mark.parametrize("page", [p for p in PAGES if p.entries], ids=lambda p: p.id)
def test_a_live_blog_becomes_dated_entries(page: Page) -> None:
    found = articles(page)
    assert [a.published for a in found] == [at for _, at in page.entries]
    assert len({a.id for a in found}) == len({a.url for a in found}) == len(page.entries)
    assert all(headline in a.title for a, (headline, _) in zip(found, page.entries, strict=True))


def test_twins_are_one_article() -> None:
    by_id = {p.id: p for p in PAGES}
    twin = articles(by_id["mobile-ro"])[0]
    assert twin.url == by_id["mobile-ro"].canonical
    assert twin.extra["also_at"] == [by_id["mobile-ro"].url]
    amp = by_id["amp-tr"]
    plain = RawRecord({"title": "x", "text": "bir iki üç dört", "url": amp.canonical}, Place("x"))
    assert articles(amp)[0].id == to_articles(plain, max_bytes=MAX_BYTES)[0].id


def test_a_correction_keeps_the_outlets_words() -> None:
    page = next(p for p in PAGES if p.id == "corrected-ro")
    assert articles(page)[0].extra["note"].startswith("Erată: cuptorul")


def test_what_language_it_is_says_how_it_is_known() -> None:
    wrong = articles(next(p for p in PAGES if p.id == "wordpress-sl-declares-english"))[0]
    assert wrong.extra["language_remark"] == "declared en, but the words are sl"
    text = "Predsjednik je rekao da će mještani dobiti vodu. " * 8
    guessed = to_articles(RawRecord({"title": "Naslov", "text": text}, Place("x")), max_bytes=MAX_BYTES)[0]
    assert "which is a guess" in guessed.extra["language_remark"]
    declared = to_articles(
        RawRecord({"title": "Naslov", "text": text, "language": "bs"}, Place("x")), max_bytes=MAX_BYTES
    )[0]
    assert declared.language == "bs" and "language_remark" not in declared.extra
