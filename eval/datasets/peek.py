"""Looks at the first record of a file, to recognise its form."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any


def first_record(path: Path) -> dict[str, Any]:
    """The first record of JSON lines; {} when there is none, whatever is wrong is for the reader to say."""
    if not path.is_file() or not {".jsonl", ".gz"} & set(path.suffixes):
        return {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            record = json.loads(next((line for line in file if line.strip()), "null"))
    except (ValueError, OSError, EOFError):
        return {}
    return record if isinstance(record, dict) else {}
