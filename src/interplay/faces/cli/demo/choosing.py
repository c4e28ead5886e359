"""With whom the demo can show something: people of whom the truth knows more than the map.

A device that nobody signed in on is a customer of its own; the truth knows whose it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from interplay.faces.cli.demo.checking import Identifier
from interplay.rehearse.brand.contracts import Person, Tally, Truth

DEVICE = "anonymous_id"
STRONGEST = ("user_id", "phone", "email")


class Double(Struct, frozen=True):
    """A person who is two customers, and nobody else is in either: one who is known, and a device."""

    person: Person
    known_by: Identifier
    device: Identifier
    identifiers: frozenset[Identifier]  # all that were sent

    def names(self) -> set[str]:
        return {name(one) for one in self.identifiers}


def name(who: Identifier) -> str:
    """Return an identifier as the command line takes it."""
    return f"{who[0]}:{who[1]}"


def owners(truth: Truth) -> dict[Identifier, Person]:
    """Return whose each device is, without those that are shared."""
    found: defaultdict[Identifier, list[Person]] = defaultdict(list)
    for number, identifiers in truth.seen.items():
        if number is not None:
            for one in identifiers:
                found[one].append(truth.people[number])
    return {one: people[0] for one, people in found.items() if one[0] == DEVICE and len(people) == 1}


def doubles(customers: Mapping[Identifier, int], truth: Truth) -> list[Double]:
    """Return everybody who is two customers, who spent most first: there most is to be seen."""
    members: defaultdict[int, set[Identifier]] = defaultdict(set)
    for identifier, customer in customers.items():
        members[customer].add(identifier)
    found = []
    for number in sorted(number for number in truth.seen if number is not None):
        sent = truth.seen[number]
        parts = [members[customer] for customer in {customers[one] for one in sent}]
        if len(parts) == 2 and all(part <= sent for part in parts):
            found += _double(truth.people[number], parts, frozenset(sent))
    return sorted(found, key=lambda one: -truth.known.get(one.person.number, Tally()).value)


def _double(person: Person, parts: Iterable[set[Identifier]], sent: frozenset[Identifier]) -> list[Double]:
    """Return the person, if one part is a device alone and the other knows her phone number."""
    device, known = sorted(parts, key=len)
    is_device = [kind for kind, _ in device] == [DEVICE]
    by = [one for kind in STRONGEST for one in sorted(known) if one[0] == kind]
    if not is_device or not any(kind == "phone" for kind, _ in known):
        return []
    return [Double(person, by[0], next(iter(device)), sent)]
