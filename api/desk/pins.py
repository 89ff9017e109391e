"""The desk's routes for answers that editors pin to questions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import Field

from api.desk.deps import CurrentSession, Desk, DeskServices
from api.desk.questions import describe_article
from api.schemas.requests import Input, Language, Name, Text
from rag.errors import BadInput
from rag.question.prepare import clean
from rag.store.pins import Cite, Pin, PinKind, StoredPin
from rag.text.language import identify
from rag.wire import jsonable, pick

MOST_PINS = 500  # each question is compared with all

router = APIRouter()


class CiteIn(Input):
    """A sentence of an article, word for word; the article's headline if `quote` is empty."""

    article: Name = Field(max_length=2000)
    quote: Text = Field("", max_length=5000)


class PinIn(Input):
    """An answer to a question and its other wordings.

    `id`: the pin that it replaces; `last_day`: it is in force until the end of that day, UTC.
    """

    id: str = Field("", pattern="^([0-9a-f]{12})?$")
    questions: tuple[Annotated[Text, Field(max_length=500)], ...] = Field(min_length=1, max_length=30)
    kind: PinKind
    text: Text = Field("", max_length=5000)
    language: Language | None = None
    cites: tuple[CiteIn, ...] = Field((), max_length=10)
    last_day: date | None = None


@router.get("/pins")
def pins(desk: Desk, _: CurrentSession) -> dict[str, Any]:
    """Lists the pinned answers, the newest first, with their articles and whether they are in force."""
    return {"pins": [_row(desk, pin) for pin in desk.pins.all()]}


@router.post("/pins")
def put(body: PinIn, desk: Desk, editor: CurrentSession) -> dict[str, Any]:
    """Pins an answer, or changes one. Raises BadInput for an answer that could not be given."""
    pin = _checked(desk, body)
    pin_id = desk.pins.put(editor.editor.name, pin, body.id)
    cited = [cite.article_id for cite in pin.cites]
    detail = {"kind": pin.kind.value, "question": pin.questions[0], "articles": cited, "ends": jsonable(pin.ends)}
    desk.acts.add(editor.editor, "pin.change" if body.id else "pin.add", pin_id, **detail)
    return {"id": pin_id}


@router.post("/pins/withdraw", status_code=204)
def withdraw(id: Annotated[Name, Body(embed=True)], desk: Desk, editor: CurrentSession) -> None:
    """Withdraws a pinned answer. Raises NotFound."""
    desk.pins.remove(id)
    desk.acts.add(editor.editor, "pin.withdraw", id)


def _checked(desk: DeskServices, body: PinIn) -> Pin:
    asked = tuple(dict.fromkeys(clean(question, max_chars=500) for question in body.questions if question.strip()))
    text, cites = body.text.strip(), tuple(Cite(one.article, one.quote) for one in body.cites)
    if not asked:
        raise BadInput("There is no question.", hint="Write the question that readers ask.")
    if not body.id and len(desk.pins.all()) >= MOST_PINS:
        raise BadInput(f"{MOST_PINS} answers are pinned.", hint="Withdraw those that nobody needs any more.")
    if body.kind is PinKind.SILENCE:
        text, cites = "", ()
    elif not cites:
        raise BadInput("No article is cited.", hint="Choose one that readers can check the answer by.")
    if body.kind is PinKind.TEXT and not text:
        raise BadInput("The answer is empty.", hint="Write it, or place an article first.")
    gone = next((cite for cite in cites if desk.telal.engine.cite(1, cite) is None), None)
    if gone is not None:
        raise BadInput(
            f"“{gone.quote[:100] or gone.article_id}” is in no article that may answer.",
            hint="Quote it word for word, from an article that is not withdrawn.",
        )
    ends = datetime.combine(body.last_day, time(), UTC) + timedelta(days=1) if body.last_day else None
    if ends and ends <= datetime.now(UTC):
        raise BadInput("The last day is past.", hint="Choose a later one.")
    text = text if body.kind is PinKind.TEXT else ""
    return Pin(asked, body.kind, text, body.language or identify(text).language if text else "und", cites, ends)


def _row(desk: DeskServices, pin: StoredPin) -> dict[str, Any]:
    newsroom = desk.telal.engine
    cites = [
        {
            "article": describe_article(desk.archive, one.article_id),
            "quote": one.quote,
            "stands": bool(newsroom.cite(1, one)),
        }
        for one in pin.cites
    ]
    state = "live" if all(one["stands"] for one in cites) else "void"
    if pin.erased:
        state = "erased"
    elif not pin.holds(datetime.now(UTC)):
        state = "ended"
    row = pick(pin, "id", "at", "editor", "questions", "kind", "text", "language")
    last_day = (pin.ends - timedelta(days=1)).date().isoformat() if pin.ends else None
    return {**row, "cites": cites, "last_day": last_day, "state": state}
