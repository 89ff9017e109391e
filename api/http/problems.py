"""What every problem that a reply may name means: the page at its `type`, and the list in the documentation."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import api.http.errors
import rag.errors
from rag.errors import NotFound, TelalError, TransientError

# By kind: what to do about it. One without an entry has what its branch of the tree says.
_ADVICE: Mapping[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_PLAIN = {
    "malformed-json": (400, "The request body is not valid JSON"),
    "method-not-allowed": (405, "Another method is needed"),
}
_PERMANENT = "Trying again will not help: change the request, or tell whoever runs the server."
_TRANSIENT = "Try again after the seconds that the header Retry-After names."
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: Telal</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/api/reference/reference.css">
<main>
<h1>{title}</h1>
<p>A reply with <code>"type": "/problems/{kind}"</code> has the status {status}.</p>
<p>{advice}</p>
<p><a href="/docs/reference/problems/">All problems</a> · <a href="/api/reference">The API</a></p>
</main>
</html>
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem."""

    name: str
    status: int
    title: str
    advice: str


def kinds() -> dict[str, Kind]:
    """Every kind by its name, in the order of names."""
    named = [value for module in (rag.errors, api.http.errors) for value in vars(module).values()]
    tree = [value for value in named if isinstance(value, type) and issubclass(value, TelalError)]
    found = {error.kind: _of(error) for error in tree if "kind" in vars(error) and error is not TelalError}
    for name, (status, title) in _PLAIN.items():
        found[name] = Kind(name, status, title, _ADVICE.get(name, _PERMANENT))
    return dict(sorted(found.items()))


def page(name: str) -> str:
    """The page of a kind, as HTML. Raises NotFound."""
    kind = kinds().get(name)
    if kind is None:
        raise NotFound("There is no such kind of problem.", hint="/docs/reference/problems/ lists them all.")
    return _PAGE.format(
        kind=escape(kind.name), status=kind.status, title=escape(kind.title), advice=escape(kind.advice)
    )


def _of(error: type[TelalError]) -> Kind:
    title = (error.__doc__ or "").strip().split("\n")[0].rstrip(".")
    otherwise = _TRANSIENT if issubclass(error, TransientError) else _PERMANENT
    return Kind(error.kind, error.http_status, title, _ADVICE.get(error.kind, otherwise))
