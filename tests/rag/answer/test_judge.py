"""Passages weighed: which is shown first, how surely it answers, in which version, and what is said over it."""

import pytest

from rag.answer.judge import ALONE, BACKGROUND, LogisticModel, decide, is_of_another, load_fitted, standing
from rag.answer.short import propose
from rag.question.prepare import join_to, prepare
from rag.retrieve.stories import each_alone, find_stories, hits_to_read
from rag.types import AnswerStatus, Hit

SIGNED, RAIN = "Petar Petrov signed the deal.", "It rained in Skopje."
RHODES = "A fire on Rhodes killed two people."
ANSWERED, PARTIAL, REFUSED = AnswerStatus.ANSWERED, AnswerStatus.PARTIAL, AnswerStatus.REFUSED


def articles(passages):
    return [p.article_id for p in passages]


def test_the_shipped_models_name_the_features_that_there_are(make):
    shipped, reader = load_fitted(), make.Reader(marked={"Petar Petrov": 6.0})
    evidence = make.evidence("Who signed?", make.passage(SIGNED), reader=reader, fitted=shipped)
    best = evidence.best
    assert set(shipped.sentence.weights) == set(best.sentences[0].values) - {"holds", "contradicted"}
    assert set(shipped.passage.weights) == set(best.values)
    assert set(shipped.confidence.weights) == set(best.confidence_features)
    words = propose(evidence, best, best.sentences[0])
    assert set(shipped.short.weights) <= set(words.values)


def test_what_is_shipped_speaks_for_an_answer_with_every_feature_and_has_its_thresholds_in_order():
    shipped = load_fitted()
    against = {"missing", "instead"}
    for model in (shipped.sentence, shipped.passage, shipped.confidence):
        assert all(weight < 0 if name in against else weight >= 0 for name, weight in model.weights.items())
    assert shipped.short.weights["verdict"] > 0 and shipped.premise.weights["contradicted"] > 0
    assert {name for name, weight in shipped.short.weights.items() if weight < 0} <= {"asked", "long", *against}
    at = shipped.thresholds
    assert 0 < at.partial < at.answer < 1 and 0 < at.mark < at.short < 1


def test_a_model_adds_what_it_names_and_misses_what_is_not_there():
    model = LogisticModel({"margin": 2.0}, 0.5)
    assert model.log_odds({"margin": 3.0, "span": 99.0}) == 6.5
    assert model.probability({"margin": 1e6}) == 1.0
    with pytest.raises(KeyError, match="margin"):
        model.log_odds({"span": 1.0})


