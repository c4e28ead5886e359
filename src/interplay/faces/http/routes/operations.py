"""Health and metrics, for whoever keeps the server running."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from interplay.collect.ingest import api as ingest
from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.desk import Desk
from interplay.faces.http.metrics import MEDIA_TYPE, Figures, Sheet, add_process
from interplay.faces.http.openapi import problems
from interplay.faces.http.pulse import Health, Pulse
from interplay.faces.http.visits import OPEN_HERE, needs


@get(
    "/health",
    operation_id="showHealth",
    security=[{}],
    responses={503: ResponseSpec(Health, description="A part does not answer", generate_examples=False)},
    tags=["operations"],
)
async def show_health(pulse: NamedDependency[Pulse]) -> Response[Health]:
    """Say whether the parts answer; `away` names those that do not."""
    health = await pulse.feel()
    return Response(health, status_code=503 if health.away else 200)


@get(
    "/metrics",
    opt={**needs(Scope.READ), OPEN_HERE: True},
    operation_id="showMetrics",
    media_type=MEDIA_TYPE,
    responses=problems(),
    tags=["operations"],
)
async def show_metrics(
    desk: NamedDependency[Desk], pulse: NamedDependency[Pulse], figures: NamedDependency[Figures]
) -> str:
    """Return numbers for Prometheus. From this machine no key is needed."""
    sheet = Sheet()
    figures.add_to(sheet)
    health = await pulse.feel()
    add_positions(sheet, health)
    kept: int = await desk.run(ingest.rejects_count, desk.reach.home.database)
    sheet.add_one("interplay_rejects_kept", "gauge", "Dead letters that are kept.", kept)
    add_process(sheet)
    return sheet.text()


def add_positions(sheet: Sheet, health: Health) -> None:
    """Write which database it is and how far log and warehouse are; what is not known is left out."""
    meaning = "What the exact state is kept in."
    sheet.add("interplay_database_info", "gauge", meaning, [({"kind": health.database}, 1)])
    log, warehouse = health.log_position, health.warehouse_position
    if log is not None:
        sheet.add_one("interplay_log_position", "counter", "Facts in the log.", log)
    if warehouse is not None:
        sheet.add_one("interplay_warehouse_position", "counter", "Facts of the log in the warehouse.", warehouse)
    if log is not None and warehouse is not None:
        sheet.add_one("interplay_warehouse_lag", "gauge", "Facts not in the warehouse yet.", max(log - warehouse, 0))
