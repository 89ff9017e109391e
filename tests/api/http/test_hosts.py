"""Who has a name of his own resolved to this machine reaches neither `/mcp`, `/metrics` nor the admin routes."""

import pytest

GUARDED = ("/metrics", "/v1/admin/articles", "/mcp")


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:8000", "127.0.0.1.attacker.example", "", "[::1"]
)
def test_a_foreign_name_is_refused(client, path, host):
    reply = client.get(path, headers={"Host": host})
    assert reply.status_code == (
        400 if not host and reply.headers.get("content-type") != "application/problem+json" else 421
    )
    assert b"telal_" not in reply.content


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST", "127.0.0.1", "[::1]:8000", "10.2.3.4:9090"])
def test_addresses_and_this_machine_are_answered(client, path, host):
    method = "POST" if path == "/mcp" else "GET"  # a GET of /mcp is a stream that stays open
    assert client.request(method, path, headers={"Host": host}).status_code != 421


def test_names_of_the_settings_are_answered_and_the_rest_of_the_api_to_any(serve, engine):
    client, guarded = serve(engine, hosts=("Telal.example",)), "/v1/admin/articles"
    assert client.get(guarded, headers={"Host": "telal.example"}).status_code != 421
    assert client.get(guarded, headers={"Host": "other.example"}).status_code == 421
    assert client.get("/livez", headers={"Host": "other.example"}).status_code == 200
    assert serve(engine, hosts=("*",)).get(guarded, headers={"Host": "other.example"}).status_code != 421
