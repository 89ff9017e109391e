"""Puts the training set together, and the sets to choose by; all draws follow one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random

from eval.reader import briefs, parallel, questions
from eval.reader.examples import Example, Passage
from eval.reader.neighbours import nearest
from eval.reader.questions import Asked, answered, not_here
from rag.text.script import to_cyrillic

SEED = 20261125
SQUAD, TURKISH, QAMR = "train/squad_dev.jsonl.gz", "train/turkish_qa.jsonl.gz", "train/qamr_sentences.jsonl.gz"
NTREX, SETIMES = "parallel/ntrex128_segments_dev.jsonl", "parallel/setimes_sr_hr_segments.jsonl"


@dataclass(frozen=True, slots=True)
class Sets:
    """Examples to train on, and those to choose by, under their names."""

    train: tuple[Example, ...]
    dev: dict[str, tuple[Example, ...]]

    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(e.source for e in self.train).items()))


def build(data: Path) -> Sets:
    """Reads the collections in `data`. Raises BadInput where one is missing."""
    train: list[Example] = []
    dev: dict[str, tuple[Example, ...]] = {}
    for part in (_squad, _turkish, _qamr, _news, _setimes, _starter):
        found, kept = part(data, Random(f"{SEED}:{part.__name__}"))
        train += found
        dev |= kept
    Random(SEED).shuffle(train)
    return Sets(tuple(e for e in train if e.sentences), dev)


Part = tuple[list[Example], dict[str, tuple[Example, ...]]]


def _squad(data: Path, random: Random) -> Part:
    train, back = questions.held(questions.read_asked(data / SQUAD, titled=0.4, random=random))
    known, misses = _split(train)
    found = _present(answered(a, "squad") for a in known)
    found += [not_here(a, "squad-unanswerable", a.within) for a in misses]
    found += _absent(random.sample(known, 2600), train, "squad-null", random)
    found += islice(questions.near_misses(random.sample(known, len(known)), "squad-near", random), 1000)
    found += islice(questions.answer_claims(random.sample(known, len(known)), "squad-answer-claim", random), 1500)
    found += islice(questions.sentence_claims(_passages(train, random), "squad-claim", random), 1300)
    known_back, misses_back = _split(back)
    dev = {
        "squad": _sample(_present(answered(a, "squad") for a in known_back), 250, random),
        "squad-unanswerable": _sample([not_here(a, "squad-unanswerable", a.within) for a in misses_back], 250, random),
        "squad-claims": _sample(questions.answer_claims(known_back, "squad-answer-claim", random), 250, random),
    }
    return found, dev


def _turkish(data: Path, random: Random) -> Part:
    asked = questions.read_asked(data / TURKISH, titled=0.3, random=random)
    back = {t for t in sorted({a.title for a in asked}) if Random(f"{SEED}{t}").random() < 0.12}
    train = [a for a in asked if a.title not in back]
    found = _present(answered(a, "turkish") for a in random.sample(train, min(3000, len(train))))
    found += _absent(random.sample(train, 800), train, "turkish-null", random)
    found += islice(questions.near_misses(random.sample(train, len(train)), "turkish-near", random), 300)
    found += islice(questions.answer_claims(random.sample(train, len(train)), "turkish-answer-claim", random), 400)
    return found, {"turkish": _sample(_present(answered(a, "turkish") for a in asked if a.title in back), 150, random)}


def _qamr(data: Path, random: Random) -> Part:
    asked = questions.read_asked(data / QAMR, titled=0.0, random=random)
    news = [a for a in asked if "wikinews" in a.title]
    other = [a for a in asked if "wikinews" not in a.title]
    chosen = [*random.sample(news, min(3400, len(news))), *random.sample(other, 1600)]
    longer = questions.among_others(asked, random)
    found = _present(answered(a, "qamr", within=longer[a.within.text]) for a in chosen)
    null = random.sample(chosen, 1400)
    texts = sorted(longer)
    near = nearest([a.question for a in null], texts, 12)
    for a, row in zip(null, near, strict=True):
        fit = [longer[texts[i]] for i in row if a.within.text not in longer[texts[i]].text]
        found += [not_here(a, "qamr-null", within) for within in fit[:3] if random.random() < 0.5][:1]
    placed = [_moved(a, longer[a.within.text]) for a in random.sample(chosen, len(chosen))]
    found += islice(questions.near_misses(placed, "qamr-near", random), 500)
    found += islice(questions.answer_claims(placed[::-1], "qamr-answer-claim", random), 500)
    return found, {}


def _news(data: Path, random: Random) -> Part:
    train, back = parallel.held(parallel.documents(data / NTREX))
    found = list(parallel.examples(train, 8000, "ntrex", random))
    made = list(parallel.examples(back, 2_600, "ntrex", random))
    asked = [e for e in made if e.right and not e.claim and _crossing(e)]
    own = [e for e in made if e.right and not e.claim and not _crossing(e)]
    null = [e for e in made if e.absent]
    dev = {
        "ntrex-cross": _sample(asked, 200, random),
        "ntrex-own": _sample(own, 120, random),
        "ntrex-null": _sample(null, 200, random),
        "ntrex-claims": _sample([e for e in made if e.claim], 300, random),
    }
    return found, dev


def _setimes(data: Path, random: Random) -> Part:
    found = parallel.documents(data / SETIMES)
    both = [parallel.Document(d.id, tuple({**s, **_cyrillic(s)} for s in d.segments)) for d in found]
    return list(parallel.examples([d for d in both if len(d.segments) > 4], 900, "setimes", random)), {}


def _cyrillic(segment: Mapping[str, str]) -> dict[str, str]:
    text = segment.get("sr-Latn")
    return {"sr-Cyrl": to_cyrillic(text)} if text else {}


def _starter(_: Path, random: Random) -> Part:
    texts = briefs.briefs()
    train, back = briefs.dev_cases()
    found: list[Example] = []
    for case in train:
        make = briefs.of_unanswerable if case.unanswerable else briefs.of_case
        found += make(case, texts, "balkan", random)
    found += briefs.made(texts, 3200, "briefs", random)
    kept = [e for c in back if not c.unanswerable for e in briefs.of_case(c, texts, "balkan", random)]
    missed = [e for c in back if c.unanswerable for e in briefs.of_unanswerable(c, texts, "balkan", random)]
    dev = {
        "balkan": tuple(e for e in kept if e.right),
        "balkan-null": tuple(e for e in kept if e.absent),
        "balkan-unanswerable": tuple(missed),
    }
    return found, dev


def _split(asked: Sequence[Asked]) -> tuple[list[Asked], list[Asked]]:
    return [a for a in asked if a.answers], [a for a in asked if not a.answers]


def _present(found: Iterable[Example | None]) -> list[Example]:
    return [e for e in found if e]


def _absent(chosen: Sequence[Asked], asked: Sequence[Asked], source: str, random: Random) -> list[Example]:
    """Each question beside a passage near to it in words that does not hold its answer."""
    passages = {a.within.text: a.within for a in asked}
    texts = sorted(passages)
    found = []
    for a, row in zip(chosen, nearest([a.question for a in chosen], texts, 8), strict=True):
        fit = [texts[i] for i in row if not any(w.casefold() in texts[i].casefold() for w in a.answers)]
        if fit:
            found.append(not_here(a, source, passages[random.choice(fit[:4])]))
    return found


def _passages(asked: Sequence[Asked], random: Random) -> list[Passage]:
    passages = list({a.within.text: a.within for a in asked}.values())
    return [random.choice(passages) for _ in range(3000)]


def _moved(asked: Asked, within: Passage) -> Asked:
    return replace(asked, within=within)


def _crossing(example: Example) -> bool:
    asked, told = example.pair.split(":")
    return asked != told and not {asked, told} <= set(parallel.SOUTH_SLAVIC)


def _sample(found: Iterable[Example], count: int, random: Random) -> tuple[Example, ...]:
    every = list(found)
    return tuple(random.sample(every, min(count, len(every))))
