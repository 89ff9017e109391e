"""`telal ask` beside a server asks that server; without one it opens the archive itself, and says so."""

from __future__ import annotations

import json
import signal

QUESTION = "Who signed the Tirana agreement?"


def run(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out, " ".join(err.split())


def test_a_running_server_is_asked_and_its_answer_printed_as_ones_own(telal, told):
    alone, said = run(telal("ask", QUESTION))
    assert "No server runs on this archive" in said
    server = telal("serve", "--port", "0")
    address = told(server)
    beside, said = run(telal("ask", QUESTION))
    assert f"Answered by the server at {address}" in said
    assert beside == alone and "Pirro Vengu" in beside
    body = json.loads(run(telal("ask", "--json", "--language", "sr", "--to", "2030-01-01", QUESTION))[0])
    assert body["id"] and {c["language"] for c in body["citations"]} == {"sr-Cyrl"}
    here, said = run(telal("ask", "--here", QUESTION))
    assert here == alone and "server" not in said
    server.send_signal(signal.SIGKILL)
    server.wait()
    assert "No server runs on this archive" in run(telal("ask", QUESTION))[1], "its address still stands in the file"


def test_who_is_refused_by_the_server_is_answered_here(telal, told):
    told(telal("serve", "--port", "0", TELAL_SERVER__REQUIRE_KEY="true"))
    out, said = run(telal("ask", QUESTION))
    assert "401" in said and "opened here" in said and "Pirro Vengu" in out
