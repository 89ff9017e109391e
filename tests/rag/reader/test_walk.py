"""The walk through the passages ends where one is clear."""

from rag.reader.reader import Reading
from rag.reader.walk import Page, walk
from rag.text.sentences import Span


class Told:
    """Reads each text's first character as its margin."""

    def read(self, question, text, sentences):
        return Reading(tuple(float(text[s.start]) for s in sentences), 0.5, None, 0.0)


def pages(*texts):
    return [Page(t, [Span(0, 1)] if t else []) for t in texts]


def test_it_stops_at_the_first_clear_one():
    assert [r.sentences for r in walk(Told(), "?", pages("2", "7", "9"), clear=7.0)] == [(2.0,), (7.0,)]


def test_it_reads_all_where_none_is_clear_and_skips_nothing_empty():
    assert len(walk(Told(), "?", pages("2", "", "3"), clear=7.0)) == 3
    assert walk(Told(), "?", [], clear=7.0) == []
