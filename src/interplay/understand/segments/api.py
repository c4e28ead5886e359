"""Count, list and explain: the same criterion for all customers by the warehouse, for one by the closure."""

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from interplay.collect.facts.api import Current, declared_as_far, written
from interplay.criteria.api import (
    CriteriaError,
    answers,
    answers_with,
    depends_on,
    explain,
    from_json,
    parse,
    parse_value,
    tally,
    to_json,
    to_text,
    type_of,
)
from interplay.criteria.contracts import And, Answer, Criterion, InSegment, Tables
from interplay.engine.documents.contracts import Document, DocumentError
from interplay.engine.documents.shape import Misshapen, mended
from interplay.engine.log.read import LogReader
from interplay.engine.wire.contracts import Question
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import CustomerId, Micros
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import Features, Reading
from interplay.understand.segments.contracts import (
    MEMBERS_MAX,
    PAGE_MEMBERS_MAX,
    SEGMENT,
    TRAIT,
    CheckCriteria,
    Checked,
    CountSegment,
    CriteriaProblem,
    Explained,
    ExplainMember,
    ListCuts,
    ListMembers,
    ListSegments,
    Member,
    MembersPage,
    PageMembers,
    SegmentDocument,
    SegmentView,
    TraitDocument,
)
from interplay.understand.segments.vocabulary import BrandVocabulary, decoded
from interplay.unify.retention import api as retention
from interplay.unify.retention.contracts import Cut

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session


def vocabulary(reading: Reading, current: Current) -> BrandVocabulary:
    """Return the words that criteria may use now."""
    with closing(LogReader(reading.database)) as reader:
        received = reader.fact_names()
    brand = reading.world.brand
    words = BrandVocabulary(current.declared, received, reading.features(current.documents, brand), brand)
    for wrong in words.define(current.documents):
        raise wrong
    return words


def read_criteria(reading: Reading, text: str) -> tuple[Criterion, BrandVocabulary]:
    """Return the criterion of a text, or that of the segment whose name the text is."""
    words = vocabulary(reading, reading.declarations.current())
    if text.strip() in words.segments():
        return Criterion(InSegment(text.strip())), words
    return parse(text, words, reading.world.zone), words


def as_of(session: "Session", now: Micros) -> Tables:
    """Return everybody's past for a question about `now`.

    Asked about a moment before the newest fact, the population is who had been heard of by then.
    """
    tables = profiles.tables(session)
    newest = session.marks().newest
    if newest is None or now >= newest:
        return tables
    heard = tables.facts.filter(tables.facts.occurred_at <= now).select("subject").distinct()
    customers = tables.members.semi_join(heard, "subject").select("customer").distinct()
    members = tables.members.semi_join(customers, "customer")
    return msgspec.structs.replace(tables, customers=customers, members=members)


def _count(reading: Reading, ask: CountSegment) -> Answer:
    criterion, words = read_criteria(reading, ask.criteria)
    now = reading.world.now() if ask.at is None else ask.at
    with reading.warehouse.session() as session:
        return tally(criterion, words, as_of(session, now), now)


def _list_cuts(reading: Reading, ask: ListCuts) -> list[Cut]:
    criterion, words = read_criteria(reading, ask.criteria)
    return _cuts(reading, criterion, words)


def _cuts(reading: Reading, criterion: Criterion, words: BrandVocabulary) -> list[Cut]:
    periods = retention.current(reading.declarations.current().documents)
    return retention.cuts(periods, depends_on(criterion, words).reaches, reading.world.now())


def _list_members(reading: Reading, ask: ListMembers) -> list[Member]:
    criterion, words = read_criteria(reading, ask.criteria)
    now = reading.world.now() if ask.at is None else ask.at
    with reading.warehouse.session() as session:
        answered = answers(criterion, words, as_of(session, now), now)
        matching = answered.filter(answered.answer, answered.customer > ask.after).order_by("customer")
        found = matching.limit(min(ask.members_max, MEMBERS_MAX)).select("customer").to_pyarrow()
    with closing(LogReader(reading.database)) as reader:
        return [_member(reading, reader, customer) for customer in found["customer"].to_pylist()]


