"""What campaigns brought."""

from typing import Literal

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import AskEffects, Effects, Looks
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.visits import needs
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_duration


class EffectsAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """A campaign or, for all of them, a `period` of their holdout such as 2026-Q4.

    The rest as `interplay effects`: metrics as text, those of its goal where there are none.

    `at` is now when left out, `lang` that of `Accept-Language`.
    """

    campaign: str = ""
    period: str = ""
    metrics: tuple[str, ...] = ()
    within: str | None = None
    since: str | None = None
    until: str | None = None
    looks: Looks = Looks.DAILY
    cuped: bool = True
    winsorize: float | None = None
    margin: float | None = None
    planned: dict[str, float] = {}
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


@post(
    "/effects",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="askEffects",
    responses=problems(404),
    tags=["decide"],
)
async def ask_effects(
    desk: NamedDependency[Desk], data: JSONBody[EffectsAsk], spoken: NamedDependency[Lang]
) -> Effects:
    """Show what a campaign brought beyond its holdout, and how sure that is."""
    ask = AskEffects(
        data.campaign, tuple(map(experiments.read_metric, data.metrics)),
        None if data.within is None else Micros(parse_duration(data.within)), desk.instant(data.since),
        desk.instant(data.until), data.looks, data.cuped, data.winsorize, data.margin, data.planned,
        desk.instant(data.at), data.lang or spoken, data.period,
    )  # fmt: skip
    return await desk.ask(experiments.ask, ask)
