"""Keys, origins and limits: in the store, and at a real server."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
import typer
from typer.testing import CliRunner

from api.auth.keys import KeyStore, checked_origin
from api.commands.main import keys as commands
from rag.errors import BadInput, BadSettings, NotFound
from rag.store.archive.archive import Archive

SITE = "https://news.example"
ASK = {"question": "Who?"}


@pytest.fixture
def store(kept) -> KeyStore:
    return KeyStore(kept)


def test_a_secret_is_kept_as_a_digest_only(store, settings):
    created = store.create("bot", kind="secret", scopes=["ask", "admin"])
    files = [path for path in settings.data_dir.iterdir() if path.is_file()]
    held = b"".join(path.read_bytes() for path in files)
    secret = created.token.rsplit(f"{created.key.id}_", 1)[1]
    assert len(secret) == 43 and secret.encode() not in held and created.key.digest.encode() in held
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert store.by_token(created.token) == created.key


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "a", lambda t: t.replace("_sk_", "_pk_"), str.upper]
)
def test_a_token_that_differs_is_none(store, change):
    token = store.create("bot", kind="secret").token
    assert store.by_token(change(token)) is None


@pytest.mark.parametrize("token", ["", "telal_sk_", "telal_sk_aaaaaaaaaaaa", "telal_sk_aaaaaaaaaaaa_", "x" * 100_000])
def test_what_is_no_token(store, token):
    store.create("bot", kind="secret")
    assert store.by_token(token) is None


def test_revoking_is_seen_by_every_other_store(store, settings):
    with Archive.open(settings) as archive:
        other = KeyStore(archive.database)
        other.follow()
        created = store.create("bot", kind="secret")
        assert other.by_token(created.token)
        store.revoke(created.key.id)
        assert other.by_token(created.token) is None
        assert other.all()[0].revoked


def test_rotating_ends_the_former_secret_or_keeps_it_for_a_while(store):
    first = store.create("bot", kind="secret")
    second = store.rotate(first.key.id)
    assert store.by_token(first.token) is None and store.by_token(second.token)
    third = store.rotate(first.key.id, keep_former=timedelta(hours=1))
    assert store.by_token(second.token) and store.by_token(third.token)


def test_an_expired_key_is_none(store):
    past = datetime.now(UTC) - timedelta(seconds=1)
    assert store.by_token(store.create("bot", kind="secret", expires=past).token) is None


def test_errors_say_what_to_do(store):
    for wrong in ({"scopes": ["root"]}, {"scopes": []}, {"kind": "public"}, {"kind": "public", "scopes": ["admin"]}):
        with pytest.raises(BadInput):
            store.create("x", **{"kind": "secret", "scopes": ["ask"], **wrong})
    with pytest.raises(NotFound, match="no key"):
        store.revoke("nothing")
    public = store.create("site", kind="public", origins=[SITE])
    with pytest.raises(BadInput, match="no secret"):
        store.rotate(public.key.id)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://News.Example", "https://news.example"),
        ("https://a.example:443/", "https://a.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_origins_as_browsers_send_them(text, origin):
    assert checked_origin(text) == origin


@pytest.mark.parametrize(
    "text", ["news.example", "*", "null", "https://a/b", "ftp://a", "https://u@a", "https://a:x", ""]
)
def test_what_is_no_origin(text):
    with pytest.raises(BadInput):
        checked_origin(text)


# at a server


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_open_by_default_and_other_tokens_are_ignored(client):
    assert client.post("/v1/ask", json=ASK).status_code == 200
    assert client.post("/v1/ask", json=ASK, headers=bearer("none")).status_code == 200


def test_a_wrong_key_is_refused(client):
    reply = client.post("/v1/ask", json=ASK, headers=bearer("telal_sk_" + "a" * 12 + "_" + "b" * 43))
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["type"] == "/problems/no-key"


def test_a_server_that_wants_keys(serve, engine, store):
    client = serve(engine, require_key=True)
    assert client.post("/v1/ask", json=ASK).status_code == 401
    assert client.get("/livez").status_code == 200
    created = store.create("bot", kind="secret", scopes=["search"])
    assert client.post("/v1/ask", json=ASK, headers=bearer(created.token)).status_code == 403
    assert client.post("/v1/search", json={"query": "x"}, headers={"X-Telal-Key": created.token}).status_code == 200
    store.revoke(created.key.id)
    assert client.post("/v1/search", json={"query": "x"}, headers=bearer(created.token)).status_code == 401


def test_a_public_key_is_bound_to_its_origins(serve, engine, store):
    client = serve(engine, require_key=True)
    token = store.create("site", kind="public", origins=[SITE]).token
    for origin, status in (
        (SITE, 200),
        ("https://evil.example", 403),
        (f"{SITE}.evil", 403),
        ("null", 403),
        (None, 403),
    ):
        headers = bearer(token) | ({"Origin": origin} if origin else {})
        assert client.post("/v1/ask", json=ASK, headers=headers).status_code == status
    reply = client.post("/v1/ask", json=ASK, headers={"Origin": SITE})  # the widget need not send it
    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == SITE


def test_a_new_public_key_opens_cors_without_a_restart(client, store):
    ask = {
        "Origin": SITE,
        "AccessControl-Control-Request-Method": "POST",
        "AccessControl-Control-Request-Headers": "content-type",
    }
    assert "access-control-allow-origin" not in client.options("/v1/ask", headers=ask).headers
    key = store.create("site", kind="public", origins=[SITE]).key
    assert client.options("/v1/ask", headers=ask).headers["access-control-allow-origin"] == SITE
    store.revoke(key.id)
    assert "access-control-allow-origin" not in client.options("/v1/ask", headers=ask).headers


def test_limits_are_told_and_kept(serve, engine):
    client = serve(engine, ask_limit="2/minute;100/day")
    first = client.post("/v1/ask", json=ASK)
    assert first.headers["ratelimit-policy"] == '"ask";q=2;w=60'
    assert first.headers["ratelimit"].startswith('"ask";r=1;t=')
    assert client.post("/v1/ask", json=ASK).status_code == 200
    reply = client.post("/v1/ask", json=ASK)
    assert reply.status_code == 429
    assert reply.json()["type"] == "/problems/too-many-requests"
    assert 0 < int(reply.headers["retry-after"]) <= 60
    assert client.post("/v1/search", json={"query": "x"}).status_code == 200  # has a limit of its own


def test_a_secret_key_has_its_own_limit_only(serve, engine, store):
    client = serve(engine, ask_limit="1/minute")
    free = store.create("free", kind="secret").token
    tight = store.create("tight", kind="secret", limit="2/minute").token
    assert [client.post("/v1/ask", json=ASK, headers=bearer(free)).status_code for _ in range(4)] == [200] * 4
    assert [client.post("/v1/ask", json=ASK, headers=bearer(tight)).status_code for _ in range(3)] == [200, 200, 429]


def test_ten_thousand_keys_are_not_tried_and_who_has_one_is_served_meanwhile(client, store):
    own = store.create("own", kind="secret").token
    seen = [
        client.post("/v1/ask", json=ASK, headers=bearer(f"telal_sk_{n:012}_{'a' * 43}")).status_code for n in range(15)
    ]
    assert seen == [401] * 10 + [429] * 5
    assert client.post("/v1/ask", json=ASK, headers=bearer(own)).status_code == 200


def test_visitors_behind_a_trusted_proxy_are_told_apart(serve, engine):
    client = serve(engine, ask_limit="1/minute")
    from starlette.requests import Request

    from api.auth.access import visitor_of

    def visitor(host):
        return visitor_of(Request({"type": "http", "client": (host, 1), "headers": []}))

    assert visitor("2001:db8:1:2:3:4:5:6") == visitor("2001:db8:1:2::1") != visitor("2001:db8:1:3::1")
    assert visitor("::ffff:10.0.0.1") == visitor("10.0.0.1")
    assert client.post("/v1/ask", json=ASK, headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 200


def test_wrong_limits_are_told_at_the_start(serve, engine):
    with pytest.raises(BadSettings, match="no rate limit"):
        serve(engine, ask_limit="many")
    with pytest.raises(BadSettings, match="LIMITS_URL"):
        serve(engine, limits_url="nothing://here")


# the commands


@pytest.fixture
def telal(settings, monkeypatch):
    monkeypatch.setenv("TELAL_DATA_DIR", str(settings.data_dir))
    app = typer.Typer()
    app.add_typer(commands, name="keys")
    return lambda *words: CliRunner().invoke(app, ["keys", *words])


def test_commands(telal, store):
    token = telal("create", "bot", "--scope", "ask", "--limit", "10/day").output.strip()
    key = store.by_token(token)
    assert key is not None and key.scopes == ("ask",)
    listed = telal("list", "--json").output
    assert json.loads(listed)[0]["state"] == "usable" and key.digest not in listed
    assert key.id in telal("list").output
    again = json.loads(telal("rotate", key.id, "--json").output)["token"]
    assert store.by_token(token) is None and store.by_token(again)
    assert telal("revoke", key.id).exit_code == 0
    assert store.by_token(again) is None
    assert isinstance(telal("create", "x", "--limit", "often").exception, BadSettings)
    public = telal("create", "site", "--public", "--origin", SITE).output.strip()
    assert public.startswith("telal_pk_")
