"""The last minutes: once, or as they go on."""

from collections.abc import Hashable
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from interplay.bootstrap.registry import Look, look
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http import streams
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.streams import Streams, Update
from interplay.faces.http.visits import needs
from interplay.kernel.i18n import Lang
from interplay.kernel.time import MINUTE
from interplay.measure.realtime import api as realtime
from interplay.measure.realtime.contracts import MINUTES, MINUTES_MAX, AskRealtime, Realtime

Minutes = Annotated[int, QueryParameter(ge=1, le=MINUTES_MAX, description="How many, with the one that is not over.")]
States = Annotated[int | None, QueryParameter(ge=1, description="End after so many; without, go on for ever.")]


@get(
    "/realtime",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="showRealtime",
    responses=problems(),
    tags=["measure"],
)
async def show_realtime(
    desk: NamedDependency[Desk], spoken: NamedDependency[Lang], minutes: Minutes = MINUTES
) -> Realtime:
    """Count what happened in the last minutes."""
    return await desk.ask(realtime.ask, AskRealtime(minutes, lang=spoken))


@get(
    "/realtime/stream", opt=needs(Scope.READ, Permission.ANALYSE), operation_id="streamRealtime",
    responses=problems(), tags=["measure"],
    media_type=streams.MEDIA_TYPE,
)  # fmt: skip
async def stream_realtime(
    desk: NamedDependency[Desk], listening: NamedDependency[Streams], spoken: NamedDependency[Lang],
    minutes: Minutes = MINUTES, states: States = None,
) -> Stream:  # fmt: skip
    """Count what happened in the last minutes, again when something did: server-sent events, each a whole answer."""

    async def newest(known: Hashable) -> Update | None:
        mark = ((await desk.ask(look, Look())).position, desk.now() // MINUTE)
        if mark == known:
            return None
        found = await desk.ask(realtime.ask, AskRealtime(minutes, lang=spoken))
        return Update(mark, str(found.position), msgspec.json.encode(found))

    events = listening.listen(("realtime", minutes, spoken), newest, states)
    return Stream(events, media_type=streams.MEDIA_TYPE, headers=streams.HEADERS)
