"""OpenAI-compatible systems: streamed or whole, citations in each known form, refusals in words."""

import json

import pytest

from eval.core.cases import TargetFailed
from eval.run.run import run
from eval.targets.http import Client
from eval.targets.openai import Directory, OpenAITarget, opens_with, sounds_like_refusal
from rag.text.languages import LANGUAGES
from rag.text.messages import message
from rag.types import Turn

CHAT = "POST /v1/chat/completions"


@pytest.fixture
def documents(make):
    return [
        make.document("tirana", make.TEXT, url="https://www.example.org/tirana/"),
        make.document("tirana-sq", "Marrëveshja.", language="sq", url="https://example.org/tirana"),
        make.document("kocani", make.OTHER),
    ]


@pytest.fixture
def target(served, documents):
    with Client(served.base, timeout_s=5) as client:
        yield OpenAITarget(client, Directory(documents), model="rival-1")


def chunk(content="", finish=None, **more):
    choice = {"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}
    return {"choices": [choice]}


def annotation(url, start, end, title=""):
    inner = {"url": url, "title": title, "start_index": start, "end_index": end}
    return {"type": "url_citation", "url_citation": inner}


def whole(content, **more):
    return {"choices": [{"message": {"content": content, **more}, "finish_reason": "stop"}]}


def test_a_stream_with_annotations(target, served, event, make):
    mark = annotation("https://example.org/tirana?utm_source=x", 0, 20, "About tirana")
    parts = [chunk("Ivan Anušić signed it"), chunk(" for Croatia."), chunk(annotations=[mark]), chunk(finish="stop")]
    usage = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 7}}
    served.stream(CHAT, *(event("", p) for p in [*parts, usage]), event("", "[DONE]"), delay_s=0.005)
    reply = target.ask(make.case(history=(Turn("Before?", "Yes."),)))
    assert reply.text == "Ivan Anušić signed it for Croatia."
    assert reply.sentences[0].citations == (1,)
    assert reply.citations[0].article_id == "tirana"  # of two at that address, the one with this title
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (12, 7)
    assert 0 < reply.timing.first_word_ms < reply.timing.end_ms
    sent = served.requests[0][2]
    assert sent["model"] == "rival-1"
    assert [m["content"] for m in sent["messages"]] == ["Before?", "Yes.", "Who signed for Croatia?"]


def test_its_scores(target, served, make, documents):
    message = {
        "content": "Ivan Anušić signed it for Croatia.",
        "annotations": [annotation("https://example.org/tirana", 0, 30, "About tirana")],
    }
    served.reply(CHAT, {"choices": [{"message": message, "finish_reason": "stop"}]})
    suite = make.suite(make.case(), documents=documents)
    made = run(suite, target)
    assert made.metrics["seen@1"] == made.metrics["citation_gold"] == made.metrics["citation_recall"] == 1
    assert made.metrics["citation_valid"] is None  # it gives no quotes whose offsets could be checked
    assert made.metrics["recall@1"] is None


def test_a_wrong_citation_is_caught(target, served, make, documents):
    message = {
        "content": "Ivan Anušić signed it for Croatia.",
        "annotations": [annotation("https://example.org/else", 0, 30)],
    }
    served.reply(CHAT, {"choices": [{"message": message, "finish_reason": "stop"}]})
    suite = make.suite(make.case(), documents=documents)
    made = run(suite, target)
    assert made.metrics["citation_gold"] == made.metrics["citation_recall"] == 0


def test_numbers_in_the_text_with_a_list_of_addresses(target, served, make):
    message = {"content": "A fire killed 59 people [2]. It was signed [1][2]."}
    body = {
        "citations": ["https://example.org/tirana", "kocani"],
        "choices": [{"message": message, "finish_reason": "stop"}],
    }
    served.reply(CHAT, body)
    reply = target.ask(make.case())
    assert [(s.text, s.citations) for s in reply.sentences] == [
        ("A fire killed 59 people.", (2,)), ("It was signed.", (1, 2)),
    ]  # fmt: skip
    assert [c.article_id for c in reply.citations] == ["tirana", "kocani"]


TWO = "It was a long day in Tirana. Ivan Anušić signed it for Croatia"


@pytest.mark.parametrize("text", [f"{TWO} [1].", f"{TWO}. [1]", f"{TWO}.\n\n[1]\n", f"{TWO}.\n[1]\n\nAsk me more."])
def test_the_first_paragraph_is_what_is_seen_first_and_a_mark_at_its_end_cites_all_of_it(
    target, served, make, documents, text
):
    served.reply(CHAT, {"citations": ["tirana"], "choices": whole(text)["choices"]})
    reply = target.ask(make.case())
    assert [s.citations for s in reply.sentences[:2]] == [(1,), (1,)]
    assert all(s.citations == () for s in reply.sentences[2:])
    scores = run(make.suite(make.case(), documents=documents), target).per_case[0].scores
    assert scores["seen@1"] == 1 and scores["sentence@1"] == 0


def test_the_second_paragraph_is_not_seen_first(target, served, make, documents):
    served.reply(CHAT, {"citations": ["tirana"], "choices": whole(TWO.replace(". ", ".\n\n") + " [1].")["choices"]})
    assert [s.citations for s in target.ask(make.case()).sentences] == [(), (1,)]
    scores = run(make.suite(make.case(), documents=documents), target).per_case[0].scores
    assert scores["seen@1"] == 0 and scores["seen"] == 1