class TestByHand:
    """With models made by hand (conftest.py): what the reader says decides alone."""

    def test_the_likeliest_passage_goes_first_and_in_it_the_likeliest_sentence(self, make):
        passages = make.passage(RAIN, "a"), make.passage(f"{RAIN} {SIGNED}", "b")
        evidence = make.evidence("Who signed?", *passages, reader=make.Reader({"signed": 3.0}))
        assert articles(w.passage for w in evidence.passages) == ["b", "a"]
        assert [s.text for s in evidence.best.sentences] == [SIGNED, RAIN]
        assert evidence.best.confidence == pytest.approx(0.9526, abs=1e-4)

    def test_what_a_turn_is_asked_with_counts_too(self, make):
        passages = (
            make.passage("In Athens a spark started it.", "a"),
            make.passage("In Skopje a spark started it.", "b"),
        )
        reader = make.Reader({"Athens": 1.0, "Skopje": 0.5})
        turn = join_to(prepare("what started it?", language="en"), "How many did the fire in Skopje kill?")
        evidence = make.evidence(turn, *passages, reader=reader)
        assert articles(w.passage for w in evidence.passages) == ["b", "a"]
        alone = make.evidence("what started it?", *passages, reader=reader)
        assert articles(w.passage for w in alone.passages) == ["a", "b"]
        assert evidence.passages[1].confidence < alone.passages[0].confidence

    @pytest.mark.parametrize(
        ("asked", "read"), [("Who is the prime minister of Bulgaria?", ["a", "b"]), ("Who won in Bulgaria?", ["a"])]
    )
    def test_who_holds_an_office_is_read_for_further_because_it_changes(self, make, asked, read):
        passages = make.passage("Borisov is prime minister.", "a"), make.passage("Radev is prime minister.", "b")
        evidence = make.evidence(asked, *passages, reader=make.Reader({"prime": 3.0}), limit=1, further=1)
        assert sorted(articles(w.passage for w in evidence.passages)) == read

    def test_the_newest_holder_of_an_office_is_looked_for_among_four_further(self, make):
        passages = [make.passage("Borisov is prime minister.", name) for name in "abcdef"]
        asked = "Who is the prime minister of Bulgaria?"
        for further, read in ((1, "abcde"), (0, "a")):
            evidence = make.evidence(asked, *passages, reader=make.Reader(), limit=1, further=further)
            assert articles(w.passage for w in evidence.passages) == list(read)

    def test_among_equals_the_order_of_the_hits_and_of_the_text_stays(self, make):
        passages = [make.passage(f"{RAIN} {SIGNED}", name) for name in "cab"]
        evidence = make.evidence("Who signed?", *passages, reader=make.Reader())
        assert articles(w.passage for w in evidence.passages) == ["c", "a", "b"]
        assert [s.text for s in evidence.best.sentences] == [RAIN, SIGNED]

    @pytest.mark.parametrize(("sure", "read"), [(3.0, ["a", "b"]), (1.0, ["c", "a", "b"])])
    def test_further_passages_are_read_where_the_first_leave_doubt(self, make, sure, read):
        passages = make.passage(SIGNED, "a"), make.passage(RAIN, "b"), make.passage("Ana Kos signed.", "c")
        reader = make.Reader({"Petar": sure, "Ana": 2.0})
        evidence = make.evidence("Who signed?", *passages, reader=reader, limit=2, further=1)
        assert articles(w.passage for w in evidence.passages) == read
        assert {w.passage.article_id: w.read.rank for w in evidence.passages}["b"] == 1

    def test_nothing_to_show_is_no_evidence(self, make):
        backwards = make.passage("\u202eRead from behind.\u202c")
        assert make.evidence("Who signed?", backwards, reader=make.Reader()) is None

    @pytest.mark.parametrize(
        ("odds", "threshold", "status"),
        [
            (3.0, None, ANSWERED),  # .95
            (1.0, None, PARTIAL),  # .73
            (-1.0, None, REFUSED),  # .27
            (-3.0, 0.0, ANSWERED),
            (3.0, 0.99, PARTIAL),
            (1.0, 0.7, ANSWERED),
            (-1.0, 0.2, ANSWERED),
        ],
    )
    def test_the_outcome_by_confidence(self, make, odds, threshold, status):
        evidence = make.evidence("How many died?", make.passage(RHODES), reader=make.Reader(other=odds))
        assert decide(evidence, threshold=threshold) is status

    def test_a_refusal_over_an_article_that_lacks_a_known_name_is_of_another_subject(self, make):
        asked = "How many people did the fire on Corfu kill?"
        best = make.evidence(asked, make.passage(RHODES), reader=make.Reader(other=-1.0)).best
        assert is_of_another(best) and [n.surface for n in best.missing] == ["Corfu"]
        small = "how many people did the fire in mali kill?"
        assert not is_of_another(make.evidence(small, make.passage(RHODES), reader=make.Reader(other=-1.0)).best)

    def test_what_is_sure_is_answered_without_a_name_for_articles_do_not_name_all_that_their_readers_know(self, make):
        asked = "How many people did the fire on Corfu kill?"
        assert decide(make.evidence(asked, make.passage(RHODES), reader=make.Reader(other=3.0))) is ANSWERED

    def test_what_is_in_doubt_and_about_another_place_is_refused(self, make):
        asked = "How many people did the fire on Corfu kill?"
        assert decide(make.evidence(asked, make.passage(RHODES), reader=make.Reader(other=1.0))) is REFUSED

    def test_one_sentence_a_story_the_best_story_first_and_headlines_last(self, make):
        passages = [make.passage(RAIN, "a", title="Petrov signed"), make.passage(SIGNED, "b")]
        reader = make.Reader({"Petrov signed": 4.0, "Petar": 3.0, "rained": 1.0})
        evidence = make.evidence("Who signed?", *passages, reader=reader)
        assert evidence.sentences[0].headline
        assert [c.text for c in evidence.best_of_stories()] == [SIGNED, RAIN]


def together(*groups):
    """Articles of one group are one story, the first of it in the reader's language."""

    def stories_of(passages, language, *, retold=False):
        by = {p.article_id: p for p in passages}
        return [tuple(by[a] for a in group if a in by) for group in groups]

    return stories_of


