"""The route of a story whole, over the starter corpus: what it holds, in which language, and what it refuses."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from rag.types import Tellings, WholeStory
from telal.client import ProblemError, Telal

TIRANA = "starter:tirana-agreement:en"


def test_a_story_is_told_in_the_readers_language_word_for_word(real):
    client = real()
    reply = client.get(f"/v1/stories/{TIRANA}", params={"language": "sr-Cyrl"})
    told = TypeAdapter(WholeStory).validate_json(reply.content)
    assert told.article.language == "sr-Cyrl" and told.whole and told.text
    assert {v.language for v in told.versions} == {"en", "sr-Cyrl"} and told.id == TIRANA
    for day in told.course:
        held = client.get(f"/v1/articles/{day.article.article_id}").json()
        assert (held["title"] if day.headline else held["text"])[day.start : day.end] == day.text
    assert told.course and all(not day.new for day in told.course)
    since = client.get(f"/v1/stories/{TIRANA}", params={"since": "2025-03-01"}).json()
    assert since["since"] == "2025-03-01" and any(day["new"] for day in since["course"])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/v1/stories/nothing", 404),
        ("/v1/stories/%00", 404),
        (f"/v1/stories/{TIRANA}?since=yesterday", 422),
        (f"/v1/stories/{TIRANA}?language=<>", 422),
        (f"/v1/stories/{'x' * 2001}", 422),
        ("/v1/stories/nothing/tellings", 404),
        (f"/v1/stories/{TIRANA}/tellings?country=Serbia", 422),
        (f"/v1/stories/{TIRANA}/tellings?in=<>", 422),
    ],
)
def test_what_leads_to_no_story_is_a_problem_that_says_so(real, address, status):
    reply = real().get(address)
    assert reply.status_code == status and reply.json()["detail"]


def test_a_story_of_few_outlets_is_not_compared_and_that_is_said_in_the_readers_language(real):
    reply = real().get(f"/v1/stories/{TIRANA}/tellings", params={"language": "sl"})
    told = TypeAdapter(Tellings).validate_json(reply.content)
    assert told.tellings == () and [one.kind for one in told.remarks] == ["few"]
    assert "neodvisna" in told.remarks[0].text and told.sources


def test_the_python_client_reads_it(real):
    with Telal(str(real().base_url)) as telal:
        assert telal.story(TIRANA, "sr-Cyrl").article.language == "sr-Cyrl"
        assert telal.tellings(TIRANA, countries=["RS"]).remarks[0].kind == "few"
        with pytest.raises(ProblemError, match="nothing"):
            telal.story("nothing")