@pytest.mark.parametrize(
    ("start", "end", "cited"),
    [
        (len(TWO) + 1, len(TWO) + 1, [(1,), (1,)]),  # a mark at the end
        (len(TWO) - 7, len(TWO), [(1,), (1,)]),  # a link at the end
        (TWO.index("Ivan"), len(TWO) + 1, [(), (1,)]),  # the second sentence
        (0, 10, [(1,), ()]),
        (0, len(TWO), [(1,), (1,)]),
    ],
)
def test_where_an_annotation_stands(target, served, make, start, end, cited):
    served.reply(CHAT, whole(f"{TWO}.", annotations=[annotation("https://example.org/tirana", start, end)]))
    assert [s.citations for s in target.ask(make.case()).sentences] == cited


def test_our_own_citations(target, served, make):
    ours = {
        "number": 1, "passage_id": "p", "article_id": "tirana", "quote": make.QUOTE, "start": 52, "end": len(make.TEXT),
    }  # fmt: skip
    served.reply(CHAT, whole(f"{make.QUOTE} [1]", citations=[ours]))
    reply = target.ask(make.case())
    assert reply.citations[0].quote == make.QUOTE and reply.sentences[0].citations == (1,)


@pytest.mark.parametrize(
    "said",
    [
        {"content": "I don’t know who signed it."},
        {"content": "Arhiva ne sadrži odgovor na ovo pitanje."},
        {"content": None, "refusal": "I cannot help with that."},
        {"content": ""},
    ],
)
def test_refusals(target, served, make, said):
    served.reply(CHAT, whole(**said))
    assert target.ask(make.case()).status == "refused"


@pytest.mark.parametrize("text", ["Ivan Anušić signed it.", "Споразум је потписан у Тирани."])
def test_answers_do_not_sound_like_refusals(text):
    assert not sounds_like_refusal(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_words(language):
    assert sounds_like_refusal(message("nothing_near", language))
    assert sounds_like_refusal(message("other_subject", language))
    assert opens_with("doubtful", message("perhaps", language))
    assert not sounds_like_refusal(message("perhaps", language))


def test_doubt_states_nothing_and_our_quotes_are_shown_in_their_paragraph(target, served, make):
    ours = {
        "number": 1, "passage_id": "p", "article_id": "tirana", "quote": make.QUOTE, "start": 52, "end": len(make.TEXT),
        "context": {"start": 0, "end": len(make.TEXT), "text": make.TEXT},
    }  # fmt: skip
    served.reply(CHAT, whole(f"{message('perhaps', 'en')}\n\n**{make.QUOTE}**[1]", citations=[ours]))
    reply = target.ask(make.case())
    assert (reply.status, [s.text for s in reply.sentences]) == ("partial", [make.QUOTE])
    assert make.TEXT in reply.sentences[0].paragraph


def test_a_refusal_shows_what_came_near(target, served, make):
    served.reply(CHAT, whole(f"{message('nothing_near', 'en')}\n- Agreement (A)\n  {make.TEXT}\n- Fire (B)"))
    reply = target.ask(make.case())
    assert reply.status == "refused" and [make.TEXT in s.text for s in reply.shown] == [True, False]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (lambda s, e: s.stream(CHAT, e("", chunk("It was"))), "broke off after 6 characters"),
        (lambda s, e: s.stream(CHAT, e("", chunk("It was")), whole=False), "broke off"),
        (lambda s, e: s.stream(CHAT), "answered nothing"),
        (lambda s, e: s.stream(CHAT, e("", {"error": {"message": "overloaded"}})), "overloaded"),
        (lambda s, e: s.stream(CHAT, e("", "not json")), "in another form than OpenAI's"),
        (lambda s, e: s.reply(CHAT, {"error": {"message": "no such model"}}, status=404), "no such model"),
        (lambda s, e: s.reply(CHAT, {"choices": 5}), "in another form than OpenAI's: choices is not a list"),
        (lambda s, e: s.reply(CHAT, whole("It", annotations={"url": "x"})), "annotations is not a list"),
        (lambda s, e: s.reply(CHAT, whole("It", annotations=["x"])), "annotations is not a list of objects"),
    ],
)
def test_failures_are_failures(target, served, event, make, reply, told):
    reply(served, event)
    with pytest.raises(TargetFailed, match=told):
        target.ask(make.case())


def test_texts_to_find_are_not_for_chat_systems(target, make):
    with pytest.raises(TargetFailed, match="has no search"):
        target.ask(make.case(search_only=True))


def test_the_model_is_the_first_that_the_system_names(served, documents):
    served.reply("GET /v1/models", {"data": [{"id": "big"}, {"id": "small"}]})
    with Client(served.base) as client:
        assert OpenAITarget(client, Directory(documents)).name.endswith(" big")
        served.reply("GET /v1/models", {"data": []})
        with pytest.raises(TargetFailed, match="names no model"):
            OpenAITarget(client, Directory(documents))


def test_directory(documents):
    directory = Directory(documents)
    assert directory.find("http://example.org/tirana#part").id == "tirana"
    assert directory.find("https://telal.example/articles/kocani").id == "kocani"
    assert directory.find("", "About kocani").id == "kocani"
    assert directory.find("https://example.org/else") is None
    assert directory.citation(1, "https://example.org/else").article_id == "https://example.org/else"
    assert json.dumps(directory.citation(2, "", "About kocani").article_id) == '"kocani"'
