"""What is registered: reactions to facts, terms of criteria, questions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from interplay.acts import api as acts
from interplay.automate.audiences import api as audiences
from interplay.automate.webhooks import api as webhooks
from interplay.bootstrap import loyalty
from interplay.bootstrap.home import Home
from interplay.collect.facts.api import Declarations
from interplay.collect.ingest import api as ingest
from interplay.criteria.contracts import FeatureSource
from interplay.decide.experiments import api as experiments
from interplay.engine.documents.contracts import Document
from interplay.engine.log.customer_data import CustomerData
from interplay.engine.log.erasure import LogData
from interplay.engine.log.reactions import Reaction
from interplay.engine.olap.contracts import Marks
from interplay.engine.oltp.contracts import Command
from interplay.engine.wire.contracts import Question
from interplay.engine.wire.server import Served
from interplay.interact.abuse import api as abuse
from interplay.interact.campaigns import api as campaigns
from interplay.interact.codes import api as codes
from interplay.interact.contests import api as contests
from interplay.interact.surveys import api as surveys
from interplay.kernel.settings import Brand
from interplay.link.members import api as members
from interplay.link.sessions import api as sessions
from interplay.measure.alerts import api as alerts
from interplay.measure.attribution import api as attributions
from interplay.measure.cohorts import api as cohorts
from interplay.measure.distributions import api as distributions
from interplay.measure.funnels import api as funnels
from interplay.measure.intervals import api as intervals
from interplay.measure.metrics import api as metrics
from interplay.measure.paths import api as paths
from interplay.measure.realtime import api as realtime
from interplay.understand.memberships import api as memberships
from interplay.understand.profiles import api as profiles
from interplay.understand.segments import api as segments
from interplay.understand.warehouse import api as warehouse
from interplay.unify.consent import api as consent
from interplay.unify.customers import api as customers
from interplay.unify.erasure import api as erasure
from interplay.unify.erasure.contracts import Erase, Erased
from interplay.unify.identity import api as identity
from interplay.unify.matching import api as matching
from interplay.unify.retention.contracts import Preview, Purge, RetentionDocument


def reactions(home: Home) -> tuple[Reaction, ...]:
    """Return what follows from facts, in the order in which a stretch of the log is dealt with."""
    brand = home.settings.brand
    declarations = Declarations(home.database, brand, home.keys)
    return (
        identity.reaction(home.keys, brand),
        campaigns.boards(home.acts),
        *loyalty.reactions(home, declarations),
        campaigns.reaction(declarations, home.campaigns),
        campaigns.periods(home.campaigns),
        webhooks.reaction(declarations, brand),
        audiences.reaction(declarations),
        codes.reaction(home.codes, declarations),
    )


CUSTOMER_DATA: tuple[CustomerData, ...] = (
    LogData(),
    acts.ActsData(acts.Reserving(campaigns.PAYOUT, campaigns.reserved)),
    identity.IdentityData(),
    memberships.MembershipData(),
    matching.MatchingData(),
    ingest.customer_data,
    members.MembersData(),
    sessions.SessionsData(),
    codes.CodesData(),
    contests.ContestData(),
    abuse.AbuseData(),
)
"""Whatever is kept about customers, table by table; in this order in an export."""


def erase(home: Home) -> Command[Erase, Erased]:
    """Return the command that erases one customer."""
    return erasure.erase(home.keys, CUSTOMER_DATA)


QUESTIONS: tuple[Question[Any, Any], ...] = (
    profiles.show,
    profiles.find_customers,
    profiles.show_consents,
    profiles.list_facts,
    profiles.count_facts,
    profiles.count_without_rate,
    profiles.identify,
    profiles.locate,
    profiles.why,
    profiles.list_reviews,
    profiles.list_matches,
    profiles.compare,
    segments.count,
    segments.list_cuts,
    segments.list_members,
    segments.page_members,
    segments.explain_member,
    segments.list_segments,
    segments.check_criteria,
    warehouse.export,
    funnels.ask,
    intervals.ask,
    paths.ask,
    distributions.ask,
    attributions.ask,
    metrics.ask,
    metrics.list_metrics,
    alerts.ask,
    realtime.ask,
    experiments.ask,
    experiments.beside,
    *cohorts.QUESTIONS,
    surveys.count_answers,
    *memberships.QUESTIONS,
)

KEPT = frozenset(question.name for question in memberships.QUESTIONS)
"""Questions about what is kept: they wait until segments are where the warehouse is."""


def features(documents: Sequence[Document], brand: Brand) -> Mapping[str, FeatureSource]:
    """Return the terms of criteria that higher slices answer, as these documents have them."""
    found: dict[str, FeatureSource] = {"consent": consent.term(documents, brand), "tag": customers.TagTerm()}
    return found | loyalty.terms(documents)


class Look(Struct, frozen=True):
    """How far is the warehouse? Answered at once, also when it is behind."""


class Rebuild(Struct, frozen=True):
    """Fold customers and the warehouse from the log again."""


class Rewrite(Struct, frozen=True):
    """Leave no byte of whom was erased in the warehouse's file. A server does so by itself within two minutes."""


class PurgeNow(Struct, frozen=True):
    """Purge what is older than its retention period, without waiting for the day's purge."""

    actor: str


class PreviewPurge(Struct, frozen=True):
    """What would a purge take now, by the periods there are or by others?"""

    document: RetentionDocument | None = None


class Thinking(Protocol):
    """A mind, as far as questions about itself need it."""

    def marks(self) -> Marks: ...
    def rebuild(self) -> Marks: ...
    def rewrite(self) -> Marks: ...
    def purge(self, actor: str) -> Purge: ...
    def preview_purge(self, document: RetentionDocument | None) -> Preview: ...


def _look(mind: Thinking, _: Look) -> Marks:
    return mind.marks()


def _rebuild(mind: Thinking, _: Rebuild) -> Marks:
    return mind.rebuild()


def _rewrite(mind: Thinking, _: Rewrite) -> Marks:
    return mind.rewrite()


def _purge(mind: Thinking, ask: PurgeNow) -> Purge:
    return mind.purge(ask.actor)


def _preview_purge(mind: Thinking, ask: PreviewPurge) -> Preview:
    return mind.preview_purge(ask.document)


look = Question("warehouse.look", Look, Marks, _look)
rebuild_all = Question("warehouse.rebuild", Rebuild, Marks, _rebuild)
rewrite = Question("warehouse.rewrite", Rewrite, Marks, _rewrite)
purge_now = Question("retention.purge", PurgeNow, Purge, _purge)
preview_purge = Question("retention.preview", PreviewPurge, Preview, _preview_purge)

QUESTIONS_OF_ITSELF: tuple[Question[Any, Any], ...] = (look, rebuild_all, rewrite, purge_now, preview_purge)
"""Asked of the mind, not of what it reads; they do not wait for the warehouse."""


def served(answer: Callable[[Question[Any, Any], Any], Any]) -> dict[str, Served]:
    """Return every question as a socket serves it, answered by `answer(question, ask)`."""

    def one(question: Question[Any, Any]) -> Served:
        return Served(question.ask, lambda ask, _: answer(question, ask))

    return {question.name: one(question) for question in (*QUESTIONS, *QUESTIONS_OF_ITSELF)}
