"""Alerts: how they stand."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.visits import needs, segment
from interplay.kernel.i18n import Lang
from interplay.measure.alerts import api as alerts
from interplay.measure.alerts.contracts import AlertSeen, AskAlerts


@get(
    "/alerts",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listAlerts",
    responses=problems(),
    tags=["measure"],
)
async def list_alerts(
    desk: NamedDependency[Desk], spoken: NamedDependency[Lang], at: FromQuery[str | None] = None
) -> list[AlertSeen]:
    """Show how all enabled alerts stand, of the last stretch that is over."""
    return await desk.ask(alerts.ask, AskAlerts((), desk.instant(at), spoken))


@get(
    "/alerts/{name:str}",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="showAlert",
    responses=problems(404),
    tags=["measure"],
)
async def show_alert(
    desk: NamedDependency[Desk], spoken: NamedDependency[Lang], name: FromPath[str], at: FromQuery[str | None] = None
) -> AlertSeen:
    """Show how an alert stands or stood, enabled or not, and what explains it."""
    (found,) = await desk.ask(alerts.ask, AskAlerts((segment(name),), desk.instant(at), spoken))
    return found
