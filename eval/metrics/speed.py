"""Percentiles of times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def percentile(values: Sequence[float], p: float) -> float | None:
    """The p-th percentile, linear between neighbours; None without values."""
    return float(np.percentile(np.asarray(values, dtype=float), p)) if len(values) else None
