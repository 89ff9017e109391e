"""Memory is overwritten as it is handed out."""

import ctypes
import platform

import pytest

from rag.store.vectors.chroma_index import overwritten

SIZE = 50_000  # small pieces come from caches that are not filled; what an index saves is large


def handed_out():
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    at = libc.malloc(ctypes.c_size_t(SIZE))
    held = ctypes.string_at(at, SIZE)
    libc.free(at)
    return held


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="M_PERTURB is glibc's alone")
def test_what_is_handed_out_holds_no_remains():
    with overwritten():
        assert set(handed_out()) == {0xAA}
