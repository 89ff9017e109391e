"""Unpacks gzip, deflate, Brotli and Zstandard piece by piece, so that a bomb ends at the limit and not in memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

import brotli
import zstandard

from ingest.fetch.outcomes import Refused, Unreachable

PIECE_BYTES = 1 << 16
WINDOW_BYTES = 1 << 23  # RFC 9659: what a web server may ask a reader of Zstandard to keep


def read_bounded(pieces: Iterable[bytes], encoding: str, *, limit: int) -> bytes:
    """The whole body, unpacked. Raises Refused when it is longer than `limit` bytes, packed or unpacked, or packed

    in a way that is not read; Unreachable when it breaks off or is damaged.
    """
    unpack = UNPACKERS.get(encoding.strip().lower())
    if unpack is None:
        raise Refused("encoding", f"The body is packed as {encoding[:40]!r}, which is not read.")
    parts, size = [], 0
    try:
        for part in unpack(_counted(pieces, limit)):
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
        raise Unreachable("broken-off", "The packed body is damaged or breaks off.", hint=str(error)) from error
    return b"".join(parts)


def _counted(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        if piece:
            yield piece


def _too_large(limit: int) -> Refused:
    return Refused("too-large", f"The body is larger than {limit} bytes.", hint="`telal settings` lists the limits.")


def _plain(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return pieces


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Members one after the other; what follows the last one is padding."""
    engine, begun = zlib.decompressobj(zlib.MAX_WBITS | 16), False
    for piece in pieces:
        data = piece
        while data:
            if engine.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return
                engine = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield engine.decompress(data, PIECE_BYTES)
            begun = True
            data = engine.unused_data if engine.eof else engine.unconsumed_tail
    if begun and not engine.eof:
        raise EOFError("end of the gzip data is missing")


def _deflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """With the zlib header that the standard asks for, or without, as some servers send it."""
    engine = None
    for piece in pieces:
        if engine is None:
            headed = piece[0] & 0x0F == 8 and len(piece) > 1 and (piece[0] << 8 | piece[1]) % 31 == 0
            engine = zlib.decompressobj(zlib.MAX_WBITS if headed else -zlib.MAX_WBITS)
        data = piece
        while data and not engine.eof:
            yield engine.decompress(data, PIECE_BYTES)
            data = engine.unconsumed_tail
    if engine is not None and not engine.eof:
        raise EOFError("end of the deflate data is missing")


def _brotli(pieces: Iterator[bytes]) -> Iterator[bytes]:
    engine, begun = brotli.Decompressor(), False
    for piece in pieces:
        begun = True
        yield engine.process(piece, output_buffer_limit=PIECE_BYTES)
        while not engine.can_accept_more_data():
            yield engine.process(b"", output_buffer_limit=PIECE_BYTES)
    if begun and not engine.is_finished():
        raise EOFError("end of the Brotli data is missing")


class _Pulled:
    """A file to read from, made of pieces that arrive."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self.begun = False

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = next(self._pieces, b"")
            self.begun = self.begun or bool(self._rest)
        head, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return head


def _zstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A frame that breaks off is noticed only where nothing came out of it: the connection notices the others."""
    engine, size, source = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES), 0, _Pulled(pieces)
    with engine.stream_reader(source, read_across_frames=True, closefd=False) as reader:  # type: ignore[arg-type]
        while part := reader.read(PIECE_BYTES):
            size += len(part)
            yield part
    if source.begun and not size:
        raise EOFError("end of the Zstandard data is missing")


UNPACKERS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "": _plain,
    "identity": _plain,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
ACCEPTED = "gzip, deflate, br, zstd"
