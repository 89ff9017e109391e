"""A chat bot that answers from Telal and remembers what each chat asked before. No messenger is needed to try it:

    telal serve                                             # in one terminal
    echo "Who signed the Tirana agreement?" | python examples/bot.py

For a real messenger write a `Messenger` of ten lines: `incoming` waits for messages, `send` sends one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from telal.client import Answer, ProblemError, Telal, Unreachable

HELP = "Ask me about Balkan news. /new begins a new conversation, /wrong says that the last answer is wrong."


@dataclass(frozen=True)
class Message:
    """What somebody wrote in a chat."""

    chat: str
    text: str


class Messenger(Protocol):
    """Where messages come from and go to."""

    def incoming(self) -> Iterator[Message]: ...

    def send(self, chat: str, text: str) -> None: ...


class Terminal:
    """A messenger with one chat: each line of standard input is a message."""

    def incoming(self) -> Iterator[Message]:
        for line in sys.stdin:
            yield Message("terminal", line.strip())

    def send(self, chat: str, text: str) -> None:
        print(text, end="\n\n", flush=True)


@dataclass
class Bot:
    """Answers messages. The server keeps each chat's conversation; when it has forgotten one, a new one begins."""

    telal: Telal
    messenger: Messenger
    last: dict[str, Answer] = field(default_factory=dict)

    def run(self) -> None:
        """Until no messages come any more."""
        for message in self.messenger.incoming():
            if message.text:
                self.messenger.send(message.chat, self.reply(message))

    def reply(self, message: Message) -> str:
        """What to send back."""
        match message.text:
            case "/start" | "/help":
                return HELP
            case "/new":
                self.last.pop(message.chat, None)
                return "A new conversation."
            case "/wrong" if message.chat in self.last:
                self.telal.feedback(self.last[message.chat].id, "wrong")
                return "Thank you, the editors will see it."
        try:
            return self._answer(message)
        except (ProblemError, Unreachable) as error:
            return f"I cannot answer now: {error}"

    def _answer(self, message: Message) -> str:
        before = self.last.get(message.chat)
        try:
            answer = self._ask(message.text, (before and before.conversation) or "new")
        except ProblemError as error:
            if error.kind != "not-found":
                raise
            answer = self._ask(message.text, "new")  # the server has forgotten the conversation
        self.last[message.chat] = answer
        return as_text(answer)

    def _ask(self, question: str, conversation: str) -> Answer:
        try:
            return self.telal.ask(question, conversation=conversation)
        except ProblemError as error:
            if error.retry_after_s is None or error.retry_after_s > 5:
                raise
            time.sleep(error.retry_after_s)
            return self.telal.ask(question, conversation=conversation)


def as_text(answer: Answer) -> str:
    """The answer without any markup, its sources below it."""
    if answer.refusal is not None:
        nearest = [f"- {near.title} ({near.outlet}) {near.url or ''}".rstrip() for near in answer.refusal.nearest]
        return "\n".join([answer.refusal.message, *nearest])
    sources = [f"[{c.number}] {c.outlet}: {c.title} {c.url or ''}".rstrip() for c in answer.citations]
    return "\n".join([answer.text, "", *sources])


if __name__ == "__main__":
    with Telal(os.environ.get("TELAL_ADDRESS", "http://127.0.0.1:8000"), key=os.environ.get("TELAL_KEY")) as server:
        Bot(server, Terminal()).run()
