"""A language model's sentences above the quotes: what it is asked, what is shown, and what its failures cost."""

import hashlib
import logging
import re
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest

from rag.answer.chat import Breaker, ModelReply, Models, load_models
from rag.answer.judge import Snapshot, load_fitted
from rag.answer.prompt import Claim, claims, number, prompt, template
from rag.answer.write import Writer, passages_for, written_above
from rag.config import ChatSettings
from rag.errors import BadSettings, ChatUnavailable, ReplyCut
from rag.plain import plain_text
from rag.question.prepare import prepare
from rag.reader.reader import Reading
from rag.text.messages import message
from rag.types import (
    Answer,
    AnswerKind,
    AnswerStatus,
    Citation,
    Cited,
    Delta,
    Finished,
    Hit,
    InterimAnswer,
    Passage,
    Refusal,
    Sentence,
    Story,
    Turn,
    Usage,
    Verdict,
    Version,
    WrittenDelta,
)
from research import scripted_model
from research.scripted_model import NAME, SECRET, Line, Script, reply, scripted, verdicts, ways

TEXT = "Ministrat nënshkruan marrëveshjen në Tiranë më 18 mars. Ajo kushton 2,5 milionë euro. Binte shi."
TITLE = "Marrëveshja u nënshkrua"
DAY = datetime(2025, 3, 20, tzinfo=UTC)
ASKED = "When did the ministers sign the agreement?"


def passage(text=TEXT, article="a", *, language="sq", title=TITLE, **more):
    return Passage(
        f"p-{article}", article, 1, 0, text, 0, len(text), title, f"Outlet {article}", language=language,
        published=DAY, **more,
    )  # fmt: skip


