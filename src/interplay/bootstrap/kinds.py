"""The kinds of documents there are, and plan and apply over all of them."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from interplay.automate.audiences.api import AudienceKind
from interplay.automate.audiences.contracts import AUDIENCE
from interplay.automate.webhooks.api import WebhookKind
from interplay.automate.webhooks.contracts import WEBHOOK
from interplay.bootstrap.reach import Reach
from interplay.bootstrap.registry import PreviewPurge, features, preview_purge
from interplay.collect.facts.api import KIND as FACTS
from interplay.collect.facts.api import Declared, FactsDocument, declared_as_far, declared_by, json_schema, misdeclared
from interplay.criteria.contracts import ValueType
from interplay.decide.holdouts.api import HoldoutKind
from interplay.decide.holdouts.contracts import HOLDOUT
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Change, ChangeKind, Document, DocumentError, DocumentKind
from interplay.engine.documents.shape import Misshapen, mended
from interplay.engine.log.read import LogReader
from interplay.interact.campaigns.api import CampaignKind
from interplay.interact.campaigns.contracts import CAMPAIGN
from interplay.kernel.errors import AppError
from interplay.link.coupons.api import CouponKind
from interplay.link.coupons.contracts import COUPON
from interplay.link.points.api import EarningKind, PointsKind
from interplay.link.points.contracts import EARNING, POINTS
from interplay.link.quotes.api import PromotionKind
from interplay.link.quotes.contracts import PROMOTION
from interplay.link.sessions.api import SessionsKind
from interplay.link.sessions.contracts import SESSIONS
from interplay.link.stores.api import StoreKind
from interplay.link.stores.contracts import STORE
from interplay.link.tiers.api import TierKind, tier_names
from interplay.link.tiers.contracts import TIER
from interplay.measure.alerts.api import AlertKind
from interplay.measure.alerts.contracts import ALERT
from interplay.measure.metrics.api import MetricKind
from interplay.measure.metrics.contracts import METRIC
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import SEGMENT, TRAIT, CountSegment, ListCuts
from interplay.unify.consent.api import ConsentKind
from interplay.unify.consent.contracts import CONSENT
from interplay.unify.identity.api import IdentityKind
from interplay.unify.identity.contracts import IDENTITY
from interplay.unify.retention.api import RetentionKind
from interplay.unify.retention.contracts import RETENTION, RetentionDocument

KIND_NAMES = (
    FACTS, IDENTITY, CONSENT, RETENTION, TRAIT, SEGMENT, WEBHOOK, AUDIENCE, PROMOTION, COUPON, STORE, SESSIONS, POINTS,
    EARNING, TIER, HOLDOUT, CAMPAIGN, METRIC, ALERT,
)  # fmt: skip
OF_OWNERS = frozenset({IDENTITY, CONSENT, RETENTION, WEBHOOK, AUDIENCE, SESSIONS})
"""Kinds that say who is who, what may be kept, and where customers' data goes."""


class FactsKind:
    """Documents of kind `facts`: a team's own facts, fields and traits."""

    kind = FACTS

    def __init__(self, standing: Sequence[Document]) -> None:
        self._standing = standing

    def mend(self, document: Document) -> tuple[Document, list[Misshapen]]:
        content, wrong = mended({"kind": FACTS, **document.content}, FactsDocument)
        del content["kind"]
        return msgspec.structs.replace(document, content=content), wrong

    def check(self, documents: Sequence[Document]) -> list[DocumentError]:
        """Return what is wrong with the catalogue as it would be; what facts were stored by keeps its type."""
        return [*misdeclared(documents), *self._new_types(documents)]

    def _new_types(self, documents: Sequence[Document]) -> Iterator[DocumentError]:
        before, after = declared_by(self._standing), declared_as_far(documents)
        fields = _changed(_field_types(before), _field_types(after))
        traits = _changed(*({name: trait.type for name, trait in one.traits.items()} for one in (before, after)))
        for document in documents:
            if document.kind == FACTS:
                for part, what, changed in (("fields", "field", fields), ("traits", "trait", traits)):
                    for name in changed.keys() & document.content.get(part, {}).keys():
                        given, allowed = changed[name]
                        mistake = AppError("documents.type", what=what, name=name, given=given, allowed=allowed)
                        yield DocumentError(document, mistake, (part, name, "type"))

    def schema(self) -> dict[str, Any]:
        return json_schema()


