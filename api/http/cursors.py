"""Where a listing goes on: opaque to clients, so that what is in it may change."""

from __future__ import annotations

import base64
import binascii

from rag.errors import BadInput


def write_cursor(article_id: str) -> str:
    """A cursor behind an article."""
    return base64.urlsafe_b64encode(article_id.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """The article that a cursor stands behind; raises BadInput."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadInput("The cursor is none of ours.", hint="Use `next` of the page before as it is.") from error
