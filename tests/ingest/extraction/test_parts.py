"""Dates, labels, notes, linked data and addresses, each by itself; and pages that are made to harm."""

import time

import pytest

from ingest.extraction.body import without_furniture
from ingest.extraction.extract import extract
from ingest.extraction.head import names_in, read_date
from ingest.extraction.labels import find_correction, find_retraction
from ingest.extraction.linked_data import read_linked
from rag.errors import BadInput
from rag.store.database.addresses import address_key, canonical

PROSE = "Ministri su se sastali u Tirani i razgovarali o saradnji u odbrani, rekli su posle sastanka."


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("18.03.2025. 14:05", "sr", "2025-03-18T14:05:00+01:00"),
        ("18. ožujka 2025. u 14:05", "hr", "2025-03-18T14:05:00+01:00"),
        ("уторак, 18. март 2025. 14.05", "sr-Cyrl", "2025-03-18T14:05:00+01:00"),
        ("18 март 2025 | 14:05", "bg", "2025-03-18T14:05:00+02:00"),
        ("torek, 18. julij 2025 ob 14:05", "sl", "2025-07-18T14:05:00+02:00"),
        ("18 Μαρτίου 2025, 14:05", "el", "2025-03-18T14:05:00+02:00"),
        ("18 Ağustos 2025 - 14:05", "tr", "2025-08-18T14:05:00+03:00"),
        ("18 noiembrie 2025, ora 14:05", "ro", "2025-11-18T14:05:00+02:00"),
        ("18 Nëntor 2025 14:05", "sq", "2025-11-18T14:05:00+01:00"),
        ("18 Ara 2025 09:00", "tr", "2025-12-18T09:00:00+03:00"),
        ("March 18, 2025 2:05 pm", "en", "2025-03-18T14:05:00+00:00"),
        ("2025-03-18T14:05:00", "mk", "2025-03-18T14:05:00+01:00"),
        ("2025-03-18T14:05:00Z", "mk", "2025-03-18T14:05:00+00:00"),
        ("Tue, 18 Mar 2025 14:05:00 +0100", "", "2025-03-18T13:05:00+00:00"),
        ("18. 3. 2025.", "hr", "2025-03-18"),
        ("31.02.2025", "sr", ""),
        ("prije pet minuta", "hr", ""),
        ("", "", ""),
    ],
)
def test_a_date_as_pages_write_it(text: str, language: str, expected: str) -> None:
    assert read_date(text, language=language) == expected


@pytest.mark.parametrize(
    "label",
    ["More posts:", "Pročitajte još:", "Прочитајте и", "Διαβάστε επίσης", "Citește și:", "Lexo edhe", "Вижте още",
     "İlgili haberler", "Preberite še", "POVEZANE VIJESTI"],
)  # fmt: skip
def test_links_to_other_articles_go(label: str) -> None:
    assert without_furniture(f"{PROSE}\n{label}\nNaslov drugog članka\nTreći naslov") == PROSE
    assert without_furniture(f"{PROSE}\n{label} Naslov drugog\n{PROSE} I još.") in (
        f"{PROSE}\n{PROSE} I još.",
        f"{PROSE}\n{label} Naslov drugog\n{PROSE} I još.",
    )


def test_prose_that_begins_like_a_label_stays() -> None:
    text = f"{PROSE}\nReklama za novi most koštala je opštinu više od samog projekta i zbog toga je smenjen direktor."
    assert without_furniture(text) == text
    assert without_furniture("Pročitajte još") == "Pročitajte još"  # what would leave nothing is left


