"""Calls the language model, when one is configured: any chat model of LangChain. The only import of langchain."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from rag.config import ChatSettings
from rag.errors import BadSettings, ChatUnavailable, NotInstalled, ReplyCut
from rag.types import Usage

_CHARS_A_TOKEN = 3.0  # in the region's languages, for servers that do not report usage
_SECRET_CHARS = 8  # of a key; "none" and the like are words
_POLL_S = 0.05  # how soon the thread that reads a reply sees that nobody wants it any more


class ChatModel(Protocol):
    """What writing an answer needs of a language model."""

    @property
    def name(self) -> str: ...

    def stream(self, system: str, user: str) -> Iterator[str]:
        """Yields the reply in pieces as they come. Raises ChatUnavailable when the model fails or is too slow, and, of
        that kind, ReplyCut behind the last piece of a reply that is too long."""
        ...


@dataclass(frozen=True, slots=True)
class Models:
    """The model that writes answers, and the one that judges what it wrote, if any."""

    chat: ChatModel
    judge: ChatModel | None = None


def load_models(
    settings: ChatSettings, wrapped: Callable[[ChatModel], ChatModel] = lambda model: model
) -> Models | None:
    """Loads the models of the settings; None where none is set. `wrapped` puts something around each. Raises
    BadSettings, NotInstalled."""
    if not settings.model:
        if settings.judge != "off":
            raise BadSettings(
                "TELAL_CHAT__JUDGE is set, and no model writes anything to judge.", hint="Set TELAL_CHAT__MODEL."
            )
        return None
    chat = wrapped(LangChainChat(settings))
    match settings.judge:
        case "off":
            return Models(chat)
        case "same":
            return Models(chat, chat)
        case name:
            return Models(chat, wrapped(LangChainChat(_of_judge(settings, name))))


def _of_judge(settings: ChatSettings, name: str) -> ChatSettings:
    """Returns the settings of another model that judges. One of the same provider uses the server and the key of the
    first."""
    own: dict[str, Any] = {"model": name, "price_input": None, "price_output": None}
    if name.partition(":")[0] != str(settings.model).partition(":")[0]:
        own |= {"base_url": None, "api_key": None}
    return settings.model_copy(update=own)


# What a provider calls what the others call max_tokens or timeout; it would not hear of it under the others' name.
_OWN_NAMES = {"ollama": {"max_tokens": "num_predict", "timeout": "client_kwargs"}}


class ModelReply(Iterator[str]):
    """A reply in pieces and, as far as it came, its usage."""

    def __init__(self, pieces: Iterator[str], asked: int, settings: ChatSettings) -> None:
        self._pieces, self._settings = pieces, settings
        self._asked, self._chars = asked, 0
        self.reported: tuple[int, int] | None = None

    def __next__(self) -> str:
        piece = next(self._pieces)
        self._chars += len(piece)
        return piece

    def close(self) -> None:
        """Stops the reply without waiting for the rest."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()

    @property
    def usage(self) -> Usage:
        """Tokens as the server reports them, else by the number of characters; their cost where prices are set."""
        counted = (round(self._asked / _CHARS_A_TOKEN), round(self._chars / _CHARS_A_TOKEN))
        took, gave = self.reported or counted
        prices = (self._settings.price_input, self._settings.price_output)
        cost = None if None in prices else (took * (prices[0] or 0) + gave * (prices[1] or 0)) / 1_000_000
        return Usage(took, gave, cost)


