"""Copies of a text meet in one cluster, whatever an outlet made of it; other stories stay apart."""

from typing import Any

import pytest

from ingest.pipeline import Pipeline
from rag.store.archive.archive import Archive
from rag.text.fingerprint import fingerprint, likeness
from rag.text.script import to_cyrillic

pytestmark = pytest.mark.usefixtures("database")

STORY = [
    "Most preko Lužnice otvoren je u četvrtak za saobraćaj, dve godine pošto je stari zatvoren zbog oštećenih nosača.",
    "Radovi su koštali četiri miliona evra, a polovinu novca obezbedila je opština iz sopstvenog budžeta.",
    "Deca su do škole putovala dvanaest kilometara okolo, a sada im treba deset minuta, kazala je direktorka škole.",
    "Inženjeri upozoravaju da prilazni put još nije završen i da će teškim kamionima prelaz biti zabranjen do juna.",
    "Stanovnici desne obale tražili su i pešačku stazu, o kojoj će opština odlučiti na jesen, posle popisa stanovnika.",
    "Stari most srušen je prošle zime, a njegovi kameni stubovi ostaju kao spomenik graditeljima iz devetnaestog veka.",
]
OTHER = [
    "Biblioteka u Trnovcu otvorila je čitaonicu sa uređajima koji štampani tekst pretvaraju u govor i Brajevo pismo.",
    "Opremu vrednu tri miliona dinara poklonilo je udruženje slepih, a prostor je uređen za šest nedelja.",
    "Upravnica kaže da će svakog meseca snimati po dvadeset naslova, a čitaće ih gimnazijalci kao volonteri.",
]


def news(one: str, paragraphs: list[str], outlet: str, day: int = 18, **more: object) -> dict[str, Any]:
    return {
        "id": one, "title": f"Naslov {one}", "text": "\n".join(paragraphs), "outlet": outlet, "language": "sr-Latn",
        "published": f"2025-03-{day}T10:00:00Z", **more,
    }  # fmt: skip


VARIANTS = {
    "the same": STORY,
    "in Cyrillic": [to_cyrillic(p) for p in STORY],
    "trimmed": STORY[:3],
    "two paragraphs added": [*STORY[:3], *OTHER[:2], *STORY[3:]],
    "an agency's mark before it": ["BEOGRAD – Tanjug – " + STORY[0], *STORY[1:]],
    "words changed": [STORY[0].replace("zbog", "usled"), *STORY[1:4], STORY[4].replace("tražili su i", "traže i")],
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_copy_joins_its_story(pipeline: Pipeline, archive: Archive, variant: str) -> None:
    pipeline.run([news("a", STORY, "Glas"), news("b", VARIANTS[variant], "List", 19), news("c", OTHER, "List")])
    found = archive.clusters(["a", "b", "c", "none"])
    assert set(found) == {"a", "b"}
    assert found["a"] == found["b"]
    assert (found["a"].articles, found["a"].outlets) == (("a", "b"), ("Glas", "List"))
    assert archive.check() == []


def test_a_cluster_begins_with_its_earliest_member(pipeline: Pipeline, archive: Archive) -> None:
    pipeline.run(
        [
            news("late", [*STORY, "(Tanjug)"], "Glas", 19),
            news("own", STORY, "Tanjug", 18, authors=["Tanjug"]),
            news("later", STORY, "List", 20),
        ]
    )
    cluster = archive.clusters(["later"])["later"]
    assert cluster.articles[0] == "own"
    assert cluster.outlets == ("Tanjug", "Glas", "List")
    assert archive.article("own").kind == "agency"


def test_a_story_that_returns_another_week_is_another(pipeline: Pipeline, archive: Archive) -> None:
    pipeline.run([news("a", STORY, "Glas", 1 + 9), news("b", STORY, "Glas", 18)])
    assert archive.clusters(["a", "b"]) == {}


def test_a_changed_article_leaves_its_cluster_and_an_erased_one_too(pipeline: Pipeline, archive: Archive) -> None:
    pipeline.run([news(one, STORY, one.upper()) for one in "abc"])
    assert archive.clusters(["a"])["a"].articles == ("a", "b", "c")
    pipeline.run([news("a", OTHER, "A", modified="2025-03-20T10:00:00Z")])
    assert archive.clusters(["a", "b"])["b"].articles == ("b", "c")
    archive.erase("b", reason="asked")
    assert archive.clusters(["a", "b", "c"]) == {}


def test_one_that_joins_two_clusters_makes_them_one(pipeline: Pipeline, archive: Archive) -> None:
    pipeline.run([news("a", STORY[:3], "A"), news("b", STORY[3:], "B")])
    assert archive.clusters(["a", "b"]) == {}
    pipeline.run([news("c", STORY, "C")])
    assert archive.clusters(["a"])["a"].articles == ("a", "b", "c")


@pytest.mark.parametrize(("authors", "kind"), [(["Hina"], "agency"), (["Hina", "Ana Kovač"], "report"), ([], "report")])
def test_bylines(pipeline: Pipeline, archive: Archive, authors: list[str], kind: str) -> None:
    pipeline.run([news("a", STORY, "A", authors=authors)])
    assert archive.article("a").kind == kind


def test_a_fingerprint_is_always_the_same() -> None:
    """They are stored: if this fails, old archives match nothing any more, and the format must be raised."""
    assert fingerprint("\n".join(STORY))[:12].hex() == "660000009a6db7bfee3f1a37"
    assert fingerprint("premalo reči za otisak") == b""
    assert likeness(fingerprint("\n".join(STORY)), fingerprint("\n".join(OTHER))).resemblance < 0.1
