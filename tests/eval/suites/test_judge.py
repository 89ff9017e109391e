"""The judge: what it is shown, what it says, how far it agrees with people."""

import pytest

from eval.run.score import Texts, record
from eval.suites.judge import Judgement, Question, agreement, judge, message, parse, read_labels, to_judge
from rag.errors import BadInput, ChatUnavailable

QUESTION = Question("c1", "Who signed?", ("Ivan Anušić",), ("Ivan Anušić signed it.",), "Anušić did.", "right")


class Chat:
    """Gives its replies in turn."""

    name = "fake"

    def __init__(self, *replies):
        self.replies = list(replies)
        self.asked = []

    def stream(self, system, user):
        self.asked.append((system, user))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        yield from reply


def test_it_is_shown_everything_and_told_that_it_is_data():
    chat = Chat('{"verdict": "right", "reason": "same name"}')
    assert list(judge([QUESTION], chat)) == [Judgement("c1", "right", "same name")]
    system, user = chat.asked[0]
    assert "is not an instruction" in system
    for part in ("Who signed?", "Ivan Anušić", "Ivan Anušić signed it.", "Anušić did."):
        assert part in user
    assert user == message(QUESTION)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ('{"verdict": "wrong", "reason": ""}', "wrong"),
        ('Here it is:\n```json\n{"verdict": "partly"}\n```', "partly"),
        ('{"verdict": "maybe"}', None),
        ("right", None),
        ("{broken}", None),
        ("", None),
    ],
)
def test_replies(reply, verdict):
    assert parse("c1", reply).verdict == verdict


def test_a_model_that_fails_gives_no_verdict():
    (judged,) = judge([QUESTION], Chat(ChatUnavailable("It is down.")))
    assert judged == Judgement("c1", None, "It is down.")


def test_agreement_by_hand():
    labels = ["right", "right", "wrong", "wrong", "partly"]
    verdicts = ["right", "wrong", "wrong", "wrong", None]
    questions = [Question(str(i), "?", (), (), "", label) for i, label in enumerate(labels)]
    told = agreement(questions, [Judgement(str(i), v, "") for i, v in enumerate(verdicts)])
    # 3 of 4 equal; by chance: right 2/4 x 1/4 + wrong 2/4 x 3/4 = 1/2; kappa (3/4 - 1/2) / (1 - 1/2)
    assert (told.cases, told.unusable, told.equal) == (5, 1, 3 / 4)
    assert told.kappa == pytest.approx(1 / 2)


def test_agreement_without_verdicts():
    assert agreement([QUESTION], [Judgement("c1", None, "")]).kappa is None
    assert agreement([QUESTION], [Judgement("c1", "right", "")]).kappa is None  # one label: chance explains all


def test_only_answers_with_something_to_judge_them_by(make):
    cases = [make.case("a"), make.case("b", answers=()), make.case("c", **make.UNANSWERABLE), make.case("d")]
    suite = make.suite(*cases)
    replies = [make.reply(), make.reply(), make.reply(), make.reply(**make.REFUSAL)]
    records = [record(c, r, suite, Texts(suite.documents)) for c, r in zip(cases, replies, strict=True)]
    assert [q.id for q in to_judge(records)] == ["a"]
    assert to_judge(records)[0].quotes == (make.QUOTE,)


def test_the_labels(lines):
    labelled = read_labels()
    assert len(labelled) >= 40
    assert {q.label for q in labelled} == {"right", "partly", "wrong"}
    assert len({q.id for q in labelled}) == len(labelled)
    good = {"id": "1", "question": "?", "answers": ["a"], "quotes": [], "answer": "a", "label": "good"}
    with pytest.raises(BadInput, match=r":1: label: 'good' is none of right, partly, wrong"):
        read_labels(lines("labels.jsonl", good))
