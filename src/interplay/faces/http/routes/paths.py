"""Paths: what follows what."""

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
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.paths import api as paths
from interplay.measure.paths.contracts import AskPaths, Paths


class PathsAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Which steps, and from or up to which; the rest as `interplay paths`. `lang` is that of `Accept-Language`."""

    steps: tuple[FunnelStep, ...] = ()
    by: str = ""
    start: FunnelStep | None = None
    end: FunnelStep | None = None
    depth: int = 5
    shown: int = 8
    pause: str = "30m"
    repeats: bool = False
    since: str | None = None
    until: str | None = None
    segment: str = ""
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


@post("/paths", opt=needs(Scope.READ, Permission.ANALYSE), status_code=200, operation_id="askPaths",
     responses=problems(),
      tags=["measure"])  # fmt: skip
async def ask_paths(desk: NamedDependency[Desk], data: JSONBody[PathsAsk], spoken: NamedDependency[Lang]) -> Paths:
    """Return what follows what, without a pause: steps, where they go on to, where they end."""
    ask = AskPaths(
        data.steps, data.by, data.start, data.end, data.depth, data.shown, Micros(parse_duration(data.pause)),
        data.repeats, desk.instant(data.since), desk.instant(data.until), data.segment, desk.instant(data.at),
        data.lang or spoken,
    )  # fmt: skip
    return await desk.ask(paths.ask, ask)
