"""What `telal ask` prints."""

from __future__ import annotations

import io

from rich.console import Console

from rag.show import show_answer
from rag.types import Answer, AnswerStatus, Citation, Note, Sentence, ShortAnswer, Verdict


def test_everything_that_is_said_is_printed_as_it_is():
    quote = "The deal was signed by [red]Petar Petrov[/red]."
    citation = Citation(
        1, "p", "a", "A deal", "Daily", None, None, quote, 0, len(quote), notes=(Note("opinion", "An opinion."),)
    )
    answer = Answer(
        question="And who signed it?", standalone="Who signed the deal?", status=AnswerStatus.ANSWERED, language="en",
        sentences=(Sentence(quote, (1,), Verdict.QUOTE, lead="According to Daily:"),), citations=(citation,),
        short=(ShortAnswer("Petar Petrov", (1,)),), remarks=(Note("single_source", "One source says so."),),
    )  # fmt: skip
    out = io.StringIO()
    show_answer(Console(file=out, width=200), answer)
    printed = out.getvalue()
    told = [
        "Who signed the deal?",
        "Petar Petrov\n",
        f"According to Daily: {quote} [1]",
        "One source says so.",
        "An opinion.",
    ]
    at = [printed.index(text) for text in told]
    assert at == sorted(at)
    assert "[1] A deal · Daily · undated" in printed
