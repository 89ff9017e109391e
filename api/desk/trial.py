"""The desk's routes to ask as a reader does, and to keep wrong answers as cases of the site's own benchmark."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import Field

from api.answering.answer_stream import with_outlets
from api.desk.deps import CurrentSession, Desk, DeskServices
from api.desk.questions import describe_article
from api.schemas.replies import answer_reply
from api.schemas.requests import Input, Language, Name, Text
from rag.errors import BadInput, Erased, NotFound
from rag.types import Finished
from rag.wire import jsonable, pick

router = APIRouter()


class CaseIn(Input):
    """A question that was answered wrongly, and the right answer.

    That is words that must stand in the answer and the article that holds them, or `unanswerable`: the archive does not
    answer the question.
    """

    question: Text = Field(min_length=1, max_length=2000)
    language: Language = "und"
    unanswerable: bool = False
    answers: tuple[Name, ...] = Field((), max_length=20)
    article: Text = Field("", max_length=2000, description="the id of the article that answers")
    why: Text = Field("", max_length=500)


@router.post("/ask")
async def ask(
    question: Annotated[Text, Body(min_length=1, max_length=2000)],
    desk: Desk,
    _: CurrentSession,
    language: Annotated[Language | None, Body()] = None,
) -> dict[str, Any]:
    """Answers as readers are answered, and shows every passage that was read, the likeliest first. Not counted."""
    return await desk.telal.run(lambda: _answer_and_passages(desk, question, language))


@router.get("/cases")
def cases(desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """Lists the cases of the site's own benchmark (`telal eval run site`), the newest first."""
    rows = [{"id": c.id, "at": jsonable(c.at), "editor": c.editor, **c.fields} for c in reversed(desk.cases.all())]
    for row in rows:
        row["articles"] = [describe_article(desk.archive, one) for one in row.get("gold_doc_ids", ())]
    return {"cases": rows}


@router.post("/cases")
def add_case(body: CaseIn, desk: Desk, editor: CurrentSession) -> dict[str, Any]:
    """Keeps a case.

    Raises BadInput when the article does not hold the right answer, which could then never be given.
    """
    fields: dict[str, Any] = {"question": body.question, "language": body.language, "category": "site"}
    if body.unanswerable:
        fields |= {"unanswerable": True, "answers": [], "gold_doc_ids": []}
    else:
        _check_article_holds(desk, body)
        fields |= {"answers": list(body.answers), "gold_doc_ids": [body.article]}
    case_id = desk.cases.add(editor.editor.name, fields | ({"why": body.why} if body.why else {}))
    desk.acts.add(editor.editor, "case.add", case_id)
    return {"id": case_id}


@router.post("/cases/remove", status_code=204)
def remove_case(id: Annotated[Name, Body(embed=True)], desk: Desk, editor: CurrentSession) -> None:
    """Removes a case. Raises NotFound."""
    desk.cases.remove(id)
    desk.acts.add(editor.editor, "case.remove", id)


def _check_article_holds(desk: DeskServices, body: CaseIn) -> None:
    if not body.answers or not body.article:
        raise BadInput("The right answer or its article is missing.", hint="Give both, or say that there is none.")
    try:
        article = desk.archive.article(body.article)
    except (NotFound, Erased) as error:
        raise BadInput("The article that should answer is not in the archive.", hint="Choose another.") from error
    text = f"{article.title}\n{article.text}".casefold()
    absent = [answer for answer in body.answers if answer.casefold() not in text]
    if len(absent) == len(body.answers):
        raise BadInput(
            f"“{absent[0][:100]}” does not stand in the article.", hint="Write it as the article does, word for word."
        )


def _answer_and_passages(desk: DeskServices, question: str, language: str | None) -> dict[str, Any]:
    engine = desk.telal.engine
    *_, last = with_outlets(engine.stream(question, language=language), engine.archive.carriers)
    assert isinstance(last, Finished), "a stream always ends with Finished"
    evidence = engine.evidence(question)
    passages = [
        pick(w.read.hit.passage, "title", "outlet", "language", "published", "text")
        | {"id": w.read.hit.passage.article_id, "best": w.sentences[0].text, "probability": round(w.confidence, 4)}
        for w in (evidence.passages if evidence else ())
    ]
    passages.sort(key=lambda row: -row["probability"])
    return {"answer": answer_reply(last.answer, ""), "passages": passages}
