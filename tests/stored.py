"""What a data directory holds, read beside the product: the log row by row, and whether its folds agree with it."""

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from interplay.bootstrap.access import Access
from interplay.bootstrap.home import Home, open_home
from interplay.collect.facts.api import Declarations
from interplay.engine.log.read import LogReader
from interplay.engine.olap.contracts import FACT_COLUMNS
from interplay.engine.olap.contracts import FILE_NAME as WAREHOUSE_FILE_NAME
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment

EVERYBODY = 'count("page.viewed") >= 0'
ROWS_AT_ONCE = 50_000
COLUMNS = tuple(name for name, _ in FACT_COLUMNS)


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact of the log with its body opened. `fields` are those the warehouse gets."""

    position: int
    name: str
    occurred_at: int
    subject: int | None
    subjects: tuple[int, ...]
    source: str
    message_id: str
    identifiers: tuple[tuple[str, str], ...]
    fields: dict[str, Any]
    traits: tuple[tuple[str, str], ...]  # trait and operation
    row: tuple[Any, ...]  # as FACT_COLUMNS


def facts(data: Path) -> list[StoredFact]:
    """Return the log, in order. A server may run beside it."""
    home = open_home(data)
    projector = Declarations(home.database, home.settings.brand, home.keys).current().projector
    found: list[StoredFact] = []
    with closing(LogReader(home.database)) as reader:
        while rows := reader.read(found[-1].position if found else 0, ROWS_AT_ONCE):
            for row in rows:
                payload = projector.payload(row)
                found.append(
                    StoredFact(
                        position=row.position,
                        name=projector.name(row, payload),
                        occurred_at=row.occurred_at,
                        subject=row.subject,
                        subjects=(() if row.subject is None else (row.subject,)) + row.also,
                        source=row.source,
                        message_id=payload.message_id,
                        identifiers=payload.identifiers,
                        fields=projector.fields(row, payload),
                        traits=tuple((one.trait, one.op.value) for one in projector.trait_changes(row, payload)),
                        row=(
                            row.position, row.subject, projector.name(row, payload), row.occurred_at,
                            row.received_at, int(row.origin), row.source,
                        ),
                    )
                )  # fmt: skip
    home.close()
    return found


def names(stored: list[StoredFact]) -> Counter[str]:
    return Counter(fact.name for fact in stored)


def message_ids(stored: list[StoredFact]) -> Counter[str]:
    return Counter(fact.message_id for fact in stored)


def people(stored: list[StoredFact]) -> list[frozenset[tuple[str, str]]]:
    """Return each customer as the set of identifiers that facts have joined: the definition, not the product's map."""
    groups: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for fact in stored:
        joined = set().union(*({one} | groups.get(one, set()) for one in fact.identifiers))
        for one in joined:
            groups[one] = joined
    return sorted({frozenset(group) for group in groups.values()}, key=sorted)


def check_folds(data: Path) -> list[StoredFact]:
    """Check that the identity map and the warehouse are what the log says; return the log.

    Nobody else may hold the directory.
    """
    with Access(data) as access:
        population = access.ask(segments.count, CountSegment(EVERYBODY)).population
        stored = facts(data)
        _check_positions(access.home, stored)
    customers = _customers(stored)
    with duckdb.connect(str(data / WAREHOUSE_FILE_NAME), read_only=True) as warehouse:
        members = dict(warehouse.execute("SELECT subject, customer FROM members").fetchall())
        assert len(members) == warehouse.execute("SELECT count(*) FROM members").fetchone()[0]
        assert members == customers
        assert population == len(set(customers.values()))
        _check_facts(warehouse, stored)
        _check_traits(warehouse, stored)
    return stored


def _check_positions(home: Home, stored: list[StoredFact]) -> None:
    """Every fact has its id and every id its fact."""
    positions = [fact.position for fact in stored]
    with home.database.read() as connection:
        ids = connection.exec_driver_sql("SELECT position FROM log_ids ORDER BY position").scalars().all()
        integrity = home.database.check(connection)
    assert positions == ids
    assert integrity == "ok"


def _check_facts(warehouse: duckdb.DuckDBPyConnection, stored: list[StoredFact]) -> None:
    columns = [row[0] for row in warehouse.execute("DESCRIBE facts").fetchall()]
    rows = {row[0]: row for row in warehouse.execute('SELECT * FROM facts ORDER BY "position"').fetchall()}
    assert len(rows) == warehouse.execute("SELECT count(*) FROM facts").fetchone()[0]
    assert list(rows) == [fact.position for fact in stored]
    fields = columns[len(COLUMNS) :]
    assert columns[: len(COLUMNS)] == list(COLUMNS)
    for fact in stored:
        row = rows[fact.position]
        assert row[: len(COLUMNS)] == fact.row
        assert {name: value for name, value in zip(fields, row[len(COLUMNS) :], strict=True) if value is not None} == {
            name: value for name, value in fact.fields.items() if value is not None
        }


def _check_traits(warehouse: duckdb.DuckDBPyConnection, stored: list[StoredFact]) -> None:
    rows = warehouse.execute('SELECT "position", subject, trait, op FROM traits').fetchall()
    assert Counter(rows) == Counter((fact.position, fact.subject, *one) for fact in stored for one in fact.traits)


def _customers(stored: list[StoredFact]) -> dict[int, int]:
    """Return subject → customer, the smallest subject of those that facts have joined."""
    root: dict[int, int] = {}

    def find(subject: int) -> int:
        root.setdefault(subject, subject)
        while root[subject] != subject:
            subject = root[subject]
        return subject

    for fact in stored:
        customers = [find(subject) for subject in fact.subjects]
        for customer in customers:
            root[customer] = min(customers)
    return {subject: find(subject) for subject in root}
