"""Who may sit at the desk: nobody without an admin key, and no other site in an editor's name."""

from __future__ import annotations

import contextlib

import httpx
import pytest
from starlette.requests import Request

from api.app import build_app
from api.auth.access import network_of
from api.auth.keys import KeyStore


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_there_is_no_desk_until_an_admin_key_exists(serve, engine, kept):
    client = serve(engine)
    KeyStore(kept).create("site", kind="secret", scopes=["ask"])
    for path in ("/desk", "/desk/api/session", "/desk/api/log"):
        assert client.get(path).status_code == 404
    assert client.post("/desk/api/session", headers=bearer("telal_sk_x")).status_code == 404
    made = KeyStore(kept).create("Ana", kind="secret", scopes=["admin"])
    assert client.get("/desk").status_code == 200
    KeyStore(kept).revoke(made.key.id)
    assert client.get("/desk").status_code == 404


def test_only_an_admin_key_opens_a_session(newsroom):
    weak = newsroom.keys.create("reader", kind="secret", scopes=["ask", "search"]).token
    with httpx.Client(base_url=newsroom.base, headers={"Origin": newsroom.base}) as client:
        assert client.get("/desk/api/log").status_code == 401
        assert client.post("/desk/api/session").status_code == 401
        assert client.post("/desk/api/session", headers=bearer(weak)).status_code == 403
        wrong = "telal_sk_000000000000_" + "x" * 43
        assert client.post("/desk/api/session", headers=bearer(wrong)).status_code == 401
        evil = {"Origin": "https://evil.example"}
        assert client.post("/desk/api/session", headers=bearer(newsroom.key) | evil).status_code == 403


def test_the_cookie_is_for_the_desk_alone(newsroom):
    headers = {"Origin": newsroom.base} | bearer(newsroom.key)
    cookie = httpx.post(f"{newsroom.base}/desk/api/session", headers=headers).headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/desk", "Max-Age=43200"))
    assert newsroom.key not in cookie


def test_a_forged_cookie_opens_nothing(newsroom, editor):
    held = editor.cookies["telal_desk"]
    for forged in (held[:-1], held[:-1] + ("0" if held[-1] != "0" else "1"), "", "...", "é.1.2.3"):
        shown = httpx.get(f"{newsroom.base}/desk/api/log", headers={"Cookie": f"telal_desk={forged}".encode()})
        assert shown.status_code == 401, forged


@pytest.mark.parametrize("how", ["revoke", "rotate"])
def test_a_session_ends_with_its_key(newsroom, how):
    made = newsroom.keys.create("Mara", kind="secret", scopes=["admin"])
    with contextlib.closing(newsroom.client(key=made.token)) as client:
        assert client.get("/desk/api/log").status_code == 200
        getattr(newsroom.keys, how)(made.key.id)
        assert client.get("/desk/api/log").status_code == 401


FORGED: list[dict[str, str | None]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": None},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"X-Telal-Desk": None},
    {"X-Telal-Desk": "0" * 64},
]


@pytest.mark.parametrize("changed", FORGED, ids=str)
def test_a_change_that_the_desk_did_not_send_is_refused(editor, changed):
    assert editor.put("/desk/api/keeping", json={"days": 0}).status_code == 204
    for name, value in changed.items():
        if value is None:
            del editor.headers[name]
        else:
            editor.headers[name] = value
    for path, body in (("article/erase", {"id": "x", "reason": "y"}), ("sources/remove", {"name": "x"})):
        assert editor.post(f"/desk/api/{path}", json=body).status_code == 403
    assert editor.put("/desk/api/keeping", json={"days": 90}).status_code == 403
    assert editor.delete("/desk/api/session").status_code == 403
    assert editor.get("/desk/api/asked").json()["keep_days"] == 0


def test_signing_out_ends_the_session_on_the_server(newsroom, editor):
    """The same cookie and word read the log and withdrew an article afterwards, for twelve hours."""
    held = {"Cookie": f"telal_desk={editor.cookies['telal_desk']}", "X-Telal-Desk": editor.headers["X-Telal-Desk"]}
    done = editor.delete("/desk/api/session")
    assert done.status_code == 204 and 'telal_desk=""' in done.headers["set-cookie"]
    with httpx.Client(base_url=newsroom.base, headers={"Origin": newsroom.base} | held) as again:
        assert again.get("/desk/api/log").status_code == 401
        words = {"id": "starter:tirana-agreement:en", "reason": "with the cookie of before"}
        assert again.post("/desk/api/article/retract", json=words).status_code == 401
    article = httpx.get(f"{newsroom.base}/v1/articles/starter:tirana-agreement:en").json()
    assert article["status"] == "live"


def test_an_editor_sees_the_open_sessions_and_ends_all_of_their_own(newsroom, editor):
    token = newsroom.keys.create("Vesna", kind="secret", scopes=["admin"]).token
    with (
        contextlib.closing(newsroom.client(key=token)) as desk,
        contextlib.closing(newsroom.client(key=token)) as phone,
    ):
        listed = phone.get("/desk/api/sessions").json()["sessions"]
        assert [(s["here"], s["own"]) for s in listed if s["editor"] == "Vesna"] == [(True, True), (False, True)]
        assert any(s["editor"] == "Ana" and not s["own"] for s in listed)
        assert {s["network"] for s in listed} == {"127.0.0.0/24"} and all(s["began"] < s["ends"] for s in listed)
        assert phone.delete("/desk/api/sessions").status_code == 204
        assert desk.get("/desk/api/log").status_code == phone.get("/desk/api/log").status_code == 401
    assert "Vesna" not in str(editor.get("/desk/api/sessions").json())


def test_a_session_is_the_same_on_every_node_and_ends_on_all(newsroom, served):
    room = newsroom.app.state.desk
    with (
        served(build_app(room.telal.engine, room.telal.settings)) as other,
        contextlib.closing(newsroom.client()) as one,
    ):
        there = {"Cookie": f"telal_desk={one.cookies['telal_desk']}"}
        assert httpx.get(f"{other}/desk/api/session", headers=there).json()["editor"] == "Ana"
        assert one.delete("/desk/api/session").status_code == 204
        assert httpx.get(f"{other}/desk/api/session", headers=there).status_code == 401


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("", ""),
    ],
)
def test_of_an_address_the_network_is_kept(host, network):
    assert network_of(Request({"type": "http", "client": (host, 1) if host else None})) == network
