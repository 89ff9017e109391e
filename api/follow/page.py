"""Writes the page that a browser gets in place of a feed: what to do with its address, and what the feed tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from api.follow.atom import content
from api.follow.schemas import FollowEntry
from api.http.plain_pages import day_said, document, feed_link, follow_link, said


def follow_page(question: str, entries: Sequence[FollowEntry], language: str, address: str) -> str:
    """Returns the page of a followed question. `address`: of its feed, which is the page's own."""
    told = "".join(f"<li><h3>{day_said(one.at.date(), language)}</h3>{content(one, language)}</li>" for one in entries)
    path = re.sub("^[^/]*//[^/]*", "", address)  # without the server: the page keeps it on the reader's device
    fields = f'<input type="hidden" name="lang" value="{escape(language)}">'
    fields += f'<input type="hidden" name="follow" value="{escape(path)}">'
    here = f'<form action="/" method="get">{fields}<button>{said("page_follow_here", language)}</button></form>'
    # One click selects all of the address, by the style sheet alone (user-select), which an input does not heed.
    body = (
        f'<h1 dir="auto">{said("page_follow", language)}: {escape(question)}</h1>'
        f"{here}<p>{said('page_follow_here_how', language)}</p>"
        f'<p id="copy">{said("page_follow_copy", language)}</p>'
        f'<p class="address" role="textbox" aria-readonly="true" aria-labelledby="copy" tabindex="0" dir="ltr" '
        f'translate="no">{escape(address)}</p>'
        f"<p>{follow_link(address, language, named='page_follow_how')}</p>"
        f'<ol class="course told">{told}</ol>'
    )
    return document(f"{question} · Telal", body, language, feed_link(address))