class Model:
    """Replies as it is told, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, said, fails=False):  # or the error that it ends with
        self.said, self.fails, self.asked = said, fails, []

    def stream(self, system, user):
        self.asked.append((system, user))
        said = self.said(user) if callable(self.said) else self.said
        yield from (said[i : i + 7] for i in range(0, len(said), 7))
        if self.fails:
            raise ChatUnavailable(f"Error code: 500, key {SECRET}") if self.fails is True else self.fails


class Silent:
    """A judge that must not be asked."""

    name = "silent"

    def stream(self, system, user):
        raise AssertionError("asked")


QUOTE = Citation(1, "p-a", "a", TITLE, "Outlet a", None, DAY, "Binte shi.", TEXT.index("Binte"), len(TEXT), "sq")
QUOTED = Answer(
    ASKED, AnswerStatus.PARTIAL, "en", (Sentence("Binte shi.", (1,), Verdict.QUOTE),), (QUOTE,), confidence=0.2,
    notices=(message("perhaps", "en"),),
)  # fmt: skip
REFUSED = Answer(ASKED, AnswerStatus.REFUSED, "en", refusal=Refusal("not_in_archive", "Nothing."), confidence=0.2)


def told(chat, answer=QUOTED, *, judge=None, passages=None, history=(), texts=None, writer=None, language="en"):
    """The events of an answer of quotes with what this model writes above it."""
    passages = passages or [passage()]
    texts = {p.article_id: p.text for p in passages} if texts is None else texts
    hits = [Hit(p, 1.0) for p in passages]
    openings = {p.article_id: p for p in passages}
    question = prepare(ASKED, language=language, history=history)
    snapshot = Snapshot(
        lambda _: texts, None, load_fitted(), stories_of=lambda some, _: [tuple(some)], openings=lambda _: openings
    )
    events = (*map(Cited, answer.citations), *map(Delta, answer.sentences), Finished(answer))
    return list(written_above(iter(events), question, hits, snapshot, writer or Writer(chat, judge)))


SIGNED = "The ministers signed the agreement on 18 March 2025"


def test_quotes_come_first_then_the_answer_without_the_model_then_its_sentences_with_their_originals():
    events = told(Model(f"{SIGNED} [1.1]. It costs 2.5 million euros [1.2]. It rained [1.3]."))
    kinds = [type(e) for e in events]
    assert kinds == [Cited, Delta, InterimAnswer, Cited, WrittenDelta, Cited, WrittenDelta, WrittenDelta, Finished]
    assert events[2].answer == QUOTED
    answer = events[-1].answer
    assert answer.status is AnswerStatus.ANSWERED and answer.answered_by == "scripted" and not answer.notices
    assert answer.sentences == QUOTED.sentences and answer.text.startswith(f"{SIGNED}.[2] It costs")
    assert [s.citations for s in answer.written.sentences] == [(2,), (3,), (1,)]
    assert {s.verdict for s in answer.written.sentences} == {Verdict.WRITTEN}
    for s in answer.written.sentences:
        for o in s.originals:
            assert TEXT[o.start : o.end] == o.text and o.language == "sq"
            assert answer.citations[o.citation - 1].number == o.citation
            assert answer.citations[o.citation - 1].quote == o.text


def test_the_sentence_that_names_the_day_is_among_the_originals():
    text = "Ministrat u takuan më 18 mars 2025. Binte shi në Tiranë."
    written = told(Model("It rained in Tirana on 18 March 2025 [1.2]."), passages=[passage(text)])[-1].answer.written
    assert [o.text for o in written.sentences[0].originals] == [
        "Binte shi në Tiranë.",
        "Ministrat u takuan më 18 mars 2025.",
    ]
    false = told(Model("It rained in Tirana on 19 March 2025 [1.2]."), passages=[passage(text)])[-1].answer.written
    assert false.reasons == ("date",)


def test_a_citation_of_what_is_written_names_the_other_versions_of_its_story():
    told_by = [passage(), passage("The ministers signed it on 18 March.", "b", language="en", title="Signed")]
    answer = told(Model(f"{SIGNED} [1.1]."), passages=told_by)[-1].answer
    assert answer.citations[1].also == (Version("b", "Signed", "Outlet b", None, "en", told_by[1].published),)


def test_an_overview_is_written_above_the_stories_of_a_digest_from_their_first_passages():
    other = Version("c", "Es wurde unterzeichnet", "Outlet c", None, "de")
    stories = tuple(Story(i, TITLE, "Binte shi.", f"Outlet {i}", None, DAY, "sq", also=(other,)) for i in "ba")
    news = Answer("What is new?", AnswerStatus.ANSWERED, "en", kind=AnswerKind.DIGEST, digest=stories)
    model = Model(f"{SIGNED} [2.1].")
    answer = told(model, news, passages=[passage(), passage("Tjetër lajm.", "b")])[-1].answer
    assert "[1.1] Tjetër lajm." in model.asked[0][1] and answer.digest == stories
    assert answer.written.sentences[0].originals[0].citation == 1 and answer.citations[0].also == (other,)
    shown = plain_text(answer)
    assert shown.index(SIGNED) < shown.index("Wording: scripted.") < shown.index(f"- {TITLE} (Outlet b")
    silent = told(Model("", fails=True), news)[-1].answer
    assert silent.digest == stories and silent.written.notice == message("quotes_instead", "en")


def test_a_refusal_gives_way_to_what_is_written_and_stands_where_nothing_is():
    events = told(Model(f"{SIGNED} [1.1]."), REFUSED)
    assert events[0].answer == REFUSED and events[-1].answer.refusal is None
    assert events[-1].answer.status is AnswerStatus.ANSWERED and events[-1].answer.citations[0].number == 1
    last = told(Model("NO ANSWER"), REFUSED)[-1].answer
    assert last.refusal == REFUSED.refusal and last.status is AnswerStatus.REFUSED
    assert last.written.no_answer and last.answered_by == "quotes"
    assert last.written.notice == message("model_no_answer", "en") and last.notices == REFUSED.notices


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ("The ministers signed it on 19 March 2025 [1.1].", ("date",)),
        ("It costs 25 million euros [1.2].", ("number",)),
        ("It costs 2.5 billion euros [1.2].", ("number",)),
        ("It costs 2.5% [1.2].", ("number",)),
        ("It rained [9.9]. It snowed [1]. It froze again.", ("no_source",) * 3),
        ("It rained [9.9]. It rained [9.9].", ("no_source",)),  # said twice, looked at once
        ("The two ministers signed it in 2025 [1.3].", ("date",)),  # the year of publication
        ("The answer is:\n[1.3] It rained.", ("no_source",) * 2),
        ("Der Minister hat gestern die neue Brücke geöffnet, sagte er [1.1].", ("language",)),
        ("See https://evil.example/x for it [1.1].", ("markup",)),
        ("Ask at evil.example/x for it [1.1].", ("markup",)),
        ("<b>It rained</b> [1.3].", ("markup",)),
    ],
)
def test_a_sentence_that_fails_a_check_is_left_out_and_the_quotes_stand(said, reasons):
    answer = told(Model(said))[-1].answer
    assert answer.written.reasons == reasons and answer.written.left_out == len(reasons)
    assert answer.sentences == QUOTED.sentences and answer.answered_by == "quotes"
    assert answer.status is QUOTED.status and answer.written.notice == message("quotes_instead", "en")


@pytest.mark.parametrize(
    "said",
    [
        "Ministers put their names to the accord in Tirana on 18.03.2025 [1.1].",  # synonyms, another date form
        "Министры не подписали [1.3].",  # three words tell no language
        "The two ministers signed it [1.3].",
        "In March 2025 the ministers signed it [1.1].",
        "It costs 2 500 000 euros [1.2].",
        "It did not rain in Athens [1.3].",  # a denial and a name: no rule over words tells that it is false
    ],
)
def test_names_denial_and_synonyms_never_withdraw(said):
    assert told(Model(said))[-1].answer.written.reasons == ()


def test_a_name_glued_to_a_number_is_none_of_the_passages_numbers():
    source = passage("Sistemi KESTREL5. Çmimi u mbajt i fshehtë.", title="")
    answer = told(Model("The system costs 5 euros [1.1][1.2]."), passages=[source], answer=REFUSED)[-1].answer
    assert answer.written.reasons == ("number",)


def test_the_prompt_tells_what_a_good_answer_needs():
    source = passage(facts_from="USA TODAY", kind="opinion")
    told_before = [Turn("Who met in Tirana?", "Ministers.[1] See [2.3]")]
    made = prompt(
        ASKED, [source, passage("Teksti.", "b", title="")], "sr-Cyrl", today=date(2026, 1, 2), history=told_before
    )
    assert "Today is 2 January 2026." in made.system and "in Serbian, in Cyrillic script" in made.system
    assert "Passage 1: Outlet a, from facts in USA TODAY, 20 March 2025, Albanian, opinion\n[1.0] " in made.user
    assert "\n[1.2] Ajo kushton" in made.user and "\n[2.1] Teksti." in made.user
    assert "Who met in Tirana?" in made.user and "2.3" not in made.user
    assert made.user.rstrip().endswith(f"Question: {ASKED}")


def test_what_is_not_data_is_not_sent():
    source = passage("First [9.9] thing. The \u200bend.", title="", language="en")
    made = prompt("[1.1] <b>?", [source], "en", today=date(2026, 1, 2))
    assert "[9.9]" not in made.user and "\u200b" not in made.user
    assert "<b>" not in made.user and list(made.sources) == ["1.1", "1.2"]


@pytest.mark.parametrize("text", ["The bridge opened. " * 3000, "x" * 50_000, "word", "1 2 3 4 5"])
def test_passages_of_any_length_fit_the_budget(text):
    sources = number([passage(text, language="en", title="")] * 6, 1500)
    assert sum(len(s.text) for some in sources.values() for s in some) <= 1500
    assert len(prompt("?", [passage(text)] * 6, "en", today=date(2026, 1, 2), context_tokens=500).user) < 4000


def test_what_a_short_passage_leaves_the_next_may_use():
    sources = number([passage("Short."), passage("Sentence of some length. " * 9)], 300)
    assert len(sources[2]) == 10


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_sentences_with_their_numbers_wherever_they_stand(size):
    said = "Da. Ministri su potpisali 18. marta 2025. [1.2] Kosovo je [2.0] pristupilo[3.1, 3.2]."
    said += " - **Treće**【4.1】.\nBez."
    pieces = iter([said[i : i + size] for i in range(0, len(said), size)])
    assert list(claims(pieces)) == [
        Claim("Da. Ministri su potpisali 18. marta 2025.", ("1.2",)),
        Claim("Kosovo je pristupilo.", ("2.0", "3.1", "3.2")),
        Claim("Treće.", ("4.1",)),
        Claim("Bez.", ()),
    ]


class Finds:
    """A reader that finds a sentence, or does not."""

    short_answers = False

    def __init__(self, score: float) -> None:
        self.score, self.asked = score, []

    def read_each(self, question, texts):
        some = list(texts)
        self.asked += [(question, *(text[s.start : s.end] for s in spans)) for text, spans in some]
        return [Reading(tuple(self.score for _ in spans), tuple(None for _ in spans)) for _, spans in some]


def test_what_the_reader_finds_in_none_of_the_originals_is_left_out():
    for score, reasons in ((-9.0, ("not_said",)), (-3.0, ())):
        reader = Finds(score)
        answer = told(None, writer=Writer(Model("It rained and rained [1.3][1.2]."), reader=reader))[-1].answer
        assert answer.written.reasons == reasons
        assert reader.asked == [("It rained and rained.", "Binte shi.", "Ajo kushton 2,5 milionë euro.")]


def test_where_a_model_judges_the_reader_does_not():
    assert Writer.of(Models(Silent(), Silent()), ChatSettings(), Finds(-9.0)).reader is None
    assert Writer.of(Models(Silent()), ChatSettings(), reader := Finds(-9.0)).reader is reader


KNOWN = ("1.0", "1.1", "1.2", "1.3", "2.0", "2.1", "3.1", "3.2")


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<think>The passages say [1.1].</think>It opened. [1.1]", [("It opened.", "1.1")]),
        (
            "It opened. [1.1]<think>And then? [1.2]</think> It closed. [1.2]",
            [("It opened.", "1.1"), ("It closed.", "1.2")],
        ),
        ("<think>It opened. [1.1] And it never ends", []),
        ("It opened. [1.1-1.3]", [("It opened.", "1.1 1.2 1.3")]),
        ("It opened [1.1, 1.2].", [("It opened.", "1.1 1.2")]),
        ("It opened (1.1).", [("It opened.", "1.1")]),
        ("It cost (4.5) more [1.1].", [("It cost (4.5) more.", "1.1")]),
        ("It opened [2].", [("It opened.", "2.1")]),
        ("It opened [1].", [("It opened.", "")]),
        ("Povređeno ih je 26. [1.1] Policija ćuti. [1.2]", [("Povređeno ih je 26.", "1.1"), ("Policija ćuti.", "1.2")]),
        ("Povređeno ih je 26 [1.1]. Policija ćuti [1.2].", [("Povređeno ih je 26.", "1.1"), ("Policija ćuti.", "1.2")]),
        ("Prema navodima [1.1] Policija ćuti.", [("Prema navodima Policija ćuti.", "1.1")]),
    ],
)
def test_what_small_models_and_those_that_reason_write(said, expected, size):
    pieces = iter([said[i : i + size] for i in range(0, len(said), size)])
    assert list(claims(pieces, KNOWN)) == [Claim(text, tuple(cited.split())) for text, cited in expected]


PROMPTS = {
    "answer": (4, "bff1a9af3262e4d6"),
    "judge": (1, "46f15baa4530206f"),
    "question": (2, "43813da4ddbe4dfa"),
    "standalone": (1, "d6a8f9166fed022f"),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_a_prompt_that_changes_gets_a_new_version(name):
    text = files("rag.answer").joinpath(f"prompts/{name}.md").read_text(encoding="utf-8")
    version, digest = PROMPTS[name]
    assert text.startswith(f"version {version}\n\n") and not template(name).startswith("version")
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest, "new text: raise its version, measure, pin both"


def test_one_version_of_a_story_goes_to_the_model_the_nearest_to_the_reader_and_what_is_quoted():
    found = [passage(article=name) for name in "abcdefghijklmnopqrst"]
    pairs = [(found[i + 1], found[i]) for i in range(0, len(found), 2)]
    chosen = [p.article_id for p in passages_for(QUOTED, found, pairs)]
    assert chosen == ["a", *"bdfhjlnprt"]
    few = [p.article_id for p in passages_for(QUOTED, found[:10], pairs[:5])]
    assert few == ["a", *"bdfhj", *"ce"]  # fewer than eight: other versions too


def test_the_model_is_asked_from_a_low_confidence_on():
    refused = Answer("?", AnswerStatus.REFUSED, "en", confidence=0.04)
    assert not Writer(Silent()).is_asked(refused)
    assert not Writer(Silent()).is_asked(Answer("hello", AnswerStatus.REFUSED, "en"))
    assert not Writer(Silent()).is_asked(Answer("news", AnswerStatus.REFUSED, "en", kind=AnswerKind.DIGEST))
    assert Writer.of(Models(Silent()), ChatSettings(ask_from=0.01)).is_asked(refused)
    assert [type(e) for e in told(Silent(), refused)] == [Finished]


# A judge


def judging(said):
    return Model(said)


def test_what_the_judge_finds_contradicted_or_unsaid_is_left_out_and_counted():
    judge = judging("1 supported\n2: contradicted\n3. unsaid")
    chat = Model("It rained [1.3]. It was sunny [1.3]. They signed [1.1]. It never ends [1.3].")
    events = told(chat, judge=judge)
    answer = events[-1].answer
    assert [s.text for s in answer.written.sentences] == ["It rained."]
    assert answer.written.sentences[0].verdict is Verdict.SUPPORTED and answer.written.judge == "scripted"
    assert answer.written.reasons == ("contradicted", "not_said", "unjudged")
    assert "judge" in answer.timings_ms and sum(isinstance(e, WrittenDelta) for e in events) == 1
    (_, user), *more = judge.asked
    assert not more and "Sentence 4: It never ends." in user
    assert "original: Binte shi." in user and "around it: Ajo kushton" in user and "published: 20 March 2025" in user


def test_a_judge_that_fails_lets_nothing_pass():
    answer = told(Model("It rained [1.3]."), judge=Model("", fails=True))[-1].answer
    assert not answer.written.sentences and answer.sentences == QUOTED.sentences
    assert answer.written.notice == message("quotes_instead", "en")


def test_a_judge_is_not_asked_about_nothing():
    assert told(Model("NO ANSWER"), judge=Silent())[-1].answer.written.no_answer


def test_the_judge_of_the_settings():
    chat = {"model": "openai:a", "base_url": "http://127.0.0.1:1/v1", "api_key": "k"}
    assert load_models(ChatSettings()) is None
    assert load_models(ChatSettings(**chat)).judge is None
    same = load_models(ChatSettings(**chat, judge="same"))
    assert same.judge is same.chat
    other = load_models(ChatSettings(**chat, judge="openai:b"), lambda model: model)
    assert other.judge.name == "openai:b"
    with pytest.raises(BadSettings, match="TELAL_CHAT__JUDGE"):
        load_models(ChatSettings(judge="same"))


@pytest.mark.parametrize("judge", [None, "yes"])
def test_what_was_thought_without_a_tag_before_it_is_taken_back(judge):
    said = "It rained here [1.3]. So I say that. [1.3] So I say that. [1.3]</think>It rained. [1.3]"
    judges = Model("1 supported\n2 supported\n3 supported") if judge else None
    answer = told(Model(said), judge=judges)[-1].answer
    assert [s.text for s in answer.written.sentences] == ["It rained."] and not answer.written.reasons


def test_a_long_thought_does_not_use_up_the_answers_room():
    said = "".join(f"Thought {n} cites nothing. " for n in range(30)) + "</think>It rained. [1.3]"
    assert [s.text for s in told(Model(said))[-1].answer.written.sentences] == ["It rained."]


# What fails


def test_that_all_was_left_out_is_logged_with_the_checks(caplog):
    with caplog.at_level(logging.WARNING):
        assert not told(Model("It rained for 77 days. [1.3] It snowed."))[-1].answer.written.sentences
    assert "number 1" in caplog.text and "no_source 1" in caplog.text


def test_a_model_that_fails_costs_an_honest_line_and_none_of_its_providers_words(caplog):
    with caplog.at_level(logging.WARNING):
        answer = told(Model("", fails=True))[-1].answer
    assert answer.sentences == QUOTED.sentences and answer.answered_by == "quotes"
    assert answer.written.notice == message("quotes_instead", "en") and answer.notices == QUOTED.notices
    assert SECRET in caplog.text  # the operator is told


def test_a_model_that_breaks_off_keeps_what_was_checked():
    answer = told(Model("It rained [1.3]. The minis", fails=True))[-1].answer
    assert [s.text for s in answer.written.sentences] == ["It rained."]
    assert answer.written.notice.endswith(message("cut_short", "en")) and answer.status is AnswerStatus.ANSWERED


@pytest.mark.parametrize("judge", [None, "1 supported"])
def test_of_a_reply_that_was_too_long_what_came_whole_is_shown_and_the_rest_is_no_failed_check(judge):
    cut = Model("It rained [1.3]. The ministers sig", fails=ReplyCut("Cut off.", hint="Raise it."))
    writer = Writer(cut, Model(judge, fails=ReplyCut("Cut off.")) if judge else None, breaker=Breaker(most=1))
    answer = told(cut, writer=writer)[-1].answer
    assert [s.text for s in answer.written.sentences] == ["It rained."]
    assert answer.written.notice.endswith(message("cut_short", "en"))
    assert answer.written.left_out == 0 and not writer.breaker.resting


def test_an_article_that_changed_is_not_cited():
    answer = told(Model(f"{SIGNED} [1.1]."), texts={"a": f"Corrected: {TEXT}"})[-1].answer
    assert answer.written.reasons == ("no_source",) and not answer.written.sentences


def test_after_three_failures_in_a_row_the_model_rests_for_half_a_minute():
    now = [0.0]
    writer = Writer(Model("", fails=True), breaker=Breaker(clock=lambda: now[0]))
    for _ in range(3):
        assert not writer.breaker.resting and told(None, writer=writer)[-2].__class__ is InterimAnswer
    assert writer.breaker.resting
    assert told(None, writer=writer)[-1].answer == QUOTED  # not asked, and nothing said of it
    now[0] = 30.0
    assert told(None, writer=writer)[-1].answer.written is not None and writer.breaker.resting
    now[0] = 60.0
    writer.chat.said, writer.chat.fails = "It rained [1.3].", False
    assert told(None, writer=writer)[-1].answer.answered_by == "scripted"
    writer.chat.fails = True
    told(None, writer=writer)
    assert not writer.breaker.resting


SPOKEN = set(ways()) - {"wrong json", "error", "never", "never stops"}


@pytest.mark.parametrize("way", sorted(SPOKEN))
def test_whatever_a_model_says_nothing_but_sentences_with_originals_is_shown(way):
    english = passage("The ministers signed the agreement in Tirana. It rained.", language="en", title="")
    answer = told(Model(lambda user: reply(way, user)[:20_000]), REFUSED, passages=[english])[-1].answer
    shown = answer.written.sentences
    assert bool(shown) == (way in ("follows", "breaks off", "cut"))
    for s in shown:
        assert s.originals and not re.search(r"http|<|\[|```", s.text) and NAME not in s.text


@pytest.mark.parametrize(
    ("way", "shown"),
    [
        ("follows", 1),
        ("says-true", 1),
        ("error", 0),
        ("wrong-json", 0),
        ("never", 0),
        ("never-stops", 0),
        ("breaks-off", 1),
    ],
)
def test_a_server_that_stalls_fails_or_breaks_off(monkeypatch, way, shown):
    monkeypatch.setattr(scripted_model, "SILENT_S", 1.0)
    line = Line("It rained in Tirana.", ["Binte shi."])
    with scripted(Script({ASKED: {"true": [line]}})) as address:
        settings = ChatSettings(
            model=f"openai:{way}", base_url=f"{address}/v1", api_key="none", timeout_s=0.8, first_token_s=0.5,
            judge="off",
        )  # fmt: skip
        models = load_models(settings)
        source = passage("The ministers signed it. Binte shi.", language="en", title="")
        answer = told(models.chat, REFUSED, passages=[source])[-1].answer
    assert len(answer.written.sentences) == shown
    assert SECRET not in repr(answer)
    assert bool(answer.usage.output_tokens) == (way not in ("error", "wrong-json", "never"))


def test_the_scripted_judge_knows_the_true_sentences():
    script = Script({"?": {"true": [Line("It rained.", ["x"])]}})
    assert (
        verdicts("Sentence 1: It rained.\noriginal: x\n\nSentence 2: It snowed.", script)
        == "1 supported\n2 contradicted"
    )


def test_usage_is_what_the_server_reports_or_counted_and_has_a_price():
    settings = ChatSettings(price_input=1.0, price_output=4.0)
    made = ModelReply(iter(["abc", "def"]), 300, settings)
    assert "".join(made) == "abcdef" and made.usage == Usage(100, 2, (100 * 1.0 + 2 * 4.0) / 1e6)
    made.reported = (120, 7)
    assert made.usage == Usage(120, 7, (120 * 1.0 + 7 * 4.0) / 1e6)
    assert ModelReply(iter([]), 3, ChatSettings()).usage.cost is None
