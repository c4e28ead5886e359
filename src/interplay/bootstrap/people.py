"""Merge, unmerge, export and erase customers by any identifier, wherever the directory's processes are."""

from typing import Any

from interplay.bootstrap.reach import Reach
from interplay.bootstrap.registry import CUSTOMER_DATA, erase
from interplay.bootstrap.upgrading import drop_old
from interplay.collect.facts.api import Declarations
from interplay.interact.contests import api as contests
from interplay.kernel.errors import AppError
from interplay.kernel.time import iso
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import Identify, LocateCustomer
from interplay.unify.erasure import api as erasure
from interplay.unify.erasure.contracts import Erased
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import Decided, DecisionKind
from interplay.unify.matching import api as matching
from interplay.unify.retention import api as retention

TRIES_MAX = 5


def decide(
    reach: Reach, kind: DecisionKind, one: tuple[str, str], other: tuple[str, str], *, actor: str, reason: str
) -> Decided:
    """Say of two identifiers, (kind, value) each, that they are one customer, or two.

    Where their customers were found to be alike, that is the reason unless another is given.

    Raises AppError `customers.identifier`, `customers.unknown`, `identity.*`.
    """
    home = reach.home
    subjects = [reach.ask(profiles.identify, Identify(*who)).subject for who in (one, other)]
    candidate = matching.candidate_of(home.database, *subjects)
    if candidate is not None and kind is DecisionKind.TOGETHER and not reason:
        reason = f"matched {matching.shown(candidate.probability)}"
    ask = identity.to_decide(
        kind, *subjects, actor=actor, reason=reason,
        database=home.database, keys=home.keys, brand=home.settings.brand, is_asked=candidate is not None,
    )  # fmt: skip
    return reach.write(identity.decide, ask)


def export_customer(reach: Reach, kind: str, value: str) -> dict[str, Any]:
    """Return everything that is kept about the customer with this identifier, as plain data.

    Raises AppError `customers.identifier`, `customers.unknown`.
    """
    home = reach.home
    located = reach.ask(profiles.locate, LocateCustomer(kind, value))
    current = Declarations(home.database, home.settings.brand, home.keys).current()
    told = profiles.exported(
        located, database=home.database, keys=home.keys, current=current, data=CUSTOMER_DATA, at=home.world.now()
    )
    until = {name: iso(at) for name, at in retention.purged_until(home.database).items()}
    return {**told, "facts_purged_until": until}


def erase_customer(reach: Reach, kind: str, value: str, *, actor: str, reason: str) -> Erased:
    """Forget the customer with this identifier. Facts that come in afterwards are of somebody new.

    Raises AppError `customers.identifier`, `customers.unknown`, `customers.changed` when facts join her all the while,
    and `customers.keys_left`.
    """
    home = reach.home
    for tries_left in reversed(range(TRIES_MAX)):
        subject = reach.ask(profiles.identify, Identify(kind, value)).subject
        ask = erasure.to_erase(
            subject, actor=actor, reason=reason, database=home.database, keys=home.keys, data=CUSTOMER_DATA
        )
        try:
            photos = contests.blobs_of(home.database, ask.subjects)
            erased = reach.write(erase(home), ask)
        except AppError as error:
            if error.code != "customers.changed" or not tries_left:
                raise
        else:
            if not all(home.keys.is_erased(subject) for subject in ask.subjects):
                raise AppError("customers.keys_left", status=503)
            drop_old(home)
            for digest in photos:  # nobody can read them any more; what is left after a crash is swept
                home.blobs.delete(digest)
            return erased
    raise AssertionError("the last try returns or raises")
