"""Several processes visit a fair over HTTP, with every kind of play but the draw and the vote, which have their own.

The server is killed, people are merged, attempts run out of time, and in the middle the campaign ends: once means once,
quotas and stock hold, what was earned is given, and what is given adds up.
"""

import time
from collections import Counter
from functools import partial

import pytest

from interplay.acts import api as acts
from interplay.bootstrap import campaigns as campaigning
from interplay.bootstrap import codes as coding
from interplay.bootstrap.access import Access
from interplay.bootstrap.keys import make_key
from interplay.bootstrap.kinds import apply
from interplay.engine.log.append import Append
from interplay.engine.log.read import LogReader
from interplay.engine.secrets.api_keys import Scope
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.contracts import Change
from interplay.interact.codes.contracts import Generate, Level, Mark
from tests.chaos import fair, fighting, shopping
from tests.interact.campaigns.square import LABEL, campaign
from tests.interact.mechanics.test_stateful import PAGES, QUESTIONS
from tests.link.points.shop import UNIT
from tests.postgresql import empty_url
from tests.serving import Site
from tests.stores import document, fact, user

PROCESSES = 4
OPERATIONS, OPERATIONS_OF_SOAK = 150, 15_000  # of each process
CODES, CODES_OF_SOAK = 40, 3_000
QUOTA, ATTEMPTS, ATTEMPT_SECONDS = 8, 3, 2
ENTRIES_MAX, VOTES_MAX, MEDALS = 2, 3, 2
FOLLOWED_SECONDS_MAX = 60.0
both = partial(pytest.mark.parametrize, "is_shared", [False, True], ids=["sqlite", "postgresql"])
AMOUNTS = {"one": 1, "right": 2, "asked": 3, "shared": 5, "welcome": 7, "thanks": 11, "done": 13}
PRIZES = {
    **{name: {"label": LABEL, "points": {"unit": "points", "amount": amount}} for name, amount in AMOUNTS.items()},
    "tin": {"label": LABEL, "goods": "P-tin", "stock": CODES_OF_SOAK},
    "cup": {"label": LABEL, "goods": "P-cup", "stock": 2},
    "medal": {"label": LABEL, "goods": "P-medal", "stock": MEDALS},
}
EARNED = {"one", "right", "asked", "shared", "tin", "done", "cup", "medal"}
TIN = {"fallback": "none", "outcomes": {"tin": {"weight": 3, "prizes": ["tin"]}, "none": {"weight": 1}}}
PARTS = {
    "days": {"checkin": {"daily": ["one"]}},
    "quiz": {"quiz": {
        "pools": {"all": {"ask": 2, "questions": QUESTIONS[:2]}}, "attempts": ATTEMPTS, "seconds": ATTEMPT_SECONDS,
        "bands": [{"from_percent": 100, "prizes": ["right"]}],
    }},
    "poll": {"survey": {"pages": PAGES, "prizes": ["asked"], "quotas": {"all": {"most": QUOTA}}}},
    "packs": {"codes": {"batches": ["packs"], "draw": TIN}},
    "links": {"share": {"rewards": [{"visitors": 2, "prizes": ["shared"]}]}},
    "friends": {"referral": {
        "friend": ["welcome"], "referrer": ["thanks"], "order": {"value_min": 3_000, "return_days": 7},
    }},
    "board": {"leaderboard": {"ranks": [{"first": 1, "last": 2, "prizes": ["cup"]}]}},
    "stage": {"contest": {
        "entries": {
            "photos_min": 0, "per_customer_max": ENTRIES_MAX, "total_max": fair.ENTRIES, "is_shown_at_once": True,
        },
        "votes": {"votes": VOTES_MAX}, "winners": [{"prize": "medal", "winners": MEDALS}],
    }},
    "todo": {"tasks": {"tasks": {"tins": {"label": LABEL, "fact": "draw.played", "target": 2, "prizes": ["done"]}}}},
}  # fmt: skip


@pytest.mark.slow
def test_a_fair_and_kill_9(tmp_path):
    visit(tmp_path, OPERATIONS, CODES, is_shared=False)


@pytest.mark.soak
@both()
def test_a_long_fair(tmp_path, is_shared):
    visit(tmp_path, OPERATIONS_OF_SOAK, CODES_OF_SOAK, is_shared=is_shared)


