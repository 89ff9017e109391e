"""Mean questions from parallel segments, with an embedder made by hand."""

import json

import numpy as np
import pytest

from research.language_means import fit_means, half, save_means


class Embedder:
    model_id, dimension, max_tokens = "made@1", 2, 512

    def embed_query(self, text):
        return np.array([len(text), 1.0], np.float32)


@pytest.fixture
def segments(tmp_path):
    rows = [
        {"seg_id": f"s{n}", "doc_id": f"doc{n}", "language": language, "text": "a" * (n + 1)}
        for n in range(20)
        for language in ("sr-Latn", "hr", "en")
    ]
    path = tmp_path / "segments.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_half_of_the_documents_is_taken_whole_and_languages_searched_as_one_are_one(segments):
    found = half(segments)
    assert set(found) == {"sh", "en"}
    assert 0 < len(found["en"]) < 20 and len(found["sh"]) == 2 * len(found["en"])
    assert set(found["sh"]) == set(found["en"])


def test_the_mean_is_of_embedded_questions_and_is_written_with_its_model(tmp_path):
    out = tmp_path / "means.json"
    save_means(fit_means({"en": ["a", "aaa"], "sh": ["aa"]}, Embedder()), out, source="made by hand")
    held = json.loads(out.read_text(encoding="utf-8"))[Embedder().model_id]
    assert held["means"] == {"en": [2.0, 1.0], "sh": [2.0, 1.0]}
    assert held["segments"] == {"en": 2, "sh": 1} and "made by hand" in held["about"]
