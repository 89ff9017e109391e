"""Readers side by side: the figures, by hand."""

import pytest

from rag.reader.reader import AnswerSpan, Reading
from research.train.reader.data.examples import joined
from research.train.reader.measure import Outcome, Trial, figures, markdown, outcome

WITHIN = joined(["A ferry ran aground.", "All 214 passengers are safe."], language="en", group="g")


class Reads:
    """Says the second sentence, and 214 in it."""

    def read(self, question, text, sentences):
        at = text.index("214")
        return Reading((-1.0, 2.5), (None, AnswerSpan(at, at + 3, 1.0)), stated=1.5)


def test_an_outcome_is_that_of_the_best_sentence():
    asked = Trial("s", "How many?", WITHIN.text, WITHIN.sentences, (1,), ("214",))
    assert outcome(asked, Reads()) == Outcome(True, True, 2.5, 1.5, 1.0)
    first = Trial("s", "What ran aground?", WITHIN.text, WITHIN.sentences, (0,), ("A ferry",))
    assert outcome(first, Reads()) == Outcome(True, False, 2.5, 1.5, 0.0)
    nothing = outcome(Trial("s", "Who?", WITHIN.text, WITHIN.sentences), Reads())
    assert not nothing.here and nothing.f1 is None


def test_figures_compare_the_last_reader_with_the_first():
    asked = [Trial("s", "q", "", ()), Trial("s", "q", "", ()), Trial("only answered", "q", "", ())]
    bad = [Outcome(True, False, 1.0, 0.0, 0.5), Outcome(False, False, 2.0, 1.0, None), Outcome(True, True, 0, 0, 1.0)]
    good = [Outcome(True, True, 3.0, 2.0, 0.5), Outcome(False, False, 2.0, 1.0, None), Outcome(True, True, 0, 0, 1.0)]
    table = figures(asked, [bad, good])
    told = {(f.suite, f.name): f.values for f in table}
    assert told["s", "right sentence"] == (0.0, 1.0)
    assert told["s", "answers or not, AUROC of the margin"] == (0.0, 1.0)
    assert ("only answered", "answers or not, AUROC of stated") not in told
    apart = next(f.apart for f in table if f.name.startswith("right"))
    assert apart == pytest.approx((1.0, 1.0))
    assert "| s | right sentence | 2 | 0.000 | 1.000 | +1.000 to +1.000 |" in markdown(table, ["a", "b"])
