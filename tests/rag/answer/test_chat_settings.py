"""Settings reach every provider of language models under the name that it knows."""

from __future__ import annotations

import pytest

from rag.answer.chat import LangChainChat
from rag.config import ChatSettings


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
