"""Requests in OpenAI's shape. Fields that an archive cannot use are ignored, as OpenAI's clients expect."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from api.answering.answer_stream import AskedQuestion
from api.schemas.requests import Day, FiltersIn, Language, Text
from rag.errors import BadInput
from rag.types import Turn

MODEL = "telal"

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]


class Part(BaseModel, frozen=True):
    """A piece of a message; only text can be read."""

    type: str = Field(max_length=50)
    text: Text = Field("", max_length=50_000)


LongText = Annotated[Text, Field(max_length=50_000)]
Content = Annotated[LongText | tuple[Part, ...] | None, Field(description="a text, or parts of type text")]


class Message(BaseModel, frozen=True):
    """One message of a conversation. System messages are ignored: what answers is the archive."""

    role: Role = "user"
    content: Content = None

    @property
    def text(self) -> str:
        """The text of the message. Raises BadInput for images, audio and files."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        strange = [part.type for part in self.content if part.type != "text"]
        if strange:
            raise BadInput(f"Content of type {strange[0][:50]!r} cannot be read.", hint="Send text.")
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel, frozen=True):
    """What a stream brings besides text."""

    include_usage: StrictBool = False


class ChatIn(BaseModel):
    """A chat completion. `filters`, `as_of` and `page_language` are Telal's own (`extra_body` in OpenAI's client)."""

    model: str = Field(MODEL, max_length=200)
    messages: tuple[Message, ...] = Field(min_length=1, max_length=400)
    stream: StrictBool | None = False
    stream_options: StreamOptions | None = None
    filters: FiltersIn = FiltersIn()
    as_of: Day | None = None
    page_language: Language | None = None

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {"model": MODEL, "messages": [{"role": "user", "content": "Who signed the Tirana agreement?"}]}
            ]
        },
    )


def question_of(chat: ChatIn) -> AskedQuestion:
    """Reads the last user message as the question and the earlier ones as its history. Raises BadInput without one."""
    said = [m for m in chat.messages if m.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise BadInput("The last message is not a user's.", hint="End the conversation with a question.")
    turns: list[Turn] = []
    for message in said[:-1]:
        if message.role == "user":
            turns.append(Turn(message.text))
        elif turns:
            turns[-1] = Turn(turns[-1].question, f"{turns[-1].answer} {message.text}".strip())
    return AskedQuestion(
        said[-1].text,
        filters=chat.filters.value(),
        history=turns,
        as_of=chat.as_of,
        page_language=chat.page_language,
    )
