"""The shipped reader on texts of every size and kind."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.config import EmbeddingSettings
from rag.models.files import prepare_model
from rag.reader.reader import LONGEST, UNREAD, load_reader
from rag.text.sentences import Span, split_sentences

SETTINGS = EmbeddingSettings(threads=1)
FERRY = (
    "A ferry ran aground off Orebić on Tuesday evening. All 214 passengers were taken ashore by fishing boats. "
    "The captain, Luka Marinović, said that the rudder had failed. The harbour office expects to have the vessel towed "
    "to Split on Thursday."
)
BUDGET = "The town council of Kotor adopted next year's budget. It foresees 31 million euros for roads and schools."


@pytest.fixture(scope="module")
def reader():
    return load_reader(SETTINGS)


def read(reader, question, text):
    return reader.read(question, text, split_sentences(text))


def best(reading):
    return max(range(len(reading.sentences)), key=reading.sentences.__getitem__)


def short(reading, text):
    span = reading.answers[best(reading)]
    return text[span.start : span.end]


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        ("How many passengers were on the ferry?", 1, "214"),
        ("Who was the captain of the ferry?", 2, "Luka Marinović"),
        ("Where will the ferry be towed?", 3, "Split"),
    ],
)
def test_the_sentence_and_the_short_answer(reader, question, sentence, answer):
    reading = read(reader, question, FERRY)
    assert best(reading) == sentence
    assert answer in short(reading, FERRY)


def test_the_verdict_is_high_where_the_words_answer_and_low_where_the_text_leaves_it_open(reader):
    told, open_ = (read(reader, question, FERRY) for question in ("Who was the captain?", "Who owns the ferry?"))
    assert told.answers[best(told)].verdict > 1 > -1 > open_.answers[best(open_)].verdict


def test_a_question_in_another_language(reader):
    assert best(read(reader, "Koliko je putnika bilo na trajektu?", FERRY)) == 1
    assert best(read(reader, "Πόσοι επιβάτες ήταν στο πλοίο;", FERRY)) == 1


def test_what_a_text_answers_is_less_absent_than_what_it_does_not(reader):
    question = "Who was the captain of the ferry?"
    assert max(read(reader, question, BUDGET).sentences) < 0 < max(read(reader, question, FERRY).sentences)


def test_a_headline_is_seen_and_never_scored(reader):
    text = f"Ferry aground, captain Luka Marinović blames the rudder\n{FERRY}"
    offset = len(text) - len(FERRY)
    spans = [Span(s.start + offset, s.end + offset) for s in split_sentences(FERRY)]
    reading = reader.read("Who was the captain of the ferry?", text, spans)
    assert len(reading.sentences) == 4
    assert reading.answers[best(reading)].start >= offset


def test_a_long_text_is_read_to_its_end(reader):
    text = " ".join([BUDGET] * 60 + [FERRY])
    spans = split_sentences(text)
    reading = reader.read("Who was the captain of the ferry?", text, spans)
    assert best(reading) == len(spans) - 2
    assert min(reading.sentences) > UNREAD
    assert short(reading, text).startswith("Luka")


def test_a_very_long_text_is_cut_and_says_so(reader):
    text = "word " * (LONGEST // 5) + "end. " + BUDGET
    spans = split_sentences(text)
    reading = reader.read("What?", text, spans)
    assert len(reading.sentences) == len(spans) and reading.sentences[-1] == UNREAD


@pytest.mark.parametrize(
    "text", ["Zagreb", "12 345 6789", "?!", "\ud800 and \u200b", "a" * 5000, "Ένα\u0301", "1\n2\n3"]
)
def test_odd_texts_are_read(reader, text):
    reading = read(reader, "How many people live in Zagreb?", text)
    assert all(score > -1000 for score in reading.sentences)
    for answer in filter(None, reading.answers):
        assert 0 <= answer.start <= answer.end <= len(text)


@pytest.mark.parametrize("question", ["?", "x" * 20_000, "\ud800", "Why? " * 400, "1"])
def test_odd_questions_are_asked(reader, question):
    assert len(read(reader, question, BUDGET).sentences) == 2


def test_nothing_to_read_and_nothing_asked(reader):
    for question, text, spans in (("Who?", "", []), ("Who?", "   ", []), ("  ", BUDGET, split_sentences(BUDGET))):
        reading = reader.read(question, text, spans)
        assert reading.sentences == (UNREAD,) * len(spans)
        assert reading.answers == (None,) * len(spans) and reading.stated == UNREAD


def test_threads_read_as_one_does(reader):
    alone = read(reader, "Who was the captain?", FERRY)
    with ThreadPoolExecutor(4) as pool:
        assert all(r == alone for r in pool.map(lambda _: read(reader, "Who was the captain?", FERRY), range(8)))


MEMORY = """
import sys
from pathlib import Path
from tokenizers import Tokenizer
from rag.config import EmbeddingSettings
from rag.models.embed import load_embedder
from rag.models.files import prepare_model
from rag.reader.reader import load_reader
from rag.text.sentences import split_sentences
settings = EmbeddingSettings(threads=1)
load_embedder(settings).embed_query("warm")
tokenizer = Tokenizer.from_file(str(prepare_model(settings).path / "onnx/tokenizer.json"))
resident = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 1_000_000
before = resident()
reader = load_reader(settings, tokenizer=tokenizer)
text = " ".join(["The council met in the town hall on Tuesday."] * 40)
reader.read("Who met?", text, split_sentences(text))
print(resident() - before, "torch" in sys.modules, "transformers" in sys.modules, "onnx" in sys.modules)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="resident memory is read from /proc")
def test_it_adds_little_memory_and_no_pytorch():
    prepare_model(SETTINGS)
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True, timeout=120)
    megabytes, torch, transformers, onnx = done.stdout.split()
    assert 0 < int(megabytes) < 150
    assert (torch, transformers, onnx) == ("False", "False", "False")
