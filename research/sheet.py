"""Several plots as one SVG file for the documentation, readable on light and on dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from research.draw import SIZE_IN, Plot, svg

_SHEET_STYLE = """\
:root { --ink: #1c1e22; --muted: #5b616b; --line: #e3e1dc; --paper: #fff;
  --run-0: #1f5c9e; --run-1: #b04a16; --run-2: #2f7d4f; --run-3: #7a3fa0; --run-4: #8a6d00; --run-5: #a8315b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e6e0; --muted: #a5abb5; --line: #343940; --paper: #15171a;
    --run-0: #86b6ef; --run-1: #f2a27d; --run-2: #86cfa3; --run-3: #c9a3e6; --run-4: #e0c466; --run-5: #f09ab8; }
}
text { font-family: system-ui, "Noto Sans", sans-serif; }
"""
_COLUMNS, _WIDTH, _HEADING, _GAP = 2, 420, 26, 16


def sheet(plots: Sequence[Plot], label: str) -> str:
    """The plots in two columns, each under its title; `label` says what the whole shows."""
    height = round(_WIDTH * SIZE_IN[1] / SIZE_IN[0])
    parts = []
    for i, plot in enumerate(plots):
        x, y = i % _COLUMNS * (_WIDTH + _GAP), i // _COLUMNS * (height + _HEADING + _GAP)
        heading = f'<text x="{x + 4}" y="{y + 17}" font-size="14" font-weight="600" fill="var(--ink)">'
        placed = svg(plot).replace("<svg ", f'<svg x="{x}" y="{y + _HEADING}" width="{_WIDTH}" height="{height}" ', 1)
        parts.append(f"{heading}{escape(plot.title)}</text>{placed}")
    rows = -(-len(parts) // _COLUMNS)
    width, all_high = _COLUMNS * (_WIDTH + _GAP) - _GAP, rows * (height + _HEADING + _GAP)
    box = f'viewBox="-12 -12 {width + 24} {all_high + 24}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box} '
        f'role="img" aria-label="{escape(label)}"><style>{_SHEET_STYLE}</style>'
        f'<rect x="-12" y="-12" width="100%" height="100%" fill="var(--paper)"/>{"".join(parts)}</svg>\n'
    )
