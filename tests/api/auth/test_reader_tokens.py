"""What a publisher's token opens, and which tokens are refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import SecretStr

from api.auth.reader_tokens import Grant, PublisherKey, ReaderRights, Sight, checked_key, read_token
from api.http.errors import RequestRefused
from ingest.outlets import OutletConfig
from rag.errors import BadSettings
from rag.shown import Shows
from rag.types import Version

NOW = time.time()
SOON = NOW + 600
KEY, OTHER = b"k" * 32, b"o" * 32
KEYS = {"most daily": PublisherKey(KEY, "HS256"), "other": PublisherKey(OTHER, "HS256")}
RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())


NO_NUMBERS = ("NaN", "Infinity", "1e400")


def part(value) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token(key=KEY, head=None, body=None, **claims) -> str:
    said = body or {"iss": "Most Daily", "exp": SOON} | claims
    signed = f"{part(head or {'alg': 'HS256', 'typ': 'JWT'})}.{part(said)}"
    return f"{signed}.{part(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def pem_of(private) -> bytes:
    kept = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(*kept)


def signed(private, algorithm, head=None, **claims) -> str:
    """A token of an outlet that keeps its private key: "Rsa" or "Elliptic"."""
    return jwt.encode({"iss": "Rsa" if private is RSA else "Elliptic", "exp": SOON} | claims, private, algorithm, head)


def raw(said: str) -> str:
    return token(body=said.encode())


def unsigned(alg: str) -> str:
    return token(head={"alg": alg}).rpartition(".")[0] + "."


def trials() -> dict[str, str]:
    """Tokens that open nothing, by what is wrong with them."""
    good, rsa_good = token(), signed(RSA, "RS256")
    head, said, signature = good.split(".")
    other_rsa, other_ec = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    times = "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "null", "true", '"2099-01-01"', '"9999999999"', "[9e9]"
    return {
        **{f"exp {one}": raw(f'{{"iss": "Most Daily", "exp": {one}}}') for one in times},
        **{f"nbf {one}": raw(f'{{"iss": "Most Daily", "exp": {SOON}, "nbf": {one}}}') for one in times},
        "iat in the future": token(iat=SOON),
        "iat NaN": raw(f'{{"iss": "Most Daily", "exp": {SOON}, "iat": NaN}}'),
        "nbf in the future": token(nbf=SOON),
        "no exp": raw('{"iss": "Most Daily"}'),
        "no iss": raw(f'{{"exp": {SOON}}}'),
        "iss twice": raw(f'{{"iss": "Nobody", "iss": "Most Daily", "exp": {SOON}}}'),
        "exp twice": raw(f'{{"iss": "Most Daily", "exp": 1, "exp": {SOON}}}'),
        "sub twice": raw(f'{{"iss": "Most Daily", "exp": {SOON}, "sub": "b/2", "sub": "a/1"}}'),
        "aud of another": token(aud="another"),
        "aud of others": token(aud=["another", "third"]),
        "aud no text": token(aud=7),
        "claims a list": raw("[]"),
        "claims twice": raw(f'{{"iss": "Most Daily", "exp": {SOON}}}{{}}'),
        "claims cut": raw('{"iss": "Most Daily", "exp": 99999'),
        "claims deep": raw("[" * 900),
        "iss another outlet": token(iss="Rsa"),
        "iss a list": token(iss=["Most Daily"]),
        "shows more than all": token(shows="everything"),
        "sub a number": token(sub=1),
        "crit": token(head={"alg": "HS256", "crit": ["exp"]}),
        "crit of b64": token(head={"alg": "HS256", "crit": ["b64"], "b64": False}),
        "crit empty": token(head={"alg": "HS256", "crit": []}),
        "alg twice": token(head=b'{"alg": "none", "alg": "HS256"}'),
        "alg missing": token(head={"typ": "JWT"}),
        "alg null": token(head={"alg": None}),
        "alg in small letters": token(head={"alg": "hs256"}),
        **{f"unsigned, {alg}": unsigned(alg) for alg in ("none", "None", "NONE", "nOnE", "", "HS256")},
        "HS384": jwt.encode({"iss": "Most Daily", "exp": SOON}, KEY * 2, "HS384"),
        "the public key as a secret": token(pem_of(RSA), iss="Rsa"),
        "the public key as a secret, called RS256": token(pem_of(RSA), head={"alg": "RS256"}, iss="Rsa"),
        "the public curve as a secret": token(pem_of(EC), iss="Elliptic"),
        "another's RSA key": signed(other_rsa, "RS256", iss="Rsa"),
        "another's curve": signed(other_ec, "ES256", iss="Elliptic"),
        "PS256 of the right key": signed(RSA, "PS256"),
        "RS512 of the right key": signed(RSA, "RS512"),
        "a key of its own in the head": signed(other_rsa, "RS256", {"jwk": {"kty": "RSA", "e": "AQAB"}}, iss="Rsa"),
        "a key's address in the head": signed(other_rsa, "RS256", {"jku": "https://evil.example/"}, iss="Rsa"),
        "an empty secret, kid empty": token(b"", head={"alg": "HS256", "kid": ""}),
        "an empty secret, kid a file": token(b"", head={"alg": "HS256", "kid": "/dev/null"}),
        "another's secret": token(OTHER),
        "a secret cut": token(KEY[:-1]),
        "no signature": f"{head}.{said}",
        "an empty signature": f"{head}.{said}.",
        "a signature cut": good[:-2],
        "a signature of zeros": f"{signed(EC, 'ES256').rpartition('.')[0]}.{part(bytes(64))}",
        "another's claims under a signature": f"{head}.{part({'iss': 'Most Daily', 'exp': SOON + 1})}.{signature}",
        "one of RS256 under another outlet": ".".join([*good.split(".")[:2], rsa_good.split(".")[2]]),
        "four parts": f"{good}.{signature}",
        "five parts": f"{head}..{said}.{signature}.x",
        "a space within": f"{head}. {said}.{signature}",
        "expired": token(exp=NOW - 1),
    }


TRIALS = trials()


@pytest.fixture
def answering(serve, engine):
    """Asks a server with the keys of three publishers for an article."""
    keys = {"most daily": KEY.decode(), "rsa": pem_of(RSA).decode(), "elliptic": pem_of(EC).decode()}
    client = serve(engine, reader_keys={name: SecretStr(key) for name, key in keys.items()})
    return lambda sent: client.get("/v1/articles/a/1", headers={"x-telal-reader": sent})


def test_no_wrong_token_opens_anything_over_http(answering, subtests):
    assert [answering(good).status_code for good in (token(), signed(RSA, "RS256"), signed(EC, "ES256"))] == [200] * 3
    for name, sent in TRIALS.items():
        with subtests.test(name):
            reply = answering(sent)
            assert reply.status_code == 403 and reply.headers["content-type"] == "application/problem+json", reply.text
            assert reply.json()["hint"]


def shown(outlet="Most Daily", article_id="a/1", url="https://most.example/1"):
    return Version(article_id, "Pact", outlet, url)


def test_a_token_opens_one_article_or_all_of_its_outlet():
    assert read_token(token(), KEYS) == Grant("most daily", Shows.WHOLE)
    terms = {"most daily": Shows.QUOTE, "other": Shows.QUOTE}
    all_of_it = Sight(terms, read_token(token(), KEYS))
    assert all_of_it.level(shown()) is all_of_it.level(shown(article_id="b", url=None)) is Shows.WHOLE
    assert all_of_it.level(shown(outlet="Other")) is Shows.QUOTE  # a foreign outlet's text stays as it was
    for sub in ("a/1", "https://www.most.example/1?utm_source=x"):
        one = Sight(terms, read_token(token(sub=sub, shows="paragraph"), KEYS))
        assert one.level(shown()) is Shows.PARAGRAPH and one.level(shown(article_id="b", url=None)) is Shows.QUOTE


@pytest.mark.parametrize("own", [None, *Shows])
@pytest.mark.parametrize("shows", list(Shows))
def test_a_token_never_lowers_what_is_shown(own, shows):
    order = [Shows.QUOTE, Shows.PARAGRAPH, Shows.WHOLE]
    level = Sight({"most daily": own} if own else {}, Grant("most daily", shows)).level(shown())
    if own is None:
        assert level in (None, Shows.WHOLE)
    else:
        assert order.index(level) == max(order.index(own), order.index(shows))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", "JSON Web Token"),
        ("a.b.c", "JSON Web Token"),
        ("é.ü.ñ", "JSON Web Token"),
        ("[" * 3000 + ".x.y", "JSON Web Token"),
        (token(head={"alg": "none"}), "HS256"),
        (token(head={"alg": "RS256"}), "HS256"),
        (token(head={"alg": "HS256", "crit": ["b64"], "b64": False}), "HS256"),
        (token(head=b'{"alg": "none", "alg": "HS256"}'), "JSON Web Token"),
        (token(body=b'{"iss": "Most Daily", "exp": 1, "exp": 9999999999}'), "JSON Web Token"),
        *((token(body=f'{{"iss": "Most Daily", "exp": {n}}}'.encode()), "JSON Web Token") for n in NO_NUMBERS),
        (token(nbf=SOON), "nbf"),
        (token(aud="another"), "aud"),
        (token(iss=["Most Daily"]), "JSON Web Token"),
        (token(pad="x" * 5000), "JSON Web Token"),
        (token(iss="Nobody"), "does not have"),
        (token(OTHER), "not signed"),
        (token(b"o" * 32, iss="Most Daily"), "not signed"),
        (token()[:-2], "not signed"),
        (token(exp=NOW - 1), "expired"),
        (token(exp=NOW), "expired"),
        (token(exp=None), "exp"),
        (token(exp="2099"), "exp"),
        (token(exp=True), "exp"),
        (token(sub=7), "sub"),
        (token(shows="everything"), "shows"),
        (token(shows=["whole"]), "shows"),
    ],
)
def test_a_token_that_is_not_right_is_refused_and_says_why(sent, said):
    with pytest.raises(RequestRefused, match=said) as refused:
        read_token(sent, KEYS)
    assert refused.value.http_status == 403 and "none" in refused.value.hint


def test_a_changed_claim_breaks_the_signature():
    head, said, signature = token(shows="quote").split(".")
    forged = part({"iss": "Most Daily", "exp": SOON, "shows": "whole"})
    assert forged != said
    with pytest.raises(RequestRefused, match="not signed"):
        read_token(f"{head}.{forged}.{signature}", KEYS)


@pytest.mark.parametrize(("private", "algorithm"), [(RSA, "RS256"), (EC, "ES256")])
def test_a_publisher_who_keeps_its_private_key_gives_the_public_one(private, algorithm):
    pem = pem_of(private)
    keys = {"most daily": checked_key("Most Daily", pem.decode())}
    claims = {"iss": "Most Daily", "exp": SOON, "nbf": NOW - 1, "aud": "telal"}
    assert read_token(jwt.encode(claims, private, algorithm), keys).shows is Shows.WHOLE
    stranger = ec.generate_private_key(ec.SECP256R1()) if private is EC else rsa.generate_private_key(65537, 2048)
    with pytest.raises(RequestRefused, match="not signed"):
        read_token(jwt.encode(claims, stranger, algorithm), keys)
    with pytest.raises(RequestRefused, match=algorithm):  # its public key, which everybody has, as a secret
        read_token(token(pem), keys)
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(BadSettings, match="public"):
        checked_key("Most Daily", secret.decode())


def test_a_short_key_stops_the_server_at_its_start():
    with pytest.raises(BadSettings, match="32"):
        ReaderRights(list, {"Most Daily": SecretStr("short")})


def test_terms_are_those_of_the_outlets_by_name_in_any_case():
    rights = ReaderRights(lambda: [OutletConfig(name="Most Daily", shows="quote"), OutletConfig(name="Free")], {})
    sight = rights.sight(None)
    assert sight.level(shown(outlet="MOST daily")) is Shows.QUOTE and sight.level(shown(outlet="Free")) is None
