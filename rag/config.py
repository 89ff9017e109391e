"""All settings, read once from the environment (`TELAL_SECTION__NAME`); unknown names are refused."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import BadSettings

PREFIX = "TELAL_"

# What follows a service's name in the variables that Kubernetes sets for it in every container of its namespace.
_OF_SERVICE = r"_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)"


class Section(BaseModel):
    """A group of settings; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AUTO = "auto"  # the model of the archive that is opened


class EmbeddingSettings(Section):
    """The embedding model."""

    model: str = Field(
        AUTO, description="auto: the archive's own, telal-e5-small for a new one; or a name, a directory, a hub name"
    )
    threads: int | None = Field(None, ge=1, le=256, description="threads of the model; default: all cores")
    cache_dir: Path | None = Field(None, description="where model files are kept; default: the user's cache directory")
    batch_tokens: int = Field(
        1024, ge=64, description="tokens in a batch of passages, of a model by sentence-transformers"
    )
    query_prefix: str | None = Field(None, description="overrides the model's own description")
    passage_prefix: str | None = Field(None, description="overrides the model's own description")


class ReaderSettings(Section):
    """The reader, which finds the sentence that answers."""

    model: str | None = Field(
        None,
        description="a directory with a reader of Telal's form, a sentence-transformers CrossEncoder by directory or "
        "hub name, or package.module:Class of your own; default: the shipped one",
    )


class ArchiveSettings(Section):
    """The archive, which is the truth."""

    url: SecretStr | None = Field(None, description="SQLAlchemy URL; default: SQLite in the data directory")
    busy_timeout_s: float = Field(5.0, gt=0, description="how long to wait for another writer, or to connect")
    statement_timeout_s: float = Field(60.0, gt=0, description="how long PostgreSQL may take over one statement")


class VectorsSettings(Section):
    """The vector index."""

    mode: str = Field(
        "chroma",
        description="what answers questions without a filter: chroma, exact, or package.module:Class of your own",
    )
    url: str | None = Field(None, description="http://host:port of a Chroma server; default: embedded")
    collection: str = Field("telal", description="collection name; one an archive on a shared Chroma server")
    ef_search: int = Field(1500, ge=10, description="breadth of Chroma's search")
    timeout_s: float = Field(5.0, gt=0, description="time-out of a Chroma server")

    @property
    def store(self) -> str | None:
        """The name of the vector store beside exact search; None for exact search alone."""
        return None if self.mode == "exact" else self.mode


class SearchSettings(Section):
    """Retrieval."""

    candidates: int = Field(50, ge=5, le=1000, description="passages asked from each index")
    limit: int = Field(10, ge=1, le=100, description="hits returned")
    per_article: int = Field(2, ge=1, description="passages an article may contribute")
    keyword: str = Field("tantivy", description="keyword index: tantivy, or package.module:Class of your own")
    prefer_language: str | None = Field(None, description="its passages come first among equal scores; default: none")


class AnswerSettings(Section):
    """What an answer is made of."""

    max_sentences: int = Field(3, ge=1, le=10, description="quotes in an answer without a language model")
    passages: int = Field(2, ge=1, le=30, description="passages read for an answer")
    further: int = Field(2, ge=0, le=30, description="passages read besides where the first ones leave doubt")
    per_article: int = Field(4, ge=1, description="passages of one article among those read")
    threshold: float | None = Field(None, ge=0, le=1, description="least probability to answer; default: fitted")
    question_max_chars: int = Field(2000, ge=10, description="longer questions are refused")


class ChatSettings(Section):
    """The language model; none by default."""

    model: str | None = Field(None, description="provider:model as in LangChain's init_chat_model; default: none")
    base_url: str | None = Field(None, description="of the language model's server; in OpenAI's form it ends in /v1")
    api_key: str | None = Field(None, description="default: the provider's own variable")
    timeout_s: float = Field(30.0, gt=0, description="for the whole reply")
    first_token_s: float = Field(15.0, gt=0, description="for the reply to begin")
    max_tokens: int = Field(600, ge=16, description="of the reply")
    context_tokens: int = Field(
        6000, ge=500, description="of the passages sent; longer ones are cut on sentence borders"
    )
    price_input: float | None = Field(None, ge=0, description="of a million input tokens, to record what answers cost")
    price_output: float | None = Field(None, ge=0, description="of a million output tokens")
    temperature: float = Field(0.0, ge=0, le=2, description="of the reply; 0 is the steadiest")
    judge: str = Field("off", description="judges what was written against its sources: off, same, or provider:model")
    ask_from: float | None = Field(None, ge=0, le=1, description="least confidence to ask the model; default: fitted")


class IngestSettings(Section):
    """From a source to the archive."""

    passage_tokens: int = Field(220, ge=32, le=480, description="aim of a passage's length, in the model's tokens")
    batch_articles: int = Field(256, ge=1, description="most articles written in one transaction")
    max_bytes: int = Field(50_000_000, ge=1000, description="largest single record or page")
    outlets: Path | None = Field(None, description="file of outlets; default: outlets.toml in the data directory")
    contact: str | None = Field(None, description="address or page named to the outlets' servers; set it")
    allow_private: bool = Field(False, description="fetch from private addresses too: tests, or one's own network")
    concurrency: int = Field(8, ge=1, le=64, description="outlets fetched from at once; each by one request at a time")
    host_delay_s: float = Field(
        1.0, ge=0, description="least pause between requests to a host; robots.txt may ask more"
    )
    fetch_timeout_s: float = Field(30.0, gt=0, description="for one request, its body included")
    page_max_bytes: int = Field(10_000_000, ge=1000, description="largest page fetched, unpacked")
    feed_max_bytes: int = Field(5_000_000, ge=1000, description="largest feed fetched, unpacked")
    list_max_bytes: int = Field(50_000_000, ge=1000, description="largest sitemap or list of posts fetched, unpacked")
    poll_s: float = Field(600.0, gt=0, description="pause between visits to a source")
    new_per_poll: int = Field(200, ge=1, description="articles stored in one visit; the next continues")
    reach_days: int = Field(30, ge=1, description="how far back the first visits to a sitemap or WordPress reach")
    recheck_days: int = Field(30, ge=0, description="how long an article's page is checked again")


