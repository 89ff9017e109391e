"""Makes the page's face from Source Serif 4 (SIL Open Font License): the letters of our languages, weights 400 to 700.

    pip install fonttools brotli && npm pack @fontsource-variable/source-serif-4 && tar xzf fontsource-*.tgz
    python -m research.fonts package

One file a script, so that a reader loads those of a page only. The licence reserves the name "Source" for the face as
Adobe made it, so what is cut from it is called "Telal Serif". Serbian, Macedonian and Bulgarian forms are kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.varLib import instancer  # type: ignore[import-untyped]

OUT = Path(__file__).parents[1] / "api/static/fonts"
NAME = "Telal Serif"
# Of each script the stretches of Unicode that our languages write with; page.css names the same.
SCRIPTS = {
    "latin": "20-7E A0-FF 131 152-153 2013-2014 2018-201E 2020-2022 2026 2039-203A 20AC 2212",
    "latin-ext": "102-107 10C-111 11E-11F 130 15E-163 17D-17E 218-21B",
    "cyrillic": "400-45F 490-491 2116",
    "greek": "384-38A 38C 38E-3A1 3A3-3CE",
}


def code_points(ranges: str) -> list[int]:
    """The characters of "20-7E A0"."""
    ends = ([int(end, 16) for end in part.split("-")] for part in ranges.split())
    return [point for pair in ends for point in range(pair[0], pair[-1] + 1)]


def cut(source: Path, ranges: str, to: Path) -> None:
    """Writes the part of a face as WOFF2."""
    font = instancer.instantiateVariableFont(TTFont(source), {"wght": (400, 700)})
    options = subset.Options(layout_features=["kern", "mark", "ccmp", "locl"], hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=code_points(ranges))
    cutter.subset(font)
    names = font["name"]
    for record in list(names.names):
        if record.nameID in (1, 3, 4, 6, 16, 25):
            names.setName(NAME.replace(" ", "") if record.nameID in (6, 25) else NAME, record.nameID, 3, 1, 0x409)
        elif record.nameID not in (0, 2, 13, 14):
            names.removeNames(record.nameID)
    font.flavor = "woff2"
    font.save(to)


if __name__ == "__main__":
    package = Path(sys.argv[1])
    OUT.mkdir(exist_ok=True)
    for script, ranges in SCRIPTS.items():
        face = package / "files" / f"source-serif-4-{script}-wght-normal.woff2"
        cut(face, ranges, OUT / f"{script}.woff2")
    owner = TTFont(OUT / "latin.woff2")["name"].getDebugName(0)
    (OUT / "OFL.txt").write_text((package / "LICENSE").read_text().replace("Google Inc.", owner, 1))
