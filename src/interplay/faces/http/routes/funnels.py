"""Funnels: who comes how far."""

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
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_duration
from interplay.measure.funnels import api as funnels
from interplay.measure.funnels.contracts import AskFunnel, Excluded, From, Funnel, FunnelStep, GroupedBy, Mode


class FunnelAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps as text (`product.viewed > cart.added? > order.completed`) or one by one; the rest as `interplay funnel`.

    `since` is 30 days before `until` when left out, `until` and `at` are now. `lang` is that of `Accept-Language`.
    """

    steps: str | tuple[FunnelStep, ...]
    within: str = "7d"
    mode: Mode = Mode.ORDERED
    window: From = From.FIRST
    since: str | None = None
    until: str | None = None
    exclude: tuple[Excluded, ...] = ()
    linked: str = ""
    by: str = ""
    by_of: GroupedBy = GroupedBy.FIRST
    segment: str = ""
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


@post(
    "/funnels",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="askFunnel",
    responses=problems(),
    tags=["measure"],
)
async def ask_funnel(desk: NamedDependency[Desk], data: JSONBody[FunnelAsk], spoken: NamedDependency[Lang]) -> Funnel:
    """Count how many customers come how far, on a way of several steps."""
    steps = funnels.read_steps(data.steps) if isinstance(data.steps, str) else data.steps
    ask = AskFunnel(
        steps, Micros(parse_duration(data.within)), data.mode, data.window, desk.instant(data.since),
        desk.instant(data.until), data.exclude, data.linked, data.by, data.by_of, data.segment, desk.instant(data.at),
        data.lang or spoken,
    )  # fmt: skip
    return await desk.ask(funnels.ask, ask)