def kinds(access: Reach) -> list[DocumentKind]:
    """Return every kind of document, in the order in which they are checked."""

    def received() -> list[str]:
        with closing(LogReader(access.home.database)) as reader:
            return reader.fact_names()

    world, settings = access.home.world, access.home.settings
    standing = documents.current(access.home.database)
    return [
        FactsKind(standing),
        IdentityKind(settings.brand),
        ConsentKind(),
        RetentionKind(received),
        segments.TraitKind(world, received, features),
        segments.SegmentKind(world, received, features),
        WebhookKind(settings.brand, received, are_private_allowed=settings.webhooks.private_networks),
        AudienceKind(are_private_allowed=settings.webhooks.private_networks),
        PointsKind(),
        TierKind(),
        EarningKind(settings.brand, tier_names),
        PromotionKind(settings.brand),
        CouponKind(settings.brand),
        StoreKind(),
        HoldoutKind(),
        CampaignKind(
            settings.brand, lambda: {one.name for one in access.home.codes.known()}, access.home.campaigns.versions
        ),
        MetricKind(settings.brand, received),
        AlertKind(),
        SessionsKind(are_private_allowed=settings.webhooks.private_networks),
    ]


def plan_folder(access: Reach, folder: Path) -> list[Change]:
    """Return what applying a folder would change. Raises AppError `documents.*`: every mistake, with file and line."""
    return plan(access, *documents.read_folder(folder, KIND_NAMES))


def apply_folder(access: Reach, folder: Path) -> list[Change]:
    """Apply a folder's documents, all or none."""
    return apply(access, *documents.read_folder(folder, KIND_NAMES))


def plan(access: Reach, wanted: Sequence[Document], unread: Sequence[AppError] = ()) -> list[Change]:
    """Return what applying these documents would do, and to how many customers it matters."""
    standing = documents.current(access.home.database)
    changes = documents.plan(standing, wanted, kinds(access), unread)
    return [_with_effects(access, change, document) for change, document in zip(changes, wanted, strict=True)]


def apply(access: Reach, wanted: Sequence[Document], unread: Sequence[AppError] = ()) -> list[Change]:
    """Make these documents the current ones. Raises AppError `documents.*`; then nothing has changed."""
    revision = documents.revision(access.home.database)
    changes = documents.plan(documents.current(access.home.database), wanted, kinds(access), unread)
    ask = documents.to_apply(changes, wanted, revision)
    if ask.documents:
        access.write(documents.apply, ask)
    return changes


def _with_effects(access: Reach, change: Change, document: Document) -> Change:
    """Say what a new or changed document means for what there is, where it can be asked before it is applied."""
    if change.change is ChangeKind.SAME:
        return change
    try:
        effects = tuple(_effects(access, document))
    except AppError:  # it uses words that are applied with it
        return change
    return Change(change.change, change.kind, change.name, change.version, effects)


def _effects(access: Reach, document: Document) -> Iterator[str]:
    """Yield how many customers a segment has, how far back it can look, and what retention periods would take."""
    if document.kind == SEGMENT:
        criteria = str(document.content["criteria"])
        answer = access.ask(segments.count, CountSegment(criteria))
        yield f"{answer.count} of {answer.population} customers now"
        yield from (cut.sentence("en") for cut in access.ask(segments.list_cuts, ListCuts(criteria)))
    elif document.kind == TRAIT:
        criteria = f"missing({document.content['value']})"
        yield from (cut.sentence("en") for cut in access.ask(segments.list_cuts, ListCuts(criteria)))
    elif document.kind == RETENTION:
        wanted = msgspec.convert(document.content, RetentionDocument)
        count = sum(access.ask(preview_purge, PreviewPurge(wanted)).facts.values())
        yield f"{count} facts are older; the first purge comes a day after it is applied"


def _field_types(declared: Declared) -> dict[str, ValueType]:
    return {name: field.type for fact in declared.facts.values() for name, field in fact.fields.items()}


def _changed(before: dict[str, ValueType], after: dict[str, ValueType]) -> dict[str, tuple[str, str]]:
    """Return the type that is given, and the one that is allowed, of names that would change theirs."""
    both = before.keys() & after.keys()
    return {name: (after[name].value, before[name].value) for name in both if before[name] is not after[name]}
