"""Names of the models that OpenAI's routes know, and how many tokens were used."""

from __future__ import annotations

from api.answering.answering import Question
from api.deps import Services
from api.openai.replies import Usage
from api.openai.text import written
from rag.errors import NotFound
from rag.types import Answer


def embedding_name(telal: Services) -> str:
    """The embedding model's name without the digest of its weights."""
    return telal.engine.embedder.model_id.partition("@")[0]


def must_be_known(name: str, *known: str) -> None:
    """Raises NotFound for another model's name."""
    if name not in known:
        raise NotFound(f"There is no model {name[:100]!r} here.", hint=f"Use {' or '.join(known)}.")


async def used(telal: Services, question: Question, answer: Answer) -> Usage:
    """Tokens of question, conversation and answer, as the embedding model counts them."""
    asked = [question.text, *(text for turn in question.history for text in (turn.question, turn.answer))]
    texts = [*asked, written(answer, base_url="").text]
    counts = await telal.run(lambda: telal.engine.embedder.count_tokens(texts))
    return Usage(sum(counts[:-1]), counts[-1])
