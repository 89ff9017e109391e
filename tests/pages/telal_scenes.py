"""What the test double answers: one scene for each word that a question may hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

BEFORE = "The ministers met in Tirana on Tuesday morning.\n"
QUOTE = "The defence ministers Pirro Vengu, Ivan Anušić and Ejup Maqedonci signed the agreement."
AFTER = " The pact provides for joint training and exercises.\nSerbia's foreign ministry voiced concern."
AROUND = {"start": 0, "end": len(BEFORE + QUOTE + AFTER), "text": BEFORE + QUOTE + AFTER}
QUOTE_SR = "Споразум предвиђа заједничке вежбе и лакшу набавку опреме."
QUOTE_LATIN = "Sporazum predviđa zajedničke vežbe i lakšu nabavku opreme."
PASSAGE = {"start": 100, "end": 133, "text": "One 𝐬𝐞ntence. The next. The last."}
MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
BIDI = "\u202egnp.exe\u202c \u2066\u200f"


def citation(number: int, **changes: Any) -> dict[str, Any]:
    """A citation as the server sends it."""
    return {
        "number": number,
        "passage_id": f"p{number}",
        "article_id": f"article-{number}",
        "title": "Albania, Croatia and Kosovo sign a defence agreement in Tirana",
        "outlet": "The Adriatic Observer",
        "url": "https://news.example/tirana-agreement",
        "published": "2025-03-18T00:00:00+00:00",
        "modified": None,
        "quote": QUOTE,
        "start": len(BEFORE),
        "end": len(BEFORE + QUOTE),
        "context": None,
        "language": "en",
        "kind": "report",
        "status": "live",
        **changes,
    }


CYRILLIC = citation(
    2,
    title="Три земље потписале споразум о одбрани",
    outlet="Дневни гласник",
    quote=QUOTE_SR,
    start=10,
    end=10 + len(QUOTE_SR),
    language="sr-Cyrl",
    url="https://www.glasnik.example/sporazum#vrh",
    published="2025-03-19T00:00:00+00:00",
    modified="2025-03-21T09:00:00+00:00",
    kind="analysis",
    status="corrected",
)
NEAREST = [
    {
        "article_id": "n1",
        "title": "Sarajevo opens its rebuilt city hall library",
        "outlet": "The Miljacka Post",
        "url": "https://news.example/library",
        "published": "2024-05-09T00:00:00+00:00",
        "language": "en",
        "excerpt": {
            "text": "It rained. 𝐓he city hall library opened. All came.",
            "start": 0,
            "end": 50,
            "mark": [11, 40],
        },
    },
    {
        "article_id": "n2",
        "title": "Сарајево добија нову трамвајску линију",
        "outlet": "Дневни гласник",
        "url": "javascript:document.title='owned'",
        "published": None,
        "language": "sr-Cyrl",
        "facts_from": "USA TODAY",
    },
    {
        "article_id": "n3",
        "title": "Korfu’da feribot seferleri üç gün sonra yeniden başladı",
        "outlet": "Ege Gazetesi",
        "url": "https://news.example/ferry",
        "published": "2024-07-02T00:00:00+00:00",
        "language": "tr",
    },
    {
        "article_id": "n4",
        "title": "A fourth article, one too many",
        "outlet": "The Miljacka Post",
        "url": "https://news.example/fourth",
        "published": "2024-05-10T00:00:00+00:00",
        "language": "en",
    },
]
STORIES = [
    {
        "article_id": "s1",
        "title": "Fire at a nightclub in Kočani kills 59",
        "lead": "A fire at a nightclub in Kočani, North Macedonia, killed 59 people on Sunday.",
        "outlet": "Telal",
        "facts_from": "USA TODAY",
        "url": "https://news.example/kocani",
        "published": "2025-03-16T00:00:00+00:00",
        "language": "en",
        "also": [
            {"article_id": "s1-ro", "title": "Incendiu la Kočani", "outlet": "Ziarul", "url": None, "language": "ro"},
            {
                "article_id": "s1-sr",
                "title": "Пожар у Кочанима",
                "outlet": "Дневни гласник",
                "url": "https://g.example/a",
                "language": "sr-Cyrl",
            },
        ],
        "question": {"question": "How many people died in the fire in Kočani?", "language": "en"},
    },
    {
        "article_id": "s2",
        "title": "Διεθνής συμφωνία για την Πρέσπα",
        "lead": "Οι δύο χώρες υπέγραψαν τη συμφωνία στις όχθες της λίμνης.",
        "outlet": "Η Ημέρα",
        "url": "https://imera.example/prespa",
        "published": "2025-03-15T00:00:00+00:00",
        "language": "el",
        "also": [],
        "question": {"question": "What do the articles say about “Διεθνής συμφωνία για την Πρέσπα”?", "language": "en"},
    },
    {
        "article_id": "s3",
        "title": "A bridge over the Lim opens after three winters",
        "lead": "The bridge over the Lim opens on 1 April, the ministry said.",
        "outlet": "The Adriatic Observer",
        "url": "javascript:document.title='owned'",
        "published": "2025-03-14T00:00:00+00:00",
        "language": "en",
        "also": [],
        "question": {"question": "When does the new bridge over the Lim open?", "language": "en"},
    },
]


OUTLETS = [
    {"name": "The Adriatic Observer", "articles": 20, "languages": {"en": 20}},
    {"name": "Дневни гласник", "articles": 12, "languages": {"sr-Cyrl": 10, "el": 2}},
]


@dataclass(frozen=True)
class Scene:
    """A reply to a question: its events and how the wire behaves."""

    sentences: list[dict[str, Any]] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    retry_after: str | None = None
    hold_model: bool = False  # wait for the test's word before a language model's first sentence
    hold: bool = False  # wait for the test's word after the first sentence
    pause_s: float = 0.0  # after each sentence
    end: str = "answer"  # answer, silence (a clean end without it), cut (the connection breaks), error, late (a 504)


def quote(text: str, *numbers: int) -> dict[str, Any]:
    return {"text": text, "citations": list(numbers), "verdict": "quote"}


def written(text: str, *numbers: int) -> dict[str, Any]:
    return {"text": text, "citations": list(numbers), "verdict": "supported"}


QUOTES = Scene([quote(QUOTE, 1), quote(QUOTE_SR, 2)], [citation(1, context=AROUND), CYRILLIC])
WRITTEN = [
    {
        **written("Three defence ministers signed the agreement on 18 March 2025.", 1),
        "originals": [{"citation": 1, "start": 0, "end": 9, "text": QUOTE, "language": "en"}],
    },
    {
        **written("It provides for joint exercises and easier purchases.", 2),
        "originals": [{"citation": 2, "start": 0, "end": 9, "text": QUOTE_SR, "language": "sr-Cyrl"}],
    },
]
WORDING = "Wording: example-model. The originals are verbatim."
TRANSLATED = "The agreement provides for joint exercises and easier procurement of equipment."
UNTRANSLATED = "No translation passed the checks."
UNWRITTEN = "The language model gave no usable answer this time."
MODEL = {
    "model": "example-model",
    "sentences": WRITTEN,
    "left_out": 2,
    "no_answer": False,
    "judge": "",
    "reasons": [],
    "notice": WORDING,
}
CROSSED = "Prošle godine most je prešlo 652.678 vozila, najviše od kada se broje."
LIM_BEFORE = (
    "Most preko Lima kod Brodareva otvoren je posle tri zime. "
    "Radovi su koštali 4,1 milion evra, a vodila ih je opština. "
)
LIM_AFTER = " Kamioni i dalje prolaze samo noću. Opština razmatra još jednu traku za bicikle, ali odluka nije doneta."
LIM = citation(
    1,
    article_id="lim",
    title="Više od 650 hiljada vozila preko novog mosta",
    outlet="Brodarevski list",
    quote=CROSSED,
    start=len(LIM_BEFORE),
    end=len(LIM_BEFORE + CROSSED),
    language="sr-Latn",
    context={"start": 0, "end": len(LIM_BEFORE + CROSSED + LIM_AFTER), "text": LIM_BEFORE + CROSSED + LIM_AFTER},
)
LINES = {"en": "652,678", "sr-Cyrl": "652.678 возила", "el": "652.678", "tr": "652.678"}  # of a reader of the language


def short(said: str, *numbers: int, text: str = "", kind: str = "other") -> dict[str, Any]:
    return {"text": text or said, "citations": [*numbers], "score": 0.97, "said": said, "kind": kind}


SCENES: dict[str, Scene] = {
    **{
        f"!line-{language}": Scene(
            [{**quote(CROSSED, 1), "marks": [(29, 43)]}, quote(QUOTE, 2)],
            [LIM, citation(2, article_id="other")],
            {"language": language, "short": [short(line, 1, text="652.678 vozila", kind="number")]},
        )
        for language, line in LINES.items()
    },
    "!yes": Scene(
        QUOTES.sentences[:1],
        [citation(1, context=AROUND)],
        {"short": [short("Yes", 1, text=QUOTE, kind="yes_no")]},
    ),
    "!name": Scene([quote(CROSSED, 1)], [LIM], {"short": [short("Brodarevo", 1)]}),
    "!doubt": Scene(
        [quote(CROSSED, 1), quote(QUOTE, 2), quote(QUOTE_SR, 3)],
        [LIM, citation(2, article_id="other"), {**CYRILLIC, "number": 3, "article_id": "third"}],
        {"status": "partial", "notices": ["This passage comes nearest; it may answer the question."]},
    ),
    "!hold": Scene(QUOTES.sentences, QUOTES.citations, hold=True),
    "!cut": Scene(QUOTES.sentences, QUOTES.citations, end="cut"),
    "!silence": Scene(QUOTES.sentences, QUOTES.citations, end="silence"),
    "!error": Scene(end="error"),
    "!500": Scene(status=500),
    "!422": Scene(status=422),
    "!429": Scene(status=429, retry_after="2"),
    "!503": Scene(status=503, retry_after="2"),
    "!proxy": Scene(status=503),
    "!late": Scene([quote(QUOTE, 1)], [citation(1)], end="late"),
    "!model": Scene(
        QUOTES.sentences,
        QUOTES.citations,
        {"answered_by": "example-model", "as_of": "2025-06-01", "written": MODEL},
        hold_model=True,
    ),
    "!speechless": Scene(
        QUOTES.sentences,
        QUOTES.citations,
        {"written": {**MODEL, "sentences": [], "left_out": 0, "no_answer": True, "notice": "No answer found."}},
    ),
    "!digest": Scene(answer={"kind": "digest", "digest": STORIES}),
    "!rough": Scene(  # what archives hold: no title, one of 300 characters, one word of 80, right-to-left, 40 versions
        [quote("Riječ " + "nadnaravno" * 8 + " stoji ovdje.", 1), quote("تم توقيع الاتفاق في تيرانا.", 2)],
        [
            citation(
                1,
                title="",
                outlet="",
                language="und",
                also=[
                    {"article_id": f"v{n}", "title": f"Version {n}", "outlet": "Outlet", "url": None, "language": tag}
                    for n, tag in enumerate(["sq", "bg", "el", "tr"] * 10)
                ],
            ),
            citation(2, title="Donau" * 60, outlet="الجريدة", language="ar", quote="تم توقيع الاتفاق في تيرانا."),
        ],
    ),
    "!untitled": Scene(
        answer={
            "kind": "digest",
            "digest": [
                {**STORIES[2], "article_id": "r1", "title": "", "outlet": "", "published": None, "lead": ""},
                {**STORIES[2], "article_id": "r2", "title": "Donau" * 60, "lead": "nadnaravno" * 8},
                {**STORIES[2], "article_id": "r3", "title": "تم توقيع الاتفاق", "outlet": "الجريدة", "language": "ar"},
            ],
        }
    ),
    "!many": Scene(
        answer={
            "kind": "digest",
            "digest": [
                {**STORIES[0], "article_id": f"m{day}", "published": f"2025-03-{day:02}T00:00:00+00:00"}
                for day in range(16, 8, -1)
            ],
        }
    ),
    "!overview": Scene(
        citations=[citation(1, context=AROUND)],
        answer={"kind": "digest", "digest": STORIES, "written": {**MODEL, "sentences": WRITTEN[:1]}},
    ),
    "!partial": Scene(
        QUOTES.sentences,
        QUOTES.citations,
        {
            "status": "partial",
            "notices": ["This passage comes nearest; it may answer the question."],
            "remarks": [{"kind": "part_missing", "text": "“And who paid?”: the archive does not hold an answer."}],
        },
    ),
    "!versions": Scene(QUOTES.sentences[:1], [citation(1, context=AROUND, also=STORIES[0]["also"])]),
    "!conflict": Scene(
        [{**quote(QUOTE, 1), "lead": "According to Albania’s foreign minister:"}, quote(QUOTE_SR, 2)],
        [citation(1, context=AROUND), CYRILLIC],
        {"status": "conflicting"},
    ),
    "!refuse": Scene(
        answer={
            "status": "refused",
            "refusal": {
                "reason": "nothing_near",
                "message": "Telal found no answer to this question in its archive.",
                "nearest": NEAREST,
            },
        }
    ),
    "!hostile": Scene(
        [
            {
                **quote(f"{MARKUP} {BIDI} {{{{7*7}}}} ${{7*7}}", 1),
                "lead": MARKUP,
                "marks": [(0, 5), (5, 10**9)],
            },
            quote(MARKUP, 2),
        ],
        [
            citation(
                1,
                title=MARKUP + BIDI,
                outlet=MARKUP,
                url="javascript:document.title='owned'",
                quote=MARKUP,
                outlets=[MARKUP, "O" * 100_000, BIDI],
                notes=[{"kind": MARKUP, "text": MARKUP + BIDI}],
            ),
            citation(2, title="T" * 1_000_000, outlet=BIDI, url="data:text/html,x", kind=MARKUP, language="x y"),
        ],
        {
            "answered_by": MARKUP,
            "notices": [MARKUP],
            "short": [{"text": MARKUP, "citations": [1]}, {"text": BIDI, "citations": [99]}],
            "remarks": [{"kind": "conflict", "text": MARKUP}],
            "standalone": f"What is {MARKUP}?",
            "written": {
                **MODEL,
                "notice": MARKUP,
                "sentences": [
                    {
                        **written(MARKUP, 2, 99),
                        "originals": [{"citation": 2, "start": 0, "end": 1, "text": MARKUP, "language": "x y"}],
                    }
                ],
            },
            "digest": [
                {
                    **STORIES[2],
                    "title": MARKUP,
                    "lead": BIDI,
                    "outlet": MARKUP,
                    "question": {"question": MARKUP, "language": "en"},
                }
            ],
        },
    ),
    "!passage": Scene(
        [quote("The next.", 1), quote(QUOTE_SR, 2), quote("Far below.", 3), quote("One 𝐬𝐞ntence.", 4)],
        [
            citation(1, article_id="same", quote="The next.", start=114, end=123, context=PASSAGE),
            CYRILLIC,
            citation(3, article_id="same", quote="Far below.", start=900, end=910),
            citation(4, article_id="same", quote="One 𝐬𝐞ntence.", start=100, end=113, context=PASSAGE),
        ],
    ),
    "!serbian": Scene(
        [{**quote(QUOTE_SR, 1), "marks": [(0, 8)]}],
        [
            {
                **CYRILLIC,
                "number": 1,
                "context": {"start": 0, "end": 10 + len(QUOTE_SR), "text": f"Лепо је.  {QUOTE_SR}"},
                "transliteration": {"script": "Latn", "before": "Lepo je.  ", "quote": QUOTE_LATIN, "after": ""},
            }
        ],
        {"language": "sr-Latn"},
    ),
    "!foreign": Scene(
        [quote(QUOTE_SR, 1), quote(QUOTE_SR, 2), quote(QUOTE_SR, 3)],
        [
            {**CYRILLIC, "article_id": name, "number": n, "translate_label": "In English"}
            for n, name in enumerate(("told", "untold", "gone"), 1)
        ],
    ),
    "!dumb": Scene(
        [quote(QUOTE_SR, 1)],
        [{**CYRILLIC, "article_id": "silent", "number": 1, "translate_label": "In English"}],
        {"written": {**MODEL, "sentences": [], "left_out": 0, "notice": UNWRITTEN}},
        hold_model=True,
    ),
    "!abroad": Scene(
        [quote(QUOTE_SR, 1)],
        [{**CYRILLIC, "article_id": "told", "number": 1, "translate_label": "In English"}],
        {"written": MODEL},
        hold_model=True,
    ),
    "!subject": Scene(
        answer={
            "status": "refused",
            "refusal": {
                "reason": "other_subject",
                "message": "The archive tells of something else: “Rhodes”, not “Corfu”.",
                "nearest": NEAREST,
            },
        }
    ),
    "!alone": Scene(
        QUOTES.sentences[:1],
        QUOTES.citations[:1],
        {"remarks": [{"kind": "single_source", "text": "Only one independent source says so."}]},
    ),
    "!rich": Scene(
        [
            {
                **quote(QUOTE, 1),
                "lead": "According to The Adriatic Observer, 18 March 2025:",
                "marks": [(22, 33), (35, 46)],
            },
            quote(QUOTE_SR, 2),
        ],
        [
            citation(
                1,
                outlets=["The Adriatic Observer", "Дневни гласник", MARKUP],
                notes=[{"kind": "day", "text": "“Tuesday” was 18 March 2025."}],
            ),
            {**CYRILLIC, "outlets": ["One"], "notes": [{"kind": "opinion", "text": "This is an opinion."}]},
        ],
        {
            "short": [short("Pirro Vengu", 1), short("Ivan Anušić", 2)],
            "remarks": [{"kind": "corroborated", "text": "Two independent outlets report this."}],
            "standalone": "Who signed the Tirana agreement?",
        },
    ),
    "!standalone": Scene(
        QUOTES.sentences,
        QUOTES.citations,
        {"standalone": "When was the Tirana agreement signed?", "used_history": True},
    ),
    "!joined": Scene(
        QUOTES.sentences,
        QUOTES.citations,
        {"standalone": "Who signed the Tirana agreement? !joined And when?", "used_history": True},
    ),
    "!list": Scene(
        QUOTES.sentences[:1],
        QUOTES.citations[:1],
        {"short": [short(name, 1) for name in ("Pirro Vengu", "Ivan Anušić", "Ejup Maqedonci")]},
    ),
    "!brief": Scene(
        [quote(QUOTE, 1)], [citation(1, outlet="Telal", facts_from="USA TODAY", kind="brief", context=AROUND)]
    ),
    "!gone": Scene([quote(QUOTE, 1)], [citation(1, article_id="gone")]),
    "!changed": Scene([quote(QUOTE, 1)], [citation(1, article_id="changed")]),
    "!long": Scene(
        [quote(f"Sentence {n} of a long answer, with some more words in it.", n) for n in range(1, 201)],
        [citation(n, article_id=f"long-{n // 4}") for n in range(1, 201)],
    ),
}
SCENES["!paced"] = replace(SCENES["!long"], pause_s=0.02)


def scene(question: str) -> Scene:
    """The scene that a question asks for; two quotes when it names none."""
    return next((s for word, s in SCENES.items() if word in question), QUOTES)


def answer(question: str, played: Scene) -> dict[str, Any]:
    """The whole answer of a scene."""
    text = " ".join(s["text"] + "".join(f"[{n}]" for n in s["citations"]) for s in played.sentences)
    return {
        "id": "answer-1",
        "question": question,
        "status": "answered",
        "language": "en",
        "sentences": played.sentences,
        "citations": played.citations,
        "refusal": None,
        "as_of": None,
        "standalone": question,
        "answered_by": "quotes",
        "confidence": 0.9,
        "withdrawn": 0,
        "notices": [],
        "timings_ms": {},
        "text": text,
        **played.answer,
    }


def translation(path: str) -> tuple[int, dict[str, Any]]:
    """Status and body of a quote's translation, by the article in its address."""
    if "/gone/" in path:
        return 404, {"title": "No such article", "status": 404}
    if "/silent/" in path:
        return 503, {"type": "/problems/chat-unavailable", "title": "The language model failed", "status": 503}
    told = "/told/" in path
    sentence = {"text": TRANSLATED, "citations": [1], "verdict": "written", "originals": []}
    notice = WORDING if told else UNTRANSLATED
    return 200, {"model": "m", "sentences": [sentence] if told else [], "left_out": 0, "notice": notice}


def further(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Two questions after an answer, one for each article after a refusal."""
    if "asked" in body:
        asked = ["What did Belgrade say about the agreement?", "Шта предвиђа споразум?"]
        return [
            {"question": q, "language": lang, "article_id": "n1"}
            for q, lang in zip(asked, ["en", "sr-Cyrl"], strict=True)
        ]
    return [{"question": f"What does {a} say?", "language": "en", "article_id": a} for a in body["articles"]]


def shared(question: str) -> dict[str, Any]:
    """A shared answer, its second source changed and a third one gone."""
    body = {**answer(question, scene(question)), "question": question}
    moved = {name: value for name, value in body.items() if name not in ("notices", "timings_ms")}
    return {"answer": moved, "changed": [2], "gone": 1, "until": "2026-12-26T10:00:00+00:00"}
