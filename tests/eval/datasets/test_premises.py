"""False premises and near names as suites: their cases by hand and variant, and what a wrong file gets."""

import pytest

from eval.datasets.load import load
from eval.datasets.premises import names_suite
from rag.errors import BadInput


def test_each_false_premise_has_a_true_partner_in_all_variants_and_names_what_contradicts_it():
    suite = load("premises")
    items = {c.parallel_id for c in suite.cases}
    assert len(items) >= 100 and len(suite.cases) == len(items) * 2 * 13 and set(suite.splits()) == {"a", "b"}
    denied = [c for c in suite.cases if c.status == "contradicted"]
    assert all(c.unanswerable and c.gold_quotes and c.gold_doc_ids for c in denied)
    assert all(c.answers for c in suite.cases if c.category.startswith("true_"))
    never = [c for c in suite.cases if c.category == "never"]
    assert never and not any(c.gold_quotes or c.status for c in never)


def test_each_near_name_is_asked_of_an_article_on_the_other_one():
    suite = load("names")
    own = [c for c in suite.cases if c.category.startswith("own_")]
    assert len(own) == 200 and len(suite.cases) == 400 and set(suite.splits()) == {"a", "b"}
    assert all(c.answers and not c.unanswerable for c in own)
    assert all(c.unanswerable for c in suite.cases if c.category.startswith("near_"))


@pytest.mark.parametrize(
    ("text", "said"), [("[[pair", "is not TOML"), ("a = 1", "[[pair]]"), ('[[pair]]\nid = "x"', "0.kind")]
)
def test_a_wrong_file_is_named_with_its_field(tmp_path, text, said):
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        names_suite([], tmp_path)
    assert "c.toml" in str(raised.value) and said in str(raised.value)
