"""Attribution: which channels are credited."""

from typing import Literal

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import AskBeside, Besides
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.visits import needs
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_duration
from interplay.measure.attribution import api as attributions
from interplay.measure.attribution.contracts import CHANNEL, DIRECT, VISITS, AskAttribution, Attribution
from interplay.measure.funnels.contracts import FunnelStep


class AttributionAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What is credited, and to which touches; the rest as `interplay attribution`.

    `since` is 30 days before `until` when left out, `until` and `at` are now. `lang` is that of `Accept-Language`.
    """

    conversion: FunnelStep
    touches: tuple[FunnelStep, ...] = VISITS
    by: str = CHANNEL
    value: str = ""
    linked: str = ""
    lookback: str = "30d"
    half_life: str = "7d"
    since_last: bool = False
    first: bool = False
    direct: str = DIRECT
    since: str | None = None
    until: str | None = None
    segment: str = ""
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


def _asked(desk: Desk, data: AttributionAsk, spoken: Lang) -> AskAttribution:
    return AskAttribution(
        data.conversion, data.touches, data.by, data.value, data.linked, Micros(parse_duration(data.lookback)),
        Micros(parse_duration(data.half_life)), data.since_last, data.first, data.direct, desk.instant(data.since),
        desk.instant(data.until), data.segment, desk.instant(data.at), data.lang or spoken,
    )  # fmt: skip


@post(
    "/attribution",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="askAttribution",
    responses=problems(),
    tags=["measure"],
)
async def ask_attribution(
    desk: NamedDependency[Desk], data: JSONBody[AttributionAsk], spoken: NamedDependency[Lang]
) -> Attribution:
    """Credit channels with conversions, by several models side by side."""
    return await desk.ask(attributions.ask, _asked(desk, data, spoken))


@post(
    "/attribution/effects",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="askAttributionBesideEffects",
    responses=problems(),
    tags=["decide"],
)
async def ask_beside(
    desk: NamedDependency[Desk], data: JSONBody[AttributionAsk], spoken: NamedDependency[Lang]
) -> Besides:
    """Credit campaigns with conversions, beside what their holdouts say that they brought. `by` is `campaign_id`."""
    return await desk.ask(experiments.beside, AskBeside(_asked(desk, data, spoken)))
