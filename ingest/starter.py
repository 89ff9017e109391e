"""Loads the starter corpus: briefs written by Telal's authors from public facts, marked as briefs."""

from __future__ import annotations

from pathlib import Path

from ingest.sources.files import Files

FOLDER = Path(__file__).parents[1] / "starter"
MAX_BYTES = 1_000_000  # of one brief


def starter_files() -> Files:
    """The corpus as a source. Raises BadInput when the package was installed without it."""
    return Files([FOLDER], max_bytes=MAX_BYTES)
