"""One key for all forms of an address: with tracking parameters, `www`, or as mobile or AMP page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from rag.types import Article

ALSO_AT = "also_at"  # the extra field that names an article's other addresses: the AMP page, the one before a redirect
LIVE_BLOG = "live_blog"  # the extra field that names an entry's live blog, whose page's address all its entries share

_TRACKING = re.compile(r"^(utm_\w+|fbclid|gclid|yclid|mc_cid|mc_eid|igshid|amp|outputType|ocid|cmpid)$", re.IGNORECASE)
_TWIN_HOST = re.compile(r"^(?:www|m|amp|mobile|mobil|touch)\.(?=[^.]+\.)")
_TWIN_PATH = re.compile(r"^/(?:amp|mobile)(?=/)|/(?:amp(?:\.html)?|amp/1)$|(?<=\.)amp\.(?=html?$)", re.IGNORECASE)


def canonical(url: str) -> str:
    """The address in a form for comparison, not for fetching. Anything else is returned unchanged."""
    try:
        parts = urlsplit(url)
        host = _TWIN_HOST.sub("", (parts.hostname or "").rstrip("."))
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return url
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)]
    path = _TWIN_PATH.sub("", parts.path.rstrip("/")).rstrip("/")
    return urlunsplit(("https", host + port, path, urlencode(query), ""))


def address_key(url: str) -> str:
    """32 hex digits of the SHA-256 of the compared form: what is kept of an erased article's address."""
    return hashlib.sha256(canonical(url).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def addresses_of(article: Article) -> Iterator[str]:
    """Every known address of the article."""
    if article.url:
        yield article.url
    also = article.extra.get(ALSO_AT, ())
    if isinstance(also, list | tuple):
        yield from (url for url in also if isinstance(url, str) and url)
