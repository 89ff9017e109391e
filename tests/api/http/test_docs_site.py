"""The documentation as a site: built without a network, linked, searchable, served by Telal under a strict policy."""

from __future__ import annotations

import re
from html import unescape

import anyio
import httpx
import pytest
from fastapi import FastAPI

from api.app import build_app, description
from api.http import errors, pages
from telal.client import Telal

pytestmark = pytest.mark.slow


@pytest.fixture
def served(site, monkeypatch):
    """A client of a server that shows the site."""
    monkeypatch.setattr(pages, "SITE", site)
    app = FastAPI(docs_url=None)
    pages.install(app)
    errors.install(app)
    transport = httpx.ASGITransport(app)
    return lambda path, headers=None: _get(transport, path, headers)


def _get(transport, path, headers=None):
    async def get():
        async with httpx.AsyncClient(transport=transport, base_url="http://t", follow_redirects=True) as client:
            return await client.get(path, headers=headers)

    return anyio.run(get)


def test_the_site_loads_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        loaded = re.findall(r'<(?:script|img|link|iframe)[^>]+(?:src|href)="(https?:[^"]+)', page.read_text())
        assert loaded == [], page


def test_it_is_served_with_a_policy_for_each_page(served):
    reply = served("/docs")
    assert reply.status_code == 200 and "Telal answers questions about Balkan news" in reply.text
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "'sha256-" in policy and "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    assert served("/docs/reference/routes/").status_code == 200
    missing = served("/docs/no/such/page/")
    assert missing.status_code == 404 and 'href="/docs/' in missing.text
    assert "'sha256-" in missing.headers["content-security-policy"]
    again = served("/docs/", {"If-None-Match": reply.headers["etag"]})
    assert again.status_code == 304 and again.headers["content-security-policy"] == policy
    assert served("/docs/../pages.py").status_code == 404


def test_a_server_without_the_site_says_how_to_build_it(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "SITE", tmp_path / "none")
    app = FastAPI(docs_url=None)
    pages.install(app)
    errors.install(app)
    reply = _get(httpx.ASGITransport(app), "/docs/")
    assert reply.status_code == 404 and "make docs" in reply.json()["hint"]


def test_the_reference_names_every_route_command_and_problem(site):
    routes = (site / "reference/routes/index.html").read_text()
    for path, methods in description()["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in routes
    commands = (site / "reference/commands/index.html").read_text()
    for command in ("telal ask", "telal eval new", "telal keys create", "telal articles erase"):
        assert f">{command}<" in commands, command
    for kind in pages.problem_kinds():
        assert f'id="{kind}"' in (site / "reference/problems/index.html").read_text()
    client = (site / "reference/python/index.html").read_text()
    calls = [name for name, call in vars(Telal).items() if hasattr(call, "__wrapped__")]
    assert "stories" in calls and [name for name in calls if f'id="telal.calls.{name}"' not in client] == []


def test_every_type_of_problem_resolves(client, served):
    for kind in pages.problem_kinds().values():
        reply = served(f"/problems/{kind.name}")
        assert reply.status_code == 200 and reply.url.fragment == kind.name
        assert f'id="{kind.name}"' in reply.text and kind.title in unescape(reply.text), kind.name
    for body in ({"question": " "}, {"question": 1}, {}):
        assert served(client.post("/v1/ask", json=body).json()["type"]).status_code == 200
    assert client.get("/problems/<b>x").json()["type"] == "/problems/not-found"
    for refused in (client.get("/nowhere"), client.put("/v1/ask", json={}), client.get("/v1/articles/none")):
        assert served(refused.json()["type"]).status_code == 200


def test_advice_is_for_kinds_that_there_are():
    assert set(pages._ADVICE) <= set(pages.problem_kinds())


def test_the_description_names_server_keys_and_operations(engine, settings):
    described = build_app(engine, settings).openapi()
    assert described["servers"][0]["url"] == "/"
    assert set(described["components"]["securitySchemes"]) == {"key", "keyHeader"}
    operations = [one for methods in described["paths"].values() for one in methods.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names)) and all(re.fullmatch(r"[a-z][a-z_]*", name) for name in names)
    needed = {one["operationId"]: one["security"] for one in operations}
    assert needed["ask"] == [{}, {"key": ["ask"]}, {"keyHeader": ["ask"]}]
    assert needed["erase"] == [{"key": ["admin"]}, {"keyHeader": ["admin"]}]
    assert {tag["name"] for tag in described["tags"]} >= {one["tags"][-1] for one in operations}