class LangChainChat:
    """A chat model by its LangChain name (`openai:gpt-...`, `ollama:...`), with one time-out for the first words and
    one for all."""

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
        for name, own in _OWN_NAMES.get(settings.model.partition(":")[0], {}).items():
            if name in options:
                options[own] = options.pop(name)
        if "client_kwargs" in options:
            options["client_kwargs"] = {"timeout": options["client_kwargs"]}
        self.name = settings.model
        self.context_tokens = settings.context_tokens
        self._settings = settings
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

    def stream(self, system: str, user: str) -> ModelReply:
        reply: ModelReply
        reply = ModelReply(self._pieces(system, user, lambda took, gave: setattr(reply, "reported", (took, gave))),
                      len(system) + len(user), self._settings)  # fmt: skip
        return reply

    def _pieces(self, system: str, user: str, report: Any) -> Iterator[str]:
        """Yields the pieces, which are read in a thread of their own: a silent server cannot hold the answer up."""
        arrived: queue.Queue[Any] = queue.Queue(maxsize=64)
        stopped = threading.Event()
        threading.Thread(target=self._read, args=(system, user, arrived, stopped), daemon=True).start()
        started = time.monotonic()
        limit, begun = min(self._settings.first_token_s, self._settings.timeout_s), False
        most = self._settings.max_tokens
        try:
            while True:
                left = started + limit - time.monotonic()
                try:
                    got = arrived.get(timeout=max(left, 0.001))
                except queue.Empty:
                    raise self._too_slow(begun, limit) from None
                if got is None:
                    return
                if isinstance(got, Exception):
                    raise self._failed(got) from got
                text, usage, ended = got
                if usage:
                    report(int(usage.get("input_tokens", 0)), int(usage.get("output_tokens", 0)))
                if text:
                    limit, begun = self._settings.timeout_s, True
                    yield text
                if ended == "length" and begun:
                    raise ReplyCut(
                        f"The language model {self.name} was cut off at its {most} tokens.",
                        hint="Raise TELAL_CHAT__MAX_TOKENS.",
                    )
                if ended == "length":
                    raise ChatUnavailable(
                        f"The language model {self.name} used its {most} tokens up and said nothing.",
                        hint="A model that reasons first needs more: raise TELAL_CHAT__MAX_TOKENS.",
                    )
                if time.monotonic() > started + limit:
                    raise self._too_slow(begun, limit)
        finally:
            stopped.set()

    def _failed(self, error: Exception) -> ChatUnavailable:
        """Makes the error for a provider's, in its words but for keys and passwords."""
        told, base_url = str(error), self._settings.base_url
        keys = [v.get_secret_value() for v in vars(self._model).values() if hasattr(v, "get_secret_value")]
        for secret in (key for key in keys if isinstance(key, str) and len(key) >= _SECRET_CHARS):
            told = told.replace(secret, "***")
        at = ""
        if base_url:
            told, at = told.replace(base_url, without_secrets(base_url)), f" at {without_secrets(base_url)}"
        hint = _hint(getattr(error, "status_code", 0))
        return ChatUnavailable(f"The language model {self.name}{at} failed: {told}", hint=hint)

    def _too_slow(self, begun: bool, limit: float) -> ChatUnavailable:
        """Makes the error for a model that took longer than it may to begin, or to end."""
        if begun or limit == self._settings.timeout_s:
            return ChatUnavailable(
                f"The language model {self.name} took more than {limit:g} s.", hint="Raise TELAL_CHAT__TIMEOUT_S."
            )
        return ChatUnavailable(
            f"The language model {self.name} said nothing for {limit:g} s.",
            hint="A model that reasons first begins late: raise TELAL_CHAT__FIRST_TOKEN_S and TELAL_CHAT__TIMEOUT_S.",
        )

    def _read(self, system: str, user: str, arrived: queue.Queue[Any], stopped: threading.Event) -> None:
        last: Any = None
        try:
            for chunk in self._model.stream([("system", system), ("human", user)]):
                told = chunk.response_metadata
                ended = told.get("finish_reason") or told.get("done_reason")  # OpenAI's word, Ollama's
                piece = (str(chunk.text), getattr(chunk, "usage_metadata", None), ended)
                if not _put(arrived, piece, stopped):
                    return
        except Exception as error:  # a provider's errors have no common base
            last = error
        _put(arrived, last, stopped)


def _put(arrived: queue.Queue[Any], item: Any, stopped: threading.Event) -> bool:
    """Hands an item to the reader; False when nobody reads any more."""
    while not stopped.is_set():
        try:
            arrived.put(item, timeout=_POLL_S)
            return True
        except queue.Full:
            continue
    return False


class Breaker:
    """Rests for `rest_s` after `most` failures in a row; then one more failure makes it rest again. Thread-safe."""

    def __init__(self, most: int = 3, rest_s: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rest_s, self._clock = most, rest_s, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    @property
    def resting(self) -> bool:
        """Whether the model is not to be asked now."""
        return self._clock() < self._until

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._most:
                self._until = self._clock() + self._rest_s

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._until = 0, 0.0


def without_secrets(address: str) -> str:
    """Returns an address without the name and password, and the query, that it may carry."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _hint(status: int) -> str:
    """Returns which setting to look at after an HTTP status; 0: there was none."""
    match status:
        case 0:
            return "Check that the server runs, and TELAL_CHAT__BASE_URL."
        case 401 | 403:
            return "Check TELAL_CHAT__API_KEY."
        case 404:
            return "Check the model's name in TELAL_CHAT__MODEL, and TELAL_CHAT__BASE_URL (OpenAI's form ends in /v1)."
        case 429:
            return "The provider's limit or quota is used up: its console tells which."
        case _:
            return "The fault is the model server's: its log tells more." if status >= 500 else ""