def _page_members(reading: Reading, ask: PageMembers) -> MembersPage:
    criterion, words = read_criteria(reading, ask.criteria)
    zone = reading.world.zone
    if ask.consent is not None:
        given = parse(f"consent({json.dumps(ask.consent)})", words, zone)
        criterion = Criterion(And((criterion.root, given.root)))
    values = [parse_value(f"profile.{name}", words, zone) for name in ask.traits]
    with reading.warehouse.session() as session:
        answered = answers_with(criterion, values, words, as_of(session, ask.at), ask.at)
        matching = answered.filter(answered.answer, answered.customer > ask.after).order_by("customer")
        found = matching.drop("answer").limit(min(ask.members_max, PAGE_MEMBERS_MAX)).to_pyarrow()
    columns = [
        [written(one, type_of(value)) for one in found[f"value_{number}"].to_pylist()]
        for number, value in enumerate(values)
    ]
    return MembersPage(found["customer"].to_pylist(), columns)


def _explain(reading: Reading, ask: ExplainMember) -> Explained:
    criterion, words = read_criteria(reading, ask.criteria)
    now = reading.world.now() if ask.at is None else ask.at
    customer, subjects = profiles.find(reading, ask.kind, ask.value)
    past = profiles.history(reading, customer, subjects)
    explanation = explain(criterion, words, past, now)
    sentences = explanation.sentences(ask.lang, reading.world.zone, reading.world.brand.currency)
    cuts = (cut.sentence(ask.lang) for cut in _cuts(reading, criterion, words))
    return Explained(customer, explanation.answer, (*sentences.splitlines(), *cuts))


def _check(reading: Reading, ask: CheckCriteria) -> Checked:
    try:
        if ask.tree is None:
            criterion, _ = read_criteria(reading, ask.criteria or "")
        else:
            words = vocabulary(reading, reading.declarations.current())
            criterion = from_json(ask.tree, words, reading.world.zone)
    except CriteriaError as error:
        return Checked(problem=_problem(error, ask.lang))
    return Checked(to_text(criterion), to_json(criterion))


def _problem(error: CriteriaError, lang: Lang) -> CriteriaProblem:
    place = error.place
    detail = error.sentence(lang)
    if place.path:
        return CriteriaProblem(error.code, detail, path=place.path, hint=error.suggestion)
    return CriteriaProblem(error.code, detail, place.line, place.column, place.end_column, hint=error.suggestion)


def _list_segments(reading: Reading, ask: ListSegments) -> list[SegmentView]:
    current = reading.declarations.current()
    words = vocabulary(reading, current)
    now = reading.world.now() if ask.at is None else ask.at
    views = []
    with reading.warehouse.session() as session:
        everybody = as_of(session, now)
        for document in current.documents:
            if document.kind == SEGMENT:
                content = decoded(document, SegmentDocument)
                size = tally(words.segments()[document.name], words, everybody, now) if ask.is_counted else None
                views.append(SegmentView(document.name, content.label, content.criteria, document.version, size))
    return views


count = Question("segments.count", CountSegment, Answer, _count)
list_cuts = Question("segments.cuts", ListCuts, list[Cut], _list_cuts)
list_members = Question("segments.members", ListMembers, list[Member], _list_members)
page_members = Question("segments.page", PageMembers, MembersPage, _page_members)
explain_member = Question("segments.explain", ExplainMember, Explained, _explain)
check_criteria = Question("criteria.check", CheckCriteria, Checked, _check)
list_segments = Question("segments.list", ListSegments, list[SegmentView], _list_segments)


class SegmentKind:
    """Documents of kind `segment`."""

    kind = SEGMENT
    shape: type[Struct] = SegmentDocument

    def __init__(self, world: World, received: Callable[[], list[str]], features: Features) -> None:
        self._world = world
        self._received = received
        self._features = features

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended(document.content, self.shape)
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Read every computed trait and segment with the facts as they would be declared."""
        brand = self._world.brand
        words = BrandVocabulary(declared_as_far(documents), self._received(), self._features(documents, brand), brand)
        return [wrong for wrong in words.define(documents) if wrong.document.kind == self.kind]

    def schema(self) -> dict[str, Any]:
        return msgspec.json.schema(self.shape)


class TraitKind(SegmentKind):
    """Documents of kind `trait`: computed traits, checked together with segments."""

    kind = TRAIT
    shape = TraitDocument


def _member(reading: Reading, reader: LogReader, customer: CustomerId) -> Member:
    found = reader.identifier(customer)  # type: ignore[arg-type]  # a customer is named after its first subject
    if found is None:
        raise AppError("customers.unknown", status=404, kind="customer", given=customer)
    value = reading.keys.open(customer, found[1])
    return Member(customer, found[0], "" if value is None else value.decode())


__all__ = [
    "BrandVocabulary",
    "SegmentKind",
    "TraitKind",
    "as_of",
    "check_criteria",
    "count",
    "decoded",
    "explain_member",
    "list_members",
    "list_segments",
    "read_criteria",
    "vocabulary",
]
