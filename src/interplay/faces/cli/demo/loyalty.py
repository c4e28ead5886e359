"""Points and coupons: earned at the till and on the web, issued online, redeemed in store; every no with a reason.

It is played against the running server through the doors of customers, tills and the brand's own systems. The balance
sheet is the ledger's; the facts have to tell the same, and points what the story knows of orders.
"""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from msgspec.structs import replace

from interplay.acts import api as acts
from interplay.bootstrap import loyalty as ledger
from interplay.bootstrap.access import Access
from interplay.engine.log.read import LogReader
from interplay.faces.cli.demo import deeds, misuse, sheets
from interplay.faces.cli.demo.calling import AT_ONCE, Doors, Heard, Returned
from interplay.faces.cli.demo.contracts import Bought, CouponLine, Loyalty, OneWallet, PointsSheet, Refusal
from interplay.faces.cli.demo.scene import Scene
from interplay.faces.cli.demo.shop import PASTRY, SHARED, SHARED_CODE, Guest, Sale, Shop
from interplay.kernel.time import SECOND
from interplay.link.coupons import api as coupons
from interplay.rehearse.brand.api import breakfast, leaflet_codes
from interplay.rehearse.brand.contracts import Person, Truth

GUESTS = 72
CARELESS = 8
GUESTS_MIN = 24
LEAFLET, LEAFLETS = "leaflet", 1
SHARED_MAX = 30  # of the template's document
ONLINE_EVERY, LOST_EVERY, POINTS_EVERY, BACK_EVERY, PART_EVERY, SHARING = 3, 4, 2, 7, 9, 40
WAIT_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.05


@dataclass
class Day:
    """What is known of a day while it is played."""

    shop: Shop
    guests: list[Guest]
    one: Guest  # whose wallet is looked at before and after
    before: OneWallet
    claims: dict[str, bool]
    issued: int = 0
    claimed: int = 0
    lost_answers: int = 0
    returns: int = 0
    coupons_back: int = 0
    points_back: int = 0


