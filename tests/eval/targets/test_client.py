"""Each way in which a system can fail."""

import pytest

from eval.core.cases import TargetFailed, TargetRefused
from eval.targets.http import Client


def client(served, **more):
    return Client(served.base, **more)


def test_json_and_keys(served):
    served.reply("GET /v1/models", {"data": []})
    with client(served, key="secret") as c:
        assert c.get("/models") == {"data": []}
        assert c.get("/nowhere") is None
    assert served.requests[0][3]["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"title": "Busy", "detail": "Too many questions."}, "Too many questions."),
        ({"error": {"message": "no such model"}}, "no such model"),
        (b"<html>down", "<html>down"),
        ([1], "[1]"),
    ],
)
def test_error_statuses(served, body, told):
    served.reply("POST /v1/ask", body, status=500)
    with client(served) as c, pytest.raises(TargetRefused) as caught:
        c.post("/ask", {})
    assert caught.value.status == 500 and "answered 500" in caught.value.message and told in caught.value.message
    with client(served) as c, pytest.raises(TargetRefused):
        list(c.stream("/ask", {}))


def test_patience(served):
    for header, seconds in (("2", 2.0), ("tomorrow", None)):
        served.reply("POST /v1/ask", {}, status=429, headers=(("retry-after", header),))
        with client(served) as c, pytest.raises(TargetRefused) as caught:
            c.post("/ask", {})
        assert caught.value.retry_after_s == seconds


def test_not_json(served):
    served.reply("POST /v1/ask", b"hello")
    with client(served) as c, pytest.raises(TargetFailed, match="what is not JSON: 'hello'"):
        c.post("/ask", {})


def test_nobody_there():
    with Client("http://127.0.0.1:9/v1") as c, pytest.raises(TargetFailed, match="cannot be reached"):
        c.get("/models")


def test_too_slow(served):
    served.delay_s = 1.0
    served.reply("POST /v1/ask", {})
    with client(served, timeout_s=0.1) as c, pytest.raises(TargetFailed, match=r"did not answer within 0\.1 s"):
        c.post("/ask", {})


def test_a_stream_that_drips(served, event):
    served.stream("POST /v1/ask", *[event("a", "x")] * 50, delay_s=0.05)
    with client(served, timeout_s=0.3) as c, pytest.raises(TargetFailed, match=r"took more than 0\.3 s"):
        list(c.stream("/ask", {}))


def test_a_stream_that_breaks_off(served, event):
    served.stream("POST /v1/ask", event("a", "x"), whole=False)
    with client(served) as c:
        stream = c.stream("/ask", {})
        assert next(stream).data == "x"
        with pytest.raises(TargetFailed, match="broke off"):
            list(stream)