def test_a_story_is_read_in_the_version_found_first_and_in_the_readers_language(make):
    hits = make.hits(*(make.passage(SIGNED, name) for name in "abcde"))
    stories = find_stories(hits, "en", together("dabc", "e"))
    assert articles(h.passage for h in hits_to_read(hits, stories, first=2, limit=2)) == ["a", "d"]
    assert articles(h.passage for h in hits_to_read(hits, stories, first=3, limit=4)) == ["a", "d", "e"]
    apart = find_stories(hits, "en", together("da", "b", "c", "e"))
    assert articles(h.passage for h in hits_to_read(hits, apart, first=2, limit=4)) == ["a", "d", "b", "c"]
    alone = find_stories(hits, "en", each_alone)
    assert articles(h.passage for h in hits_to_read(hits, alone, first=2, limit=3)) == ["a", "b", "c"]
    assert not alone.same("a", "b") and stories.same("a", "d")
    assert articles(stories.others("a")) == ["d", "b", "c"]


@pytest.mark.parametrize(("own", "first"), [(3.0, "en"), (-3.0, "sq")])
def test_the_readers_language_goes_first_where_it_answers_nearly_as_surely(make, own, first):
    passages = make.passage("Petrovi e nënshkroi.", "sq", language="sq"), make.passage(SIGNED, "en")
    reader = make.Reader({"nënshkroi": 3.5, "signed": own})
    evidence = make.evidence("Who signed?", *passages, reader=reader, stories_of=together(["en", "sq"]))
    assert evidence.best.passage.article_id == first


@pytest.mark.parametrize(("english", "first"), [(3.0, "en"), (2.0, "sq")])
def test_among_foreign_versions_english_goes_first_where_both_answer_about_as_surely(make, english, first):
    passages = make.passage("Petrovi e nënshkroi.", "sq", language="sq"), make.passage(SIGNED, "en")
    reader = make.Reader({"nënshkroi": 3.5, "signed": english})
    stories_of = together(["en", "sq"])
    evidence = make.evidence("Kim imzaladı?", *passages, reader=reader, language="tr", stories_of=stories_of)
    assert evidence.best.passage.article_id == first


def test_an_article_leads_by_its_best_passage_over_the_best_of_the_others(make):
    a, b = make.passage(SIGNED, "a"), make.passage(RAIN, "b")
    hits = [Hit(a, 0.9, dense_score=0.8), Hit(b, 0.7, dense_score=0.6), Hit(a, 0.5, dense_score=0.4)]
    found = standing(hits)
    assert found.lead == pytest.approx({"a": 0.2, "b": -0.2}) and found.background == BACKGROUND
    assert standing(hits[:1]).lead == pytest.approx({"a": ALONE})
    more = [Hit(b, 0.6, dense_score=0.5)] * 6
    assert standing([hits[0], *more]).background == pytest.approx(0.5)


def test_an_article_with_another_name_in_the_place_of_the_asked_one_never_answers(make):
    reader = make.Reader({"bridge": 9.0})
    text = "The bridge in Petrovac was opened on Monday by the mayor."
    own = make.evidence("Who opened the bridge in Petrovac?", make.passage(text), reader=reader)
    near = make.evidence("Who opened the bridge in Petrovaradin?", make.passage(text), reader=reader)
    assert (own.best.instead, decide(own)) == ("", ANSWERED)
    assert (near.best.instead, decide(near)) == ("Petrovac", PARTIAL)
    assert near.best.confidence_features["instead"] == 1.0 and near.best.confidence > 0.8


@pytest.mark.parametrize(
    ("told", "asked", "status"), [("Kumanovo", "Kumnovo", PARTIAL), ("Podgorica", "Podgora", REFUSED)]
)
def test_what_spells_the_asked_name_otherwise_is_in_doubt_and_never_refused(make, told, asked, status):
    article = make.passage(f"The bridge in {told} was opened on Monday by the mayor.")
    evidence = make.evidence(f"Who opened the bridge in {asked}?", article, reader=make.Reader({"bridge": -9.0}))
    assert evidence.best.instead == told and evidence.best.confidence < 0.05 and decide(evidence) is status


def test_a_missing_name_speaks_against_an_article_of_another_language_alone(make):
    reader, asked = make.Reader({"most": 9.0}), "Who opened the bridge in Ohrid?"
    told = make.passage("Gradonačelnik je otvorio most u Mostaru.", language="sr-Latn")
    assert make.evidence(asked, told, reader=reader).best.confidence_features["missing"] == 1.0
    told = make.passage("The mayor opened the bridge in Mostar, a most lovely one.")
    assert make.evidence(asked, told, reader=reader).best.confidence_features["missing"] == 0.0
