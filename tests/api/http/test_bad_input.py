"""What cannot be used gets a problem that says why; over a real server, byte for byte."""

from __future__ import annotations

import json
import re
import socket
import time
from urllib.parse import urlsplit

import pytest

from api.schemas.answers import Problem

HEAD = "POST /v1/ask HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"


@pytest.fixture
def raw(client):
    """Sends bytes as they are; status and body of the reply."""

    def send(*parts: bytes, pause_s: float = 0.0) -> tuple[int, str]:
        address = urlsplit(str(client.base_url))
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            for part in parts:
                try:
                    connection.sendall(part)
                except OSError:
                    break  # the server has said enough
                time.sleep(pause_s)
            reply = b""
            while piece := connection.recv(65536):
                reply += piece
        head, _, body = reply.decode().partition("\r\n\r\n")
        return int(head.split()[1]), body

    return send


def is_problem(reply, status: int, kind: str | None = None):
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = Problem.model_validate(reply.json())
    assert body.status == status and body.detail
    assert kind is None or body.type == f"/problems/{kind}"
    return body


@pytest.mark.parametrize("body", ["", "{", "[1", "nul", '{"question": }', "\x00", "'a'", '{"question": "a",}'])
def test_malformed_json(client, body):
    reply = client.post("/v1/ask", content=body, headers={"Content-Type": "application/json"})
    is_problem(reply, 400 if body else 422)


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"question": "\xff"}', "[" * 100_000, '{"a":' * 100_000])
def test_undecodable_and_deep_json(client, body):
    is_problem(client.post("/v1/ask", content=body, headers={"Content-Type": "application/json"}), 400)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/question"),
        ([], "/body"),
        ("text", "/body"),
        (None, "/body"),
        ({"question": None}, "/body/question"),
        ({"question": 5}, "/body/question"),
        ({"question": ["a"]}, "/body/question"),
        ({"question": "a", "stream": "maybe"}, "/body/stream"),
        ({"question": "a", "nonsense": 1}, "/body/nonsense"),
        ({"question": "a", "filters": {"from": "yesterday"}}, "/body/filters/from"),
        ({"question": "a", "filters": {"languages": "sr"}}, "/body/filters/languages"),
        ({"question": "a", "filters": {"languages": ["' OR 1=1 --"]}}, "/body/filters/languages/0"),
        ({"question": "a", "filters": {"outlets": ["x"] * 101}}, "/body/filters/outlets"),
        ({"question": "a", "filters": {"where": {"$ne": 1}}}, "/body/filters/where"),
        ({"question": "a", "history": [{"question": {}}]}, "/body/history/0/question"),
        ({"question": "a", "history": [{"question": "q"}] * 201}, "/body/history"),
        ({"question": "a", "as_of": "2025-13-01"}, "/body/as_of"),
        ({"question": "a", "language": "<script>"}, "/body/language"),
        ({"question": "a", "stream": 0}, "/body/stream"),
        ({"question": "a", "stream": "false"}, "/body/stream"),
        ({"question": "a", "filters": {"from": 0}}, "/body/filters/from"),
        ({"question": "a", "filters": {"to": "0"}}, "/body/filters/to"),
        ({"question": "a", "filters": {"to": "2025-03-18T10:00"}}, "/body/filters/to"),
        ({"question": "a", "as_of": 1742256000}, "/body/as_of"),
    ],
)
def test_wrong_fields_are_named(client, body, pointer):
    reply = client.post("/v1/ask", content=json.dumps(body), headers={"Content-Type": "application/json"})
    problem = is_problem(reply, 422, "bad-input")
    assert problem.errors[0].pointer == pointer


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/search", {"query": "a", "limit": True}, "/body/limit"),
        ("/v1/search", {"query": "a", "limit": "5"}, "/body/limit"),
        ("/v1/suggestions", {"articles": ["a"], "asked": 0}, "/body/asked"),
        ("/v1/feedback", {"id": "0" * 32, "verdict": "wrong", "citation": True}, "/body/citation"),
        ("/v1/chat/completions", {"messages": [{"content": "a"}], "stream": 0}, "/body/stream"),
    ],
)
def test_nothing_is_taken_for_what_it_is_not(client, path, body, pointer):
    assert is_problem(client.post(path, json=body), 422, "bad-input").errors[0].pointer == pointer


