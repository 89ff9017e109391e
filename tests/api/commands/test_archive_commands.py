"""`telal articles diff|naming|erase|expire|retract|clusters` as an editor types them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import telal
from rag.config import Settings
from rag.store.archive.archive import Archive, Identity, Write
from rag.types import Article, ArticleStatus

RUN = CliRunner()
NOW = datetime.now(UTC)
NONE = np.empty((0, 4), np.float32)


def article(one: str, text: str, outlet: str = "Glas", **more: object) -> Article:
    return Article(id=one, title=f"Vest {one}", text=text, outlet=outlet, language="sr-Latn", **more)


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELAL_DATA_DIR", str(tmp_path / "data"))
    settings = Settings(data_dir=tmp_path / "data")
    with Archive.open(settings, identity=Identity("none", 4, "none")) as archive:
        day, text = NOW - timedelta(days=40), "Most je otvoren u četvrtak. Radovi su koštali pet miliona."
        for one in (
            article("a", text, published=day),
            article("a", text.replace("pet", "četiri"), published=day),
            article("b", "Živka Skrivenović je otvorila biblioteku.", url="https://g.example/b"),
            article("c", "Vodovod će biti popravljen do petka.", outlet="List"),
        ):
            archive.write([Write(one, (), NONE)])
    return settings


def run(*typed: str, input: str | None = None) -> tuple[int, str]:
    done = RUN.invoke(telal.app, ["articles", *typed], input=input)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return 2, str(done.exception)
    return done.exit_code, done.output


def ids(settings: Settings) -> list[str]:
    with Archive.open(settings) as archive:
        return sorted(a.id for a in archive.articles())


def test_diff(held: Settings) -> None:
    code, said = run("diff", "a")
    assert code == 0
    assert "-Radovi su koštali pet miliona." in said and "+Radovi su koštali četiri miliona." in said
    assert "otvoren u četvrtak" in said
    assert run("diff", "b")[0] == 2


def test_erasing_by_id_and_address(held: Settings) -> None:
    code, said = run("erase", "c", "--url", "http://www.g.example/b/", "--reason", "court", "--yes")
    assert code == 0 and "nothing is left" in said
    assert ids(held) == ["a"]
    assert len(list((held.data_dir / "erasures").glob("*.json"))) == 1


def test_erasing_asks(held: Settings) -> None:
    assert run("erase", "c", "--reason", "court", input="n\n")[0] == 1
    assert ids(held) == ["a", "b", "c"]


def test_erasing_by_name_lists_and_asks(held: Settings) -> None:
    assert json.loads(run("naming", "Живка Скривеновић", "--json")[1])[0]["id"] == "b"
    code, said = run("erase", "--name", "Zivke Skrivenovic", "--reason", "asked", input="n\n")
    assert code == 1 and "Skrivenović" in said and ids(held) == ["a", "b", "c"]
    assert run("erase", "--name", "Živka Skrivenović", "--reason", "asked", "--yes")[0] == 2
    assert run("erase", "--name", "Živka Skrivenović", "--reason", "asked", input="y\n")[0] == 0
    assert ids(held) == ["a", "c"]
    assert run("erase", "--name", "Niko Nikić", "--reason", "asked")[0] == 2
    assert run("erase", "--reason", "asked")[0] == 2


def test_expiring(held: Settings) -> None:
    assert "1 articles older than 30 days" in run("expire", "--outlet", "Glas", "--days", "30", "--dry")[1]
    assert ids(held) == ["a", "b", "c"]
    (held.data_dir / "outlets.toml").write_text(
        '[[outlet]]\nname = "Glas"\nkeep_days = 30\n\n[[outlet]]\nname = "List"\nkeep_days = 30\n', encoding="utf-8"
    )
    assert run("expire")[0] == 0
    assert ids(held) == ["b", "c"]
    assert run("expire", "--days", "3")[0] == 2


def test_retracting(held: Settings) -> None:
    assert "is retracted" in run("retract", "b", "--reason", "the outlet withdrew it")[1]
    with Archive.open(held) as archive:
        assert archive.article("b").status is ArticleStatus.RETRACTED
    assert "already" in run("retract", "b", "--reason", "again")[1]
