"""How good the pairs are, beside a list in which somebody has written who is one person."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId
from interplay.unify.matching.contracts import Quality, Scored

COLUMNS = ("identifier", "person")
ROWS_MAX = 1_000_000


def labels(file: Path) -> list[tuple[str, str]]:
    """Return (identifier, person) of each row of a CSV file.

    Raises AppError `matching.truth_file`, `matching.truth_columns`, `matching.truth_row`, `matching.truth_rows`.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return _labels(lines)
    except OSError as error:
        raise AppError("matching.truth_file", path=str(file), reason=error.strerror) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise AppError("matching.truth_file", path=str(file), reason=str(error)) from None


def _labels(lines: Iterable[str]) -> list[tuple[str, str]]:
    rows = csv.DictReader(lines)
    if set(rows.fieldnames or ()) != set(COLUMNS):
        raise AppError("matching.truth_columns", given=", ".join(rows.fieldnames or ()), allowed=", ".join(COLUMNS))
    found = []
    for row in rows:
        identifier, person = row["identifier"], row["person"]
        if not identifier or not person or None in row:
            raise AppError("matching.truth_row", line=rows.line_num)
        found.append((identifier, person))
        if len(found) > ROWS_MAX:
            raise AppError("matching.truth_rows", allowed=ROWS_MAX)
    return found


def qualities(
    people: Mapping[CustomerId, Sequence[str]], scored: Sequence[Scored], probabilities: Iterable[float]
) -> tuple[int, list[Quality]]:
    """Return how many pairs of identifiers are one person, and how good the pairs from each probability on are.

    `people` gives the persons of each customer's labelled identifiers: more than one where the rules joined several.
    A pair of identifiers is found when their customers are, or when they are one customer already.
    """
    counts = {customer: Counter(persons) for customer, persons in people.items()}
    everybody: Counter[str] = Counter()
    for count in counts.values():
        everybody.update(count)
    pairs = sum(map(_pairs, everybody.values()))
    joined = sum(_pairs(count.total()) for count in counts.values())
    joined_right = sum(_pairs(n) for count in counts.values() for n in count.values())
    known = [
        (
            one.probability,
            counts[one.one].total() * counts[one.other].total(),
            _common(counts[one.one], counts[one.other]),
        )
        for one in scored
        if one.one in counts and one.other in counts
    ]
    return pairs, [
        _quality(
            least,
            joined + sum(found for probability, found, _ in known if probability >= least),
            joined_right + sum(right for probability, _, right in known if probability >= least),
            pairs,
        )
        for least in probabilities
    ]


def _quality(least: float, found: int, right: int, pairs: int) -> Quality:
    """Precision is right / found, recall right / pairs, F1 their harmonic mean, 2 right / (found + pairs)."""
    return Quality(
        least, found, right,
        precision=right / found if found else None,
        recall=right / pairs if pairs else None,
        f1=2 * right / (found + pairs) if found + pairs else None,
    )  # fmt: skip


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _common(one: Counter[str], other: Counter[str]) -> int:
    return sum(count * other[person] for person, count in one.items())