@pytest.mark.parametrize("query", [{"to": "0"}, {"from": "1742256000"}, {"from": "2025-3-18"}])
def test_a_number_is_no_day(client, query):
    """`?to=0` was the first of January 1970, and nothing was found."""
    assert "YYYY-MM-DD" in is_problem(client.get("/v1/articles", params=query), 422, "bad-input").detail


def test_a_method_that_is_not_described_is_refused_as_such(client):
    """`GET` where only `DELETE` was described got 422."""
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        # Ids hold slashes: to get `/v1/articles/{id}/translation` is to get the article of that id.
        known = {*methods, "get"} if path.endswith("/translation") else set(methods)
        known |= {"post"} if path.endswith("/follow.atom") else set()  # the page's own door, which is not described
        for method in {"get", "post", "put", "patch", "delete", "trace"} - known:
            address = re.sub("{[a-z_]+}", "0" * 32, path)
            reply = is_problem(client.request(method, address), 405, "method-not-allowed")
            assert reply.detail.startswith(method.upper())


def test_lone_surrogates_are_no_text(client):
    reply = client.post("/v1/ask", content=b'{"question": "\\ud800"}', headers={"Content-Type": "application/json"})
    is_problem(reply, 422)


def test_many_errors_are_cut(client):
    reply = client.post("/v1/ask", json={"question": "a", **{f"x{i}": i for i in range(1000)}})
    assert len(is_problem(reply, 422).errors) == 10


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_wrong_content_type(client, kind):
    reply = client.post("/v1/ask", content=b'{"question": "a"}', headers={"Content-Type": kind})
    is_problem(reply, 415, "wrong-content-type")


def test_json_of_any_flavour_is_json(client):
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"):
        reply = client.post("/v1/ask", content=b'{"question": "a"}', headers={"Content-Type": kind})
        assert reply.status_code == 200


def test_declared_length_is_refused_before_it_is_sent(raw):
    status, body = raw((HEAD + "Content-Length: 100000000\r\n\r\n").encode())
    assert status == 413
    assert json.loads(body)["type"] == "/problems/too-large"


def test_chunked_body_is_counted(raw):
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    status, body = raw((HEAD + "Transfer-Encoding: chunked\r\n\r\n").encode(), *[chunk] * 20)
    assert status == 413
    assert json.loads(body)["type"] == "/problems/too-large"


def test_slow_body_is_given_up(serve, engine):
    address = urlsplit(str(serve(engine, body_timeout_s=0.3).base_url))
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall((HEAD + "Content-Length: 20\r\n\r\n{").encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 408")


def test_not_http(raw):
    assert raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")[0] == 400


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/static/../app.py", "/static/%2e%2e/app.py", "/.env"])
def test_no_such_path(client, path):
    is_problem(client.get(path), 404)


def test_wrong_method(client):
    reply = client.get("/v1/ask")
    is_problem(reply, 405)
    assert reply.headers["allow"] == "POST"
    is_problem(client.delete("/livez"), 405)


@pytest.mark.parametrize("path", ["/v1/ask", "/livez", "/", "/widget.js", "/nothing"])
def test_every_reply_has_an_id_and_security_headers(client, path):
    reply = client.get(path)
    assert len(reply.headers["x-request-id"]) == 32
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" in reply.headers
    assert "server" not in reply.headers or "uvicorn" in reply.headers["server"]


def test_the_id_is_never_the_clients(client):
    assert client.get("/livez", headers={"X-Request-Id": "mine"}).headers["x-request-id"] != "mine"
