"""What happens to customers of a store: who is who is decided again, somebody is erased."""

from contextlib import closing, suppress

from interplay.bootstrap.registry import CUSTOMER_DATA, erase
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.unify.erasure import api as erasure
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.stores import user


def subject_of(store, number):
    with closing(LogReader(store.database)) as reader:
        return reader.subject_of(store.keys.digest(*user(number)))


def decide(store, rng, people):
    """Say of two of so many users that they are one, or that they are not."""
    one, other = (subject_of(store, number) for number in rng.sample(range(people), 2))
    if one is not None and other is not None:
        kind = rng.choice([DecisionKind.TOGETHER, DecisionKind.APART])
        ask = identity.to_decide(
            kind, one, other, actor="li", reason="", database=store.database, keys=store.keys,
            brand=store.home.settings.brand,
        )  # fmt: skip
        with suppress(AppError):  # they are one already, or apart
            store.write(identity.decide, ask)


def forget(store, rng, people):
    """Erase one of so many users."""
    if (subject := subject_of(store, rng.randrange(people))) is not None:
        ask = erasure.to_erase(
            subject, actor="li", reason="", database=store.database, keys=store.keys, data=CUSTOMER_DATA
        )
        store.write(erase(store.home), ask)
