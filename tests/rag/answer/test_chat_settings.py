"""Settings reach every provider of language models under the name that it knows."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from rag.answer.chat import LangChainChat
from rag.config import ChatSettings
from rag.errors import ChatUnavailable, ReplyCut


@pytest.mark.parametrize(
    ("model", "expected", "foreign"),
    [
        ("ollama:some", {"num_predict": 321, "client_kwargs": {"timeout": 12.0}}, {"max_tokens", "timeout"}),
        ("openai:some", {"max_tokens": 321, "timeout": 12.0}, {"num_predict", "client_kwargs"}),
    ],
)
def test_a_provider_hears_of_tokens_and_time_under_its_own_names(monkeypatch, model, expected, foreign):
    heard = {}
    monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda name, **options: heard.update(options))
    LangChainChat(ChatSettings(model=model, max_tokens=321, timeout_s=12.0))
    assert expected.items() <= heard.items() and not foreign & heard.keys()


def thinks(monkeypatch, pause_s=0.0, said="", **ended):
    """A model that reasons in pieces without text, as providers send them, and says no more than this."""

    def stream(self, _):
        for text, metadata in (("", {}), ("", {}), (said, {}), ("", ended)):
            time.sleep(pause_s)
            yield SimpleNamespace(text=text, usage_metadata=None, response_metadata=metadata)

    monkeypatch.setattr(
        "langchain.chat_models.init_chat_model", lambda *_, **__: type("Model", (), {"stream": stream})()
    )
    return LangChainChat(ChatSettings(model="openai:some", max_tokens=321, first_token_s=0.3))


@pytest.mark.parametrize("ended", [{"finish_reason": "length"}, {"done_reason": "length"}])
def test_a_model_that_thinks_its_tokens_away_is_told_with_the_setting(monkeypatch, ended):
    with pytest.raises(ChatUnavailable, match="321 tokens") as told:
        list(thinks(monkeypatch, **ended).stream("system", "user"))
    assert "TELAL_CHAT__MAX_TOKENS" in told.value.hint


def test_a_reply_that_is_cut_off_says_so_behind_what_came(monkeypatch):
    reply = thinks(monkeypatch, said="It rained [1.", finish_reason="length").stream("system", "user")
    assert next(reply) == "It rained [1."
    with pytest.raises(ReplyCut, match="cut off at its 321 tokens. Raise TELAL_CHAT__MAX_TOKENS"):
        next(reply)


def test_a_model_that_thinks_too_long_is_told_with_the_setting(monkeypatch):
    with pytest.raises(ChatUnavailable, match="said nothing") as told:
        list(thinks(monkeypatch, 0.2).stream("system", "user"))
    assert "TELAL_CHAT__FIRST_TOKEN_S" in told.value.hint
