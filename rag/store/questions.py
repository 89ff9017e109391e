"""The mean question of each language as the packaged model embeds it; made by `telal eval fit-languages`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np

from rag.store.lean import UNKNOWN, Vector


@cache
def mean_questions(model_id: str) -> Mapping[str, Vector]:
    """Mean question vectors (d,) by language family; empty for any model but the one they were made with."""
    held = json.loads(files("rag.store").joinpath("questions.json").read_text(encoding="utf-8"))
    if held["model_id"] != model_id:
        return UNKNOWN
    return {name: np.array(values, np.float32) for name, values in held["means"].items()}