class ServerSettings(Section):
    """The HTTP server."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0: any free one")
    max_body_bytes: int = Field(1_000_000, ge=1000, description="largest request")
    concurrency: int = Field(
        8, ge=1, description="questions answered at once, at most one a core; and put to a language model at once"
    )
    heartbeat_s: float = Field(15.0, gt=0, description="pause between heartbeat comments in a stream")
    cors_origins: tuple[str, ...] = Field((), description="origins that may call the API from a browser")
    queue: int = Field(256, ge=0, description="questions that may wait for their turn")
    queue_wait_s: float = Field(
        30.0, gt=0, description="how long a question may wait; longer waits are refused at once"
    )
    answer_timeout_s: float = Field(60.0, gt=0, description="for one answer, the wait included")
    body_timeout_s: float = Field(15.0, gt=0, description="for a request body to arrive")
    stop_wait_s: float = Field(2.0, ge=0, description="for running answers when the server is told to stop")
    require_key: bool = Field(False, description="refuse requests without a key or from a site without one")
    ask_limit: str = Field(
        "60/minute;2000/day",
        description="questions a visitor may ask, and answers computed for further ones; none: no limit",
    )
    read_limit: str = Field("600/minute", description="searches and articles for a visitor; none: no limit")
    feedback_limit: str = Field("10/minute;100/day", description="reports of answers by a visitor; none: no limit")
    follow_limit: str = Field(
        "10/minute;50/day", description="feeds not followed yet that a visitor may ask for; none: no limit"
    )
    follows: int = Field(1000, ge=0, description="questions followed at once without a key, and as many webhooks")
    limits_url: str = Field("memory://", description="where counts are kept: memory:// or redis://host:port")
    trusted_proxies: str = Field("127.0.0.1", description="whose X-Forwarded-For is believed, separated by commas")
    model_answers_a_day: int | None = Field(None, ge=0, description="answers by a language model; then quotes only")
    translations_a_day: int | None = Field(
        1000, ge=0, description="sentences translated by a language model; then originals only"
    )
    conversation_s: float = Field(1800.0, gt=0, description="how long a conversation is kept after its last question")
    visits: bool = Field(True, description="visit the listed outlets while serving; false: `telal ingest watch` does")
    share_days: float = Field(30.0, ge=0, description="how long an answer that a reader shares is kept; 0: none may be")
    reader_keys: dict[str, SecretStr] = Field(
        {}, description="by outlet, the secret or public key (PEM) of the tokens by which its publisher opens texts"
    )
    hosts: tuple[str, ...] = Field(
        (), description="names by which /mcp, /metrics and the admin routes are reached beside addresses; *: any"
    )
    metrics: Literal["local", "all", "off"] = Field("local", description="who may read /metrics without an admin key")
    log_format: Literal["text", "json"] = Field("text", description="of the server's log")


class Settings(BaseSettings):
    """Every setting of Telal. `Settings()` reads the environment."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    data_dir: Path = Field(Path("telal-data"), description="where everything is kept")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")
    embedding: EmbeddingSettings = EmbeddingSettings()
    reader: ReaderSettings = ReaderSettings()
    archive: ArchiveSettings = ArchiveSettings()
    vectors: VectorsSettings = VectorsSettings()
    search: SearchSettings = SearchSettings()
    answer: AnswerSettings = AnswerSettings()
    chat: ChatSettings = ChatSettings()
    ingest: IngestSettings = IngestSettings()
    server: ServerSettings = ServerSettings()


def setting_names() -> dict[str, str]:
    """Every environment variable that Telal reads, with its description."""
    names: dict[str, str] = {}
    for name, info in Settings.model_fields.items():
        kind: Any = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            for inner, deep in kind.model_fields.items():
                names[f"{PREFIX}{name}__{inner}".upper()] = deep.description or ""
        else:
            names[f"{PREFIX}{name}".upper()] = info.description or " | ".join(map(str, get_args(kind)))
    return names


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment; raises BadSettings with the variable's name and what is allowed."""
    known = {*setting_names(), *(f"{PREFIX}{name}".upper() for name in Settings.model_fields)}
    given = {key.upper() for key in os.environ if key.upper().startswith(PREFIX)}
    for key in sorted(given - known - _of_services(given)):
        near = get_close_matches(key, known, n=1)
        hint = f"Is {near[0]} meant? " if near else ""
        raise BadSettings(f"Unknown setting {key}.", hint=f"{hint}`telal settings` lists the ones there are.")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        where = "__".join(str(p) for p in first["loc"]).upper()
        raise BadSettings(f"Setting {PREFIX}{where}: {first['msg']}.", hint="`telal settings` lists them.") from error


def _of_services(names: Iterable[str]) -> set[str]:
    """Those of these variables that Kubernetes sets for a service named like us (`telal`, `telal-archive`): it gives
    each service a host, so that a name which only looks like one of them (TELAL_SERVER_PORT) is none."""
    names = set(names)
    services = [name.removesuffix("_SERVICE_HOST") for name in names if name.endswith("_SERVICE_HOST")]
    return {name for name in names for service in services if re.fullmatch(service + _OF_SERVICE, name)}
