"""Cohorts: who comes back, how regularly, and who is new, back again or gone."""

from typing import Literal

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.visits import needs
from interplay.kernel.i18n import Lang
from interplay.measure.cohorts import api as cohorts
from interplay.measure.cohorts.contracts import (
    AskCohorts,
    AskLifecycle,
    AskStickiness,
    Back,
    Cohorts,
    Cut,
    Entry,
    Lifecycle,
    Per,
    Stickiness,
)
from interplay.measure.funnels.contracts import FunnelStep


class CohortsAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Facts as text (`order.completed(event.value > 100)`) or in parts; the rest as `interplay cohorts`.

    `returned` is the same fact when left out, `until` and `at` are now. `lang` is that of `Accept-Language`.
    """

    start: str | FunnelStep
    returned: str | FunnelStep | None = None
    per: Per = Per.WEEK
    entry: Entry = Entry.FIRST
    cut: Cut = Cut.CALENDAR
    back: Back = Back.BOUNDED
    periods: int = 12
    since: str | None = None
    until: str | None = None
    by: str = ""
    segment: str = ""
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


class StickinessAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """A fact as text or in parts; the rest as `interplay stickiness`."""

    fact: str | FunnelStep
    per: Per = Per.MONTH
    of: Per = Per.DAY
    since: str | None = None
    until: str | None = None
    segment: str = ""
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


class LifecycleAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """A fact as text or in parts; the rest as `interplay lifecycle`."""

    fact: str | FunnelStep
    per: Per = Per.WEEK
    since: str | None = None
    until: str | None = None
    segment: str = ""
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


@post(
    "/cohorts",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="askCohorts",
    responses=problems(),
    tags=["measure"],
)
async def ask_cohorts(
    desk: NamedDependency[Desk], data: JSONBody[CohortsAsk], spoken: NamedDependency[Lang]
) -> Cohorts:
    """Count who comes back, by the period in which they began."""
    returned = None if data.returned is None else _fact(data.returned)
    ask = AskCohorts(
        _fact(data.start), returned, data.per, data.entry, data.cut, data.back, data.periods,
        desk.instant(data.since), desk.instant(data.until), data.by, data.segment, desk.instant(data.at),
        data.lang or spoken,
    )  # fmt: skip
    return await desk.ask(cohorts.ask, ask)


@post(
    "/stickiness",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="askStickiness",
    responses=problems(),
    tags=["measure"],
)
async def ask_stickiness(
    desk: NamedDependency[Desk], data: JSONBody[StickinessAsk], spoken: NamedDependency[Lang]
) -> Stickiness:
    """Count in how many days or weeks of a period customers are active."""
    ask = AskStickiness(
        _fact(data.fact), data.per, data.of, desk.instant(data.since), desk.instant(data.until), data.segment,
        desk.instant(data.at), data.lang or spoken,
    )  # fmt: skip
    return await desk.ask(cohorts.stickiness, ask)


@post(
    "/lifecycle",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="askLifecycle",
    responses=problems(),
    tags=["measure"],
)
async def ask_lifecycle(
    desk: NamedDependency[Desk], data: JSONBody[LifecycleAsk], spoken: NamedDependency[Lang]
) -> Lifecycle:
    """Count who is new, returning, back again or gone, period by period."""
    ask = AskLifecycle(
        _fact(data.fact), data.per, desk.instant(data.since), desk.instant(data.until), data.segment,
        desk.instant(data.at), data.lang or spoken,
    )  # fmt: skip
    return await desk.ask(cohorts.lifecycle, ask)


def _fact(given: str | FunnelStep) -> FunnelStep:
    return cohorts.read_fact(given) if isinstance(given, str) else given
