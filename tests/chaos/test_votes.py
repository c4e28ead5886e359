"""Several processes vote over HTTP and change their minds while the server is killed and people are merged.

What is counted is what the ballots that are left say, neither more nor less, and every repeated key has one answer.
"""

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import text

from interplay.acts import api as acts
from interplay.bootstrap import campaigns as campaigning
from interplay.bootstrap.access import Access
from interplay.bootstrap.keys import make_key
from interplay.bootstrap.kinds import apply
from interplay.engine.log.append import Append
from interplay.engine.log.read import LogReader
from interplay.engine.secrets.api_keys import Scope
from interplay.interact.campaigns.contracts import Change
from tests.chaos import fighting, shopping, voting
from tests.interact.campaigns.square import LABEL, campaign
from tests.link.points.shop import UNIT
from tests.postgresql import empty_url
from tests.serving import Site
from tests.stores import document, fact, user

PROCESSES = 4
OPERATIONS, OPERATIONS_OF_SOAK = 100, 10_000  # of each process
CHOICES = dict.fromkeys(voting.CHOICES, LABEL)
PARTS = {
    "drink": {"vote": {"choices": CHOICES, "is_changeable": True}},
    "team": {"vote": {"choices": CHOICES, "votes": 2, "at_once": 2}},
}
both = partial(pytest.mark.parametrize, "is_shared", [False, True], ids=["sqlite", "postgresql"])


@pytest.mark.slow
def test_voters_and_kill_9(tmp_path):
    fight(tmp_path, OPERATIONS, is_shared=False)


@pytest.mark.soak
@both()
def test_many_votes_over_http(tmp_path, is_shared):
    fight(tmp_path, OPERATIONS_OF_SOAK, is_shared=is_shared)


def fight(tmp_path, operations, *, is_shared):
    site = Site(tmp_path / "data", empty_url() if is_shared else "", fighting.GENEROUS)
    plan = prepared(site, operations * 2)
    outs = fighting.fight(site, "tests.chaos.voting", plan, processes=PROCESSES, operations=operations)
    check(site, outs)


def prepared(site, operations):
    with Access(site.data) as access:
        content = campaign(voting.CAMPAIGN, starts="2020-01-01", ends="2100-01-01", parts=PARTS)
        apply(access, [document(one) for one in (UNIT, content)])
        people = [fact("customer.identified", user(n), key=n) for n in range(voting.PEOPLE)]
        access.write(access.append, Append(people))
        campaigning.start(access, voting.CAMPAIGN, "test")
        office_key = make_key(access, shopping.OFFICE, tuple(Scope))
    return shopping.Plan(site.port, "", office_key, operations)


def check(site, outs):
    fighting.told(outs)
    with Access(site.data) as access:
        assert acts.check(access.home.database) == []
        tallies = {part: counted(access, part) for part in PARTS}
        ballots = {part: left(access, part) for part in PARTS}
        assert tallies == {part: Counter(one for chosen in some for one in chosen) for part, some in ballots.items()}
        assert sum(tallies["drink"].values()) <= voting.PEOPLE
        assert sum(tallies["team"].values()) <= 2 * voting.PEOPLE
        campaigning.change(access, voting.CAMPAIGN, Change.STOP, "test")
        campaigning.change(access, voting.CAMPAIGN, Change.SETTLE, "test")
        reader = LogReader(access.home.database)
        names = Counter(row.name for row in reader.live_named(0, reader.last_position(), ("vote.closed",), 100))
        reader.close()
        assert names == {"vote.closed": 6}


def counted(access, part):
    scopes = {one: f"play:{voting.CAMPAIGN}/{part}:tally:{one}" for one in voting.CHOICES}
    found = acts.used_of(access.home.database, list(scopes.values()))
    return Counter({one: count for one, scope in scopes.items() if (count := found.get(scope, 0))})


def left(access, part):
    """Return the choices of every ballot that counts: those whose links are there."""
    look, kind = access.home.campaigns.look(), f"ballot:{voting.CAMPAIGN}/{part}:0"
    with access.home.database.read() as connection:
        names = connection.execute(text("SELECT name FROM links WHERE kind = :kind"), {"kind": kind}).scalars().all()
    return [look.said(name).says["choices"] for name in names]
