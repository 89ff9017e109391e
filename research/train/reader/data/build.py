"""Puts the training set together, and the sets to choose by; all draws follow one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random

from eval.datasets.languages import bare, other_script
from eval.datasets.lines import read_lines
from rag.text.language import family
from research.train.reader.data import news, open_sets, parallel, parallel_questions, questions, stories, written
from research.train.reader.data.examples import Example, Passage
from research.train.reader.data.questions import Asked, answered, nearest, not_here
from research.train.reader.data.swaps import Group, NamePools, group, read_pools

TYPED = (0.28, 0.10, 0.06)  # shares of the questions: small letters, bare, in Latin letters


def as_typed(example: Example, random: Random) -> Example:
    """The same example, its question typed in one of these ways or as it was; claims stay."""
    if example.claim:
        return example
    return replace(example, question=retyped(example.question, example.pair.split(":")[0], random.random()))


def retyped(question: str, language: str, drawn: float, shares: tuple[float, float, float] = TYPED) -> str:
    """The question as a reader types it, by a number drawn from 0 to 1: in one of three ways, or as it was."""
    small, plain, latin = shares
    if drawn < small:
        return question.lower().rstrip("?; ")
    if drawn < small + plain:
        return bare(question, language)
    if drawn < small + plain + latin and language in ("mk", "bg", "sr-Cyrl", "el"):
        return other_script(question, language)
    return question


SEED = 20261125
SQUAD, TURKISH, QAMR = "train/squad_dev.jsonl.gz", "train/turkish_qa.jsonl.gz", "train/qamr_sentences.jsonl.gz"
NTREX = "parallel/ntrex128_segments_dev.jsonl"


@dataclass(frozen=True, slots=True)
class Sets:
    """Examples to train on, and those to choose by, under their names."""

    train: tuple[Example, ...]
    dev: dict[str, tuple[Example, ...]]

    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(e.source for e in self.train).items()))


@dataclass(frozen=True, slots=True)
class Mix:
    """What is drawn: `hands`: only written records whose ids begin so; `same`: the share that is kept of the written
    questions in the language of their article; `beside`: so many examples of the first collections for each written
    one; `fresh`: the share that comes from the open sets; `most`: so many examples in all; `parallel`: in so many
    variants each parallel question is asked, and whether it is `taught` by its reading in one language.
    """

    hands: tuple[str, ...] = ()
    same: float = 1.0
    beside: float | None = None
    fresh: float = 0.0
    most: int = 1_000_000
    parallel: int = 0
    taught: bool = False


def build(data: Path, *, seed: int = SEED, mix: Mix = Mix()) -> Sets:
    """Reads the collections in `data`; another seed draws other examples. Raises BadInput where one is missing."""
    train: list[Group] = []
    dev: dict[str, tuple[Example, ...]] = {}
    pools = read_pools(data, told_names(data))
    for part in (_squad, _turkish, _qamr, _news, _texts, _stories, _starter):
        found, back = part(data, Random(f"{seed}:{part.__name__}"), pools)
        train += [e if isinstance(e, tuple) else (e,) for e in found]
        dev |= back
    own, dev["written"] = _written(data, Random(f"{seed}:_written"), mix.hands)
    kept = Random(f"{seed}:same")
    own = [g for g in own if _foreign(g[0]) or kept.random() < mix.same]
    fresh = open_sets.groups(data, pools, Random(f"{seed}:open_sets")) if mix.fresh else []
    random = Random(seed)
    if mix.beside is not None:
        random.shuffle(own)
        own = _first(own, (1 - mix.fresh) * mix.most / (1 + mix.beside))
        random.shuffle(train)
        train = _first(train, mix.beside * sum(map(len, own)))
    train += own
    if mix.fresh:
        leads = Random(f"{seed}:leads")
        train += _first(fresh, mix.fresh / (1 - mix.fresh) * sum(map(len, train)))
        train = [open_sets.led(members, leads) for members in train]
    asked, back = _parallel(data, Random(f"{seed}:parallel"), mix)
    dev |= back
    train = [*_first(train, mix.most - sum(map(len, asked))), *asked]
    random.shuffle(train)
    flat = (_typed(e, random) for members in _first(train, mix.most) for e in members if e.sentences)
    return Sets(tuple(flat), dev)


def _typed(example: Example, random: Random) -> Example:
    """The stories are typed in several ways where they are made."""
    return example if example.source.startswith("stories") else as_typed(example, random)


Part = tuple[list[Example | Group], dict[str, tuple[Example, ...]]]


def told_names(data: Path) -> Iterable[tuple[str, str]]:
    """Texts whose names may be put in a question: translated news and the briefs."""
    for document in parallel.held(parallel.documents(data / NTREX))[0]:
        for segment in document.segments:
            yield from segment.items()
    for brief in news.briefs().values():
        yield brief.language, brief.text


def _swapped(
    found: Iterable[Example], share: float, language: str, pools: NamePools, random: Random
) -> list[Example | Group]:
    """A share of the answered questions together with near misses of them."""
    return [group(e, language, e.text, pools, random) if random.random() < share else e for e in found]


def _squad(data: Path, random: Random, pools: NamePools) -> Part:
    train, back = questions.held(questions.read_asked(read_lines(data / SQUAD), titled=0.4, random=random))
    known, misses = _split(train)
    found = _swapped(_present(answered(a, "squad") for a in known), 0.4, "en", pools, random)
    found += [not_here(a, "squad-unanswerable", a.within) for a in misses]
    found += _absent(random.sample(known, 1800), train, "squad-null", random)
    found += islice(questions.answer_claims(random.sample(known, len(known)), "squad-answer-claim", random), 1200)
    found += islice(questions.sentence_claims(_passages(train, random), "squad-claim", random), 1200)
    known_back, misses_back = _split(back)
    dev = {
        "squad": _sample(_present(answered(a, "squad") for a in known_back), 250, random),
        "squad-unanswerable": _sample([not_here(a, "squad-unanswerable", a.within) for a in misses_back], 250, random),
        "squad-claims": _sample(questions.answer_claims(known_back, "squad-answer-claim", random), 250, random),
    }
    return found, dev


def _turkish(data: Path, random: Random, pools: NamePools) -> Part:
    asked = questions.read_asked(read_lines(data / TURKISH), titled=0.3, random=random)
    back = {t for t in sorted({a.title for a in asked}) if Random(f"{SEED}{t}").random() < 0.12}
    train = [a for a in asked if a.title not in back]
    chosen = random.sample(train, min(3000, len(train)))
    found = _swapped(_present(answered(a, "turkish") for a in chosen), 0.4, "tr", pools, random)
    found += _absent(random.sample(train, 600), train, "turkish-null", random)
    found += islice(questions.answer_claims(random.sample(train, len(train)), "turkish-answer-claim", random), 400)
    return found, {"turkish": _sample(_present(answered(a, "turkish") for a in asked if a.title in back), 150, random)}


def _qamr(data: Path, random: Random, pools: NamePools) -> Part:
    asked = questions.read_asked(read_lines(data / QAMR), titled=0.0, random=random)
    wikinews = [a for a in asked if "wikinews" in a.title]
    other = [a for a in asked if "wikinews" not in a.title]
    chosen = [*random.sample(wikinews, min(2400, len(wikinews))), *random.sample(other, 1200)]
    longer = questions.among_others(asked, random)
    asked_of = _present(answered(a, "qamr", within=longer[a.within.text]) for a in chosen)
    found = _swapped(asked_of, 0.3, "en", pools, random)
    null = random.sample(chosen, 1000)
    texts = sorted(longer)
    near = nearest([a.question for a in null], texts, 12)
    for a, row in zip(null, near, strict=True):
        fit = [longer[texts[i]] for i in row if a.within.text not in longer[texts[i]].text]
        found += [not_here(a, "qamr-null", within) for within in fit[:3] if random.random() < 0.5][:1]
    placed = [replace(a, within=longer[a.within.text]) for a in random.sample(chosen, len(chosen))]
    found += islice(questions.answer_claims(placed[::-1], "qamr-answer-claim", random), 500)
    return found, {}


def _news(data: Path, random: Random, pools: NamePools) -> Part:
    train, back = parallel.held(parallel.documents(data / NTREX))
    found: list[Example | Group] = list(parallel.examples(train, 5000, "ntrex", random))
    found += parallel.groups(train, 6000, "ntrex", pools, random)
    made = list(parallel.examples(back, 2_600, "ntrex", random))
    asked = [e for e in made if e.right and not e.claim and _crossing(e)]
    own = [e for e in made if e.right and not e.claim and not _crossing(e)]
    null = [e for e in made if e.absent]
    swaps = [e for members in parallel.groups(back, 400, "ntrex", pools, random) for e in members]
    dev = {
        "ntrex-cross": _sample(asked, 200, random),
        "ntrex-own": _sample(own, 120, random),
        "ntrex-null": _sample(null, 200, random),
        "ntrex-claims": _sample([e for e in made if e.claim], 300, random),
        "swap-own": tuple(e for e in swaps if not _crossing(e) and e.group)[:300],
        "swap-cross": tuple(e for e in swaps if _crossing(e) and e.group)[:300],
    }
    return found, dev


def _texts(data: Path, random: Random, pools: NamePools) -> Part:
    found: list[Example | Group] = list(news.groups(news.texts(data), 5000, pools, random))
    return [*found, *news.pairs(data, 2500, random)], {}


def _stories(_: Path, random: Random, pools: NamePools) -> Part:
    """Another draw of the same templates is kept to see that they are learned, not to choose by."""
    found: list[Example | Group] = list(stories.groups(8500, random))
    return found, {"stories": tuple(e for g in stories.groups(120, random) for e in g)}


def _starter(_: Path, random: Random, pools: NamePools) -> Part:
    texts = news.briefs()
    train, back = news.dev_cases()
    found: list[Example | Group] = []
    for _repeat in range(3):
        for case in train:
            if case.unanswerable:
                found += news.of_unanswerable(case, texts, "balkan", random)
            else:
                own = " ".join(texts[i].text for i in case.gold_doc_ids if texts[i].language == case.language)
                for e in news.of_case(case, texts, "balkan", random):
                    found.append(group(e, case.language, own, pools, random) if e.right else e)
    found += news.made(texts, 1600, "briefs", random)
    kept = [e for c in back if not c.unanswerable for e in news.of_case(c, texts, "balkan", random)]
    missed = [e for c in back if c.unanswerable for e in news.of_unanswerable(c, texts, "balkan", random)]
    dev = {
        "balkan": tuple(e for e in kept if e.right),
        "balkan-null": tuple(e for e in kept if e.absent),
        "balkan-unanswerable": tuple(missed),
    }
    return found, dev


def _written(data: Path, random: Random, hands: Sequence[str]) -> tuple[list[Group], tuple[Example, ...]]:
    records = [r for r in written.records() if not hands or r.id.startswith(tuple(hands))]
    written.fetch(records, data / news.NEWS)
    train, back = [r for r in records if not r.held], [r for r in records if r.held]
    found = list(written.groups(train, random))
    found += written.translated(train, parallel.documents(data / NTREX), random)
    kept = [e for members in written.groups(back, random) for e in members]
    return found, tuple(kept)[:: max(1, len(kept) // 400)]


def _parallel(data: Path, random: Random, mix: Mix) -> tuple[list[Group], dict[str, tuple[Example, ...]]]:
    """The parallel questions to train on; those kept back in three variants each, in one language and in two."""
    documents, every = parallel_questions.texts(data), parallel_questions.read_questions()
    train = [q for q in every if not parallel_questions.held(q)] if mix.parallel else []
    found = list(parallel_questions.groups(train, documents, random, each=mix.parallel, taught=mix.taught))
    drawn, dev = Random(SEED), {}
    for name, own in (("parallel-own", True), ("parallel-cross", False)):
        kept = parallel_questions.kept(every, documents, drawn, own=own)
        dev[name] = _sample((m[0] for m in kept), 250, drawn)
        dev[f"{name}-miss"] = _sample((e for m in kept for e in m[1:] if e.source == "parallel-miss"), 250, drawn)
    return found, dev


def _foreign(example: Example) -> bool:
    """Whether question and passage are in languages of two families."""
    asked, _, told = example.pair.partition(":")
    return family(asked) != family(told)


def _first(groups: Sequence[Group], examples: float) -> list[Group]:
    """Takes groups until they hold that many examples."""
    found, count = [], 0
    for members in groups:
        if count >= examples:
            break
        found.append(members)
        count += len(members)
    return found


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


def _crossing(example: Example) -> bool:
    asked, told = example.pair.split(":")
    return asked != told and not {asked, told} <= set(parallel.SOUTH_SLAVIC)


def _sample(found: Iterable[Example], count: int, random: Random) -> tuple[Example, ...]:
    every = list(found)
    return tuple(random.sample(every, min(count, len(every))))
