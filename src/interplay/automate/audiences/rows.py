"""The file: CSV by RFC 4180 in UTF-8, made page by page, so that its size is nobody's memory.

A cell that a spreadsheet would take for a formula begins with an apostrophe; a number does not, with its sign or
without: a phone number stays one. Where somebody has several identifiers of a kind, the one heard of last is written.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from interplay.automate.audiences.columns import Layout, check_consent, layout
from interplay.automate.audiences.contracts import CUSTOMER, NO_CONSENT_ASKED, Export
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.wire.contracts import Asking
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import PAGE_MEMBERS_MAX, PageMembers
from interplay.unify.identity import api as identity

CONTENT_TYPE = "text/csv; charset=utf-8"
ROWS_AT_ONCE = 5_000
MARK = "\ufeff"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class Exporting:
    """What an export reads: the warehouse by questions, identifiers from the database itself."""

    asking: Asking
    database: Database
    keys: SubjectKeys


def lines(exporting: Exporting, export: Export, now: int) -> Iterator[bytes]:
    """Yield a file in pieces. The first is there only once the first page is: what is wrong is told before.

    Raises AppError `audiences.*`, `criteria.*`.
    """
    found = layout(export.columns)
    check_consent(export.columns, export.consent)
    ask = PageMembers(
        export.criteria,
        at=now if export.at is None else export.at,  # type: ignore[arg-type]
        traits=found.traits,
        consent=None if export.consent == NO_CONSENT_ASKED else export.consent,
    )
    page = exporting.asking.ask(segments.page_members, ask)
    yield _written([export.columns], MARK if export.is_for_excel else "")
    while page.customers:
        for start in range(0, len(page.customers), ROWS_AT_ONCE):
            some = page.customers[start : start + ROWS_AT_ONCE]
            beside = [column[start : start + ROWS_AT_ONCE] for column in page.columns]
            yield _written(_rows(exporting, found, some, beside))
        if len(page.customers) < PAGE_MEMBERS_MAX:
            return
        page = exporting.asking.ask(segments.page_members, _after(ask, page.customers[-1]))


def _after(ask: PageMembers, customer: CustomerId) -> PageMembers:
    return PageMembers(ask.criteria, ask.at, ask.traits, ask.consent, customer)


def _rows(
    exporting: Exporting, found: Layout, customers: Sequence[CustomerId], traits: Sequence[Sequence[Any]]
) -> Iterator[list[Any]]:
    identifiers = _identifiers(exporting, found.kinds, customers) if found.kinds else {}
    places = {name: number for number, name in enumerate(found.traits)}
    for number, customer in enumerate(customers):
        own = identifiers.get(customer, {})
        cells: list[Any] = []
        for name in found.columns:
            if name == CUSTOMER:
                cells.append(customer)
            elif name in found.kinds:
                cells.append(_safe(own.get(name, "")))
            else:
                cells.append(_cell(traits[places[name]][number]))
        yield cells


def _identifiers(
    exporting: Exporting, kinds: frozenset[str], customers: Sequence[CustomerId]
) -> dict[CustomerId, dict[str, str]]:
    """Return each customer's identifiers of some kinds; the one heard of last has the highest number."""
    by_customer = identity.subjects_of_many(exporting.database, customers)
    owner = {subject: customer for customer, subjects in by_customer.items() for subject in subjects}
    found: dict[CustomerId, dict[str, tuple[SubjectId, str]]] = {}
    opened = exporting.keys.open
    with closing(LogReader(exporting.database)) as reader:
        for subject, kind, sealed in reader.identifiers(list(owner)):
            if kind in kinds and (value := opened(subject, sealed)) is not None:
                own = found.setdefault(owner[subject], {})
                own[kind] = max(own.get(kind, (SubjectId(0), "")), (subject, value.decode()))
    return {customer: {kind: value for kind, (_, value) in own.items()} for customer, own in found.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _safe("; ".join(map(str, value)))
    return "" if value is None else value


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.match(text) else text


def _written(rows: Any, mark: str = "") -> bytes:
    out = io.StringIO(mark)
    out.seek(0, io.SEEK_END)
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
