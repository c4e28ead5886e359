"""What staff states about a customer, stored through the one writer: tags, notes, consents."""

from collections.abc import Callable

from msgspec import Struct

from interplay.bootstrap.reach import Reach
from interplay.collect.facts.contracts import Identifier
from interplay.engine.documents import api as documents
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact, Stored
from interplay.unify.consent import api as consent
from interplay.unify.customers import api as customers


class Who(Struct, frozen=True):
    """The customer meant, by any identifier, and a key under which the same statement is stored once."""

    kind: str
    value: str
    key: str | None = None


def tag(access: Reach, who: Who, name: str, *, is_removed: bool = False, author: str | None = None) -> Stored:
    """Give a customer a tag, or take it. Raises AppError `customers.*`."""
    world = access.home.world
    return _store(
        access, who, lambda one: customers.tag(world, one, name, is_removed=is_removed, author=author, key=who.key)
    )


def note(access: Reach, who: Who, text: str, *, author: str | None = None) -> Stored:
    """Write something about a customer. Raises AppError `customers.*`."""
    return _store(access, who, lambda one: customers.note(access.home.world, one, text, author=author, key=who.key))


def state_consent(
    access: Reach,
    who: Who,
    purpose: str,
    channel: str,
    *,
    is_granted: bool,
    text_version: str | None = None,
    evidence: str | None = None,
) -> Stored:
    """Say what a customer agreed to, or withdrew. Raises AppError `customers.*` or `consent.*`."""
    document = consent.current(documents.current(access.home.database))

    def fact(one: Identifier) -> NewFact:
        return consent.state(
            access.home.world, document, one, purpose, channel,
            is_granted=is_granted, text_version=text_version, evidence=evidence, key=who.key,
        )  # fmt: skip

    return _store(access, who, fact)


def _store(access: Reach, who: Who, fact: Callable[[Identifier], NewFact]) -> Stored:
    """Store what is said of a customer who is known; nobody is made up for it."""
    home = access.home
    known, _ = customers.known(home.database, home.keys, home.settings.brand.region, who.kind, who.value)
    (stored,) = access.write(access.append, Append([fact(known)]))
    return stored
