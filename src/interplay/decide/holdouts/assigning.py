"""Who is held out: decided by a keyed hash, written down when she first could have met it, and kept from then on.

An arm is a link of acts: it stays where it was written, so it holds on all of a person's devices; after a merge the
earliest one is hers, and the other is told by `mixed`.
"""

from collections.abc import Callable, Sequence

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Asking, Join, Open, Refused, Tell
from interplay.decide.holdouts.contracts import SHOWN, WITHHELD, Arm
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import SubjectId

PARTS = 10_000  # of all customers; a percent are a hundred of them
ACT = "holdouts.expose"

Digest = Callable[[str, str], bytes]
"""A keyed digest of (what for, text): nobody outside can tell who is held out."""


def kind_of(name: str) -> str:
    """Return the kind of links that an experiment's arms are."""
    return f"holdout:{name}"


def opening(name: str) -> tuple[Open, ...]:
    """Return the steps that make a holdout possible; done once, before anybody is assigned."""
    return tuple(Open(kind_of(name), arm.value, None) for arm in Arm)


def hashed(digest: Digest, name: str, unit: str, percent: int) -> Arm:
    """Return the arm of a customer, a store or whatever is held out, by its name. `percent` is from 0 to 100."""
    place = int.from_bytes(digest(kind_of(name), unit)[:8], "big") % PARTS
    return Arm.HELD_OUT if place < percent * (PARTS // 100) else Arm.OFFERED


def known(database: Database, name: str, wallet: Sequence[SubjectId]) -> Arm | None:
    """Return the arm that was written down for a customer: the earliest, after a merge; None: she met it never."""
    found = acts.joined(database, kind_of(name), wallet)
    return Arm(found[0]) if found else None


def is_mixed(database: Database, name: str, wallet: Sequence[SubjectId]) -> bool:
    """Return whether who was merged had met both sides: she counts for neither."""
    return len(set(acts.joined(database, kind_of(name), wallet))) > 1


def exposing(
    database: Database, digest: Digest, name: str, percent: int, subject: SubjectId, wallet: Sequence[SubjectId],
    about: dict[str, object],
) -> Asking[Arm]:  # fmt: skip
    """Return a customer's arm, and write it down if this is the first time that she could have met it.

    `about` is told with it: of who is held out, what would have been offered to her.
    """
    if (found := known(database, name, wallet)) is not None:
        return found
    arm = hashed(digest, name, str(min(wallet)), percent)
    done = yield exposure(name, arm, subject, about)
    if isinstance(done, Refused):  # another device of hers was first
        return known(database, name, wallet) or arm
    return arm


def exposure(name: str, arm: Arm, subject: SubjectId, about: dict[str, object]) -> Act:
    """Return the act that writes an arm down and tells of it; done again, or where she has one, it changes nothing."""
    told = SHOWN if arm is Arm.OFFERED else WITHHELD
    return Act(
        f"exposure:{name}:{subject}", ACT, acts.body_of([name, subject]),
        (Join(kind_of(name), arm.value, subject, is_only=True),),
        (Tell(told, subject, {**about, "arm": arm.value}),), subject,
    )  # fmt: skip


__all__ = ["exposing", "exposure", "hashed", "is_mixed", "kind_of", "known", "opening"]