@pytest.mark.parametrize(
    ("note", "status"),
    [
        ("Ispravka: cena je 4, a ne 5 miliona.", "corrected"),
        ("Ispravka (19. mart 2025): cena je 4 miliona.", "corrected"),
        ("*Διόρθωση: επτά και όχι έξι χωριά.", "corrected"),
        ("Поправка: сумата е друга.", "corrected"),
        ("Erată: suma este alta.", "corrected"),
        ("Düzeltme: tarih yanlıştı.", "corrected"),
        ("Ispravak: most je dug 40 metara.", "corrected"),
        ("Исправка: износ је четири милиона.", "corrected"),
        ("Popravek: most je dolg 40 metrov.", "corrected"),
        ("Корекција: износот е четири милиони.", "corrected"),
        ("Saktësim: shuma është katër milionë.", "corrected"),
        ("Članek je umaknjen.", "retracted"),
        ("Текстот е повлечен од редакцијата.", "retracted"),
        ("Статията е оттеглена от редакцията.", "retracted"),
        ("Artikulli u tërhoq nga redaksia.", "retracted"),
        ("Articolul a fost retras de redacție.", "retracted"),
        ("Bu haber yayından kaldırılmıştır.", "retracted"),
        ("An earlier version of this article gave another price.", "corrected"),
        ("Redakcija je povukla ovaj tekst.", "retracted"),
        ("Το άρθρο αποσύρθηκε από τη σύνταξη.", "retracted"),
        ("Ispravka grešaka u biračkom spisku počela je u utorak.", ""),
        ("Correction fluid sales rose in March.", ""),
    ],
)
def test_a_note_of_correction(note: str, status: str) -> None:
    text = f"{PROSE}\n{PROSE}\n{note}"
    found = {"retracted": find_retraction("Naslov", text), "corrected": find_correction(text)}
    assert [name for name, words in found.items() if words] == ([status] if status else [])


def test_a_headline_that_takes_back() -> None:
    assert find_retraction("POVUČENO: Most se srušio", PROSE) == "POVUČENO: Most se srušio"
    assert find_retraction("Povučeno mleko iz prodavnica", PROSE) == ""


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Piše: Ana Kovač i Petar Ilić", ["Ana Kovač", "Petar Ilić"]),
        ("Ana Kovač, Petar Ilić", ["Ana Kovač", "Petar Ilić"]),
        ("https://www.facebook.com/glas", []),
        ("18.03.2025. 14:05", []),
        ("", []),
    ],
)
def test_names_of_a_byline(byline: str, names: list[str]) -> None:
    assert names_in(byline) == names


def test_linked_data_that_is_broken_gives_what_it_can() -> None:
    assert read_linked(['{"@type": "NewsArticle", "headline": "A", "datePublished": "2025-03-18",}']).headline == "A"
    assert read_linked(['{{"datePublished": "2025-03-18T10:00"']).published == "2025-03-18T10:00"
    assert read_linked(["null", "[]", '"x"', "[" * 100_000]).headline == ""


def test_twins_of_an_address_have_one_key() -> None:
    twins = [
        "https://www.glas.rs/vest/1",
        "http://glas.rs/vest/1/",
        "https://m.glas.rs/vest/1?utm_source=fb&fbclid=1",
        "https://amp.glas.rs/vest/1",
        "https://www.glas.rs/vest/1/amp",
        "https://www.glas.rs/amp/vest/1#kraj",
    ]
    assert len({address_key(url) for url in twins}) == 1
    others = ["https://glas.rs/vest/2", "https://glas.rs/vest/1?id=3", "https://glas.ba/vest/1"]
    assert len({address_key(url) for url in [*others, twins[0]]}) == 4
    assert canonical("https://mobil.rs/vest") == "https://mobil.rs/vest"
    assert canonical("http://[broken") == "http://[broken"


def test_the_address_of_another_site_is_not_taken_over() -> None:
    html = f'<html><head><link rel="canonical" href="https://other.rs/x"></head><body><p>{PROSE}</p></body></html>'
    assert extract(html, url="https://glas.rs/1").url == ""
    assert extract(html.replace("https://other.rs/x", "/"), url="https://glas.rs/1").url == ""


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 50_000 + PROSE,
        "<p>" + "a" * 2_000_000 + "</p>",
        "<table>" + "<tr><td>x</td></tr>" * 20_000 + "</table>",
        f"<p>{PROSE}</p>" + "<script>var x = 1;</script>" * 5_000,
        "<a href='x'>" * 5_000 + PROSE,
    ],
    ids=["deep", "one word", "table", "scripts", "links in links"],
)
def test_a_page_made_to_harm_ends_soon(html: str) -> None:
    started = time.process_time()
    try:
        extract(f"<html><body>{html}</body></html>")
    except BadInput:
        pass
    assert time.process_time() - started < 20


def test_a_page_of_a_hundred_megabytes_is_refused_at_once() -> None:
    html = "<html><body>" + "<p>tekst</p>" * 9_000_000
    started = time.process_time()
    with pytest.raises(BadInput, match="page is too long"):
        extract(html)
    assert time.process_time() - started < 1
