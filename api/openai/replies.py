"""Answers in OpenAI's shape: citations as `url_citation` annotations, and whole in our own `citations`."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.openai.schemas import MODEL
from api.openai.text import Written, written
from api.schemas.replies import answer_reply
from rag.types import Answer

_CREATED = 1_764_028_800  # of the first version; clients only show it


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the embedding model counts them; nothing is charged by them."""

    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What every part of a reply carries."""

    answer_id: str
    created: int
    base_url: str

    def chat(self, answer: Answer, usage: Usage) -> dict[str, Any]:
        """A chat completion."""
        text = written(answer, base_url=self.base_url)
        message = {"role": "assistant", "content": text.text, "refusal": None, **_in_message(text)}
        return {
            **self._chat("chat.completion"),
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": _chat_usage(usage),
            **self._ours(answer),
        }

    def chunk(self, delta: dict[str, Any], *, finish: str | None = None) -> dict[str, Any]:
        """A piece of a streamed chat completion."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._chat("chat.completion.chunk"), "choices": [choice]}

    def chat_end(self, answer: Answer) -> list[dict[str, Any]]:
        """The last pieces: a refusal's words, the annotations, our citations beside them."""
        text = written(answer, base_url=self.base_url)
        words = [self.chunk({"content": text.text})] if answer.refusal is not None else []
        return [*words, {**self.chunk(_in_message(text), finish="stop"), **self._ours(answer)}]

    def usage_chunk(self, usage: Usage) -> dict[str, Any]:
        """What comes after the end, if it was asked for."""
        return {**self._chat("chat.completion.chunk"), "choices": [], "usage": _chat_usage(usage)}

    def begun(self) -> dict[str, Any]:
        """A response in progress."""
        return {
            "id": f"resp_{self.answer_id}",
            "object": "response",
            "created_at": self.created,
            "status": "in_progress",
            "model": MODEL,
            "output": [],
            **dict.fromkeys(("error", "incomplete_details", "instructions", "temperature", "top_p", "usage")),
            "metadata": {},
            "parallel_tool_calls": False,
            "tool_choice": "none",
            "tools": [],
        }

    def response(self, answer: Answer, usage: Usage) -> dict[str, Any]:
        """A response that is complete."""
        tokens = {
            "input_tokens": usage.asked,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": usage.answered,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage.asked + usage.answered,
        }
        output = [self.message(answer)]
        return {**self.begun(), "status": "completed", "output": output, "usage": tokens, **self._ours(answer)}

    def message(self, answer: Answer | None) -> dict[str, Any]:
        """The one output item of a response; None while it has no text yet."""
        status = "in_progress" if answer is None else "completed"
        content = [] if answer is None else [self.content(answer)]
        item = {"type": "message", "id": f"msg_{self.answer_id}", "status": status}
        return {**item, "role": "assistant", "content": content}

    def content(self, answer: Answer | None) -> dict[str, Any]:
        """The text of that item."""
        text = Written("", ()) if answer is None else written(answer, base_url=self.base_url)
        return {"type": "output_text", "text": text.text, "annotations": list(text.annotations), "logprobs": []}

    def _chat(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.answer_id}", "object": kind, "created": self.created, "model": MODEL}

    def _ours(self, answer: Answer) -> dict[str, Any]:
        whole = answer_reply(answer, self.answer_id)
        return {"citations": whole["citations"], "telal": whole}


def _chat_usage(usage: Usage) -> dict[str, Any]:
    total = usage.asked + usage.answered
    return {"prompt_tokens": usage.asked, "completion_tokens": usage.answered, "total_tokens": total}


def embeddings_reply(
    vectors: Sequence[NDArray[np.float32]], model: str, tokens: int, *, as_base64: bool
) -> dict[str, Any]:
    """A list of embeddings, in the order of the texts."""

    def shown(vector: NDArray[np.float32]) -> str | list[float]:
        return base64.b64encode(vector.astype("<f4").tobytes()).decode() if as_base64 else vector.tolist()

    return {
        "object": "list",
        "data": [{"object": "embedding", "index": i, "embedding": shown(v)} for i, v in enumerate(vectors)],
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def model_reply(name: str) -> dict[str, Any]:
    """One entry of the list of models."""
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "telal"}


def _in_message(text: Written) -> dict[str, Any]:
    """Chat completions nest what responses have flat."""
    flat = [{name: value for name, value in a.items() if name != "type"} for a in text.annotations]
    return {"annotations": [{"type": "url_citation", "url_citation": a} for a in flat]}
