"""Eight processes ask over HTTP for the same orders, coupons and points while the server is killed.

Nothing is sold twice or given twice, every unit's ledger adds up, and every repeated key has one receipt.
"""

from collections import Counter
from functools import partial

import msgspec
import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Credit, Receipt
from interplay.bootstrap.access import Access
from interplay.bootstrap.devices import add_device
from interplay.bootstrap.keys import make_key
from interplay.bootstrap.kinds import apply
from interplay.engine.log.append import Append
from interplay.engine.log.read import LogReader
from interplay.engine.secrets.api_keys import Scope
from interplay.link.coupons import api as coupons
from interplay.link.coupons.contracts import REDEMPTION, RETURN, Returned
from tests.chaos import fighting, shopping
from tests.link.coupons.shop import template
from tests.postgresql import empty_url
from tests.serving import Site
from tests.stores import document, fact, user

PROCESSES = 8
OPERATIONS, OPERATIONS_OF_SOAK = 2_500, 125_000  # of each process
both = partial(pytest.mark.parametrize, "is_shared", [False, True], ids=["sqlite", "postgresql"])
DOCUMENTS = (
    {"kind": "store", "name": shopping.STORE, "label": {"zh": "店", "en": "Store"}},
    {"kind": "points", "name": "points", "label": {"zh": "积分", "en": "Points"},
     "worth": {"points": shopping.POINTS, "money": 100}},
    template(
        claimable=True, total_max=shopping.SPRING_MAX, per_customer_max=shopping.SPRING_EACH_MAX,
        budget=shopping.BUDGET,
    ),
    template("spring2", enabled=False),
    template("hello", codes="shared", code=shopping.SHARED, total_max=shopping.SHARED_MAX),
)  # fmt: skip


@pytest.mark.slow
@both()
def test_eight_tills_and_kill_9(tmp_path, is_shared):
    fight(tmp_path, is_shared, OPERATIONS)


@pytest.mark.soak
@both()
def test_a_million_operations_over_http(tmp_path, is_shared):
    fight(tmp_path, is_shared, OPERATIONS_OF_SOAK)


def fight(tmp_path, is_shared, operations):
    site = Site(tmp_path / "data", empty_url() if is_shared else "", fighting.GENEROUS)
    plan = prepared(site, operations * 2)
    outs = fighting.fight(site, "tests.chaos.shopping", plan, processes=PROCESSES, operations=operations)
    check(site, outs)
    site.cli("ledger", "check")


def prepared(site, operations):
    """Give everybody points, and open a till."""
    with Access(site.data) as access:
        apply(access, [document(one) for one in DOCUMENTS])
        access.write(
            access.append, Append([fact("customer.identified", user(n), key=n) for n in range(shopping.PEOPLE)])
        )
        reader = LogReader(access.home.database)
        subjects = [reader.subject_of(access.home.keys.digest(*user(n))) for n in range(shopping.PEOPLE)]
        reader.close()
        steps = tuple(Credit("points", one, shopping.POINTS_GIVEN) for one in subjects)
        assert isinstance(acts.do(access.home.acts, access, Act("given", "given", b"g", steps)), Receipt)
        till_key = add_device(access, shopping.STORE, shopping.TILL)
        office_key = make_key(access, shopping.OFFICE, tuple(Scope))
    return shopping.Plan(site.port, till_key, office_key, operations)


def check(site, outs):
    """Compare what everybody was told with what the store says."""
    told = fighting.told(outs)
    with Access(site.data) as access:
        database = access.home.database
        assert acts.check(database) == []
        receipts = list(_receipts(access, database))
        kinds = Counter(one.kind for one in receipts)
        assert {REDEMPTION, RETURN, "coupons.issue", "coupons.claim", "points.spend"} <= set(kinds), kinds
        assert len(told) <= len(receipts)
        _check_coupons(access, receipts)
        _check_points(database, receipts)


def _receipts(access, database):
    number = 0
    while (receipt := acts.receipt(access.home.acts, database, number := number + 1)) is not None:
        yield receipt


def _check_coupons(access, receipts):
    """Whatever was given has its receipt, whatever is used has its order, and no limit is passed."""
    sheet = coupons.sheet(access.home.coupons)
    (spring,) = [line for line in sheet.lines if line.template == "spring"]
    given = [one.effects[-1].unit for one in receipts if one.kind in ("coupons.issue", "coupons.claim")]
    assert len(set(given)) == len(given) == spring.given <= shopping.SPRING_MAX
    returned = {one.redemption for one in map(_return, receipts) if one is not None and one.is_whole}
    orders = [one for one in receipts if one.kind == REDEMPTION]
    standing = [
        coupons.read_redemption(one)
        for one in orders
        if one.state in ("held", "done") and one.key not in returned
    ]  # fmt: skip
    units = [used.unit for order in standing for used in order.coupons if used.unit]
    assert len(set(units)) == len(units) == spring.used + spring.held
    shared = sum(used.template == "hello" for order in standing for used in order.coupons)
    assert acts.used(access.home.database, "coupon:hello") == shared <= shopping.SHARED_MAX
    spent = {one.template: one.cost for one in sheet.spent}
    assert 0 <= spent["spring"] <= shopping.BUDGET


def _check_points(database, receipts):
    """Points are where the receipts say."""
    totals = acts.totals(database, "points")
    assert sum(totals.values()) == 0
    orders = [coupons.read_redemption(one) for one in receipts if one.kind == REDEMPTION]
    paid = Counter()
    for order in orders:
        paid[order.state] += order.quote.points.points
    back = sum(one.refund.points for one in map(_return, receipts) if one is not None)
    spent = sum(one.effects[0].amount for one in receipts if one.kind == "points.spend")
    assert totals["spent"] == spent + paid["done"] - back
    assert totals.get("held", 0) == paid["held"]
    assert totals["customers"] == shopping.PEOPLE * shopping.POINTS_GIVEN - totals["spent"] - paid["held"]


def _return(receipt):
    return msgspec.msgpack.decode(receipt.result, type=Returned) if receipt.kind == RETURN else None
