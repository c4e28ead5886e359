"""What the running system knows, beside what really happened.

The warehouse is read as an analyst would read it: exported to Parquet, in DIR/export.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from itertools import combinations
from pathlib import Path

from msgspec import Struct

from interplay.bootstrap.access import Access
from interplay.collect.facts.api import normalized
from interplay.collect.ingest import api as ingest
from interplay.engine.log.read import LogReader
from interplay.faces.cli.demo.contracts import Linking, Loyalty, Member, Moment, Rights, Total
from interplay.kernel.errors import AppError
from interplay.link.coupons.contracts import ISSUED, REDEEMED
from interplay.link.members.contracts import MEMBER_JOINED
from interplay.link.sessions.contracts import SIGNED_IN, STARTED
from interplay.rehearse.brand.contracts import Tally, Truth
from interplay.rehearse.season.contracts import Season
from interplay.understand.warehouse import api as warehouse
from interplay.understand.warehouse.contracts import Export

Identifier = tuple[str, str]

OF_PEOPLE = frozenset({"user_id", "phone", "email", "card_no"})
"""Kinds of identifiers that people have and devices do not."""

TOLD_BY_US = ingest.PLATFORM_ONLY | {MEMBER_JOINED, SIGNED_IN, STARTED, ISSUED, REDEEMED}
"""Facts that nobody sent: Interplay tells them itself. The story has none of these names."""


class Exported(Struct, frozen=True):
    """An export, folded.

    facts       how many facts of each name that somebody sent
    orders      the same of orders and refunds, with their amounts: (name, whether it is nobody's) → (count, fen)
    customers   subject → customer
    """

    facts: dict[str, int]
    orders: dict[tuple[str, bool], tuple[int, int]]
    customers: dict[int, int]


class Compared(Struct, frozen=True, kw_only=True):
    """Everything that has a truth to be held against."""

    linking: Linking
    totals: tuple[Total, ...]
    member: Member | None
    moment: Moment | None
    loyalty: Loyalty | None
    rights: Rights | None
    caps: Season

    @property
    def is_true(self) -> bool:
        claims = [scene.claims for scene in (self.moment, self.loyalty, self.rights, self.caps) if scene is not None]
        return all(total.is_true for total in self.totals) and all(all(one.values()) for one in claims)


def exported(access: Access, folder: Path) -> Exported:
    """Export what is new, and read the whole export."""
    import pyarrow.compute as pc  # a lazy seam: pyarrow is slow to load
    import pyarrow.dataset as ds

    access.ask(warehouse.export, Export(str(folder.absolute())))
    facts = ds.dataset(folder / "facts", format="parquet").to_table(columns=["name", "subject", "value"])
    facts = facts.append_column("nobody", pc.is_null(facts["subject"]))
    groups = facts.group_by(["name", "nobody"]).aggregate([([], "count_all"), ("value", "sum")]).to_pylist()
    members = ds.dataset(folder / "members", format="parquet").to_table()
    names: defaultdict[str, int] = defaultdict(int)
    for group in groups:
        if group["name"] not in TOLD_BY_US:
            names[group["name"]] += group["count_all"]
    return Exported(
        facts=dict(names),
        orders={(g["name"], g["nobody"]): (g["count_all"], g["value_sum"] or 0) for g in groups},
        customers=dict(zip(members["subject"].to_pylist(), members["customer"].to_pylist(), strict=True)),
    )


def totals(found: Exported, truth: Truth) -> tuple[Total, ...]:
    """Return every number that must be the true one: facts of each name, orders and refunds in number and amount."""
    names = sorted(found.facts.keys() | truth.facts.keys())
    facts = [Total(f"facts.{name}", found.facts.get(name, 0), truth.facts.get(name, 0)) for name in names]
    known = _sum(truth.known.values())
    return (
        Total("facts", sum(found.facts.values()), sum(truth.facts.values())),
        *_money(found, "orders.known", "order.completed", False, known.orders, known.value),
        *_money(found, "orders.anonymous", "order.completed", True, truth.anonymous.orders, truth.anonymous.value),
        *_money(found, "refunds.known", "order.refunded", False, known.refunds, known.refunded),
        *_money(found, "refunds.anonymous", "order.refunded", True, truth.anonymous.refunds, truth.anonymous.refunded),
        *facts,
    )


def customers_of(access: Access, found: Exported, truth: Truth) -> dict[Identifier, int]:
    """Return the customer of each identifier that was sent. One that is unknown is a fact lost: raises AppError."""
    region = access.home.settings.brand.region
    customers = {}
    with closing(LogReader(access.home.database)) as reader:
        for kind, value in sorted(set().union(*truth.seen.values())):
            subject = reader.subject_of(access.home.keys.digest(kind, normalized(kind, value, region) or value))
            if subject is None or subject not in found.customers:
                raise AppError("customers.unknown", status=404, kind=kind, given=value)
            customers[kind, value] = found.customers[subject]
    return customers


def linking(customers: Mapping[Identifier, int], truth: Truth) -> Linking:
    """Compare who was found to be one with who is one, over all identifiers that were sent."""
    sizes: defaultdict[int, int] = defaultdict(int)
    for customer in customers.values():
        sizes[customer] += 1
    of_one = _pairs(ids for number, ids in truth.seen.items() if number is not None)
    connected = _pairs(ids for groups in truth.connected.values() for ids in groups)
    pairs_found = sum(size * (size - 1) // 2 for size in sizes.values())
    together = {pair for pair in of_one if customers[pair[0]] == customers[pair[1]]}
    devices, joined, right = _devices(customers, truth)
    return Linking(
        identifiers=len(customers),
        people=sum(number is not None for number in truth.seen),
        customers=len(sizes),
        pairs_true=len(of_one),
        pairs_found=pairs_found,
        pairs_both=len(together),
        precision=len(together) / pairs_found if pairs_found else None,
        recall=len(together & connected) / len(connected) if connected else None,
        of_all=len(together) / len(of_one) if of_one else None,
        households=len(truth.households),
        devices=devices,
        devices_joined=joined,
        devices_right=right,
    )


def _devices(customers: Mapping[Identifier, int], truth: Truth) -> tuple[int, int, int]:
    """Return how many devices of people were seen, how many became part of a person, and how many of the owner."""
    people = {customer for (kind, _), customer in customers.items() if kind in OF_PEOPLE}
    owners: defaultdict[Identifier, set[int]] = defaultdict(set)  # device → customers of whoever owns it
    for number, sent in truth.seen.items():
        if number is not None:
            person = truth.people[number]
            own = {("anonymous_id", value) for value in person.anonymous_ids} | {("openid", person.openid)}
            for device in own & sent:
                owners[device] |= {customers[one] for one in sent if one[0] in OF_PEOPLE}
    joined = [device for device in owners if customers[device] in people]
    return len(owners), len(joined), sum(customers[device] in owners[device] for device in joined)


def _pairs(groups: Iterable[Collection[Identifier]]) -> set[tuple[Identifier, Identifier]]:
    return {pair for ids in groups for pair in combinations(sorted(ids), 2)}


def _money(found: Exported, name: str, fact: str, is_nobody: bool, orders: int, value: int) -> tuple[Total, Total]:
    count, amount = found.orders.get((fact, is_nobody), (0, 0))
    return Total(name, count, orders), Total(f"{name}.value", amount, value, "fen")


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.orders += tally.orders
        total.value += tally.value
        total.refunds += tally.refunds
        total.refunded += tally.refunded
    return total
