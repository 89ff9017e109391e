"""The page on which the widget stands: what is known of it, what it answers, and what it may not make the server do."""

from __future__ import annotations

import pytest

from telal.client import ProblemError, Telal

TIRANA = "starter:tirana-agreement:sr-Cyrl"
SNOW = "starter:snowstorm-2022:en"


def known(client, **query):
    """What is known of a page."""
    reply = client.get("/v1/page", params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_on_a_page_the_articles_own_questions_are_shown_else_one_about_its_headline(real):
    client = real()
    page = known(client, article=TIRANA, language="sr-Cyrl")
    assert page["article"]["article_id"] == TIRANA and page["articles"] > 1
    assert 1 <= len(page["questions"]) <= 3 and all(one["article_id"] == TIRANA for one in page["questions"])
    (about,) = known(client, article=TIRANA, language="tr")["questions"]
    assert about["language"] == "tr"


def test_this_and_he_are_looked_for_in_the_article_first_and_other_questions_are_not(real):
    client = real()

    def ask(question, **more):
        body = {"question": question, "page_language": "sr-Cyrl", **more}
        return client.post("/v1/ask", json=body).json()

    asked = ask("Када је потписан?", about=TIRANA)
    assert asked["citations"][0]["article_id"] == TIRANA and "18. марта 2025." in asked["sentences"][0]["text"]
    assert asked["used_history"] and asked["standalone"] != asked["question"]
    later = [{"question": "Када је потписан?", "answer": asked["text"], "standalone": asked["standalone"]}]
    assert ask("А зашто је Београд забринут?", about=TIRANA, history=later)["citations"][0]["article_id"] == TIRANA
    other = ask("Ко је освојио Светско првенство у фудбалу у Катару 2022. године?", about=TIRANA)
    assert not other["used_history"]
    only = ask("Када је потписан?", about=TIRANA, filters={"languages": ["en"]})
    assert all(c["language"] == "en" for c in only["citations"])  # a filter holds for the page's article too


def test_a_question_that_is_whole_keeps_its_answer_on_the_page_of_another_article(real):
    client, lin = real(), "Roughly how many stakes protected the prehistoric village at Lin?"
    plain = client.post("/v1/ask", json={"question": lin}).json()
    on_page = client.post("/v1/ask", json={"question": lin, "about": "starter:montenegro-nato-2015:en"}).json()
    assert plain["status"] == on_page["status"] == "answered" and not on_page["used_history"]
    assert on_page["citations"][0]["quote"] == plain["citations"][0]["quote"]


def test_an_article_that_is_not_there_or_a_day_in_the_past_is_refused(real):
    client = real()
    gone = client.post("/v1/ask", json={"question": "Who?", "about": "no/such"})
    assert gone.status_code == 404 and "no/such" in gone.json()["detail"]
    both = client.post("/v1/ask", json={"question": "Who?", "about": SNOW, "as_of": "2022-01-01"})
    assert both.status_code == 422 and "about" in both.json()["hint"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"address": "https://a.example/1", "article": "a"},
        {"address": "javascript:alert(1)"},
        {"address": "data:text/html,x"},
        {"address": "https://a.example/" + "x" * 2000},
        {"article": ""},
        {"article": SNOW, "language": "<>"},
    ],
)
def test_what_names_no_page_is_a_problem_that_says_so(real, query):
    reply = real().get("/v1/page", params=query)
    assert reply.status_code == 422 and reply.json()["detail"]


def test_a_page_that_is_not_held_is_told_by_silence(real):
    page = known(real(), address="https://elsewhere.example/article-1", language="sq")
    assert page == {"article": None, "questions": [], "articles": 0, "outlets": 0}
    assert known(real(), article="no/such")["article"] is None
    assert known(real(), article="\0")["article"] is None


def test_the_python_client_asks_about_a_page(real):
    with Telal(str(real().base_url)) as telal:
        assert telal.page("https://elsewhere.example/1").article is None
        assert telal.ask("Када је потписан?", about=TIRANA).citations[0].article_id == TIRANA
        with pytest.raises(ProblemError, match="address"):
            telal.page("javascript:alert(1)")
