"""Writes the page that a browser gets in place of a feed: what to do with its address, and what the feed tells."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from api.follow.atom import content
from api.http.plain_pages import day_said, document, feed_link, follow_link, said
from api.schemas.follow import FollowEntry


def follow_page(question: str, entries: Sequence[FollowEntry], language: str, address: str) -> str:
    """Returns the page of a followed question. `address`: of its feed, which is the page's own."""
    told = "".join(f"<li><h3>{day_said(one.at.date(), language)}</h3>{content(one, language)}</li>" for one in entries)
    # A page without a script cannot select the field: the style sheet has one click do so (user-select).
    body = (
        f'<h1 dir="auto">{said("page_follow", language)}: {escape(question)}</h1>'
        f'<p><label for="feed">{said("page_follow_copy", language)}</label> '
        f'<input id="feed" readonly dir="ltr" value="{escape(address)}"></p>'
        f"<p>{follow_link(address, language, named='page_follow_how')}</p>"
        f'<ol class="course told">{told}</ol>'
    )
    return document(f"{question} · Telal", body, language, feed_link(address))
