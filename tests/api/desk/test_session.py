"""Who may sit at the desk: nobody without an admin key, and no other site in an editor's name."""

from __future__ import annotations

import contextlib

import httpx
import pytest

from api.auth.keys import KeyStore


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_there_is_no_desk_until_an_admin_key_exists(serve, engine, settings):
    client = serve(engine)
    KeyStore(settings.data_dir).create("site", kind="secret", scopes=["ask"])
    for path in ("/desk", "/desk/api/session", "/desk/api/log"):
        assert client.get(path).status_code == 404
    assert client.post("/desk/api/session", headers=bearer("telal_sk_x")).status_code == 404
    made = KeyStore(settings.data_dir).create("Ana", kind="secret", scopes=["admin"])
    assert client.get("/desk").status_code == 200
    KeyStore(settings.data_dir).revoke(made.key.id)
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
    key_id, ends, rest = held.split(".", 2)
    later, other = f"{key_id}.{int(ends) + 1}.{rest}", held[:-1] + ("0" if held[-1] != "0" else "1")
    for forged in (later, other, f"{key_id}.9999999999.x.y", "", "...", "é.1.2.3"):
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


def test_signing_out_takes_the_cookie_back(editor):
    done = editor.delete("/desk/api/session")
    assert done.status_code == 204 and 'telal_desk=""' in done.headers["set-cookie"]
    assert editor.get("/desk/api/log").status_code == 401
