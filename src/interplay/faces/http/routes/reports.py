"""Reports: a page to be printed."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.visits import needs
from interplay.faces.reports.gathering import AskReport, gather
from interplay.faces.reports.page import page
from interplay.kernel.i18n import Lang


@get("/reports", opt=needs(Scope.READ, Permission.ANALYSE), operation_id="getReport",
     responses=problems(404), tags=["measure"],
     media_type="text/html")  # fmt: skip
async def get_report(
    desk: NamedDependency[Desk],
    spoken: NamedDependency[Lang],
    campaign: FromQuery[str] = "",
    since: FromQuery[str | None] = None,
    until: FromQuery[str | None] = None,
    margin: FromQuery[float | None] = None,
    at: FromQuery[str | None] = None,
    lang: FromQuery[Lang | None] = None,
) -> str:
    """Return what a campaign brought and cost, or without one how a period went, as HTML to be printed."""
    times = [desk.instant(one) for one in (since, until, at)]
    ask = AskReport(campaign, times[0], times[1], margin, times[2], lang or spoken)
    return page(await desk.run(gather, desk.reach, ask))
