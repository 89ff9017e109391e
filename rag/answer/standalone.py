"""Asks a language model to make a follow-up question stand alone. If it fails or is slow, the rules do it."""

from __future__ import annotations

import contextvars
import logging
import re
import threading
from collections.abc import Sequence

from rag.answer.chat import Breaker, ChatModel
from rag.answer.prompt import conversation, data, template
from rag.errors import ChatUnavailable
from rag.text.language import family, identify
from rag.text.numbers import number_keys
from rag.types import Turn

LIMIT_S = 1.5  # for the whole reply: the reader waits for it
_LONGEST = 500
_SURE = 0.8
_NO_QUESTION = re.compile(r"https?:|[<>\[\]{}`\n]|^NO ANSWER")

log = logging.getLogger("telal.answer")


class Restating:
    """A language model that makes questions stand alone. After one failure it is not asked for half a minute."""

    def __init__(self, chat: ChatModel, limit_s: float = LIMIT_S) -> None:
        self._chat, self._limit_s = chat, limit_s
        self._breaker = Breaker(most=1)

    def restate(self, asked: str, history: Sequence[Turn], language: str) -> str:
        """Returns the question as it stands alone, or "" where the model fails, is too slow, or returns no such
        question."""
        if self._breaker.resting:
            return ""
        said: list[str] = []
        context = contextvars.copy_context()
        user = f"{conversation(history)}New question: {data(asked)}"
        reading = threading.Thread(target=context.run, args=(self._read, user, said), name="restate", daemon=True)
        reading.start()
        reading.join(self._limit_s)
        if not said:
            self._breaker.failed()
            return ""
        self._breaker.succeeded()
        return said[0] if _may_be(said[0], asked, history, language) else ""

    def _read(self, user: str, said: list[str]) -> None:
        try:
            said.append("".join(self._chat.stream(template("standalone"), user)).strip().strip('"“”„'))
        except ChatUnavailable as error:
            log.warning("%s", error)


def _may_be(text: str, asked: str, history: Sequence[Turn], language: str) -> bool:
    """Tells whether it is one line in the reader's language, with no number that nobody named."""
    if not text or len(text) > _LONGEST or _NO_QUESTION.search(text):
        return False
    found = identify(text)
    if found.confidence >= _SURE and family(found.language) != family(language):
        return False
    named = " ".join([asked, *(f"{t.question} {t.answer}" for t in history)])
    return set(number_keys(text)) <= set(number_keys(named))
