"""The labels and sentences that stories and event days are measured by, and the groups with a number changed."""

import json
from datetime import date

from research.stories import DATED, LABELS, groups, labels


def test_labels_are_ids_alone_and_no_pair_has_two():
    rows = labels()
    assert len(rows) > 100
    for row in rows:
        assert set(row) == {"seed", "same", "near", "other"}
        named = [row["seed"], *row["same"], *row["near"], *row["other"]]
        assert len(named) == len(set(named)) and all(" " not in name for name in named)
    assert "title" not in LABELS.read_text(encoding="utf-8")


def test_dated_sentences_are_whole_and_of_every_language():
    rows = [json.loads(line) for line in DATED.read_text(encoding="utf-8").splitlines()]
    assert len({row["text"] for row in rows}) == len(rows) > 290
    assert len({row["language"] for row in rows}) >= 10
    for row in rows:
        assert abs((date.fromisoformat(row["day"]) - date.fromisoformat(row["published"])).days) < 40


def test_in_every_second_group_one_number_of_one_version_is_changed():
    made = groups()
    changed = [group for group in made if group.changed]
    assert len(made) == 60 and len(changed) > 20
    for group in made:
        differ = [text != version.plain for _, version, text in group.versions]
        assert sum(differ) == bool(group.changed)
        assert not group.changed or group.changed in group.versions[0][2]
