"""Precision, recall and F1 beside labels, and lists of labels that cannot be read."""

import pytest

from interplay.kernel.errors import AppError
from interplay.unify.matching.contracts import Scored
from interplay.unify.matching.measuring import labels, qualities


def scored(one, other, probability):
    return Scored(one, other, probability, ())


def test_pairs_are_counted_by_identifier_whether_joined_already_or_found():
    people = {1: ["a", "a"], 2: ["a"], 3: ["b"], 4: ["b"], 5: ["c"]}  # customer 1 has two identifiers of one person
    found = [scored(1, 2, 0.99), scored(3, 5, 0.9), scored(3, 4, 0.4), scored(1, 77, 0.99)]
    pairs, (strict, loose) = qualities(people, found, (0.9, 0.3))
    assert pairs == 3 + 1
    assert (strict.found_count, strict.right_count) == (1 + 2 + 1, 3)
    assert (strict.precision, strict.recall, strict.f1) == (0.75, 0.75, 0.75)
    assert (loose.found_count, loose.right_count, loose.recall) == (5, 4, 1.0)


def test_what_the_rules_joined_wrongly_counts_against_precision():
    _, (quality,) = qualities({1: ["a", "b"]}, [], (0.9,))
    assert (quality.found_count, quality.precision, quality.recall) == (1, 0.0, None)


def test_nothing_found_has_no_precision():
    _, (quality,) = qualities({1: ["a"], 2: ["a"]}, [], (0.9,))
    assert (quality.precision, quality.recall, quality.f1) == (None, 0.0, 0.0)


def test_labels_are_read_whichever_way_the_columns_stand(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text("\ufeffperson,identifier\n7,ext:crm:1\n", "utf-8")
    assert labels(file) == [("ext:crm:1", "7")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"who,person\n1,2\n", "matching.truth_columns"),
        (b"", "matching.truth_columns"),
        (b"identifier,person,note\n1,2,3\n", "matching.truth_columns"),
        (b"identifier,person\nuser_id:1\n", "matching.truth_row"),
        (b"identifier,person\nuser_id:1,2,3\n", "matching.truth_row"),
        (b"identifier,person\n\xff,2\n", "matching.truth_file"),
        (None, "matching.truth_file"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path, content, code):
    file = tmp_path / "truth.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(AppError) as refused:
        labels(file)
    assert refused.value.code == code
