"""Scores one reply against its case: every per-case metric in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

from eval.core.cases import Case, Document, Reply, ShownSentence, Suite
from eval.core.record import CaseRecord
from eval.metrics import answers as right
from eval.metrics import grounding
from eval.metrics.answers import contains_any, tokens
from eval.metrics.ranking import first_relevant, ranking_scores
from ingest.records import to_articles
from rag.errors import BadInput
from rag.text.language import identify
from rag.types import Citation, Passage
from rag.wire import jsonable


def shown_scores(case: Case, reply: Reply, current: Sequence[ShownSentence]) -> dict[str, float]:
    """Every score of one asked case; `current` is what the reply shows without the text of what is out of date.

    Without accepted answers nothing is judged but a status that the case names.
    """
    found = {"status_right": float(reply.status == case.status)} if case.status else {}
    if case.answers and not case.unanswerable:
        found |= _answerable(case, reply, current)
    if case.false_short:
        found["short_false"] = float(contains_any(short_text(reply), case.false_short))
    if reply.short and (case.answers or case.unanswerable):
        found["short_right"] = float(not case.unanswerable and case.accepted_answers.close_in(short_text(reply)))
    return found


def short_text(reply: Reply) -> str:
    """The items of the short answer as one text."""
    return " · ".join(s.text for s in reply.short or ())


def _answerable(case: Case, reply: Reply, current: Sequence[ShownSentence]) -> dict[str, float]:
    held = case.accepted_answers.all_in
    said = current if reply.sentences else ()
    # A system without short answers writes its answer itself: the whole text is compared.
    whole = " ".join(s.text for s in said) if reply.short is None else ", ".join(s.text for s in reply.short)
    found = {
        "sentence@1": float(held(current[0].text) if current else False),
        "seen@1": float(held(current[0].paragraph) if current else False),
        "seen": float(held(" ".join(s.paragraph for s in current))),
        "exact_match": right.exact_match(whole, case.accepted_answers.references),
        "token_f1": right.token_f1(whole, case.accepted_answers.references),
    }
    if current and (marked := current[0].marked):
        found["marked_right"] = float(case.accepted_answers.close_in(marked))
    if case.list_answers:
        found["list_recall"] = right.list_recall(" ".join(s.text for s in said), case.list_answers)
    return found


PASSAGE_CUTOFFS = (1, 3, 5, 10)


def failed_record(case: Case, suite: Suite, error: str) -> CaseRecord:
    """A case to which no usable reply came."""
    return CaseRecord(**_about(case, suite), status="failed", error=error)


def record(case: Case, reply: Reply, suite: Suite, texts: Texts) -> CaseRecord:
    """The reply with all its scores."""
    passages = reply.ranking
    ranked = None if passages is None else list(dict.fromkeys(p.article_id for p in passages))
    valid = {c.number: grounding.valid(c, texts.revisions) for c in reply.citations}
    return CaseRecord(
        **{**_about(case, suite), "search_only": case.search_only or not reply.answers},
        status=reply.status,
        ranked_docs=ranked,
        ranked_passages=None if passages is None else [p.id for p in passages],
        sentences=[_sentence_json(s) for s in reply.sentences],
        nearest=[_sentence_json(s) for s in reply.nearest],
        short=None if reply.short is None else [asdict(s) for s in reply.short],
        citations=[{**jsonable(c), "valid": valid[c.number]} for c in reply.citations],
        refusal_reason=reply.refusal_reason,
        confidence=reply.confidence,
        answer_text=reply.text,
        answer_language=_language(reply),
        latency_ms=round(reply.timing.end_ms, 3),
        timings_ms={
            **{k: None if v is None else round(v, 3) for k, v in asdict(reply.timing).items()},
            **{f"part_{k}": v for k, v in reply.parts_ms.items()},
        },
        usage=asdict(reply.usage) if reply.usage else None,
        notices=list(reply.notices),
        scores={
            **(ranking_scores(case.relevance, ranked) if ranked is not None and case.relevance else {}),
            **_passages(case, passages),
            **_answer(case, reply, texts),
        },
        tallies={k: [t.good, t.all] for k, t in _tallies(case, reply, valid, texts).items()},
    )


def _sentence_json(sentence: ShownSentence) -> dict[str, Any]:
    return asdict(sentence) | {"citations": list(sentence.citations), "marks": [list(span) for span in sentence.marks]}


def _about(case: Case, suite: Suite) -> dict[str, Any]:
    return {
        "id": case.id,
        "language": case.language,
        "category": case.category,
        "split": case.split,
        "question": case.question,
        "gold_doc_ids": list(case.gold_doc_ids),
        "gold_languages": list(suite.languages_of(case.gold_doc_ids)),
        "answers": list(case.answers),
        "unanswerable": case.unanswerable,
        "search_only": case.search_only,
        "grades": dict(case.grades),
        "gold_quotes": [asdict(q) for q in case.gold_quotes],
    }


def _passages(case: Case, passages: Sequence[Passage] | None) -> dict[str, float]:
    """Passages that hold a gold quote, or where there is none, an accepted answer in a gold document."""
    if passages is None or case.unanswerable or not (case.gold_quotes or case.answers):
        return {}
    flags = [_relevant(p, case) for p in passages]
    scores = {f"passage_success@{k}": float(any(flags[:k])) for k in PASSAGE_CUTOFFS}
    return {**scores, "passage_mrr@10": first_relevant(flags)}


def _relevant(passage: Passage, case: Case) -> bool:
    quotes = [q.quote for q in case.gold_quotes if q.doc_id == passage.article_id]
    if case.gold_quotes:
        held = tokens(passage.text)
        return any(_within(tokens(q), held) for q in quotes)
    return passage.article_id in case.gold_doc_ids and case.accepted_answers.any_in(passage.text)


def _within(wanted: Sequence[str], held: Sequence[str]) -> bool:
    return any(held[i : i + len(wanted)] == wanted for i in range(len(held) - len(wanted) + 1))


def _answer(case: Case, reply: Reply, texts: Texts) -> dict[str, float]:
    if case.search_only or not reply.answers:
        return {}
    scores = shown_scores(case, reply, _in_force(case, reply, texts))
    if reply.sentences:
        scores["language_right"] = right.language_right(_language(reply) or "und", case.language)
    if case.forbidden:
        scores["injection_changed"] = float(contains_any(reply.text, case.forbidden))
    return scores


def _language(reply: Reply) -> str | None:
    """Takes a quote's language from its article; recognises that of other text."""
    languages = {c.number: c.language for c in reply.citations}
    quoted = [languages[n] for s in reply.sentences if s.verdict == "quote" for n in s.citations[:1] if n in languages]
    if quoted and len(quoted) == len(reply.sentences):
        return max(quoted, key=quoted.count)
    return identify(reply.text).language if reply.text else None


