"""Examples from open collections of questions, claims and translations, each answered question with a null partner.

Answers alone move the scale of "not here" without telling near from right (docs/reader.md): so every answered
question stands in a group with the same question beside a near passage that does not answer it, or with a question
on its own passage that the passage does not answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from eval.datasets.lines import Line, read_lines
from rag.text.script import to_latin
from rag.text.sentences import split_sentences
from research.train.reader.data import parallel
from research.train.reader.data.examples import Example, Passage, joined, passage
from research.train.reader.data.parallel import Document
from research.train.reader.data.questions import Asked, among_others, answered, nearest, not_here, read_asked
from research.train.reader.data.swaps import Group, NamePools

SQUAD, QUESTIONS = "train/squad_train_part.jsonl.gz", "train/qa_open.jsonl.gz"
CLAIMS, TRANSLATED = "train/claims_open.jsonl.gz", "train/parallel_open.jsonl.gz"
# Answered questions drawn of each collection. M2QA's licence forbids derivatives, and Amazon's reviews and
# fairy tales are too far from news.
DRAWN = {
    "squadshifts-new": 1400, "squadshifts-reddit": 600, "nq-oracle": 1500, "nq-swap": 700, "tydiqa-goldp": 1200,
    "qed": 470, "selqa": 500, "mlqa": 400, "tweetqa": 400, "qadiscourse-wikinews": 900, "qadiscourse-wikipedia": 300,
}  # fmt: skip
SENTENCES = ("tweetqa", "qadiscourse-wikinews", "qadiscourse-wikipedia")  # one sentence a passage: read among others
TITLED = 0.5  # share of the passages that have a title and show it
LONE, FLORES, BOOLQ, FEVER = 2600, 2800, 700, 1000
LEAD = 260  # characters of an article's opening that are read before its later passages
LED = 0.5  # share of the passages that may be read so which are
_RUN = 24  # segments of FLORES in a row, which are taken for a document
_LONGEST = 5000  # characters of a passage


def groups(data: Path, pools: NamePools, random: Random) -> list[Group]:
    """All that is drawn, in no order; raises BadInput where a collection is missing."""
    found = [*squad_pairs(data / SQUAD, random), *collected(data / QUESTIONS, random)]
    found += translated(flores(data / TRANSLATED), FLORES, pools, random)
    found += yes_no(data / CLAIMS, random)
    found += claimed(data / CLAIMS, random)
    random.shuffle(found)
    return found


def squad_pairs(path: Path, random: Random, *, lone: int = LONE) -> list[Group]:
    """Answerable questions beside the unanswerable ones made from them, then others with what their passage lacks."""
    lines = {line.text("id"): line for line in read_lines(path) if line.text("dataset") == "squad-train"}
    asked = {a.id: a for a in read_asked(lines.values(), titled=0.0, random=random)}
    made_from: dict[str, list[Asked]] = defaultdict(list)
    for name, line in lines.items():
        own = line.text("pair_of", default="")
        if own in asked and asked[own].within is asked[name].within:
            made_from[own].append(asked[name])
    found: list[Group] = []
    used: set[str] = set()
    for own, misses in made_from.items():
        example = answered(asked[own], "squadtrain-pair")
        if example:
            chosen = random.sample(misses, min(2, len(misses)))
            used |= {own, *(m.id for m in chosen)}
            found.append(grouped(example, [not_here(m, "squadtrain-pair-miss", m.within) for m in chosen], random))
    rest = [a for name, a in asked.items() if name not in used and lines[name].text("how") != "lower case"]
    return [*found, *partnered(rest, "squadtrain", random, most=lone)]


def collected(path: Path, random: Random, drawn: dict[str, int] = DRAWN) -> list[Group]:
    """So many answered questions of each collection, each with its null partner."""
    by_name: dict[str, list[Line]] = defaultdict(list)
    for line in read_lines(path):
        if line.text("dataset") in drawn and len(line.text("context")) <= _LONGEST:
            by_name[line.text("dataset")].append(line)
    found: list[Group] = []
    for name, count in drawn.items():
        asked = read_asked(by_name[name], titled=0.0 if name in SENTENCES else TITLED, random=random)
        if name in SENTENCES:
            longer = among_others(asked, random)
            asked = [replace(a, within=longer[a.within.text]) for a in asked]
        found += partnered(asked, name, random, most=count)
    return found


def partnered(asked: Sequence[Asked], source: str, random: Random, *, most: int = 1_000_000) -> list[Group]:
    """Answered questions, each beside a near passage without the answer too, and with a question on its own passage
    that this does not answer where the collection has one. Such questions without an answered one stay alone.
    """
    examples = [(a, e) for a in asked if a.answers and (e := answered(a, source))]
    misses: dict[str, list[Asked]] = defaultdict(list)
    for a in asked:
        if not a.answers:
            misses[a.within.text].append(a)
    # Those first whose own passage has a question that it does not answer.
    chosen = sorted(random.sample(examples, len(examples)), key=lambda pair: pair[0].within.text not in misses)[:most]
    found = []
    for (a, example), null in zip(chosen, nulls([a for a, _ in chosen], asked, random), strict=True):
        own = [misses[a.within.text].pop()] if misses.get(a.within.text) else []
        beside = [not_here(m, f"{source}-miss", m.within) for m in own]
        beside += [not_here(a, f"{source}-null", null)] if null else []
        found.append(grouped(example, beside, random))
    if len(chosen) < most:
        found += [(not_here(m, f"{source}-miss", m.within),) for left in misses.values() for m in left]
    return found


def nulls(chosen: Sequence[Asked], asked: Sequence[Asked], random: Random) -> Iterator[Passage | None]:
    """For each question a passage near to it in words that holds none of its answers; None where all do."""
    passages = {a.within.text: a.within for a in asked}
    texts = sorted(passages)
    if not chosen:
        return
    for a, row in zip(chosen, nearest([a.question for a in chosen], texts, 8), strict=True):
        held = [w.casefold() for w in a.answers]
        fit = [texts[i] for i in row if texts[i] != a.within.text and not any(w in texts[i].casefold() for w in held)]
        yield passages[random.choice(fit[:3])] if fit else None


def grouped(example: Example, beside: Sequence[Example], random: Random) -> Group:
    """The example and what it is compared with, marked as one group; alone where there is nothing."""
    if not beside:
        return (example,)
    mark = f"{random.getrandbits(48):012x}"
    return tuple(replace(e, group=mark) for e in (example, *beside))


def flores(path: Path) -> list[Document]:
    """FLORES-200 in runs of segments that follow each other; Serbian in both scripts."""
    table: dict[int, dict[str, str]] = defaultdict(dict)
    for line in read_lines(path):
        name, _, number = line.text("seg_id").rpartition(":")
        if name == "flores200:devtest":
            table[int(number)][line.text("language")] = line.text("text")
    for segment in table.values():
        if "sr-Cyrl" in segment:
            segment["sr-Latn"] = to_latin(segment["sr-Cyrl"])
    numbers = sorted(table)
    runs = (numbers[i : i + _RUN] for i in range(0, len(numbers), _RUN))
    return [Document(f"flores:{run[0]}", tuple(table[n] for n in run)) for run in runs]


def translated(found: Sequence[Document], count: int, pools: NamePools, random: Random) -> Iterator[Group]:
    """Questions on a segment in one language, the text in another (or the same), with near misses, and beside the
    segments that come nearest in the question's own language.
    """
    asked: dict[str, list[tuple[Document, int, Group]]] = defaultdict(list)
    for members, document, at in parallel.placed(found, count, "flores", pools, random):
        asked[members[0].pair.partition(":")[0]].append((document, at, members))
    for language, rows in sorted(asked.items()):
        known = [(d, i) for d in found for i in range(len(d.segments)) if language in d.segments[i]]
        near = nearest([m[0].question for _, _, m in rows], [d.segments[i][language] for d, i in known], 8)
        for (document, at, members), row in zip(rows, near, strict=True):
            own, told = members[0], members[0].pair.partition(":")[2]
            fit = [known[k] for k in row if known[k][0] is not document or abs(known[k][1] - at) > 6]
            if not fit:
                continue
            where, number = fit[0]
            first = max(0, number - random.randint(0, 3))
            other = parallel.window_of(where, range(first, min(len(where.segments), number + 3)), told)
            null = replace(
                own, source="flores-null", text=other.text, sentences=other.sentences, right=(), spans=(),
                absent=True, stated=False,
            )  # fmt: skip
            yield grouped(own, [*members[1:], null], random)


def yes_no(path: Path, random: Random, count: int = BOOLQ) -> list[Group]:
    """Questions of BoolQ: their passage settles them, by whichever sentence; a near one does not."""
    lines = [line for line in read_lines(path) if line.text("dataset") == "boolq"]
    passages = {line.text("text"): passage(line.text("text"), language="en", group="boolq") for line in lines}
    asked = [Asked(line.text("id"), line.text("claim"), passages[line.text("text")], (), "") for line in lines]
    chosen = random.sample(asked, min(count, len(asked)))
    found = []
    for a, null in zip(chosen, nulls(chosen, asked, random), strict=True):
        settled = replace(not_here(a, "boolq", a.within), absent=False, stated=True)
        found.append(grouped(settled, [not_here(a, "boolq-null", null)] if null else [], random))
    return found


def claimed(path: Path, random: Random, count: int = FEVER) -> list[Group]:
    """Claims of FEVER beside the sentence that bears them out or not, among others near to it."""
    lines = [line for line in read_lines(path) if line.text("dataset").startswith("fever")]
    lines = [line for line in lines if len(split_sentences(line.text("text"), "en")) == 1]
    chosen = random.sample(lines, min(count, len(lines)))
    texts = sorted({line.text("text") for line in lines})
    found = []
    for line, row in zip(chosen, nearest([line.text("text") for line in chosen], texts, 10), strict=True):
        own = line.text("text")
        others = [texts[i] for i in row if texts[i] != own]
        segments = [own, *random.sample(others, min(len(others), random.randint(0, 3)))]
        random.shuffle(segments)
        within, label = joined(segments, language="en", group="fever"), line.text("label")
        found.append(
            Example(
                f"fever-{label}", line.text("claim"), within.text, within.sentences,
                (segments.index(own),) if label == "true" else (),
                stated=label == "true", claim=True, pair="en:en",
            )
        )  # fmt: skip
    return [(e,) for e in found]


def led(members: Group, random: Random, share: float = LED) -> Group:
    """Some groups as later passages are read: the opening stands before the first sentence and is not to be chosen.

    A headline that may be chosen stays a sentence, before the opening.
    """
    first = members[0]
    if first.claim or random.random() >= share:
        return members
    cut = {e.text: _opening(e) for e in members}
    low, high = cut[first.text]
    if low == high or any(low <= i < high for i in first.right):
        return members
    return tuple(_without(e, *cut[e.text]) for e in members)


def _opening(example: Example) -> tuple[int, int]:
    """From which sentence to which the opening is that fits into `LEAD` characters; two sentences are left."""
    spans = example.sentences
    headed = len(spans) > 1 and spans[0].start == 0 and "\n" in example.text[spans[0].end : spans[1].start]
    low = int(headed)
    high = low
    while high + 2 < len(spans) and spans[high].end - spans[low].start <= LEAD:
        high += 1
    return low, high


def _without(example: Example, low: int, high: int) -> Example:
    shown = (*example.sentences[:low], *example.sentences[high:])
    spans = tuple(s for s in example.spans if any(k.start <= s.start < k.end for k in shown))
    right = tuple(i if i < low else i - (high - low) for i in example.right)
    return replace(example, sentences=shown, right=right, spans=spans)
