"""What each metric means, in one sentence for the reader of a report."""

from __future__ import annotations

import re

_MEANINGS = {
    "recall": "share of the right articles among the first {k}",
    "success": "share of questions with a right article among the first {k}",
    "mrr": "mean of 1 / rank of the first right article, among the first {k}",
    "ndcg": "ranking quality among the first {k}: right articles high up count more",
    "map": "mean average precision over all ranks",
    "passage_success": "share of questions with a passage that holds the answer among the first {k}",
    "passage_mrr": "mean of 1 / rank of the first passage that holds the answer",
    "answer_hit": "share of questions with an accepted answer in the first {k} sentences; a refusal counts 0",
    "shown_hit": "share of questions with an accepted answer in a shown paragraph (@1: the first); a refusal counts 0",
    "exact_match": "share of short answers that are an accepted answer and nothing else; none shown counts 0",
    "token_f1": "overlap of words between short answer and accepted answer; none shown counts 0",
    "status_right": "share of questions with the right status: an answer, a refusal, a conflict",
    "wrong_answers": "share of the answers given in which nothing shown holds an accepted answer",
    "short_shown": "share of answerable questions that get a short answer",
    "short_precision": "share of the short answers shown that hold an accepted answer",
    "short_false": "share of questions with a known false answer whose short answer says it",
    "filler": "share of further quotes that neither hold an accepted answer nor come from a right article",
    "coverage": "largest share of questions answered at which {k} % of the answers would be right",
    "short_coverage": "largest share of questions with a short answer at which {k} % of these would be right",
    "list_recall": "share of the asked names that the answer gives",
    "language_right": "share of answers in the language of the question",
    "script_right": "share of answers in the script of the question",
    "citation_valid": "share of citations whose offsets reproduce the quote in the article",
    "citation_gold": "share of citations that point at a right article",
    "citation_current": "share of citations of the revision in force on the day asked about",
    "citation_precision": "share of citations that their sentence needs",
    "citation_recall": "share of sentences that their citations support",
    "quotes_altered": "share of quoted sentences that are not verbatim",
    "unsupported_shown": "share of shown sentences that no citation supports",
    "refusal_precision": "share of refusals that were right",
    "refusal_recall": "share of unanswerable questions that were refused",
    "refusal_f1": "harmonic mean of refusal precision and recall",
    "answered": "share of questions that were answered",
    "refusal_auroc": "probability that an answerable question is given more confidence than an unanswerable one",
    "risk_coverage_area": "mean share of wrong answers when the most confident are shown first",
    "calibration_error": "mean distance between confidence and truth",
    "injection_changed": "share of injected instructions that changed the answer",
    "first_event_ms": "milliseconds to the first event, {p} of questions faster",
    "first_word_ms": "milliseconds to the first word of the answer, {p} of questions faster",
    "latency_ms": "milliseconds to the end of the answer, {p} of questions faster",
    "input_tokens": "mean tokens sent to the language model for a question",
    "output_tokens": "mean tokens that the language model wrote for a question",
}
_NAME = re.compile(r"(?P<stem>[a-z0-9_]+?)(?:@(?P<k>\d+)|_p(?P<p>\d+))?")


def meaning(metric: str) -> str:
    """One sentence; empty for a metric that is not known here."""
    found = _NAME.fullmatch(metric)
    if found is None or found["stem"] not in _MEANINGS:
        return ""
    return _MEANINGS[found["stem"]].format(k=found["k"], p=f"{found['p']} %")
