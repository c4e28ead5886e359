"""Plays over HTTP: a draw with every limit, a holdout, stock, budget and facts, each durable; and a rush for prizes."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jwt
import msgspec

from bench import shop
from bench.acts_by_hand import CUSTOMERS
from bench.figures import Figure, Limit, Settings
from bench.load import Counted
from bench.play_load import PlayOrders
from bench.processes import Running, served
from bench.store import copied, people_store
from bench.tills import bare_till
from interplay.acts import api as acts
from interplay.bootstrap import campaigns as campaigning
from interplay.bootstrap import sessions as signing
from interplay.bootstrap.access import Access
from interplay.bootstrap.kinds import apply
from interplay.engine.documents.contracts import Document
from interplay.interact.campaigns.api import prizes_of
from interplay.link.sessions.contracts import Given
from interplay.rehearse.campaigns.api import preview
from interplay.rehearse.campaigns.contracts import PreviewAsk

CLIENTS = 64
PLAYERS = 2_000
RUSH_PLAYERS, RUSH_PRIZES, RUSH_SECONDS_MAX = 20_000, 1_000, 60.0
WARM_UP_SECONDS, SECONDS = 2.0, 15.0
REQUESTS_PER_SECOND_MAX = 3_000
TARGET, P99_MS_MAX = 800, 150.0
PREVIEW_PLAYS, PREVIEW_RUNS, PREVIEW_SECONDS_MAX = 20_000, 10, 60.0
LABEL = {"zh": "测", "en": "Bench"}
DAY_SECONDS = 86_400


def _campaign(now: float, **more: Any) -> dict[str, Any]:
    def day(days: int) -> str:
        return time.strftime("%Y-%m-%d", time.gmtime(now + days * DAY_SECONDS))

    return {
        "label": LABEL, "goal": {"text": LABEL, "metric": {"fact": "order.completed"}},
        "starts": day(-2), "ends": day(20),
        "texts": {"title": LABEL, "rules": LABEL}, "budget": 10**11,
        "limits": {"per_customer_max": 10**6, "per_customer_day_max": 10**6, "per_day_max": 10**9, "total_max": 10**9},
        "prizes": {
            "cup": {"label": LABEL, "goods": "P", "stock": 1_000, "cost": 900, "funder": "brand"},
            "ten": {"label": LABEL, "points": {"unit": "points", "amount": 10}},
        },
        "parts": {"wheel": {"draw": {"fallback": "none", "outcomes": {
            "cup": {"weight": 1, "prizes": ["cup"]}, "ten": {"weight": 100, "prizes": ["ten"]}, "none": {"weight": 899},
        }}}},
        **more,
    }  # fmt: skip


def measure(settings: Settings) -> list[Figure]:
    """Play at a running server; rush for the last prizes; rehearse."""
    now = time.time()
    with copied(people_store(settings, CUSTOMERS), settings.folder / "run") as copy:
        tokens = _prepared(settings, copy.folder, now)
        os.sync()
        settings.say(f"plays: {CLIENTS} clients play …")
        with served(copy.folder, settings.folder / "serve.log") as server:
            played, used = _send(settings, server, tokens, "wheel", settings.seconds(SECONDS))
            settings.say(f"plays: {RUSH_PLAYERS} plays for {RUSH_PRIZES} prizes …")
            rush, _ = _send(settings, server, tokens, "rush", RUSH_SECONDS_MAX, RUSH_PLAYERS)
        given = _check(copy.folder)
        settings.say("plays: a rehearsal …")
        with Access(copy.folder) as access:
            found = preview(access, PreviewAsk(campaign="wheel", plays=PREVIEW_PLAYS, runs=PREVIEW_RUNS))
    settings.say("plays: the bare till …")
    with bare_till(settings) as server:
        bare, _ = _send(settings, server, tokens, "wheel", settings.seconds(SECONDS))
    per_second = played.requests / played.seconds
    return [
        Figure(
            row="plays over HTTP",
            what=f"{CLIENTS} clients: draw, limits, holdout, budget, facts, receipt, on disk",
            value=per_second,
            unit="plays/s",
            limit=Limit("bare till, the rows of an act by hand", bare.requests / bare.seconds),
            target=f"{TARGET:,}/s, p99 < {P99_MS_MAX:.0f} ms",
            is_met=per_second >= TARGET and played.p99_ms < P99_MS_MAX,
            details={"p50 ms": played.p50_ms, "p99 ms": played.p99_ms, "processor µs a play": used},
        ),
        Figure(
            row="a rush for prizes", what=f"{RUSH_PLAYERS:,} plays for {RUSH_PRIZES:,} prizes, all answered",
            value=rush.seconds, unit="s", target=f"< {RUSH_SECONDS_MAX:.0f} s, exact",
            is_met=rush.seconds < RUSH_SECONDS_MAX and given == RUSH_PRIZES,
            details={"given": given, "p99 ms": rush.p99_ms},
        ),
        Figure(
            row="a rehearsal", what=f"{PREVIEW_RUNS} runs of {PREVIEW_PLAYS:,} plays through the same code",
            value=found.seconds, unit="s", target=f"< {PREVIEW_SECONDS_MAX:.0f} s",
            is_met=found.seconds < PREVIEW_SECONDS_MAX, details={"plays": found.parts[0].plays},
        ),
    ]  # fmt: skip


def _prepared(settings: Settings, folder: Path, now: float) -> list[str]:
    """Start the campaigns, and sign customers in."""
    rush = {"parts": {"wheel": {"draw": {"fallback": "none", "outcomes": {
        "cup": {"weight": 1, "prizes": ["cup"]}, "none": {"weight": 1},
    }}}}}  # fmt: skip
    documents = [
        Document("points", "points", {"label": LABEL, "worth": {"points": 100, "money": 100}}),
        Document("campaign", "wheel", _campaign(now, promise="invited")),
        Document("campaign", "rush", _campaign(now, **rush)),
    ]
    with Access(folder) as access:
        apply(access, documents)
        for name in ("wheel", "rush"):
            campaigning.start(access, name, "bench")
        _, secret = signing.add_issuer(access, "bench")
        return [_token(access, str(secret), number, now) for number in range(PLAYERS)]


def _token(access: Access, secret: str, number: int, now: float) -> str:
    said = {
        "iss": "bench", "aud": "interplay", "sub": shop.user_id(number * 7 % CUSTOMERS), "iat": int(now),
        "exp": int(now) + 60, "jti": str(number),
    }  # fmt: skip
    return signing.exchange(access, jwt.encode(said, secret, "HS256"), Given(channel="web")).token


def _send(
    settings: Settings, server: Running, tokens: list[str], campaign: str, seconds: float, requests: int | None = None
) -> tuple[Counted, float]:
    orders = PlayOrders(
        port=server.port, write_key="", connections=CLIENTS, facts_per_request=1,
        requests_max=requests or int((seconds + WARM_UP_SECONDS) * REQUESTS_PER_SECOND_MAX),
        warm_up_seconds=0.0 if requests else WARM_UP_SECONDS, seconds=seconds, customers=PLAYERS, seed=settings.seed,
        tokens=tokens, path=f"/api/customer/campaigns/{campaign}/parts/wheel/plays",
    )  # fmt: skip
    used = server.processor_seconds()
    command = [sys.executable, "-m", "bench.play_load"]
    done = subprocess.run(command, input=msgspec.json.encode(orders), stdout=subprocess.PIPE, check=True)
    counted = msgspec.json.decode(done.stdout, type=Counted)
    return counted, (server.processor_seconds() - used) / counted.sent * 1e6


def _check(folder: Path) -> int:
    """Return how many prizes the rush gave; every play of it verifies."""
    with Access(folder) as access:
        home = access.home
        if broken := acts.check(home.database):
            raise RuntimeError(f"the ledger is broken: {broken}")
        for name in ("wheel", "rush"):
            if wrong := acts.verify_draw(home.database, home.keys, f"{name}/wheel").wrong:
                raise RuntimeError(f"a draw does not verify: {wrong[:3]}")
        return next(one.given for one in prizes_of(home.campaigns, "rush") if one.prize == "cup")
