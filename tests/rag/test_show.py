"""What `telal ask` prints."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from rag.show import show_answer
from rag.types import (
    Answer,
    AnswerKind,
    AnswerStatus,
    Citation,
    Context,
    Note,
    Sentence,
    ShortAnswer,
    Story,
    Verdict,
    Version,
    Written,
)


def test_everything_that_is_said_is_printed_as_it_is():
    quote = "The deal was signed by [red]Petar Petrov[/red]."
    citation = Citation(
        1, "p", "a", "A deal", "Daily", None, None, quote, 0, len(quote), notes=(Note("opinion", "An opinion."),)
    )
    answer = Answer(
        question="And who signed it?", standalone="Who signed the deal?", status=AnswerStatus.ANSWERED, language="en",
        sentences=(Sentence(quote, (1,), Verdict.QUOTE, lead="According to Daily:"),), citations=(citation,),
        short=(ShortAnswer("Petar Petrov", (1,)), ShortAnswer("23 gusht 2020", (1,), said="23 August 2020")),
        remarks=(Note("single_source", "One source says so."),),
    )  # fmt: skip
    out = io.StringIO()
    show_answer(Console(file=out, width=200), answer)
    printed = out.getvalue()
    told = [
        "Who signed the deal?",
        "Petar Petrov[1], 23 August 2020[1]\n",
        f"According to Daily: {quote} [1]",
        "One source says so.",
        "An opinion.",
    ]
    at = [printed.index(text) for text in told]
    assert at == sorted(at)
    assert "[1] Daily  A deal  a\n" in printed


def test_who_tries_a_model_is_told_why_its_sentences_are_left_out():
    told = Written("openai:some", left_out=3, reasons=("language", "number", "language"), notice="No usable answer.")
    out = io.StringIO()
    show_answer(Console(file=out, width=200), Answer("Who?", AnswerStatus.ANSWERED, "en", written=told))
    assert "Left out of what the model wrote: language, number (docs/models.md)." in out.getvalue()


def test_stories_of_a_digest_are_printed_with_their_lead_and_their_other_versions():
    also = (Version("b", "Поплава", "Dnevnik", None, "mk"),)
    story = Story("a", "A [flood]", "Rain fell.", "Daily", "https://a.example/1", None, also=also)
    answer = Answer("news", AnswerStatus.ANSWERED, "en", kind=AnswerKind.DIGEST, digest=(story,))
    out = io.StringIO()
    show_answer(Console(file=out, width=200), answer)
    told = ["A [flood]\n", "Rain fell.", "Daily  https://a.example/1", "mk: Поплава  b"]
    at = [out.getvalue().index(text) for text in told]
    assert at == sorted(at)


def test_the_first_quote_stands_in_its_paragraph_and_doubt_above_it():
    text = "It rained. The deal was signed. It was [late]."
    quote = "The deal was signed."
    start, end = text.index(quote), text.index(quote) + len(quote)
    cited = Citation(1, "p", "a", "A", "D", None, None, quote, start, end, context=Context(0, len(text), text))
    sentences = (Sentence(quote, (1,), Verdict.QUOTE), Sentence("More.", (2,), Verdict.QUOTE))
    answer = Answer(
        "Signed?", AnswerStatus.PARTIAL, "en", sentences, (cited, replace(cited, number=2, quote="More.")),
        notices=("Perhaps.",),
    )  # fmt: skip
    out = io.StringIO()
    show_answer(Console(file=out, width=200, force_terminal=True, color_system="standard"), answer)
    printed = out.getvalue()
    assert "\x1b[2mIt rained. \x1b[0m\x1b[1mThe deal was signed.\x1b[0m\x1b[2m It was [late].\x1b[0m" in printed
    assert printed.index("Perhaps.") < printed.index("It rained.")
