"""The labels by which reports of one event are told from others."""

from research.stories import LABELS, labels


def test_labels_are_ids_alone_and_no_pair_has_two():
    rows = labels()
    assert len(rows) > 100
    for row in rows:
        assert set(row) == {"seed", "same", "near", "other"}
        named = [row["seed"], *row["same"], *row["near"], *row["other"]]
        assert len(named) == len(set(named)) and all(" " not in name for name in named)
    assert "title" not in LABELS.read_text(encoding="utf-8")