def show(scene: Scene, left_out: frozenset[int]) -> Loyalty | None:
    """Play a day, with people that were not there on an earlier one nor are left out; None when they are too few."""
    begun = time.perf_counter()
    people = _cast(scene, left_out)
    if len(people) < GUESTS_MIN:
        return None
    access, folder = scene.access, scene.folder
    _wait_for(access, deeds.points(scene.told, deeds.read(folder.deeds)))
    ledger.expire(access)
    coupons.import_codes(access.home.coupons, access, LEAFLET, leaflet_codes(LEAFLETS))
    with closing(LogReader(access.home.database)) as reader:
        since = reader.last_position()
    with Doors(scene.url, scene.lang) as doors:
        _write_down(scene, people)
        shop = Shop(doors, scene.secret_key, access.home.world.now() // SECOND)
        before = sheets.coupons_of(access, shop.staff), sheets.points_of(access)
        day = _play(scene, shop, people)
        _tell(scene, day)
        truth = deeds.points(scene.told, deeds.read(folder.deeds))
        _wait_for(access, truth)
        after = sheets.coupons_of(access, shop.staff), sheets.points_of(access)
        wallet = _one_wallet(day)
    told = sheets.told(access, folder.export, since)
    day.claims |= _sheet_claims(day, before, after, told, truth) | {"ledger": acts.check(access.home.database) == []}
    return Loyalty(
        bought=_bought(day),
        wallet=wallet,
        points=after[1],
        points_true=truth,
        coupons=tuple(after[0].values()),
        refusals=_refusals(doors.heard, told.refused),
        seconds=time.perf_counter() - begun,
        claims=day.claims,
    )


def _cast(scene: Scene, left_out: frozenset[int]) -> list[Person]:
    """Return who comes: people with an account of their own, who spent most before others."""
    truth: Truth = scene.truth
    never = left_out | deeds.read(scene.folder.deeds).guests | frozenset().union(*truth.households)
    found = [
        one for one in truth.people.values() if one.user_id and one.number in truth.seen and one.number not in never
    ]
    found.sort(key=lambda one: (-truth.known[one.number].value if one.number in truth.known else 0, one.number))
    return found[:GUESTS]


def _write_down(scene: Scene, people: Sequence[Person]) -> None:
    done = deeds.read(scene.folder.deeds)
    deeds.write(scene.folder.deeds, replace(done, guests=done.guests | {one.number for one in people}))


def _play(scene: Scene, shop: Shop, people: Sequence[Person]) -> Day:
    """Let everybody sign in, get and claim, order on the web, buy in the stores, bring back; and be careless."""
    shop.open(sorted({one.store.id for one in scene.told.people.values()}))
    guests = shop.sign_in(people)
    careless, regular = guests[:CARELESS], guests[CARELESS:]
    both = regular[:: ONLINE_EVERY * POINTS_EVERY]  # they buy online, and pay with points in the store
    held = [_wallet(shop, guest) for guest in both]
    most = max(range(len(both)), key=lambda place: held[place].available)
    day = Day(shop, guests, both[most], held[most], {})
    _give(scene, day)
    for guest in regular[::ONLINE_EVERY]:
        shop.order_online(guest)
    day.claims |= misuse.on_the_floor(shop, careless, leaflet_codes(LEAFLETS)[0])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sames = list(pool.map(lambda one: _visit(shop, *one), enumerate(regular)))
    day.claims["lost_answers"] = all(sames)
    day.lost_answers = len(regular[::LOST_EVERY])
    sold = sorted((one for one in shop.sales if one.redemption), key=lambda one: one.guest.person.number)
    day.claims["other_basket"] = misuse.mixes_keys_up(shop, next(one for one in sold if one.guest in regular))
    _bring_back(day, [one for one in sold if one.guest is not day.one])
    day.claims["sold_till"] = misuse.sells_its_till(shop, max(shop.tills))
    return day


def _give(scene: Scene, day: Day) -> None:
    """Send the letter, twice, as whoever lost the answer; let everybody claim; let too many want the same at once."""
    shop, guests = day.shop, day.guests
    first, again = shop.issue(guests), shop.issue(guests)
    day.issued = sum(one.is_new for one in first)
    same = [one.code for one in first] == [one.code for one in again] and not any(one.is_new for one in again)
    day.claims["issued_once"] = same and day.issued == len(guests)
    left = SHARED_MAX - sheets.coupons_of(scene.access, shop.staff)[SHARED].given
    wanting = guests[:SHARING]
    claimed = shop.claim_all(guests, template=PASTRY)
    shared = shop.claim_all(wanting, code=SHARED_CODE, key="shared")
    got = sum(one.refused is None for one in shared)
    day.claims["claimed"] = all(one.is_new for one in claimed)
    day.claims["never_too_many"] = got == min(left, len(wanting))
    day.claimed = len(claimed) + got
    for guest in guests:
        shop.look(guest)


def _visit(shop: Shop, place: int, guest: Guest) -> bool:
    """Let somebody show her code, and buy breakfast with her coupons, and with points if she likes."""
    shop.recognise(guest)
    points = 0 if place % POINTS_EVERY else shop.spendable(guest)
    return shop.buy(guest, breakfast(guest.person), points, is_answer_lost=place % LOST_EVERY == 0)


def _bring_back(day: Day, sold: Sequence[Sale]) -> None:
    """Let some orders come back whole, some in part; the first not where it was bought, and once too often."""
    shop, wholes = day.shop, sold[::BACK_EVERY]
    elsewhere = misuse.others_than(shop, wholes[0].guest)
    day.claims["other_store"] = misuse.returns_elsewhere(shop, wholes[0], elsewhere)
    is_all_hers = True
    for sale in wholes:
        found = shop.bring_back(sale)
        is_all_hers &= found.is_whole and (found.coupons_back, found.points) == (sale.coupons, sale.points)
        is_all_hers &= found.money == sale.value
        _count_back(day, found)
    for sale in sold[1::PART_EVERY]:
        if sale not in wholes:
            _count_back(day, shop.bring_back(sale, {sale.lines[0].product.sku: 1}))
    day.claims["all_back"] = is_all_hers
    day.claims["back_once"] = misuse.returns_twice(shop, wholes[0])


def _count_back(day: Day, found: Returned) -> None:
    day.returns += 1
    day.coupons_back += found.coupons_back
    day.points_back += found.points


def _tell(scene: Scene, day: Day) -> None:
    """Let the tills and the web shop tell of what was paid and what came back; written down before, as all deeds."""
    now = scene.access.home.world.now()
    placed = tuple(sale.placed(now) for sale in day.shop.sales)
    done = deeds.read(scene.folder.deeds)
    deeds.write(scene.folder.deeds, replace(done, orders=(*done.orders, *placed)))
    messages = [message for one in placed for message in one.messages()]
    flow = scene.senders.segment(messages, lambda _: None)
    day.claims["orders_told"] = flow.stored == len(messages)


def _wallet(shop: Shop, guest: Guest) -> OneWallet:
    """Return what she has, by her account alone."""
    held = next((one for one in shop.wallet("user_id", guest.person.user_id).balances if one.unit == "points"), None)
    available, pending = (held.available, held.pending) if held else (0, 0)
    return OneWallet(guest.person.name, (), 0, 0, 0, available, pending)


def _one_wallet(day: Day) -> OneWallet:
    """Ask for the points of one guest by everything she is known by; what she earned anywhere is in one wallet."""
    guest, person = day.one, day.one.person
    names = (("user_id", person.user_id), ("card_no", guest.card_no), ("phone", person.phone))
    wallets = [day.shop.wallet(*one) for one in names]
    hers = [sale for sale in day.shop.sales if sale.guest is guest]
    online, store = (
        sum(sale.value // deeds.FEN_PER_YUAN for sale in hers if bool(sale.redemption) is is_store)
        for is_store in (False, True)
    )
    spent = sum(sale.points for sale in hers)
    now, before = _wallet(day.shop, guest), day.before
    added = now.available + now.pending - before.available - before.pending
    day.claims["one_wallet"] = all(one == wallets[0] for one in wallets) and added == online + store - spent
    known_by = tuple(":".join(one) for one in names)
    return replace(now, known_by=known_by, earned_online=online, earned_in_store=store, spent=spent)


Sheets = tuple[dict[str, CouponLine], PointsSheet]


def _sheet_claims(
    day: Day, before: Sheets, after: Sheets, told: sheets.Told, truth: tuple[int, int]
) -> dict[str, bool]:
    """Hold the ledger against the facts, the answers, and what the story knows."""
    heard = day.shop.doors.heard
    expected = Counter(dict.fromkeys(misuse.ONCE, 1))
    expected["coupon.handed_out"] = SHARING - day.claimed + len(day.guests)
    lines = [(one, before[0][name]) for name, one in after[0].items()]
    spent = sum(sale.points for sale in day.shop.sales) - day.points_back
    of_acts = Counter({code: number for code, number in heard.refused.items() if code not in misuse.NOT_ACTS})
    return {
        "coupons_add_up": all(one.adds_up for one in after[0].values()),
        "coupons_told": all(
            (one.given - was.given, one.used - was.used, one.cost - was.cost)
            == (told.given[one.template], told.used[one.template], told.cost[one.template])
            for one, was in lines
        ),
        "points_add_up": after[1].adds_up,
        "points_true": (after[1].given, after[1].taken_back) == truth,
        "points_spent": after[1].spent - before[1].spent == spent,
        "refused": heard.refused == +expected,
        "refusals_told": told.refused == of_acts,
        "said_in_quotes": heard.quoted.keys() >= misuse.IN_QUOTES,
    }


def _bought(day: Day) -> Bought:
    in_store = [sale for sale in day.shop.sales if sale.redemption]
    return Bought(
        members=len(day.guests),
        tills=len(day.shop.tills),
        issued=day.issued,
        claimed=day.claimed,
        online_orders=len(day.shop.sales) - len(in_store),
        till_orders=len(in_store),
        paid=sum(sale.value for sale in day.shop.sales),
        coupons_used=sum(sale.coupons for sale in in_store),
        points_used=sum(sale.points for sale in in_store),
        lost_answers=day.lost_answers,
        returns=day.returns,
        coupons_back=day.coupons_back,
        points_back=day.points_back,
    )


def _refusals(heard: Heard, facts: Counter[str]) -> tuple[Refusal, ...]:
    """Return every reason, the most frequent first."""
    answers, quoted, sentences = heard.refused, heard.quoted, heard.sentences
    rows = [
        Refusal(code, sentences.get(code, ""), answers[code], facts[code], quoted[code])
        for code in answers.keys() | facts.keys() | quoted.keys()
    ]
    return tuple(sorted(rows, key=lambda one: (-one.answers - one.facts, -one.quotes, one.code)))


def _wait_for(access: Access, points: tuple[int, int]) -> None:
    """Return once so many points are given and taken back; who waited long enough goes on, and finds it wrong."""
    until = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < until:
        found = sheets.points_of(access)
        if found.given >= points[0] and found.taken_back >= points[1]:
            return
        time.sleep(LOOK_SECONDS)