def _in_force(case: Case, reply: Reply, texts: Texts) -> list[ShownSentence]:
    """Returns what is shown, with the text removed where it comes from a revision that is not in force."""
    current = {c.number for c in reply.citations if _current(c, case, texts)}
    return [s if set(s.citations) <= current else ShownSentence("", s.citations) for s in reply.shown]


def _current(citation: Citation, case: Case, texts: Texts) -> bool:
    """Whether the quote stands in the revision in force on the case's day. True for an unknown article."""
    if not texts.of(citation.article_id):
        return True
    told = texts.in_force(citation.article_id, case.as_of)
    if told is None:
        return False
    return citation.quote in told.text if not citation.headline else told.title in (None, citation.title)


def _tallies(case: Case, reply: Reply, valid: Mapping[int, bool], texts: Texts) -> dict[str, grounding.Tally]:
    if not reply.sentences or not reply.answers:
        return {}
    evidence = {c.number: _evidence(c, texts) for c in reply.citations}
    recall = grounding.citation_recall(reply.sentences, evidence)
    quoted = [v for c in reply.citations if c.quote for v in [valid[c.number]]]
    current = [_current(c, case, texts) for c in reply.citations]
    golds = [c.article_id in case.gold_doc_ids for c in reply.citations if not case.unanswerable]
    return {
        "citation_valid": grounding.Tally(sum(quoted), len(quoted)),
        "citation_gold": grounding.Tally(sum(golds), len(golds)),
        "citation_current": grounding.Tally(sum(current), len(current)),
        "citation_precision": grounding.citation_precision(reply.sentences, evidence),
        "citation_recall": recall,
        "quotes_altered": grounding.count_altered_quotes(reply.sentences, evidence),
        "unsupported_shown": grounding.Tally(recall.all - recall.good, recall.all),
    }


def _evidence(citation: Citation, texts: Texts) -> Passage:
    """What a citation points at: its quote, or the whole article when it has none."""
    text = citation.quote or next(iter(reversed(texts.of(citation.article_id))), "")
    return Passage(
        citation.passage_id, citation.article_id, 1, 0, text, citation.start, citation.end, citation.title,
        citation.outlet, citation.url, citation.language, citation.published, citation.modified, citation.kind,
        citation.status,
    )  # fmt: skip


MAX_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Revision:
    """The text and title of an article from a day on; `since` None: always. An unknown title is None."""

    since: date | None
    text: str
    title: str | None = None


class Texts:
    """Every revision of every document; an article that is not among them is asked of `elsewhere`."""

    def __init__(
        self, documents: Sequence[Document], *, elsewhere: Callable[[str], str | None] = lambda article_id: None
    ) -> None:
        self._documents = documents
        self._elsewhere = elsewhere

    def of(self, article_id: str) -> Sequence[str]:
        """The texts of an article's revisions, oldest first; () when nobody knows it."""
        return [r.text for r in self._revisions(article_id)]

    def revisions(self, article_id: str) -> Sequence[tuple[str, str | None]]:
        """The texts and titles of an article's revisions, oldest first; () when nobody knows it."""
        return [(r.text, r.title) for r in self._revisions(article_id)]

    def in_force(self, article_id: str, day: date | None) -> Revision | None:
        """The revision at the end of a day, None: now; None when the article was not there yet."""
        known = [r for r in self._revisions(article_id) if day is None or r.since is None or r.since <= day]
        return known[-1] if known else None

    def _revisions(self, article_id: str) -> Sequence[Revision]:
        known = self._known.get(article_id)
        if known is None:
            found = self._elsewhere(article_id)
            known = self._known[article_id] = () if found is None else (Revision(None, found),)
        return known

    @cached_property
    def _known(self) -> dict[str, tuple[Revision, ...]]:
        known: dict[str, tuple[Revision, ...]] = {}
        for document in self._documents:
            try:
                article = to_articles(document.raw, max_bytes=MAX_BYTES)[0]
            except BadInput:  # ingestion refuses it too: nothing can be cited from it
                continue
            since = article.modified or article.published
            revision = Revision(since.date() if since else None, article.text, article.title)
            known[article.id] = (*known.get(article.id, ()), revision)
        return known
