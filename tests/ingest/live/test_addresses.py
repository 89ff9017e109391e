"""No private, loopback, link-local or metadata address is reached: not directly, not by redirect, not by DNS."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from faulty_server import Faulty, redirect, send

from ingest.fetch.addresses import check_url, is_public
from ingest.fetch.fetcher import Fetcher
from ingest.fetch.outcomes import FetchFailed, FetchRefused, FetchReply

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.1.2.3 169.254.169.254 169.254.170.2
168.63.129.16 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1
198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1
64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1 64:ff9b:1::808:808 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1
2001:db8::1 2002:7f00:1:: 2002:a00:1:: 2002:808:808:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1
fec0::1 ff02::1 2a00:1450:4001::5efe:7f00:1 2a00:1450:4001::200:5efe:a00:1
""".split()
PUBLIC = """
1.1.1.1 8.8.8.8 93.184.215.14 172.15.0.1 172.32.0.1 192.167.0.1 100.63.255.255 223.255.255.254
2606:4700:4700::1111 2a00:1450:4001:81b::200e ::ffff:8.8.8.8 64:ff9b::808:808
""".split()
# What a URL may look like that leads to this machine or its neighbours.
TRICKS = """
http://127.0.0.1/ http://127.1/ http://127.0.1/ http://0/ http://0.0.0.0/ http://2130706433/ http://0x7f000001/
http://0x7f.0.0.1/ http://0177.0.0.1/ http://017700000001/ http://[::1]/ http://[::]/ http://[::ffff:127.0.0.1]/
http://[0:0:0:0:0:ffff:7f00:1]/ http://[64:ff9b::7f00:1]/ http://localhost/ http://LOCALHOST/ http://localhost./
http://169.254.169.254/latest/meta-data/ http://2852039166/ http://[fd00:ec2::254]/ http://[fe80::1%25lo]/
http://10.0.0.1/ http://192.168.1.1/ http://172.16.0.1/ http://100.100.100.200/ http://0xa9fea9fe/
http://①②⑦.⓪.⓪.①/ http://127。0。0。1/
""".split()
MALFORMED = [
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "ftp://192.168.0.1/",
    "data:text/html,x",
    "javascript:alert(1)",
    "//127.0.0.1/",
    "http:///x",
    "http://",
    "",
    "http://user:secret@news.example/",
    "http://news.example@127.0.0.1/",
    "http://news.example\\@127.0.0.1/",
    "http://news.example /",
    "http://news.example/\r\nHost: 127.0.0.1",
    "http://news.example/a\x00b",
    "http://news.example:99999/",
    "http://news.example:abc/",
    "http://[::1/",
    "http://news.example:22/",
    "http://news.example:25/",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("url", TRICKS)
def test_tricks_reach_nothing(url: str, fetcher: Callable[..., Fetcher]) -> None:
    with pytest.raises((FetchRefused, FetchFailed)) as caught:
        fetcher(allow_private=False).get(url, "page")
    assert caught.value.reason in ("private-address", "not-http", "robots-unreachable")  # the last: no such name


@pytest.mark.parametrize("url", MALFORMED)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(FetchRefused):
        check_url(url, allow_private=False)


def test_fragments_are_not_sent_and_high_ports_may_be_asked() -> None:
    assert check_url("https://news.example:8443/a?b=c#d", allow_private=False) == "https://news.example:8443/a?b=c"


def names(**hosts: list[str]) -> Callable[[str, int], list[str]]:
    """A resolver that knows these names (written with _ for .) and takes addresses as they are."""
    known = {name.replace("_", "."): addresses for name, addresses in hosts.items()}

    def resolve(host: str, port: int) -> list[str]:
        if host in known:
            return known[host]
        return [str(ipaddress.ip_address(host))]

    return resolve


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.1.2.3"], ["93.184.215.14", "192.168.0.1"], ["::1"], ["fe80::1%eth0"], ["::ffff:10.0.0.1"]],
)
def test_names_that_lead_to_private_addresses(addresses: list[str], fetcher: Callable[..., Fetcher]) -> None:
    """One private address among public ones is enough."""
    with pytest.raises(FetchRefused) as caught:
        fetcher(allow_private=False, resolve=names(news_example=addresses)).get("http://news.example/", "page")
    assert caught.value.reason == "private-address"
    assert "TELAL_INGEST__ALLOW_PRIVATE" in caught.value.hint


