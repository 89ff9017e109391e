"""What a reader sees of a reply, and whether it is right: sentences, paragraphs, the short answer, the status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.core.cases import Case
from eval.metrics import answers as right
from eval.metrics.grounding import Tally
from eval.metrics.normalise import contains_any
from eval.targets.reply import Reply, Shown

ANSWERS = frozenset({"answered", "partial"})


def scores(case: Case, reply: Reply, current: Sequence[Shown]) -> dict[str, float]:
    """Every score of one asked case; `current` is the reply's sentences without the text of those out of date.

    A refusal of a question that has an answer scores 0; without accepted answers only the status is judged.
    """
    found = {"status_right": float(_status_right(case, reply.status))}
    if case.answers and not case.unanswerable:
        found |= _answerable(case, reply, current)
    if case.false_short:
        found["short_false"] = float(contains_any(short_text(reply), case.false_short))
    if reply.short and (case.answers or case.unanswerable):
        found["short_right"] = float(not case.unanswerable and case.accepted.held(short_text(reply)))
    return found


def filler(case: Case, reply: Reply) -> Tally:
    """Further quotes that neither hold an accepted answer nor come from a gold article; `good` counts these."""
    articles = {c.number: c.article_id for c in reply.citations}
    further = reply.sentences[1:]
    return Tally(sum(not _to_the_matter(case, s, articles) for s in further), len(further))


def short_text(reply: Reply) -> str:
    """The items of the short answer as one text."""
    return " · ".join(s.text for s in reply.short or ())


def _status_right(case: Case, status: str) -> bool:
    if case.status:
        return status == case.status
    return status == "refused" if case.unanswerable else status in ANSWERS


def _answerable(case: Case, reply: Reply, current: Sequence[Shown]) -> dict[str, float]:
    held = case.accepted.held
    # A system that knows no short answer is one that writes: all that it wrote is compared.
    whole = " ".join(s.text for s in current) if reply.short is None else ", ".join(s.text for s in reply.short)
    found = {f"answer_hit@{k}": float(held(" ".join(s.text for s in current[:k]))) for k in (1, 3)}
    found["shown_hit@1"] = float(held(current[0].paragraph) if current else False)
    found["shown_hit"] = float(held(" ".join(s.paragraph for s in current)))
    found["exact_match"] = right.exact_match(whole, case.accepted.references)
    found["token_f1"] = right.token_f1(whole, case.accepted.references)
    if case.list_answers:
        found["list_recall"] = right.list_recall(" ".join(s.text for s in current), case.list_answers)
    return found


def _to_the_matter(case: Case, sentence: Shown, articles: Mapping[int, str]) -> bool:
    gold = any(articles.get(n) in case.gold_doc_ids for n in sentence.citations)
    return gold or case.accepted.touched(sentence.paragraph)
