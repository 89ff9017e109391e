"""Overwrites memory as it is handed out, while native code writes files from it.

An index library that saves whole buffers saves what was never set in them too: remains of what the process held there
before, an erased article's text among them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_M_PERTURB = -6  # of glibc's mallopt(3): fill what is allocated and freed with this byte's complement and this byte
_FILL = 0x55


@contextmanager
def overwritten() -> Iterator[None]:
    """Every large allocation of the process is filled inside; where the C library cannot do that, nothing changes."""
    set_option = _mallopt()
    if set_option is None:
        yield
        return
    set_option(_M_PERTURB, _FILL)
    try:
        yield
    finally:
        set_option(_M_PERTURB, 0)


@cache
def _mallopt() -> ctypes._NamedFuncPointer | None:
    return getattr(ctypes.CDLL(None), "mallopt", None)
