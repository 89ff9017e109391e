"""The language model, when one is configured: any chat model of LangChain. The only import of langchain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Protocol

from rag.config import ChatSettings
from rag.errors import BadSettings, ChatUnavailable, NotInstalled


class ChatModel(Protocol):
    """What writing an answer needs of a language model."""

    @property
    def name(self) -> str: ...

    def stream(self, system: str, user: str) -> Iterator[str]:
        """The reply in pieces as they come; ChatUnavailable when it fails or is too slow."""
        ...


class LangChainChat:
    """A chat model by its LangChain name (`openai:gpt-...`, `ollama:...`), with a time-out for the whole reply."""

    def __init__(self, settings: ChatSettings) -> None:
        # Imported here: 0.7 s and 40 MB that those who run without a language model need not pay.
        from langchain.chat_models import init_chat_model

        if settings.model is None:
            raise BadSettings("No language model is set.", hint="Set TELAL_CHAT__MODEL to provider:model.")
        options: dict[str, Any] = {
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            "timeout": settings.timeout_s,
            "max_retries": 1,
        }
        if settings.base_url:
            options["base_url"] = settings.base_url
        if settings.api_key:
            options["api_key"] = settings.api_key
        self.name = settings.model
        self._timeout_s = settings.timeout_s
        try:
            self._model = init_chat_model(settings.model, **options)
        except ImportError as error:
            raise NotInstalled(
                f"The language model {settings.model} needs a package that is not installed: {error}.",
                hint="For OpenAI-compatible servers: pip install 'telal[openai]'; for Ollama: 'telal[ollama]'.",
            ) from error
        except Exception as error:  # each provider raises its own kinds: all mean that the settings are unusable
            raise BadSettings(
                f"The language model {settings.model} cannot be set up: {error}",
                hint="Check TELAL_CHAT__MODEL (provider:model), TELAL_CHAT__BASE_URL and the API key.",
            ) from error

    def stream(self, system: str, user: str) -> Iterator[str]:
        deadline = time.monotonic() + self._timeout_s
        try:
            for chunk in self._model.stream([("system", system), ("human", user)]):
                if time.monotonic() > deadline:
                    raise ChatUnavailable(f"The language model took more than {self._timeout_s:g} s.")
                if chunk.text:
                    yield str(chunk.text)
        except (ChatUnavailable, GeneratorExit):
            raise
        except Exception as error:  # a provider's errors have no common base
            raise ChatUnavailable(f"The language model {self.name} failed: {error}") from error
