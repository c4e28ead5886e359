"""Where a customer's facts are."""

from collections.abc import Sequence

from interplay.kernel.ids import Position, SubjectId
from interplay.understand.profiles.contracts import Reading


def positions_of(reading: Reading, subjects: Sequence[SubjectId]) -> list[Position]:
    """Return where the subjects' facts are, in order, as far as the warehouse has come."""
    with reading.warehouse.session() as session:
        facts = session.table("facts")
        found = facts.filter(facts.subject.isin(subjects)).select("position").to_pyarrow()
    return sorted(found["position"].to_pylist())
