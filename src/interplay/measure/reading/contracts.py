"""Which facts are looked for, and with which words a question is checked."""

from collections.abc import Collection

from msgspec import Struct

from interplay.collect.facts.contracts import Declared
from interplay.criteria.contracts import Criterion
from interplay.kernel.settings import Brand

FACTS_OF_STEP_MAX = 10


class Fits(Struct, frozen=True):
    """Which facts a bit stands for; by fact, a condition on it."""

    facts: tuple[str, ...]
    where: tuple[Criterion, ...] = ()  # for each of the facts, or of none


class Words(Struct, frozen=True):
    """What there is to be asked for. A mistake has the code `{asker}.…`, of the slice that asks."""

    asker: str
    known: Collection[str]  # names of facts, declared or received
    declared: Declared
    brand: Brand