def visit(tmp_path, operations, codes, *, is_shared):
    site = Site(tmp_path / "data", empty_url() if is_shared else "", fighting.GENEROUS)
    plan = prepared(site, operations * 2, codes)

    outs = fighting.fight(
        site, "tests.chaos.fair", plan, processes=PROCESSES, operations=operations,
        meanwhile=fighting.stopping(site, fair.CAMPAIGN, operations), at_last=lambda: _wait_for_tasks(site),
    )  # fmt: skip
    check(site, plan, fighting.told(outs))
    site.cli("ledger", "check")


def prepared(site, operations, codes):
    with Access(site.data) as access:
        coding.generate(access, Generate(name="packs", product="P-tea", count=codes))
        coding.put(access, Mark.ACTIVE, coding.Items("packs"), "test")
        content = campaign(fair.CAMPAIGN, starts="2020-01-01", ends="2100-01-01", prizes=PRIZES, parts=PARTS)
        apply(access, [document(one) for one in (UNIT, content)])
        people = [fact("customer.identified", user(n), key=n) for n in range(fair.PEOPLE)]
        access.write(access.append, Append(people))
        campaigning.start(access, fair.CAMPAIGN, "test")
        office_key = make_key(access, shopping.OFFICE, tuple(Scope))
        running = access.home.codes
        printed = [running.code_of(running.batch("packs"), Level.ITEM, index) for index in range(codes)]
    return fair.FairPlan(site.port, "", office_key, operations, printed)


def check(site, plan, told):
    """Compare what everybody was told with what the store says."""
    with Access(site.data) as access:
        assert acts.check(access.home.database) == []
        campaigning.change(access, fair.CAMPAIGN, Change.SETTLE, "test")
        given, facts = _given(access), _facts(access)
        assert sum(facts["prize.given"].values()) == sum(given.values())
        earned = sum(AMOUNTS[name] * given[name] for name in AMOUNTS)
        assert -acts.totals(access.home.database, "points")["issued"] == earned
        assert acts.check(access.home.database) == []
    assert {name for name, number in given.items() if number} >= EARNED, given
    assert (given["welcome"], given["thanks"]) == (0, 0), "nobody has ordered"
    assert given["cup"] <= 2
    _check_once(facts, given)
    scanned = [fair.code_of(plan, int(key[2:])) for (_, key), said in told.items() if said["outcome"] is not None]
    assert len(set(scanned)) == len(scanned) <= sum(facts["draw.played"].values()) <= len(plan.codes)


def _check_once(facts, given):
    """What may be done once was done once, or as often as it may be; whoever merges keeps what she has."""
    days = max(facts["checkin.done"].values())
    assert days <= 2, "the story may pass midnight"
    assert sum(facts["checkin.done"].values()) == given["one"]
    assert max(facts["survey.completed"].values()) == 1
    assert sum(facts["survey.completed"].values()) == given["asked"] <= QUOTA
    assert max(facts["quiz.started"].values()) <= ATTEMPTS
    assert given["right"] <= sum(facts["quiz.completed"].values()) <= sum(facts["quiz.started"].values())
    assert max(facts["share.visited"].values()) == 1
    assert max(facts["referral.accepted"].values()) == 1
    assert given["tin"] <= sum(facts["draw.played"].values())
    assert given["done"] <= fair.PEOPLE
    assert max(facts["entry.submitted"].values()) <= ENTRIES_MAX
    assert sum(facts["entry.submitted"].values()) <= fair.ENTRIES
    assert max(facts["vote.cast"].values()) <= VOTES_MAX
    assert given["medal"] == sum(facts["contest.won"].values()) <= MEDALS


def _facts(access):
    """Return how many facts of each name each subject has."""
    reader, found = LogReader(access.home.database), {}
    names = (
        "checkin.done", "survey.completed", "quiz.started", "quiz.completed", "share.visited", "referral.accepted",
        "draw.played", "prize.given", "entry.submitted", "vote.cast", "contest.won",
    )  # fmt: skip
    for row in reader.live_named(0, reader.last_position(), names, 10**6):
        found.setdefault(row.name, Counter())[row.subject] += 1
    reader.close()
    return found


def _wait_for_tasks(site):
    """Return when what the fair told is followed: whoever has two tins has her prize."""
    with Access(site.data) as access:
        until = time.monotonic() + FOLLOWED_SECONDS_MAX
        while not _given(access)["done"] and time.monotonic() < until:
            time.sleep(0.1)


def _given(access):
    return {one.prize: one.given for one in campaigns.prizes_of(access.home.campaigns, fair.CAMPAIGN)}
