"""Options of the C library's allocator, by mallopt(3) of glibc. Where there is none, nothing changes."""

from __future__ import annotations

import ctypes

ARENAS = -8  # M_ARENA_MAX


def set_option(option: int, value: int) -> None:
    """Sets an option for the whole process, from now on."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(option, value)


def give_back() -> None:
    """Gives free memory between what is in use back to the system, which glibc does of itself at the end of the heap
    alone (malloc_trim(3))."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
