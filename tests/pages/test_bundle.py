"""The committed bundle is what the source builds, it is small, and the source passes its own checks."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

STATIC = Path(__file__).parents[2] / "api" / "static"
# Bytes, gzipped.
FIRST = 20_000  # of Telal's own page before anything can be asked, in any language; 19,873 in Greek, the most
WIDGET, LATER, WORDS, PAGE = 15_400, 12_450, 800, 1_850
TRANSLATION = 1_120  # where a quote may be translated
PLACES, NAMES = 600, 400  # after it: the row of countries; the names of countries and languages
FONTS = 72_000  # all four files of the face: a page loads those of its scripts


def run(web: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=web, capture_output=True, text=True)


def test_the_bundle_is_byte_for_byte_what_the_source_builds(web, tmp_path):
    done = run(web, "npm", "run", "build", "--", str(tmp_path))
    assert done.returncode == 0, done.stderr
    built = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {name: (STATIC / name).read_bytes() if (STATIC / name).exists() else b"" for name in built}
    differ = sorted(name for name in built if built[name] != kept[name])
    assert differ == [], "run `npm run build` in api/web and commit api/static"
    folders = ("strings", "words", "names", "desk")
    left = {f"{folder}/{path.name}" for folder in folders for path in (STATIC / folder).iterdir()} - set(built)
    assert left == set(), "no source builds these"


def test_the_source_passes_its_type_check_and_unit_tests(web):
    for command in ("check", "test"):
        done = run(web, "npm", "run", command)
        assert done.returncode == 0, f"npm run {command}:\n{done.stdout}\n{done.stderr}"


def gzipped(name: str) -> int:
    return len(gzip.compress((STATIC / name).read_bytes(), 9))


def test_the_first_load_is_small():
    words = {path.name: gzipped(f"strings/{path.name}") for path in (STATIC / "strings").iterdir()}
    assert len(words) == 13 and {path.name for path in (STATIC / "words").iterdir()} == set(words)
    assert {name: size for name, size in words.items() if size > WORDS} == {}
    assert gzipped("widget.js") <= WIDGET and gzipped("page.js") <= PAGE and gzipped("later.js") <= LATER
    rest = sum(map(gzipped, ("widget.js", "page.js", "page.css", "fonts.css", "index.html")))
    assert rest + max(words.values()) <= FIRST
    names = [gzipped(f"names/{name}") for name in words]
    assert gzipped("translation.js") <= TRANSLATION
    assert gzipped("places.js") <= PLACES and max(names) <= NAMES
    assert sum(path.stat().st_size for path in (STATIC / "fonts").glob("*.woff2")) <= FONTS


def test_the_desk_is_apart_from_the_widget_and_speaks_all_its_languages():
    assert len(gzip.compress((STATIC / "desk.js").read_bytes(), 9)) <= 16_900
    assert {p.name for p in (STATIC / "desk").iterdir()} == {p.name for p in (STATIC / "strings").iterdir()}
    assert "desk" not in (STATIC / "widget.js").read_text()


def test_every_file_that_holds_lit_is_named_beside_its_licence():
    said = (STATIC / "licenses.txt").read_text()
    holding = {path.name for path in STATIC.glob("*.js") if "litHtmlVersions" in path.read_text()}
    assert holding == {"widget.js", "desk.js"} and all(name in said for name in holding)
    assert "Copyright (c) 2017 Google LLC" in said


def test_nothing_points_to_another_host():
    for path in STATIC.rglob("*"):
        if path.suffix in (".js", ".css", ".html"):
            text = path.read_text().replace("http://www.w3.org/", "")
            assert re.findall(r"https?://[\w.]+|url\((?!fonts/)|@import", text) == [], path.name


def test_the_lockfile_names_digests_and_no_host():
    lock = (STATIC.parent / "web" / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock and "://" not in lock


def test_every_attribute_part_property_and_event_is_described():
    source = "".join(path.read_text() for path in sorted((STATIC.parent / "web" / "src").rglob("*")) if path.is_file())
    described = (STATIC.parents[1] / "docs" / "embedding.md").read_text()
    names = set(re.findall(r'part="([\w-]+)"', source))
    names |= {f"telal-{name}" for name in re.findall(r"_tell\('(\w+)'", source)}
    names |= set(re.findall(r"var\((--telal-[\w-]+)", source))
    names |= set(re.findall(r"^    (\w+): \{.*\},$", source.split("static properties")[1].split("};")[0], re.MULTILINE))
    assert len(names) > 35
    assert {name for name in names if f"`{name}`" not in described} == set()
