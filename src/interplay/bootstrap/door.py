"""The door: the process that holds the data directory and the one writer."""

from typing import Any

from interplay.acts import api as acts
from interplay.automate.audiences import api as audiences
from interplay.automate.webhooks import api as webhooks
from interplay.bootstrap import loyalty, orders
from interplay.bootstrap.home import Home
from interplay.bootstrap.registry import erase
from interplay.bootstrap.upgrading import drop_old
from interplay.collect.facts.api import Declarations
from interplay.collect.imports import api as imports
from interplay.collect.ingest import api as ingest
from interplay.engine.delivery import endpoints
from interplay.engine.documents import api as documents
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import Stored
from interplay.engine.oltp.checkpointer import keep_short
from interplay.engine.oltp.contracts import AnyCommand, Command, GroupCommand, Priority
from interplay.engine.oltp.writer import Writer
from interplay.engine.outbox import api as outbox
from interplay.engine.secrets import api_keys
from interplay.engine.staff import api as staff
from interplay.engine.staff import audit
from interplay.engine.timers import api as timers
from interplay.engine.wire.contracts import in_order
from interplay.engine.wire.server import Served, WireServer, socket_path
from interplay.interact.abuse import api as abuse
from interplay.interact.campaigns import api as campaigns
from interplay.interact.codes import api as codes
from interplay.interact.contests import api as contests
from interplay.kernel.ids import Micros
from interplay.link.members import api as members
from interplay.link.points import api as points
from interplay.link.sessions import api as sessions
from interplay.link.stores import api as stores
from interplay.understand.memberships import api as memberships
from interplay.unify.erasure import api as erasure
from interplay.unify.identity import api as identity
from interplay.unify.matching import api as matching
from interplay.unify.retention import api as retention

TIMER_HANDLERS: dict[str, timers.Handler] = {
    abuse.PURGE_TIMER: abuse.purge,
    ingest.PURGE_TIMER: ingest.purge_rejects,
    outbox.PURGE_TIMER: outbox.purge,
    audiences.TIMER: audiences.fire,
    sessions.PURGE_TIMER: sessions.purge,
    campaigns.PERIODS_TIMER: campaigns.awake,
}


def fire_timers(home: Home) -> Command[timers.Fire, int]:
    """Return the command that fires what is due."""
    declarations = Declarations(home.database, home.settings.brand, home.keys)
    return timers.firing({
        **TIMER_HANDLERS,
        acts.TIMER: home.acts.let_go_overdue,
        points.TIMER: loyalty.ending(home).fire,
        campaigns.TIMER: campaigns.Keeping(home.campaigns, declarations).fire,
        contests.TIMER: contests.sweeping(home.blobs),
    })  # fmt: skip


COMMANDS: tuple[AnyCommand, ...] = (
    abuse.sight,
    acts.load,
    acts.pause,
    acts.reveal,
    api_keys.make,
    api_keys.revoke,
    *staff.COMMANDS,
    *audit.COMMANDS,
    audiences.run_now,
    audiences.schedule,
    contests.keep,
    documents.apply,
    endpoints.resume,
    endpoints.set_secret,
    endpoints.stop,
    identity.decide,
    identity.rebuild,
    imports.note,
    ingest.keep_rejects,
    ingest.start_purging,
    matching.propose,
    matching.settle,
    outbox.again,
    outbox.claim,
    outbox.settle,
    retention.begin,
    retention.end,
    retention.take,
    webhooks.post,
    webhooks.test,
)


class Door:
    """The writer, and the socket through which other processes of this directory reach it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        erasure.finish(home.database, home.keys)
        drop_old(home)
        orders.sweep(home)
        contests.sweep_orphans(home.database, home.blobs, Micros(home.world.now() - contests.ORPHANS_KEPT))
        self.append: GroupCommand[Append, list[Stored]] = home.appender.command
        self.writer = Writer(home.database, home.world)
        self._checkpointer = keep_short(home.database, self.writer)
        commands = (
            *COMMANDS,
            *memberships.commands(home.appender),
            *stores.commands(home.appender),
            *members.commands(home.keys, home.appender),
            *sessions.commands(home.keys, home.appender),
            *codes.commands(home.codes, home.appender),
            acts.expire(home.appender, ingest.told, home.acts.wallet),
            acts.open_draw(home.keys),
            fire_timers(home),
            home.acts.command,
            *loyalty.commands(home),
            campaigns.changing(home.campaigns),
            contests.moderating(home.acts),
            campaigns.following(home.acts),
            campaigns.regrouping(home.acts),
            campaigns.closing(home.acts),
            home.acts.in_bulk,
            identity.link_up(home.keys),
            erase(home),
            self.append,
        )
        served = {command.name: self._served(command) for command in commands}
        served |= {in_order(one.name): self._served_in_order(one) for one in commands if isinstance(one, Command)}
        # Where several may write, whoever wants to opens the database himself.
        self._server = None if home.database.is_shared else WireServer(socket_path(home.folder, "door"), served)

    def close(self) -> None:
        """Answer what waits, then let go."""
        if self._server is not None:
            self._server.close()
        if self._checkpointer is not None:
            self._checkpointer.close()
        self.writer.close()

    def _served(self, command: AnyCommand) -> Served:
        def run(ask: Any, is_bulk: bool) -> Any:
            return self.writer.submit(command, ask, Priority.BULK if is_bulk else Priority.LIVE).result()

        return Served(command.ask, run)

    def _served_in_order(self, command: Command[Any, Any]) -> Served:
        def run(asks: Any, is_bulk: bool) -> Any:
            return self.writer.submit_in_order(command, asks, Priority.BULK if is_bulk else Priority.LIVE).result()

        return Served(list[command.ask], run)  # type: ignore[name-defined]
