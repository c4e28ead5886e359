"""Everything that answers HTTP, as one ASGI application.

/v1/…, /sa      facts come in: bare handlers (`doors.py`)
/api/…          questions, documents and keys (`routes/`), described at /api/openapi.json
/health         whether the parts answer; no key
/metrics        numbers for Prometheus; no key from this machine, else one that may read
/analytics.js   the snippet of web sites; no key
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import Receive, Scope, Send

from interplay.bootstrap import sessions as signing
from interplay.collect.facts.api import Declarations
from interplay.engine.log.read import LogReader
from interplay.engine.secrets.api_keys import Scope as KeyScope
from interplay.engine.staff.contracts import User
from interplay.faces.http import mistakes, openapi
from interplay.faces.http.callers import Callers
from interplay.faces.http.counter import Counter
from interplay.faces.http.desk import Desk, DoorReach
from interplay.faces.http.doorkeeping import Doorkeeping
from interplay.faces.http.doors import Doors, is_door
from interplay.faces.http.metrics import Figures, TimedWriter
from interplay.faces.http.pulse import Pulse
from interplay.faces.http.routes import (
    abuse,
    alerts,
    attribution,
    audiences,
    campaigns,
    codes,
    cohorts,
    contests,
    coupons,
    customers,
    documents,
    effects,
    funnels,
    identities,
    keys,
    members,
    memberships,
    metrics,
    my_points,
    operations,
    orders,
    paths,
    points,
    privacy,
    realtime,
    reports,
    results,
    segments,
    sessions,
    spreads,
    staff,
    stores,
    till,
    web,
    webhooks,
)
from interplay.faces.http.staff import Guard, SignIns
from interplay.faces.http.streams import Streams
from interplay.faces.http.tills import Tills
from interplay.faces.http.visits import Connection, Front, Gate, needs, session_of, till_of, user_of
from interplay.kernel.settings import Settings
from interplay.link.sessions.api import WeChat
from interplay.link.sessions.contracts import Session
from interplay.link.stores.contracts import Device
from interplay.rehearse.campaigns.api import Rehearsals
from interplay.unify.identity import api as identity

BODY_BYTES_MAX = 1024 * 1024

ROUTES = (
    segments.list_segments,
    memberships.live,
    memberships.overlap,
    memberships.history,
    memberships.of_customer,
    segments.count,
    segments.members,
    audiences.export_members,
    segments.explain,
    segments.check,
    funnels.ask_funnel,
    attribution.ask_attribution,
    attribution.ask_beside,
    paths.ask_paths,
    realtime.show_realtime,
    realtime.stream_realtime,
    spreads.ask_intervals,
    spreads.ask_distribution,
    reports.get_report,
    metrics.list_metrics,
    metrics.ask_metrics,
    alerts.list_alerts,
    alerts.show_alert,
    effects.ask_effects,
    cohorts.ask_cohorts,
    cohorts.ask_stickiness,
    cohorts.ask_lifecycle,
    customers.find_customers,
    customers.show_customer,
    customers.show_consents,
    customers.state_consent,
    customers.add_tag,
    customers.remove_tag,
    customers.write_note,
    customers.list_facts,
    customers.list_catalogue,
    customers.list_rejects,
    privacy.export,
    privacy.erase,
    identities.merge,
    identities.unmerge,
    identities.why,
    identities.list_reviews,
    identities.match,
    identities.list_matches,
    documents.list_documents,
    documents.list_schemas,
    documents.plan,
    documents.apply,
    keys.list_keys,
    keys.make,
    keys.revoke,
    webhooks.list_webhooks,
    webhooks.show_webhook,
    webhooks.list_deliveries,
    webhooks.make_secret,
    webhooks.test,
    webhooks.retry,
    webhooks.resume,
    points.show_points,
    points.spend_points,
    points.adjust_points,
    points.show_liability,
    points.list_rules,
    points.show_month,
    points.close_month,
    audiences.list_audiences,
    audiences.make_audience_secret,
    audiences.run_audience,
    staff.sign_in,
    staff.sign_out,
    staff.show_me,
    staff.change_password,
    staff.begin_second_factor,
    staff.confirm_second_factor,
    staff.drop_second_factor,
    staff.join,
    staff.list_users,
    staff.invite,
    staff.reset,
    staff.change,
    staff.list_audit,
    stores.list_stores,
    stores.list_devices,
    stores.add_device,
    stores.revoke_device,
    stores.show_till,
    members.join,
    members.show,
    members.join_at_till,
    members.find_at_till,
    members.scan_at_till,
    members.show_myself,
    members.join_myself,
    members.show_my_code,
    sessions.start,
    sessions.exchange,
    sessions.send_code,
    sessions.sign_in_by_phone,
    sessions.sign_in_by_wechat,
    sessions.sign_out,
    sessions.list_issuers,
    sessions.add_issuer,
    sessions.revoke_issuer,
    till.quote,
    till.hold,
    till.commit,
    till.reverse,
    orders.upload,
    coupons.issue,
    coupons.claim,
    coupons.transfer,
    coupons.void,
    coupons.sheet,
    coupons.show,
    campaigns.list_mine,
    campaigns.show_mine,
    campaigns.play_mine,
    campaigns.play_at_till,
    campaigns.play_for,
    campaigns.collect_at_till,
    campaigns.show_promise,
    campaigns.list_all,
    campaigns.check,
    campaigns.preview,
    campaigns.list_prizes,
    campaigns.show_spread,
    campaigns.list_winners,
    campaigns.change,
    abuse.show_challenge,
    abuse.list_waiting,
    abuse.decide,
    abuse.explain,
    contests.upload,
    contests.gallery,
    contests.show_photo,
    contests.show_photo_to_staff,
    contests.list_entries,
    contests.moderate,
    contests.judge,
    contests.standing,
    results.count_answers,
    results.count_votes,
    results.show_board,
    my_points.show_mine,
    my_points.list_history,
    coupons.list_mine,
    coupons.claim_mine,
    codes.list_batches,
    codes.show_batch,
    codes.generate,
    codes.activate,
    codes.void,
    codes.send,
    codes.verify,
    codes.trace,
    codes.verify_at_till,
    codes.scan,
)


def make_app(
    reach: DoorReach,
    settings: Settings,
    seconds: Callable[[], float] = time.monotonic,
    wechat: WeChat | None = None,
    routes: Sequence[BaseRouteHandler] = ROUTES,
) -> "App":
    """Return the application. `seconds` is the clock of the rate limits, `wechat` who answers for WeChat."""
    return App(reach, settings, seconds, wechat or WeChat(), routes)


class App:
    """Hands each request to the doors or to the API."""

    def __init__(
        self,
        reach: DoorReach,
        settings: Settings,
        seconds: Callable[[], float],
        wechat: WeChat,
        routes: Sequence[BaseRouteHandler],
    ) -> None:
        self._wechat = wechat
        home, limits = reach.home, settings.serve
        self._reach = reach
        self._callers = Callers(home.database, home.world)
        tills = Tills(home.database, home.world)
        self._desk = Desk(reach)
        # threads of their own: who stands at a till waits behind no question of the office
        self._counter = Counter(reach)
        guard = Guard(self._counter)
        self._gate = Gate(self._callers, tills, self._find_session, guard, limits, seconds)
        self._sign_ins = SignIns(reach, limits.proxies, seconds)
        self._pulse = Pulse(reach)
        self._rehearsals = Rehearsals()
        self._streams = Streams()
        self._figures = Figures(reach.writer)
        self._doors: Doors | None = None
        self.api = self._make_api(routes)
        self._front = Front(self.api, guard.ended)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.api(scope, receive, send)
        elif is_door(scope["path"]):
            doors: Any = self._doors or self._open_doors()
            await doors(scope, receive, send)
        else:
            await self._front(scope, receive, send)

    def end_streams(self) -> None:
        """End what would never end by itself, before the server waits for its requests. From any thread."""
        self._streams.close()

    def close(self) -> None:
        """Let go of the threads."""
        self._desk.close()
        self._counter.close()
        self._sign_ins.desk.close()
        self._pulse.close()
        self._rehearsals.close()

    def _open_doors(self) -> Doors:
        """Make the doors: inside the loop that serves them, when the first fact comes."""
        home = self._reach.home
        declarations = Declarations(home.database, home.settings.brand, home.keys)
        with closing(LogReader(home.database)) as reader:
            names = reader.fact_names()

        def blocked() -> frozenset[tuple[str, str]]:
            return identity.blocked_values(home.database, home.settings.brand)

        writer = TimedWriter(self._reach.writer, self._figures.seconds)
        keeping = Doorkeeping(home.world, writer, self._reach.append, declarations, home.keys, names, blocked)
        self._figures.counts, self._figures.without_rate = keeping.counts, keeping.without_rate
        self._doors = Doors(self._callers, keeping)
        return self._doors

    async def _find_session(self, token: str) -> Session:
        return await self._counter.look(signing.find, self._reach, token)

    def _make_api(self, routes: Sequence[BaseRouteHandler]) -> Litestar:
        async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
            await self._gate.check(connection, handler)  # a function: Litestar copies its routers, and what they hold

        # no name that a field of a body has: Litestar would take a mistake in the field for one of ours
        kept: dict[str, Any] = {
            "desk": self._desk,
            "counter": self._counter,
            "pulse": self._pulse,
            "rehearsals": self._rehearsals,
            "listening": self._streams,
            "figures": self._figures,
            "sign_ins": self._sign_ins,
        }
        kept["wechat"] = self._wechat
        provided = {name: _provide(value) for name, value in kept.items()}
        return Litestar(
            [
                # a route that forgets to say what it needs is for administrators only
                Router("/api", route_handlers=routes, guards=[guard], opt=needs(KeyScope.ADMIN)),
                Router("/", route_handlers=[operations.show_metrics], guards=[guard]),
                operations.show_health,
                web.snippet,
            ],
            dependencies={
                **provided,
                "spoken": Provide(mistakes.language, sync_to_thread=False),
                "till": Provide(_till, sync_to_thread=False),
                "session": Provide(_session, sync_to_thread=False),
                "user": Provide(_user, sync_to_thread=False),
            },
            exception_handlers=mistakes.handlers(),
            request_class=mistakes.ApiRequest,
            request_max_body_size=BODY_BYTES_MAX,
            openapi_config=openapi.config(),
            logging_config=None,
            debug=False,
        )


def _till(request: mistakes.AnyRequest) -> Device:
    return till_of(request.scope)


def _session(request: mistakes.AnyRequest) -> Session:
    return session_of(request.scope)


def _user(request: mistakes.AnyRequest) -> User:
    return user_of(request.scope)


def _provide(value: Any) -> Provide:
    def give() -> Any:
        return value

    return Provide(give, sync_to_thread=False)
