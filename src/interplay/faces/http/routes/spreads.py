"""How long something takes, and how it is spread over customers."""

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
from interplay.measure.distributions import api as distributions
from interplay.measure.distributions.contracts import AskDistribution, Distribution, Of
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.intervals import api as intervals
from interplay.measure.intervals.contracts import AskIntervals, Intervals


class IntervalsAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """From which fact to which; the rest as `interplay intervals`. `lang` is that of `Accept-Language`."""

    first: FunnelStep
    then: FunnelStep
    linked: str = ""
    by: str = ""
    since: str | None = None
    until: str | None = None
    segment: str = ""
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


class DistributionAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Of which fact, and what of it; the rest as `interplay distribution`. `lang` is that of `Accept-Language`."""

    fact: FunnelStep
    of: Of = Of.TIMES
    field: str = ""
    bins: tuple[float, ...] = ()
    all: bool = False
    since: str | None = None
    until: str | None = None
    segment: str = ""
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


@post("/intervals", opt=needs(Scope.READ, Permission.ANALYSE), status_code=200, operation_id="askIntervals",
     responses=problems(),
      tags=["measure"])  # fmt: skip
async def ask_intervals(
    desk: NamedDependency[Desk], data: JSONBody[IntervalsAsk], spoken: NamedDependency[Lang]
) -> Intervals:
    """Return how long it is from one fact to the next of another kind."""
    ask = AskIntervals(
        data.first, data.then, data.linked, data.by, desk.instant(data.since), desk.instant(data.until), data.segment,
        desk.instant(data.at), data.lang or spoken,
    )  # fmt: skip
    return await desk.ask(intervals.ask, ask)


@post("/distribution", opt=needs(Scope.READ, Permission.ANALYSE), status_code=200, operation_id="askDistribution",
     responses=problems(),
      tags=["measure"])  # fmt: skip
async def ask_distribution(
    desk: NamedDependency[Desk], data: JSONBody[DistributionAsk], spoken: NamedDependency[Lang]
) -> Distribution:
    """Return how many customers did something how often, on how many days, or to which amount."""
    ask = AskDistribution(
        data.fact, data.of, data.field, data.bins, data.all, desk.instant(data.since), desk.instant(data.until),
        data.segment, desk.instant(data.at), data.lang or spoken,
    )  # fmt: skip
    return await desk.ask(distributions.ask, ask)