@pytest.fixture
def only_private_by_redirect(monkeypatch: Any) -> None:
    """127.0.0.1 counts as public here and 127.0.0.2 does not: the first hop may be made, the second may not."""
    from ingest.fetch import transport

    public = ipaddress.ip_address("127.0.0.1")
    monkeypatch.setattr(transport, "is_public", lambda address: address == public)


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2/",
        "http://[::1]/",
        "http://169.254.169.254/latest/",
        "http://inside.example/",
        "//127.0.0.2/x",
        "file:///etc/passwd",
        "http://a:b@127.0.0.2/",
    ],
)
@pytest.mark.usefixtures("only_private_by_redirect")
def test_redirects_to_private_addresses(to: str, faulty: Faulty, fetcher: Callable[..., Fetcher]) -> None:
    faulty.on("/robots.txt", send("", kind="text/plain"))
    url = faulty.on("/start", redirect(to))
    asked = fetcher(allow_private=False, resolve=names(inside_example=["127.0.0.2"]))
    with pytest.raises(FetchRefused) as caught:
        asked.get(url, "page")
    assert caught.value.reason in ("private-address", "not-http")
    assert faulty.requests["/start"] == 1


@pytest.mark.usefixtures("only_private_by_redirect")
def test_robots_that_redirects_inside_is_not_followed(faulty: Faulty, fetcher: Callable[..., Fetcher]) -> None:
    faulty.on("/robots.txt", redirect("http://127.0.0.2/robots.txt"))
    url = faulty.on("/a", send("<p>x</p>"))
    with pytest.raises(FetchRefused) as caught:
        fetcher(allow_private=False).get(url, "page")
    assert caught.value.reason == "private-address"


@pytest.mark.usefixtures("only_private_by_redirect")
def test_a_name_that_turns_private_between_two_requests(faulty: Faulty, fetcher: Callable[..., Fetcher]) -> None:
    """Each connection is made to what was checked for it; there is no second look-up in between (rebinding)."""
    answers = [["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2"]]
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    port = faulty.base.rpartition(":")[2]
    faulty.on("/robots.txt", send("", kind="text/plain", Connection="close"))
    faulty.on("/a", send("<p>x</p>", Connection="close"))
    name = f"http://news.example:{port}"
    getter = fetcher(allow_private=False, resolve=resolve)
    assert getter.get(f"{name}/a", "page").body == b"<p>x</p>"
    assert len(asked) == 2  # robots.txt and the page: one look-up a connection
    assert faulty.seen["/a"][0]["host"] == f"news.example:{port}"  # the name is kept, only the address is fixed
    with pytest.raises(FetchRefused) as caught:
        getter.get(f"{name}/a", "page")
    assert caught.value.reason == "private-address"
    assert faulty.requests["/a"] == 1


def test_a_name_that_is_not_there(fetcher: Callable[..., Fetcher]) -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    with pytest.raises(FetchFailed) as caught:
        fetcher(resolve=nothing).get("http://gone.example/", "page")
    # robots.txt cannot be had, so nothing may be: the reason is told
    assert caught.value.reason == "robots-unreachable"
    assert "gone.example is not found" in caught.value.message


def test_private_addresses_may_be_allowed(faulty: Faulty, fetcher: Callable[..., Fetcher]) -> None:
    url = faulty.on("/a", send("<p>x</p>"))
    assert isinstance(fetcher(allow_private=True).get(url, "page"), FetchReply)
