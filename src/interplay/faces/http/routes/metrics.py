"""Metrics: what they are, and what their numbers are."""

from typing import Literal

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from msgspec import Struct

from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.visits import needs
from interplay.kernel.i18n import Lang
from interplay.measure.metrics import api as metrics
from interplay.measure.metrics.contracts import Against, AskMetrics, By, ListMetrics, MetricSeen, MetricView


class MetricsAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Which metrics (none named: all), and how, as `interplay metrics show`.

    `since` is 30 days before `until` when left out, `until` and `at` are now. `lang` is that of `Accept-Language`.
    """

    names: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    by: By | None = None
    dimensions: tuple[str, ...] = ()
    only: dict[str, str] = {}
    segment: str = ""
    against: Against | None = None
    dialect: str = ""
    targets: dict[str, float] = {}
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


@get(
    "/metrics",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listMetrics",
    responses=problems(),
    tags=["measure"],
)
async def list_metrics(
    desk: NamedDependency[Desk], spoken: NamedDependency[Lang], group: FromQuery[str] = ""
) -> list[MetricView]:
    """List the metrics there are, with what each counts."""
    return await desk.ask(metrics.list_metrics, ListMetrics(group, spoken))


@post(
    "/metrics",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="askMetrics",
    responses=problems(),
    tags=["measure"],
)
async def ask_metrics(
    desk: NamedDependency[Desk], data: JSONBody[MetricsAsk], spoken: NamedDependency[Lang]
) -> list[MetricSeen]:
    """Return what metrics are: in all, by time, by group, beside another period or a target."""
    ask = AskMetrics(
        data.names, desk.instant(data.since), desk.instant(data.until), data.by, data.dimensions, data.only,
        data.segment, data.against, data.dialect, data.targets, desk.instant(data.at), data.lang or spoken,
    )  # fmt: skip
    return await desk.ask(metrics.ask, ask)
