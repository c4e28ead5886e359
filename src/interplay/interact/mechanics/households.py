"""One household 同一家庭: whom an invitation does not count for, since it would be paid to oneself.

What is seen: the device and the address of moves, identifiers that came with both people anywhere (a cookie, a card, a
phone that changed hands), and fields of orders that the document names (where it was sent, what it was paid with).
What is compared is kept as a count under a keyed digest, so nobody finds a person's device or address by it.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from interplay.interact.mechanics.contracts import Around, At, Mistake, Planning, unknown
from interplay.kernel.addresses import network
from interplay.kernel.ids import SubjectId

STORE = "store"
"""The channel in which a device is the till's, and so nobody's."""


class Sign(StrEnum):
    """By what two people are told to be of one household."""

    DEVICE = "device"
    ADDRESS = "address"  # the network address of their moves; an office or a café has one, too
    IDENTITY = "identity"  # one identifier came with both


class HouseholdSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What counts as one household; `fields` are those of the order's fact."""

    by: tuple[Sign, ...] = (Sign.DEVICE, Sign.IDENTITY)
    fields: tuple[str, ...] = ()


def mistakes(settings: HouseholdSettings, fact: str, around: Around) -> Iterator[Mistake]:
    known = around.fields.get(fact, frozenset())
    for number, name in enumerate(settings.fields):
        if name not in known:
            yield ("household", "fields", number), unknown(name, known)


def of_move(at: At, settings: HouseholdSettings) -> list[str]:
    """Return the marks of a move: where and by which device it was made. A till's are no one's."""
    if at.says.get("channel") == STORE:
        return []
    given = {
        Sign.DEVICE: at.device.strip(),
        Sign.ADDRESS: network(at.address) if at.address else "",
    }
    return [_mark(at, sign.value, given[sign]) for sign in settings.by if given.get(sign)]


def of_order(at: At, settings: HouseholdSettings) -> list[str]:
    """Return the marks of the order that is followed: the fields that the document names, however they are written."""
    if not settings.fields:
        return []
    given = at.details()
    found = ((name, given.get(name)) for name in settings.fields)
    return [
        _mark(at, name, "".join(str(value).casefold().split()))
        for name, value in found
        if value is not None and str(value).strip()
    ]


def note(plan: Planning, at: At, marks: Sequence[str]) -> None:
    """Write down the marks of who moved or ordered."""
    plan.do(*(at.mine(mark) for mark in marks))


def are_one(
    at: At, settings: HouseholdSettings, marks: Sequence[str], hers: Sequence[SubjectId], theirs: Sequence[SubjectId]
) -> bool:
    """Return whether somebody with these marks is of the other's household, as far as is seen."""
    if any(at.look.used(at.scope(mark), whose=theirs) for mark in marks):
        return True
    return Sign.IDENTITY in settings.by and at.look.are_near(hers, theirs)


def _mark(at: At, what: str, given: str) -> str:
    return f"at:{at.look.digest('household', f'{at.name}:{what}:{given}').hex()[:24]}"
